"""Multi-scale deformable attention: every query looks at a few places of its own choice on each level.

Zhu et al., "Deformable DETR", arXiv:2010.04159, in plain PyTorch: grid sampling in place of a compiled operator.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MultiScaleDeformableAttention(nn.Module):
    """Each of `heads` heads samples `points` places on each of `levels` levels."""

    def __init__(self, width: int, *, heads: int, levels: int, points: int) -> None:
        super().__init__()
        self.width, self.heads, self.levels, self.points = width, heads, levels, points
        self.sampling_offsets = nn.Linear(width, heads * levels * points * 2)
        self.attention_weights = nn.Linear(width, heads * levels * points)
        self.value_proj = nn.Linear(width, width)
        self.output_proj = nn.Linear(width, width)
        self._start_looking_around()

    def forward(self, query: Tensor, reference_xy: Tensor, levels: list[Tensor], value: Tensor) -> Tensor:
        """
        Args:
            query: (B, Q, C).
            reference_xy: (Q, 2) in [0, 1], the place that each query's offsets count from.
            levels: feature maps (B, C, H, W), for their sizes only.
            value: (B, S, C), the cells of all levels one after the other.

        Returns:
            (B, Q, C).
        """
        per_head = (self.heads, self.levels, self.points)
        offsets_px = self.sampling_offsets(query).unflatten(2, (*per_head, 2))  # (B, Q, heads, levels, points, xy)
        weights = self.attention_weights(query).unflatten(2, (self.heads, -1)).softmax(3).unflatten(3, per_head[1:])
        sizes_hw = [level.shape[2:] for level in levels]
        values = self.value_proj(value)
        mixed, first = None, 0
        for level, (height, width) in enumerate(sizes_hw):
            cells = values[:, first : first + height * width]
            first = first + height * width
            # (B, H W, C) -> (B heads, C / heads, H, W)
            plane = cells.transpose(1, 2).reshape(-1, self.width // self.heads, height, width)
            # A place at x of the width W lies at 2 x / W - 1 of the grid; offsets are in cells of the level.
            offsets_x, offsets_y = offsets_px[:, :, :, level].unbind(4)
            offsets = torch.stack([offsets_x * (2 / width), offsets_y * (2 / height)], 4)
            grid = (2 * reference_xy - 1)[:, None, None] + offsets
            grid = grid.transpose(1, 2).flatten(0, 1)  # (B, Q, heads, points, 2) -> (B heads, Q, points, 2)
            sampled = F.grid_sample(plane, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
            weight = weights[:, :, :, level].transpose(1, 2).flatten(0, 1)[:, None]  # (B heads, 1, Q, points)
            seen = (sampled * weight).sum(3)  # (B heads, C / heads, Q)
            mixed = seen if mixed is None else mixed + seen
        assert mixed is not None
        mixed = mixed.reshape(query.shape[0], self.width, -1).transpose(1, 2)  # (B, Q, C)
        projected: Tensor = self.output_proj(mixed)
        return projected

    @torch.no_grad()
    def _start_looking_around(self) -> None:
        """At first each head looks in a direction of its own, its points further and further out, all equally."""
        angle = torch.arange(self.heads) * (2 * math.pi / self.heads)
        direction = torch.stack([angle.cos(), angle.sin()], 1)  # (heads, xy)
        direction = direction / direction.abs().amax(1, keepdim=True)
        steps = torch.arange(1, self.points + 1)[:, None]
        offsets = (direction[:, None, None] * steps).expand(-1, self.levels, -1, -1)
        nn.init.zeros_(self.sampling_offsets.weight)
        self.sampling_offsets.bias.copy_(offsets.flatten())
        nn.init.zeros_(self.attention_weights.weight)
        nn.init.zeros_(self.attention_weights.bias)
        for projection in (self.value_proj, self.output_proj):
            nn.init.xavier_uniform_(projection.weight)
            nn.init.zeros_(projection.bias)

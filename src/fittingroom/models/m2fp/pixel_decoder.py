"""The pixel decoder: a deformable encoder over three levels, and one step of a feature pyramid down to stride 4."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fittingroom.models.m2fp.convolution import ConvNorm
from fittingroom.models.m2fp.deformable_attention import MultiScaleDeformableAttention
from fittingroom.models.m2fp.positions import sine_positions

LEVELS = 3  # strides 32, 16 and 8


class EncoderLayer(nn.Module):
    """Deformable attention among all cells of all levels, then a feed-forward; each added, then normalised."""

    def __init__(self, width: int, *, heads: int, points: int, feedforward_width: int) -> None:
        super().__init__()
        self.self_attn = MultiScaleDeformableAttention(width, heads=heads, levels=LEVELS, points=points)
        self.norm1 = nn.LayerNorm(width)
        self.linear1 = nn.Linear(width, feedforward_width)
        self.linear2 = nn.Linear(feedforward_width, width)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, x: Tensor, positions: Tensor, reference_xy: Tensor, levels: list[Tensor]) -> Tensor:
        x = self.norm1(x + self.self_attn(x + positions, reference_xy, levels, x))
        normalised: Tensor = self.norm2(x + self.linear2(F.relu(self.linear1(x))))
        return normalised


class Encoder(nn.Module):
    """The layers one after the other."""

    def __init__(self, layers: Sequence[EncoderLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor, positions: Tensor, reference_xy: Tensor, levels: list[Tensor]) -> Tensor:
        for layer in self.layers:
            x = layer(x, positions, reference_xy, levels)
        return x


class DeformableTransformer(nn.Module):
    """Three feature maps (B, C, H, W), coarsest first -> three of the same sizes that know of each other."""

    def __init__(self, width: int, encoder: Encoder) -> None:
        super().__init__()
        self.level_embed = nn.Parameter(torch.randn(LEVELS, width))
        self.encoder = encoder

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        cells = torch.cat([_as_cells(level) for level in levels], 1)  # (B, S, C)
        positions = torch.cat(
            [_as_cells(sine_positions(level)) + embed for level, embed in zip(levels, self.level_embed, strict=True)], 1
        )
        reference_xy = torch.cat([_cell_centres_xy(level) for level in levels])
        encoded = self.encoder(cells, positions, reference_xy, levels)
        told_apart, first = [], 0
        for level in levels:
            end = first + level.shape[2] * level.shape[3]
            told_apart.append(encoded[:, first:end].transpose(1, 2).reshape(level.shape))  # (B, H W, C) -> (B, C, H, W)
            first = end
        return told_apart


class PixelDecoder(nn.Module):
    """Backbone features at strides 4, 8, 16, 32 -> features at strides 32, 16, 8, and mask features at stride 4."""

    def __init__(self, in_channels: Sequence[int], *, width: int, mask_width: int, encoder: Encoder) -> None:
        super().__init__()
        finest, *others = in_channels
        self.input_proj = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, width, 1), _group_norm(width)) for channels in reversed(others)
        )
        self.transformer = DeformableTransformer(width, encoder)
        self.adapter_1 = ConvNorm(finest, width, 1, norm=_group_norm(width))
        self.layer_1 = ConvNorm(width, width, 3, norm=_group_norm(width))
        self.mask_features = nn.Conv2d(width, mask_width, 1)

    def forward(self, features: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        finest, *others = features
        levels = [project(level) for project, level in zip(self.input_proj, reversed(others), strict=True)]
        encoded = self.transformer(levels)
        enlarged = F.interpolate(encoded[-1], size=finest.shape[2:], mode="bilinear", align_corners=False)
        fine = F.relu(self.layer_1(self.adapter_1(finest) + enlarged))
        return encoded, self.mask_features(fine)


def _group_norm(width: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, width)


def _as_cells(level: Tensor) -> Tensor:
    return level.flatten(2).transpose(1, 2)  # (B, C, H, W) -> (B, H W, C)


def _cell_centres_xy(level: Tensor) -> Tensor:
    """(H W, 2): the middle of every cell, (x, y) in [0, 1]."""
    rows, columns = (
        (torch.arange(length, device=level.device, dtype=level.dtype) + 0.5) / length for length in level.shape[2:]
    )
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)

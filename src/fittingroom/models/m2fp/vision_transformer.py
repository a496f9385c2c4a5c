"""A plain vision transformer as a backbone, for those with a GPU.

Dosovitskiy et al., "An Image Is Worth 16x16 Words", 2021; windows and the simple feature pyramid from Li et al.,
"Exploring Plain Vision Transformer Backbones for Object Detection" (ViTDet), arXiv:2203.16527.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PATCH_PX = 16
LEARNED_SIDE_CELLS = 14  # of the grid that position embeddings are kept for: 224 pixels


class Block(nn.Module):
    """Attention and a feed-forward, each normalised first, then added.

    Args:
        window_cells: attention reaches within windows of this side; 0 for all of the picture.
    """

    def __init__(self, width: int, heads: int, window_cells: int) -> None:
        super().__init__()
        self.heads, self.window_cells = heads, window_cells
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) -> the same."""
        x = x + self._attend(self.norm1(x))
        residual: Tensor = self.fc2(F.gelu(self.fc1(self.norm2(x))))
        return x + residual

    def _attend(self, x: Tensor) -> Tensor:
        if not self.window_cells:
            return self._attend_everywhere(x)
        height, width = x.shape[1:3]
        side = self.window_cells
        x = F.pad(x, (0, 0, 0, -width % side, 0, -height % side))
        batch, rows, columns, channels = x.shape[0], x.shape[1] // side, x.shape[2] // side, x.shape[3]
        # (B, rows side, columns side, C) -> (B rows columns, side, side, C)
        windows = x.reshape(batch, rows, side, columns, side, channels).transpose(2, 3).flatten(0, 2)
        seen = self._attend_everywhere(windows).reshape(batch, rows, columns, side, side, channels)
        return seen.transpose(2, 3).reshape(x.shape)[:, :height, :width]

    def _attend_everywhere(self, x: Tensor) -> Tensor:
        q, k, v = (  # (B, H, W, C) -> (B, heads, H W, C / heads)
            part.flatten(1, 2).reshape(len(x), -1, self.heads, part.shape[3] // self.heads).transpose(1, 2)
            for part in self.qkv(x).chunk(3, 3)
        )
        seen = F.scaled_dot_product_attention(q, k, v)
        projected: Tensor = self.proj(seen.transpose(1, 2).reshape(x.shape))
        return projected


class VisionTransformer(nn.Module):
    """RGB (B, 3, H, W), H and W multiples of 32 -> features at strides 4, 8, 16 and 32.

    Args:
        global_every: each so-many-th block attends to the whole picture, the others within windows.
    """

    def __init__(
        self, *, width: int, depth: int, heads: int, window_cells: int, global_every: int, out_width: int = 256
    ) -> None:
        super().__init__()
        self.out_channels = (out_width,) * 4
        self.patch_embed = nn.Conv2d(3, width, PATCH_PX, stride=PATCH_PX)
        self.pos_embed = nn.Parameter(torch.zeros(1, width, LEARNED_SIDE_CELLS, LEARNED_SIDE_CELLS))
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        self.blocks = nn.ModuleList(
            Block(width, heads, 0 if index % global_every == global_every - 1 else window_cells)
            for index in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        half, quarter = width // 2, width // 4
        self.pyramid = nn.ModuleList(
            [
                nn.Sequential(
                    nn.ConvTranspose2d(width, half, 2, 2), nn.GELU(), nn.ConvTranspose2d(half, quarter, 2, 2),
                    nn.Conv2d(quarter, out_width, 1),
                ),
                nn.Sequential(nn.ConvTranspose2d(width, half, 2, 2), nn.Conv2d(half, out_width, 1)),
                nn.Conv2d(width, out_width, 1),
                nn.Sequential(nn.MaxPool2d(2, 2), nn.Conv2d(width, out_width, 1)),
            ]
        )  # fmt: skip

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        x = self.patch_embed(pixels)  # (B, C, H/16, W/16)
        positions = F.interpolate(self.pos_embed, size=x.shape[2:], mode="bicubic", align_corners=False)
        x = (x + positions).permute(0, 2, 3, 1)
        for block in self.blocks:
            x = block(x)
        features = self.norm(x).permute(0, 3, 1, 2)
        return tuple(level(features) for level in self.pyramid)

    def freeze_norms(self) -> None:
        """Nothing to freeze: layer norms have no statistics of a batch."""

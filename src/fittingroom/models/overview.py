"""A look at the whole picture at once: what a patch of cloth is called depends on what hangs above and below it.

Convolutions at stride 16 see a coat one piece at a time and name the pieces differently. A few transformer blocks
(Vaswani et al., NeurIPS 2017) on a map of stride 32, where attention is cheap, let every cell ask every other.
A 3x3 depthwise convolution between the two layers of each block's perceptron tells the cells where they are, so that
pictures of any size fit without a table of positions (Xie et al., "SegFormer", NeurIPS 2021).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Multi-head self-attention over tokens (B, N, C)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        batch, count, width = tokens.shape
        asked = self.ask(tokens).reshape(batch, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(asked[0], asked[1], asked[2])  # (B, heads, N, C / heads)
        answer: Tensor = self.answer(mixed.transpose(1, 2).reshape(batch, count, width))
        return answer


class OverviewBlock(nn.Module):
    """Attention, then a perceptron that also looks at the neighbouring cells; both add to what was there."""

    def __init__(self, width: int, heads: int, expansion: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.mix_norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, expansion * width)
        self.neighbours = nn.Conv2d(expansion * width, expansion * width, 3, padding=1, groups=expansion * width)
        self.narrow = nn.Linear(expansion * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> the same shape."""
        batch, width, rows, columns = x.shape
        tokens = x.flatten(2).transpose(1, 2)  # (B, h * w, C)
        tokens = tokens + self.attention(self.attention_norm(tokens))
        wide = self.widen(self.mix_norm(tokens))
        wide_map = wide.transpose(1, 2).reshape(batch, wide.shape[2], rows, columns)
        wide_map = F.relu(wide_map + self.neighbours(wide_map))
        tokens = tokens + self.narrow(wide_map.flatten(2).transpose(1, 2))
        mixed: Tensor = tokens.transpose(1, 2).reshape(batch, width, rows, columns)
        return mixed


class Overview(nn.Module):
    """Features at stride 16 (B, in_channels, h, w) -> what the whole picture adds to them (B, width, h, w).

    Its last layer starts at zero: put into a trained network, it changes nothing until it has learned something.
    """

    def __init__(self, in_channels: int, width: int, *, blocks: int, heads: int = 8, expansion: int = 3) -> None:
        super().__init__()
        self.gather = nn.Conv2d(in_channels, width, 1)
        self.blocks = nn.ModuleList(OverviewBlock(width, heads, expansion) for _ in range(blocks))
        self.norm = nn.BatchNorm2d(width)
        self.spread = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.spread.weight)
        assert self.spread.bias is not None
        nn.init.zeros_(self.spread.bias)

    def forward(self, x: Tensor) -> Tensor:
        coarse = self.gather(F.avg_pool2d(x, 2, ceil_mode=True))
        for block in self.blocks:
            coarse = block(coarse)
        added = self.spread(self.norm(coarse))
        return F.interpolate(added, size=x.shape[2:], mode="bilinear", align_corners=False)

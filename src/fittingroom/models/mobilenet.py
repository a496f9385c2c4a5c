"""MobileNetV2 at output stride 16, without batch norm: the backbone of :class:`ParsingNet`.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018. The layers are
those of the network after its batch norms were folded into the convolutions, so every convolution
has a bias and there are no running statistics: a batch of one trains as well as a batch of sixteen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fittingroom.errors import ConfigError

# (channels out, expansion, stride, dilation) of the sixteen inverted residuals after the first.
# The last three would have stride 32; dilation keeps them at 16.
INVERTED_RESIDUALS = (
    (24, 6, 2, 1), (24, 6, 1, 1),
    (32, 6, 2, 1), (32, 6, 1, 1), (32, 6, 1, 1),
    (64, 6, 2, 1), (64, 6, 1, 1), (64, 6, 1, 1), (64, 6, 1, 1),
    (96, 6, 1, 1), (96, 6, 1, 1), (96, 6, 1, 1),
    (160, 6, 1, 1), (160, 6, 1, 2), (160, 6, 1, 2),
    (320, 6, 1, 2),
)  # fmt: skip


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME on even sizes: at stride 2 one row below and one column
    right, none above or left. The starting weights were trained that way; symmetric padding would shift
    every feature by half a cell."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
    ) -> None:
        reach = dilation * (kernel_size - 1)
        super().__init__(
            in_channels, out_channels, kernel_size, stride=stride, dilation=dilation, groups=groups,
            padding=0 if stride == 2 else reach // 2,
        )  # fmt: skip
        self.pads_after = stride == 2 and kernel_size > 1

    def forward(self, input: Tensor) -> Tensor:
        if self.pads_after:
            return super().forward(F.pad(input, (0, 1, 0, 1)))
        if self.training and self.groups > 1 and self.dilation == (2, 2):
            return self._by_parity(input)
        return super().forward(input)

    def _by_parity(self, x: Tensor) -> Tensor:
        """The same dilated depthwise convolution as four undilated ones, on the even and odd rows and columns.

        oneDNN has no fast backward pass for dilated depthwise convolutions: this trains 1.3 times faster on a CPU.
        """
        batch, channels, height, width = x.shape
        x = F.pad(x, (0, width % 2, 0, height % 2))
        half_h, half_w = x.shape[2] // 2, x.shape[3] // 2
        x = x.reshape(batch, channels, half_h, 2, half_w, 2).permute(3, 5, 0, 1, 2, 4)
        x = x.reshape(4 * batch, channels, half_h, half_w).contiguous(memory_format=torch.channels_last)
        x = F.conv2d(x, self.weight, self.bias, padding=1, groups=self.groups)
        x = x.reshape(2, 2, batch, channels, half_h, half_w).permute(2, 3, 4, 0, 5, 1)
        return x.reshape(batch, channels, 2 * half_h, 2 * half_w)[:, :, :height, :width]


class InvertedResidual(nn.Module):
    """Expand 1x1, depthwise 3x3, project 1x1; the input is added where the shapes allow it."""

    def __init__(self, in_channels: int, out_channels: int, expansion: int, stride: int, dilation: int) -> None:
        super().__init__()
        width = in_channels * expansion
        self.expand = SameConv2d(in_channels, width, 1) if expansion > 1 else None
        self.depthwise = SameConv2d(width, width, 3, stride=stride, dilation=dilation, groups=width)
        self.project = SameConv2d(width, out_channels, 1)
        self.adds_input = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else F.relu6(self.expand(x))
        narrow: Tensor = self.project(F.relu6(self.depthwise(wide)))
        return x + narrow if self.adds_input else narrow


class MobileNetV2(nn.Module):
    """Features of an RGB batch in [-1, 1] at strides 4, 8 and 16 (24, 32 and 320 channels)."""

    skip_channels = (24, 32, 320)

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv2d(3, 32, 3, stride=2)
        blocks = [InvertedResidual(32, 16, 1, 1, 1)]
        for out_channels, expansion, stride, dilation in INVERTED_RESIDUALS:
            previous = blocks[-1].project.out_channels
            blocks.append(InvertedResidual(previous, out_channels, expansion, stride, dilation))
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = F.relu6(self.stem(x))  # (B, 3, H, W) -> (B, 32, H/2, W/2)
        features = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in (2, 5, 16):  # the last block at strides 4, 8 and 16
                features.append(x)
        stride4, stride8, stride16 = features
        return stride4, stride8, stride16

    def freeze_first_blocks(self, count: int) -> None:
        """Keep the stem and the first `count` blocks as they are: edges and colours need no relearning,
        and their large maps are the dearest part of the backward pass."""
        for module in (self.stem, *self.blocks[:count]):
            module.requires_grad_(False)

    def convolutions(self) -> list[nn.Conv2d]:
        """The convolutions in the order of computation, which is the order of the starting weights' files."""
        return [module for module in self.modules() if isinstance(module, nn.Conv2d)]


def read_layers(path: Path) -> dict[str, Tensor]:
    """The arrays of a file of starting weights, as float32."""
    with np.load(path) as archive:
        return {name: torch.from_numpy(archive[name].astype(np.float32)) for name in archive.files}


@torch.no_grad()
def copy_layers(convolutions: list[nn.Conv2d], arrays: dict[str, Tensor], *, first_layer: int = 0) -> None:
    """Fill convolutions from arrays named ``<two-digit layer>.weight`` and ``.bias``, counting from `first_layer`.

    Raises:
        ConfigError: an array is missing or has another shape.
    """
    for layer, convolution in enumerate(convolutions, start=first_layer):
        for name, parameter in (("weight", convolution.weight), ("bias", convolution.bias)):
            assert parameter is not None
            array = arrays.get(f"{layer:02d}.{name}")
            if array is None or array.shape != parameter.shape:
                got = "nothing" if array is None else tuple(array.shape)
                raise ConfigError(
                    f"starting weights: {layer:02d}.{name} is {got}, the network needs {tuple(parameter.shape)}; "
                    "use the file that belongs to this network"
                )
            parameter.copy_(array)

"""ResNet with a deep stem: the backbone of M2FP's published weights.

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016; the stem of three 3x3 convolutions and the stride
in the 3x3 of a bottleneck are later habits.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from fittingroom.models.m2fp.convolution import ConvNorm

RESNET50_BLOCKS = (3, 4, 6, 3)
RESNET101_BLOCKS = (3, 4, 23, 3)


def _conv_bn(in_channels: int, out_channels: int, kernel_size: int, *, stride: int = 1) -> ConvNorm:
    return ConvNorm(in_channels, out_channels, kernel_size, stride=stride, norm=nn.BatchNorm2d(out_channels))


class DeepStem(nn.Module):
    """Three 3x3 convolutions and a max-pool: stride 4."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = _conv_bn(3, width, 3, stride=2)
        self.conv2 = _conv_bn(width, width, 3)
        self.conv3 = _conv_bn(width, 2 * width, 3)

    def forward(self, x: Tensor) -> Tensor:
        for convolution in (self.conv1, self.conv2, self.conv3):
            x = F.relu(convolution(x))
        return F.max_pool2d(x, 3, stride=2, padding=1)


class Bottleneck(nn.Module):
    """1x1, 3x3 (with the stride), 1x1 to four times the width; the input is added."""

    def __init__(self, in_channels: int, width: int, *, stride: int) -> None:
        super().__init__()
        out_channels = 4 * width
        self.conv1 = _conv_bn(in_channels, width, 1)
        self.conv2 = _conv_bn(width, width, 3, stride=stride)
        self.conv3 = _conv_bn(width, out_channels, 1)
        self.shortcut = None if in_channels == out_channels else _conv_bn(in_channels, out_channels, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        residual = self.conv3(F.relu(self.conv2(F.relu(self.conv1(x)))))
        return F.relu(residual + (x if self.shortcut is None else self.shortcut(x)))


class ResNet(nn.Module):
    """RGB (B, 3, H, W) -> features at strides 4, 8, 16 and 32, finest first.

    Attributes:
        out_channels: channels at each of the four strides.
    """

    def __init__(self, blocks: Sequence[int], *, stem_width: int = 64) -> None:
        super().__init__()
        self.stem = DeepStem(stem_width)
        widths = tuple(stem_width * 2**stage for stage in range(4))
        self.out_channels = tuple(4 * width for width in widths)
        in_channels = (2 * stem_width, *self.out_channels[:3])
        self.res2, self.res3, self.res4, self.res5 = (
            nn.Sequential(
                Bottleneck(channels, width, stride=stride),
                *(Bottleneck(4 * width, width, stride=1) for _ in range(count - 1)),
            )
            for channels, width, stride, count in zip(in_channels, widths, (1, 2, 2, 2), blocks, strict=True)
        )
        self._has_frozen_norms = False
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        res2 = self.res2(self.stem(x))
        res3 = self.res3(res2)
        res4 = self.res4(res3)
        return res2, res3, res4, self.res5(res4)

    def freeze_norms(self) -> None:
        """Keep the statistics and scales of every batch norm as they are, in training too.

        A batch of two large pictures is too few for statistics; learned ones serve better.
        """
        self._has_frozen_norms = True
        for module in self._norms():
            module.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> ResNet:
        super().train(mode)
        if self._has_frozen_norms:
            for module in self._norms():
                module.eval()
        return self

    def _norms(self) -> list[nn.BatchNorm2d]:
        return [module for module in self.modules() if isinstance(module, nn.BatchNorm2d)]

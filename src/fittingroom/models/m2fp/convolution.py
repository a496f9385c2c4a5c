"""A convolution that is followed by its normalisation, under the names that M2FP's checkpoints have for the two."""

from __future__ import annotations

from torch import Tensor, nn


class ConvNorm(nn.Conv2d):
    """Convolution without bias, then `norm`; padded so that stride 1 keeps the size."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, *, norm: nn.Module, stride: int = 1
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding=kernel_size // 2, bias=False)
        self.norm = norm

    def forward(self, input: Tensor) -> Tensor:
        normalised: Tensor = self.norm(super().forward(input))
        return normalised

"""The parsing network: one forward pass gives every pixel's class, every person's centre, and the way to it.

DeepLabV3+'s encoder and decoder (Chen et al., ECCV 2018) on MobileNetV2, with Panoptic-DeepLab's way of telling
people apart (Cheng et al., CVPR 2020): a heat map of person centres, and at every pixel the offset to the centre
of the person it belongs to. The cost does not depend on the number of people.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fittingroom.engine.protocol import BAG_ID, LEARNED_POINTS
from fittingroom.models.mobilenet import MobileNetV2, SameConv2d, copy_layers, read_layers
from fittingroom.models.overview import Overview


class ParsingOutput(NamedTuple):
    """What the network says, all at a quarter of the input's size."""

    class_logits: Tensor  # (B, C, H/4, W/4)
    centre_logits: Tensor  # (B, 1, H/4, W/4): a person's centre is here
    centre_offsets: Tensor  # (B, 2, H/4, W/4): (dx, dy) to the person's centre, in units of OFFSET_UNIT_PX input pixels
    detail_logits: Tensor  # (B, D, H/4, W/4): no detail, the details, a bag
    point_logits: Tensor  # (B, P, H/4, W/4): a body point is here
    aux_logits: Tensor | None  # (B, C, H/16, W/16) in training, None otherwise


OFFSET_UNIT_PX = 64.0
NUM_DETAILS = BAG_ID + 1
NUM_POINTS = len(LEARNED_POINTS)


class SeparableConv(nn.Sequential):
    """Depthwise 3x3, then 1x1, each with batch norm; ReLU after the second."""

    def __init__(self, in_channels: int, out_channels: int, *, dilation: int = 1) -> None:
        super().__init__(
            nn.Conv2d(in_channels, in_channels, 3, groups=in_channels, bias=False, padding=dilation, dilation=dilation),
            nn.BatchNorm2d(in_channels),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )


class Context(nn.Module):
    """Image pooling beside a 1x1 (both with starting weights), two dilated branches, and an overview of the picture."""

    def __init__(self, in_channels: int = 320, width: int = 256, *, overview_blocks: int = 0) -> None:
        super().__init__()
        self.here = SameConv2d(in_channels, width, 1)
        self.everywhere = SameConv2d(in_channels, width, 1)
        self.project = SameConv2d(2 * width, width, 1)
        self.near = SeparableConv(width, width, dilation=3)
        self.far = SeparableConv(width, width, dilation=8)
        self.overview = Overview(in_channels, width, blocks=overview_blocks) if overview_blocks else None

    def starting_layers(self) -> list[nn.Conv2d]:
        """The convolutions with starting weights, in the order of the starting weights' files."""
        return [self.here, self.everywhere, self.project]

    def starting(self, x: Tensor) -> Tensor:
        """What the layers with starting weights make of the backbone's features."""
        here = F.relu(self.here(x))
        everywhere = F.relu(self.everywhere(x.mean((2, 3), keepdim=True))).expand_as(here)
        return F.relu(self.project(torch.cat([everywhere, here], 1)))

    def forward(self, x: Tensor) -> Tensor:
        both = self.starting(x)
        context: Tensor = both + self.near(both) + self.far(both)
        return context if self.overview is None else context + self.overview(x)


class UpBlock(nn.Module):
    """Enlarge twice, join the finer features, mix."""

    def __init__(self, in_channels: int, skip_channels: int, skip_width: int, width: int) -> None:
        super().__init__()
        self.skip = nn.Sequential(
            nn.Conv2d(skip_channels, skip_width, 1, bias=False), nn.BatchNorm2d(skip_width), nn.ReLU(inplace=True)
        )
        self.mix = nn.Sequential(
            SeparableConv(in_channels + skip_width, width),
            SeparableConv(width, width),
        )

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        enlarged = F.interpolate(coarse, size=fine.shape[2:], mode="bilinear", align_corners=False)
        mixed: Tensor = self.mix(torch.cat([enlarged, self.skip(fine)], 1))
        return mixed


class ParsingNet(nn.Module):
    """RGB in [-1, 1], (B, 3, H, W) with H and W multiples of 16 -> :class:`ParsingOutput`."""

    def __init__(
        self, num_classes: int, *, num_details: int = NUM_DETAILS, num_points: int = NUM_POINTS,
        width8: int = 192, width4: int = 128, overview_blocks: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        skip4, skip8, top = MobileNetV2.skip_channels
        self.backbone = MobileNetV2()
        self.context = Context(top, 256, overview_blocks=overview_blocks)
        self.up8 = UpBlock(256, skip8, 48, width8)
        self.up4 = UpBlock(width8, skip4, 32, width4)
        self.classify = nn.Conv2d(width4, num_classes, 1)
        self.person8 = UpBlock(256, skip8, 32, 96)
        self.person4 = UpBlock(96, skip4, 16, 48)
        self.centre = nn.Conv2d(48, 1, 1)
        self.offset = nn.Conv2d(48, 2, 1)
        self.finer = SeparableConv(width4, 96)
        self.detail = nn.Conv2d(96, num_details, 1)
        self.point = nn.Conv2d(96, num_points, 1)
        self.aux = nn.Conv2d(256, num_classes, 1)
        assert self.centre.bias is not None
        assert self.point.bias is not None
        # A loss that weights rare classes makes them look likelier than they are; evaluation takes that back.
        self.log_class_weights: Tensor
        self.register_buffer("log_class_weights", torch.zeros(num_classes))
        nn.init.constant_(self.centre.bias, -4.0)  # centres and points are rare: start by expecting none
        nn.init.constant_(self.point.bias, -4.0)

    def forward(self, x: Tensor) -> ParsingOutput:
        stride4, stride8, stride16 = self.backbone(x)
        context = self.context(stride16)
        parts = self.up4(self.up8(context, stride8), stride4)
        people = self.person4(self.person8(context, stride8), stride4)
        finer = self.finer(parts)
        class_logits = self.classify(parts)
        if not self.training:
            class_logits = class_logits - self.log_class_weights[:, None, None]
        return ParsingOutput(
            class_logits=class_logits,
            centre_logits=self.centre(people),
            centre_offsets=self.offset(people),
            detail_logits=self.detail(finer),
            point_logits=self.point(finer),
            aux_logits=self.aux(context) if self.training else None,
        )

    @property
    def overview_blocks(self) -> int:
        """How many transformer blocks look at the whole picture."""
        return 0 if self.context.overview is None else len(self.context.overview.blocks)

    def load_starting_weights(self, path: Path) -> None:
        """Fill backbone and context from a recovered DeepLabV3 file (layers 0-50 backbone, 51-53 context).

        Raises:
            ConfigError: an array is missing or has another shape.
        """
        copy_layers([*self.backbone.convolutions(), *self.context.starting_layers()], read_layers(path))

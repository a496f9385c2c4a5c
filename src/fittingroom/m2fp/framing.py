"""How a photo lies in the network's input, for several people and for one; and the input itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

INPUT_MULTIPLE = 32
MEAN_RGB = np.array([123.675, 116.28, 103.53], np.float32)
STD_RGB = np.array([58.395, 57.12, 57.375], np.float32)
SINGLE_PAD_VALUE = 128

M2fpKind = Literal["m2fp-multiple", "m2fp-single"]


@dataclass(frozen=True)
class Framing:
    """A photo of `photo_hw` was resized to `resized_hw`, which lies at `offset_yx` of an input of `input_hw`."""

    photo_hw: tuple[int, int]
    resized_hw: tuple[int, int]
    input_hw: tuple[int, int]
    offset_yx: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class M2fpInputRule:
    """The size of the network's input.

    kind: "m2fp-multiple" brings the photo's short side to `short_side_px`, or its long side to `long_side_px` if that
        would be exceeded, and pads to the right and below; "m2fp-single" fits the photo into `short_side_px` wide and
        `long_side_px` high, never enlarging it, in the middle of a frame of that size.
    """

    kind: M2fpKind
    short_side_px: int
    long_side_px: int

    def framing(self, photo_hw: tuple[int, int]) -> Framing:
        """For a photo of (height, width)."""
        if self.kind == "m2fp-single":
            frame_hw = (self.long_side_px, self.short_side_px)
            scale = min(1.0, frame_hw[0] / photo_hw[0], frame_hw[1] / photo_hw[1])
            height, width = (
                min(max(1, int(side * scale)), limit) for side, limit in zip(photo_hw, frame_hw, strict=True)
            )
            offset_yx = ((frame_hw[0] - height) // 2, (frame_hw[1] - width) // 2)
            return Framing(photo_hw, (height, width), (_padded(frame_hw[0]), _padded(frame_hw[1])), offset_yx)
        scale = min(self.short_side_px / min(photo_hw), self.long_side_px / max(photo_hw))
        height, width = (max(1, int(side * scale + 0.5)) for side in photo_hw)
        return Framing(photo_hw, (height, width), (_padded(height), _padded(width)))


def prepare(pixels_rgb: NDArray[np.uint8], framing: Framing, kind: M2fpKind) -> NDArray[np.float32]:
    """uint8 (H, W, 3) -> float32 (1, 3, h, w), normalised and padded as the framing says.

    For several people the padding is 0 after normalising, for one it is a grey before.
    """
    height, width = framing.resized_hw
    picture = Image.fromarray(np.ascontiguousarray(pixels_rgb))
    resized = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float32)
    top, left = framing.offset_yx
    padding = (SINGLE_PAD_VALUE - MEAN_RGB) / STD_RGB if kind == "m2fp-single" else np.zeros(3, np.float32)
    network_input = np.empty((1, 3, *framing.input_hw), np.float32)
    network_input[0] = padding[:, None, None]
    network_input[0, :, top : top + height, left : left + width] = ((resized - MEAN_RGB) / STD_RGB).transpose(2, 0, 1)
    return network_input


def _padded(side: int) -> int:
    return -(-side // INPUT_MULTIPLE) * INPUT_MULTIPLE

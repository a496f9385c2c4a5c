"""The photo at the size that the network looks at."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import INPUT_MULTIPLE

MAX_ENLARGEMENT = 2.0  # a thumbnail shows no more by being enlarged further
MIN_SIDE_PX = 2 * INPUT_MULTIPLE


@dataclass(frozen=True)
class InputRule:
    """The longer side of the network's input; both sides are rounded to multiples of 16, so nothing is padded.

    The picture's proportions change by at most half of 16 pixels over the shorter side, which no network notices.
    """

    long_side_px: int

    def input_size_hw(self, size_hw: tuple[int, int]) -> tuple[int, int]:
        """The network's input size for a photo of `size_hw` (height, width)."""
        scale = min(self.long_side_px / max(size_hw), MAX_ENLARGEMENT)
        height, width = (max(MIN_SIDE_PX, INPUT_MULTIPLE * round(side * scale / INPUT_MULTIPLE)) for side in size_hw)
        return height, width


def prepare(pixels_rgb: NDArray[np.uint8], rule: InputRule) -> NDArray[np.uint8]:
    """uint8 (H, W, 3) -> uint8 (h, w, 3) of the size that the rule asks for."""
    height, width = rule.input_size_hw(pixels_rgb.shape[:2])
    if (height, width) == pixels_rgb.shape[:2]:
        return np.ascontiguousarray(pixels_rgb)  # not every engine takes a mirrored view
    shrinks = height * width < pixels_rgb.shape[0] * pixels_rgb.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels_rgb, (width, height), interpolation=interpolation), np.uint8)

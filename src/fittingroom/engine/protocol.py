"""The seam between what we ask of a network and what runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

STRIDE = 4  # of the network's outputs, in pixels of its input
INPUT_MULTIPLE = 16  # height and width of its input


@dataclass(frozen=True)
class NetworkOutput:
    """What a parsing network says about a batch of B pictures of H x W pixels; h = H / 4, w = W / 4.

    class_logits: float32 (B, C, h, w).
    centre_heat: float32 (B, h, w) in [0, 1], high where a person's centre is.
    centre_offsets_px: float32 (B, 2, h, w), (dx, dy) in input pixels from here to the centre of the person here.
    """

    class_logits: NDArray[np.float32]
    centre_heat: NDArray[np.float32]
    centre_offsets_px: NDArray[np.float32]


class Engine(Protocol):
    """Runs one parsing network. Safe to call from several threads."""

    def run(self, images_rgb: NDArray[np.uint8]) -> NetworkOutput:
        """images_rgb: uint8 (B, H, W, 3), H and W multiples of 16."""
        ...

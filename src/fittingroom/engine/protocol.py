"""The seam between what we ask of a network and what runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fittingroom.labels.body_points import BODY_25
from fittingroom.labels.details import DETAILS

STRIDE = 4  # of the network's outputs, in pixels of its input
INPUT_MULTIPLE = 16  # height and width of its input

BAG_ID = len(DETAILS)
"""The network's detail after the last: a bag. It lies over the background: a layer of its own, no detail of a part."""
LEARNED_POINTS = tuple(
    point for point, name in enumerate(BODY_25) if name not in ("neck", "mid-hip") and "small" not in name
)
"""The BODY_25 points that the network looks for. Two more are means of others; nobody taught it the small toes."""


@dataclass(frozen=True)
class NetworkOutput:
    """What a parsing network says about a batch of B pictures of H x W pixels; h = H / 4, w = W / 4.

    class_logits: float32 (B, C, h, w).
    centre_heat: float32 (B, h, w) in [0, 1], high where a person's centre is.
    centre_offsets_px: float32 (B, 2, h, w), (dx, dy) in input pixels from here to the centre of the person here.
    detail_logits: float32 (B, D, h, w): no detail, each of `fittingroom.labels.details`, a bag; None if not asked for.
    point_heat: float32 (B, P, h, w) in [0, 1], high where a body point is, in the order of `LEARNED_POINTS`; None if
        not asked for.
    """

    class_logits: NDArray[np.float32]
    centre_heat: NDArray[np.float32]
    centre_offsets_px: NDArray[np.float32]
    detail_logits: NDArray[np.float32] | None = None
    point_heat: NDArray[np.float32] | None = None


class Engine(Protocol):
    """Runs one parsing network. Safe to call from several threads."""

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        """images_rgb: uint8 (B, H, W, 3), H and W multiples of 16. finer: details and body points too."""
        ...

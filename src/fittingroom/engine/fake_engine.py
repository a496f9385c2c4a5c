"""An engine without a network, for tests: it answers what it was told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import LEARNED_POINTS, STRIDE, NetworkOutput
from fittingroom.labels.details import DETAILS


@dataclass
class FakeEngine:
    """Answers with the class map that `see` gives for a picture: uint8 (H, W, 3) -> uint8 (H/4, W/4).

    Every non-zero cell points to the centre of the connected cells it is one of. There are no details and no body
    points. `seen` keeps the pictures asked about.
    """

    num_classes: int
    see: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
    seen: list[NDArray[np.uint8]] = field(default_factory=list)

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        """See :class:`fittingroom.engine.protocol.Engine`."""
        self.seen.extend(images_rgb)
        answers = [self._answer(self.see(image)) for image in images_rgb]
        output = NetworkOutput(*(np.stack(column) for column in zip(*answers, strict=True)))
        if not finer:
            return output
        batch, height, width = output.centre_heat.shape
        details = np.zeros((batch, len(DETAILS) + 1, height, width), np.float32)
        details[:, 0] = 10
        return replace(
            output, detail_logits=details, point_heat=np.zeros((batch, len(LEARNED_POINTS), height, width), np.float32)
        )

    def _answer(
        self, classes: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        import cv2

        logits = 10 * (classes == np.arange(self.num_classes)[:, None, None]).astype(np.float32)
        heat = np.zeros(classes.shape, np.float32)
        offsets = np.zeros((2, *classes.shape), np.float32)
        count, regions = cv2.connectedComponents((classes > 0).astype(np.uint8), connectivity=4)
        for region in range(1, count):
            ys, xs = np.nonzero(regions == region)
            middle = int(((ys - ys.mean()) ** 2 + (xs - xs.mean()) ** 2).argmin())
            heat[ys[middle], xs[middle]] = 1
            offsets[0, ys, xs] = (xs[middle] - xs) * STRIDE
            offsets[1, ys, xs] = (ys[middle] - ys) * STRIDE
        return logits, heat, offsets

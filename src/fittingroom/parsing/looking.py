"""One look at a picture, or two: as it is and mirrored, averaged. The second costs as much time as the first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import Engine, NetworkOutput
from fittingroom.labels import LabelSet


def look(engine: Engine, picture_rgb: NDArray[np.uint8], label_set: LabelSet, *, also_mirrored: bool) -> NetworkOutput:
    """What the network says about one picture, uint8 (h, w, 3) of a size that it takes; B = 1."""
    if not also_mirrored:
        return engine.run(picture_rgb[None])
    said = engine.run(np.stack([picture_rgb, picture_rgb[:, ::-1]]))
    swapped = label_set.swap_left_right(np.arange(len(label_set), dtype=np.uint8)).astype(np.intp)
    turned = said.centre_offsets_px[1:, :, :, ::-1] * np.array([-1, 1], np.float32)[:, None, None]  # dx, dy
    half = np.float32(0.5)
    return NetworkOutput(
        class_logits=half * (said.class_logits[:1] + said.class_logits[1:, swapped, :, ::-1]),
        centre_heat=half * (said.centre_heat[:1] + said.centre_heat[1:, :, ::-1]),
        centre_offsets_px=half * (said.centre_offsets_px[:1] + turned),
    )

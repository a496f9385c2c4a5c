"""One look at a picture, or two: as it is and mirrored, averaged. The second costs as much time as the first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import LEARNED_POINTS, Engine, NetworkOutput
from fittingroom.labels import BODY_25_FLIP_PAIRS, DETAIL_FLIP_PAIRS, LabelSet


def look(
    engine: Engine, picture_rgb: NDArray[np.uint8], label_set: LabelSet, *, also_mirrored: bool, finer: bool = False
) -> NetworkOutput:
    """What the network says about one picture, uint8 (h, w, 3) of a size that it takes; B = 1.

    finer: details and body points too, if the network gives them.
    """
    if not also_mirrored:
        return engine.run(picture_rgb[None], finer=finer)
    said = engine.run(np.stack([picture_rgb, picture_rgb[:, ::-1]]), finer=finer)
    turned = said.centre_offsets_px[1:, :, :, ::-1] * np.array([-1, 1], np.float32)[:, None, None]  # dx, dy
    details, points = said.detail_logits, said.point_heat
    return NetworkOutput(
        class_logits=_mean_of_both(said.class_logits, _exchanged(len(label_set), label_set.flip_pairs)),
        centre_heat=np.float32(0.5) * (said.centre_heat[:1] + said.centre_heat[1:, :, ::-1]),
        centre_offsets_px=np.float32(0.5) * (said.centre_offsets_px[:1] + turned),
        detail_logits=None
        if details is None
        else _mean_of_both(details, _exchanged(details.shape[1], DETAIL_FLIP_PAIRS)),
        point_heat=None if points is None else _mean_of_both(points, _exchanged_points()),
    )


def _mean_of_both(planes: NDArray[np.float32], exchanged: NDArray[np.intp]) -> NDArray[np.float32]:
    """(2, C, h, w), of a picture and its mirror image, -> (1, C, h, w); `exchanged` says which plane each becomes."""
    return np.asarray(np.float32(0.5) * (planes[:1] + planes[1:, exchanged, :, ::-1]), np.float32)


def _exchanged(count: int, pairs: tuple[tuple[int, int], ...]) -> NDArray[np.intp]:
    order = np.arange(count)
    for left, right in pairs:
        order[[left, right]] = right, left
    return order


def _exchanged_points() -> NDArray[np.intp]:
    places = {point: place for place, point in enumerate(LEARNED_POINTS)}
    partner = dict(BODY_25_FLIP_PAIRS) | {right: left for left, right in BODY_25_FLIP_PAIRS}
    return np.array([places[partner.get(point, point)] for point in LEARNED_POINTS])

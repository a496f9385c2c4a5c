"""What the network said of its cells, without what is hardly true: cells of nobody, specks, traces of parts."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.parsing.people import People
from fittingroom.parsing.restore import softmax
from fittingroom.parsing.scores import expected_part_ious

# A person who fills a picture of 544 pixels covers about 2,700 cells.
SPECK_SHARE = 0.005
MAX_SPECK_CELLS = 24


def without_cells(class_logits: NDArray[np.float32], dropped: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Logits in which the background wins in the cells that belong to nobody."""
    if not dropped.any():
        return class_logits
    cleared = class_logits.copy()
    cleared[0, dropped] = class_logits[:, dropped].max(0) + 4
    return cleared


def without_specks(class_logits: NDArray[np.float32], person_ids: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Logits in which no class wins in a speck: the next likeliest class takes it.

    A speck is a connected region smaller than SPECK_SHARE of the person it lies on, and at most MAX_SPECK_CELLS.
    """
    winner = class_logits.argmax(0)
    areas = np.bincount(person_ids.ravel())
    areas[0] = 0
    limits = np.minimum(areas * SPECK_SHARE, MAX_SPECK_CELLS)[person_ids]  # (h, w)
    cleared = class_logits.copy()
    least = class_logits.min() - 1
    for class_id in np.flatnonzero(np.bincount(winner.ravel())):
        count, regions, stats, _ = cv2.connectedComponentsWithStats(
            (winner == class_id).astype(np.uint8), connectivity=8
        )
        sizes = stats[:, cv2.CC_STAT_AREA]
        for region in range(1, count):  # region 0 is everything else
            if sizes[region] < MAX_SPECK_CELLS:
                x, y, width, height = stats[region, : cv2.CC_STAT_AREA]
                box = np.s_[y : y + height, x : x + width]
                is_region = regions[box] == region
                if sizes[region] < limits[box][is_region].max():
                    cleared[class_id][box][is_region] = least
    return cleared


def without_traces(
    class_logits: NDArray[np.float32], people: People, min_part_iou: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits in which nobody has a part that is hardly expected to be right: the next likeliest class takes it.

    Beside them the IoUs, float32 (people + 1, C), that the parts are then expected to have.
    """
    ious, winner = _expected_ious(class_logits, people)
    is_trace = ious < min_part_iou
    is_trace[0], is_trace[:, 0] = False, False
    if not is_trace[people.nearest, winner].any():
        return class_logits, ious
    dropped = is_trace[people.nearest].transpose(2, 0, 1) & (winner == np.arange(len(class_logits))[:, None, None])
    cleared = np.where(dropped, class_logits.min() - 1, class_logits).astype(np.float32)
    return cleared, _expected_ious(cleared, people)[0]


def _expected_ious(class_logits: NDArray[np.float32], people: People) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    probabilities = softmax(class_logits)
    winner = probabilities.argmax(0)
    return expected_part_ious(probabilities, winner, people.nearest, len(people.scores)), winner

"""Two people drawn by hand and three found, with answers worked out on paper in the tests that use them."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.evaluation.overlaps import Overlaps
from fittingroom.labels import LabelSet
from fittingroom.results import ParseResult

HEADS = LabelSet("heads", ("background", "hair", "face"))

# Two people of 4 hair and 8 face pixels each.
TRUTH = np.array(
    [
        [0, 1, 1, 0, 0, 1, 1, 0],
        [0, 1, 1, 0, 0, 1, 1, 0],
        [0, 2, 2, 0, 0, 2, 2, 0],
        [0, 2, 2, 0, 0, 2, 2, 0],
        [0, 2, 2, 0, 0, 2, 2, 0],
        [0, 2, 2, 0, 0, 2, 2, 0],
    ],
    np.uint8,
)
TRUE_IDS = np.where(TRUTH > 0, np.where(np.arange(8) < 4, 1, 2), 0).astype(np.uint8)
# The first person is found whole, with too little hair; the second falls apart into two, without the hair of the third.
PREDICTED = np.array(
    [
        [0, 1, 1, 0, 0, 1, 0, 0],
        [0, 2, 2, 0, 0, 1, 0, 0],
        [0, 2, 2, 0, 0, 2, 2, 0],
        [0, 2, 2, 0, 0, 2, 2, 0],
        [0, 2, 2, 0, 0, 2, 2, 0],
        [0, 2, 2, 0, 0, 2, 2, 0],
    ],
    np.uint8,
)
PREDICTED_IDS = np.where(PREDICTED > 0, [0, 1, 1, 0, 0, 2, 3, 0], 0).astype(np.uint16)
# Parts of persons 1, 2 and 3 have the scores 0.8, 0.4 and 0.6.
CONFIDENCE = np.array([255, 204, 102, 153], np.uint8)[PREDICTED_IDS]


@dataclass(frozen=True)
class Drawn:
    """Truth, result and what they have in common."""

    truth: NDArray[np.uint8]
    true_ids: NDArray[np.uint8]
    result: ParseResult
    overlaps: Overlaps


@pytest.fixture
def drawn() -> Drawn:
    result = ParseResult.from_maps(PREDICTED, PREDICTED_IDS, CONFIDENCE, label_set=HEADS, person_scores=[0.9, 0.6, 0.8])
    return Drawn(TRUTH, TRUE_IDS, result, Overlaps.of(TRUTH, TRUE_IDS, PREDICTED, PREDICTED_IDS, 3))

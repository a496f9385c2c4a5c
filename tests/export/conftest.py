"""Two hand-drawn people for every export."""

import numpy as np
import numpy.typing as npt
import pytest

from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

# Person 1: hat, face, upper-clothes; person 2: hair, face, left-shoe. Their faces touch.
LABELS = np.array(
    [
        [0, 1, 1, 0, 0, 0, 2, 2],
        [0, 13, 13, 13, 13, 13, 2, 2],
        [0, 13, 13, 13, 13, 13, 0, 0],
        [5, 5, 5, 5, 0, 0, 0, 0],
        [5, 5, 0, 5, 0, 18, 18, 0],
        [5, 5, 5, 5, 0, 0, 18, 0],
    ],
    np.uint8,
)
PERSONS = np.array(
    [
        [0, 1, 1, 0, 0, 0, 2, 2],
        [0, 1, 1, 1, 2, 2, 2, 2],
        [0, 1, 1, 1, 2, 2, 0, 0],
        [1, 1, 1, 1, 0, 0, 0, 0],
        [1, 1, 0, 1, 0, 2, 2, 0],
        [1, 1, 1, 1, 0, 0, 2, 0],
    ],
    np.uint16,
)

# A nose on the first face, lips on the second, a left sleeve on the first one's clothes.
DETAIL_MAP = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 2, 0, 0, 0],
        [0, 0, 0, 14, 0, 0, 0, 0],
        [0, 0, 0, 14, 0, 0, 0, 0],
        [0, 0, 0, 14, 0, 0, 0, 0],
    ],
    np.uint8,
)


@pytest.fixture
def result() -> ParseResult:
    confidence = (200 + np.arange(48) % 56).astype(np.uint8).reshape(6, 8)
    return ParseResult.from_maps(
        LABELS, PERSONS, confidence, label_set=CIHP, model_name="drawn", model_sha256="00ff", person_scores=[0.9, 0.8]
    )


@pytest.fixture
def fine_result() -> ParseResult:
    """The same two people with details, a bag of two pixels and body points: point i of person p at (i/4, p)."""
    points = [np.array([(i / 4, person, 0.5) for i in range(25)], np.float32) for person in (1, 2)]
    points[1][20] = 0  # the second one's left small toe was not seen
    bag_map = np.zeros((6, 8), bool)
    bag_map[4:, 4] = True
    return ParseResult.from_maps(
        LABELS, PERSONS, np.full((6, 8), 204, np.uint8), label_set=CIHP,
        detail_map=DETAIL_MAP, detail_confidence=np.full((6, 8), 102, np.uint8), bag_map=bag_map, body_points=points,
    )  # fmt: skip


@pytest.fixture
def nobody() -> ParseResult:
    empty = np.zeros((6, 8), np.uint8)
    return ParseResult.from_maps(empty, empty.astype(np.uint16), empty, label_set=CIHP)


@pytest.fixture
def photo_rgb() -> npt.NDArray[np.uint8]:
    """Noise, uint8 (6, 8, 3), none of it black."""
    return np.random.default_rng(0).integers(1, 256, (6, 8, 3), dtype=np.uint8)


@pytest.fixture
def large_result() -> ParseResult:
    """The same two people 60 times as large, (360, 480): there is room to write on them."""
    label_map, person_map = (np.kron(drawn, np.ones((60, 60), drawn.dtype)) for drawn in (LABELS, PERSONS))
    return ParseResult.from_maps(label_map, person_map, np.full((360, 480), 230, np.uint8), label_set=CIHP)

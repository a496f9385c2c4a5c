import math

import numpy as np
import pytest

from fittingroom.data.photos import LabelledPhoto
from fittingroom.engine.protocol import BAG_ID
from fittingroom.evaluation.fine_parts import FineParts
from fittingroom.labels import CIHP, detail_id
from fittingroom.results import ParseResult

NOSE, LIPS, EYE, HAND = (detail_id(name) for name in ("nose", "lips", "left-eye", "left-hand"))
# Hair over a face of four rows; beside it an arm, and a bag on the background.
LABELS = np.array(
    [
        [0, 2, 2, 2, 2, 0, 0, 0],
        [0, 13, 13, 13, 13, 0, 14, 0],
        [0, 13, 13, 13, 13, 0, 14, 0],
        [0, 13, 13, 13, 13, 0, 14, 0],
        [0, 13, 13, 13, 13, 0, 14, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    np.uint8,
)
TRUTH = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, EYE, 0, 0, 255, 0],
        [0, 0, NOSE, 0, 0, 0, 255, 0],
        [0, 0, NOSE, 0, 0, 0, HAND, 0],
        [0, LIPS, LIPS, 0, 0, 0, HAND, 0],
        [0, 0, 0, 0, 0, 0, BAG_ID, BAG_ID],
    ],
    np.uint8,
)
PREDICTED = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, EYE, 0, HAND, 0],
        [0, 0, NOSE, 0, 0, 0, HAND, 0],
        [0, 0, NOSE, 0, 0, 0, 0, 0],
        [0, 0, LIPS, LIPS, 0, 0, HAND, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    np.uint8,
)
BAG = np.zeros((6, 8), bool)
BAG[5, 7] = True


def measured(zoom: int, *, bags: bool = True) -> FineParts:
    """The photo enlarged: at 20 the face is 80 pixels high."""
    larger = np.ones((zoom, zoom), np.uint8)
    labels, truth, predicted = (np.kron(ids, larger) for ids in (LABELS, TRUTH, PREDICTED))
    ids = (labels > 0).astype(np.uint8)
    result = ParseResult.from_maps(
        labels, ids.astype(np.uint16), ids, label_set=CIHP, detail_map=predicted,
        bag_map=np.kron(BAG, larger).astype(bool) if bags else None,
    )  # fmt: skip
    return FineParts.of(LabelledPhoto(np.zeros((*labels.shape, 3), np.uint8), labels, ids, details=truth), result)


def test_ious_of_details_are_those_worked_out_on_paper() -> None:
    # lips share 1 of 3 pixels, hands 1 of 2 where the truth is known, bags 1 of 2
    assert measured(20).iou() == pytest.approx(
        {"nose": 1, "lips": 1 / 3, "left-eye": 0, "left-hand": 1 / 2, "bag": 1 / 2}
    )


def test_a_small_face_is_not_asked_for_its_details() -> None:
    assert measured(10).iou() == pytest.approx({"left-hand": 1 / 2, "bag": 1 / 2})
    assert math.isnan(measured(10).eyes_found())


def test_the_centre_of_an_eye_is_measured_by_the_head() -> None:
    # the eye is one of five rows of the head beside its place
    assert measured(20).median_eye_error() == pytest.approx(1 / 5)
    assert measured(20).eyes_found() == 0


def test_an_eye_that_was_not_found_is_infinitely_far() -> None:
    missing = FineParts(measured(20).confusion, measured(20).close, (0.01, float("inf"), 0.03))
    assert missing.eyes_found() == pytest.approx(2 / 3)
    assert missing.median_eye_error() == 0.03


def test_without_a_look_for_bags_none_is_asked_for() -> None:
    assert "bag" not in measured(20, bags=False).iou()


def test_what_was_not_parsed_for_or_is_not_known_gives_nothing() -> None:
    ids = (LABELS > 0).astype(np.uint8)
    coarse = ParseResult.from_maps(LABELS, ids.astype(np.uint16), ids, label_set=CIHP)
    photo = LabelledPhoto(np.zeros((6, 8, 3), np.uint8), LABELS, ids, details=TRUTH)
    assert FineParts.of(photo, coarse).iou() == {}
    assert math.isnan(FineParts.of(photo, coarse).median_eye_error())


def test_pooling_adds_pixels_and_eyes() -> None:
    twice = FineParts.empty() + measured(20) + measured(20)
    assert twice.iou() == pytest.approx(measured(20).iou())
    assert len(twice.eye_errors) == 2

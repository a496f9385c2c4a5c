import numpy as np
import pytest

from fittingroom.errors import LabelError, ShapeError
from fittingroom.evaluation.confusion import Confusion
from fittingroom.evaluation.overlaps import Overlaps


def test_all_overlaps_are_those_worked_out_on_paper(drawn) -> None:
    overlaps = drawn.overlaps
    assert overlaps.true_areas.tolist() == [[0, 4, 8], [0, 4, 8]]
    assert overlaps.predicted_areas.tolist() == [[0, 2, 10], [0, 2, 4], [0, 0, 4]]
    assert overlaps.person_ious == pytest.approx(np.array([[1, 0, 0], [0, 6 / 12, 4 / 12]]))
    hair, face = overlaps.part_ious[..., 1], overlaps.part_ious[..., 2]
    assert hair == pytest.approx(np.array([[2 / 4, 0, 0], [0, 2 / 4, 0]]))
    assert face == pytest.approx(np.array([[8 / 10, 0, 0], [0, 4 / 8, 4 / 8]]))


def test_the_background_of_a_person_is_all_that_is_not_this_person(drawn) -> None:
    # of 48 pixels, persons 2 have 12 and 6, of which they share 6: 36 are neither's, 42 not both's
    assert drawn.overlaps.part_ious[1, 1, 0] == pytest.approx(36 / 42)
    assert drawn.overlaps.part_ious[0, 0, 0] == 1
    assert drawn.overlaps.parsing_ious[0, 0] == pytest.approx((1 + 2 / 4 + 8 / 10) / 3)
    assert drawn.overlaps.parsing_ious[1, 2] == pytest.approx((36 / 44 + 0 + 4 / 8) / 3)


def test_a_class_that_neither_shows_does_not_count() -> None:
    truth = np.array([[1, 1, 0, 0]], np.uint8)
    overlaps = Overlaps.of(truth, truth, truth, truth, 3)
    assert np.isnan(overlaps.part_ious[0, 0, 2])
    assert overlaps.parsing_ious[0, 0] == 1


def test_people_are_matched_once_each_and_the_best_first(drawn) -> None:
    assert drawn.overlaps.matched_people() == [(0, 0), (1, 1)]


def test_ignored_pixels_are_in_no_overlap_and_shield_what_lies_mostly_on_them() -> None:
    truth = np.array([[255, 255, 255, 0, 0, 1, 1, 0]], np.uint8)
    true_ids = np.array([[0, 0, 0, 0, 0, 4, 4, 0]], np.uint8)
    predicted = np.array([[1, 1, 1, 1, 0, 1, 1, 0]], np.uint8)
    ids = np.array([[1, 1, 1, 1, 0, 2, 2, 0]], np.uint16)
    overlaps = Overlaps.of(truth, true_ids, predicted, ids, 2)
    assert overlaps.pixels.sum() == 5
    assert overlaps.true_person_ids == (4,)
    assert overlaps.judged_people.tolist() == [False, True]
    assert overlaps.judged_parts.tolist() == [[False, False], [False, True]]


def test_the_confusion_is_a_sum_of_the_table(drawn) -> None:
    confusion = Confusion.of(drawn.truth, drawn.result.label_map, 3)
    assert np.array_equal(drawn.overlaps.pixels.sum((0, 2)), confusion.counts)


def test_nobody_on_either_side_is_an_empty_table() -> None:
    nobody = np.zeros((6, 8), np.uint8)
    overlaps = Overlaps.of(nobody, nobody, nobody, nobody, 3)
    assert overlaps.person_ious.shape == (0, 0)
    assert overlaps.matched_people() == []


def test_people_who_cover_all_that_is_known_are_still_people() -> None:
    full = np.ones((2, 2), np.uint8)
    assert Overlaps.of(full, full, full, full, 2).person_ious.tolist() == [[1]]


def test_maps_of_different_sizes_and_foreign_ids_are_refused(drawn) -> None:
    with pytest.raises(ShapeError, match="person maps are"):
        Overlaps.of(drawn.truth, drawn.true_ids.T, drawn.result.label_map, drawn.result.person_map, 3)
    with pytest.raises(LabelError, match="truth holds id 2"):
        Overlaps.of(drawn.truth, drawn.true_ids, drawn.result.label_map, drawn.result.person_map, 2)

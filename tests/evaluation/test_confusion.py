import math

import numpy as np
import pytest

from fittingroom.errors import LabelError, ShapeError
from fittingroom.evaluation.confusion import Confusion

TRUTH = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 2, 2, 0],
        [0, 1, 1, 1, 0, 2, 2, 0],
        [0, 0, 0, 0, 0, 2, 2, 0],
        [0, 0, 0, 0, 0, 0, 0, 255],
    ],
    np.uint8,
)  # 32 background, 9 of class 1, 6 of class 2, 1 to be left out
PREDICTED = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 2, 2, 0],
        [0, 1, 1, 0, 0, 2, 2, 0],
        [0, 0, 0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 0, 2, 2],
    ],
    np.uint8,
)


def test_figures_are_those_worked_out_on_paper() -> None:
    confusion = Confusion.of(TRUTH, PREDICTED, 3)
    assert confusion.counts.tolist() == [[31, 0, 1], [3, 6, 0], [0, 2, 4]]
    assert confusion.iou() == pytest.approx([31 / 35, 6 / 11, 4 / 7])
    assert confusion.mean_iou() == pytest.approx((31 / 35 + 6 / 11 + 4 / 7) / 3)
    assert confusion.mean_iou(leave_out=(1,)) == pytest.approx((31 / 35 + 4 / 7) / 2)
    assert confusion.foreground_iou() == pytest.approx(12 / 16)
    assert confusion.pixel_accuracy() == pytest.approx(41 / 47)


def test_a_prediction_equal_to_the_truth_scores_1() -> None:
    confusion = Confusion.of(TRUTH, np.where(TRUTH == 255, 2, TRUTH).astype(np.uint8), 3)
    assert confusion.mean_iou() == confusion.foreground_iou() == confusion.pixel_accuracy() == 1


def test_what_is_predicted_on_ignored_pixels_does_not_matter() -> None:
    first = Confusion.of(TRUTH, PREDICTED, 3)
    other = Confusion.of(TRUTH, np.where(TRUTH == 255, 0, PREDICTED).astype(np.uint8), 3)
    assert np.array_equal(first.counts, other.counts)


def test_adding_pools_the_pixels_of_photos() -> None:
    halves = Confusion.of(TRUTH[:3], PREDICTED[:3], 3) + Confusion.of(TRUTH[3:], PREDICTED[3:], 3)
    assert np.array_equal(halves.counts, Confusion.of(TRUTH, PREDICTED, 3).counts)
    assert np.array_equal((Confusion.empty(3) + halves).counts, halves.counts)


def test_a_class_that_does_not_occur_has_no_figure_and_does_not_lower_the_mean() -> None:
    confusion = Confusion.of(TRUTH, PREDICTED, 5)
    assert np.isnan(confusion.iou()).tolist() == [False, False, False, True, True]
    assert confusion.mean_iou() == Confusion.of(TRUTH, PREDICTED, 3).mean_iou()


def test_a_class_that_is_only_predicted_scores_0() -> None:
    confusion = Confusion.of(np.zeros((6, 8), np.uint8), PREDICTED, 3)
    assert confusion.iou()[1:].tolist() == [0, 0]
    assert confusion.foreground_iou() == 0


def test_no_pixels_give_no_figures() -> None:
    for confusion in (Confusion.empty(3), Confusion.of(np.full((6, 8), 255, np.uint8), PREDICTED, 3)):
        assert math.isnan(confusion.mean_iou())
        assert math.isnan(confusion.foreground_iou())
        assert math.isnan(confusion.pixel_accuracy())


def test_nobody_in_truth_and_prediction_is_no_foreground_to_measure() -> None:
    nobody = np.zeros((6, 8), np.uint8)
    confusion = Confusion.of(nobody, nobody, 3)
    assert math.isnan(confusion.foreground_iou())
    assert confusion.pixel_accuracy() == 1


def test_maps_of_different_sizes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"truth is \(6, 8\), prediction is \(8, 6\); both must be \(height, width\)"):
        Confusion.of(TRUTH, PREDICTED.T, 3)


@pytest.mark.parametrize(
    ("truth", "predicted", "says"),
    [
        (np.full((1, 2), 7, np.uint8), np.zeros((1, 2), np.uint8), "truth holds id 7, expected 0 to 2 or 255"),
        (np.zeros((1, 2), np.uint8), np.full((1, 2), 3, np.uint8), "prediction holds id 3, expected 0 to 2"),
    ],
)
def test_ids_of_another_label_set_are_refused(truth: np.ndarray, predicted: np.ndarray, says: str) -> None:
    with pytest.raises(LabelError, match=says):
        Confusion.of(truth, predicted, 3)

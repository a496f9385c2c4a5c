import math

import numpy as np
import pytest

from fittingroom.evaluation.calibration import Reliability, ScoreErrors, pixel_reliability


def test_the_error_is_that_worked_out_on_paper() -> None:
    is_right = np.array([True, False, True, False, False])
    confidence = np.array([255, 255, 102, 102, 102], np.uint8)  # 1, 1, 0.4, 0.4, 0.4
    reliability = Reliability.of(is_right, confidence)
    # half of those at 1 are right, a third of those at 0.4
    expected = 2 / 5 * abs(1 / 2 - 1) + 3 / 5 * abs(1 / 3 - 0.4)
    assert reliability.expected_calibration_error() == pytest.approx(expected)
    assert reliability.pixels[[6, 14]].tolist() == [3, 2]  # 0.4 = 6/15


def test_confidences_of_one_bin_are_taken_together() -> None:
    # 0.8 and 0.85 fall into the bin from 12/15 to 13/15: one of two right at 0.825
    pair = Reliability.of(np.array([True, False]), np.array([204, 217], np.uint8))
    assert pair.expected_calibration_error() == pytest.approx(abs(1 / 2 - (204 + 217) / 510))


def test_saying_what_is_so_is_no_error() -> None:
    honest = Reliability.of(np.array([True, True, False, False, False]), np.full(5, 102, np.uint8))
    assert honest.expected_calibration_error() == pytest.approx(0)


def test_pooling_adds_pixels_before_the_mean() -> None:
    right, wrong = (Reliability.of(np.full(2, is_right), np.array([128, 128], np.uint8)) for is_right in (True, False))
    assert (right + wrong).expected_calibration_error() == pytest.approx(128 / 255 - 0.5)
    assert math.isnan(Reliability.empty().expected_calibration_error())


def test_the_background_that_both_agree_on_is_left_out_of_peoples_pixels() -> None:
    truth = np.array([[0, 0, 1, 1, 255]], np.uint8)
    predicted = np.array([[0, 1, 1, 0, 1]], np.uint8)
    everything, people = pixel_reliability(truth, predicted, np.full((1, 5), 255, np.uint8))
    assert (everything.pixels.sum(), everything.right.sum()) == (4, 2)
    assert (people.pixels.sum(), people.right.sum()) == (3, 1)


def test_scores_of_parts_are_compared_with_their_ious(drawn) -> None:
    errors = ScoreErrors.of(drawn.overlaps, drawn.result.people)
    # person 1: 0.8 for IoU 0.5 and 0.8; person 2: 0.4 for 0.5 and 0.5; person 3: 0.6, and is nobody's
    assert errors.mean() == pytest.approx((0.3 + 0 + 0.1 + 0.1 + 0.6) / 5)
    assert (errors + errors).mean() == pytest.approx(errors.mean())
    assert math.isnan(ScoreErrors(0, 0).mean())

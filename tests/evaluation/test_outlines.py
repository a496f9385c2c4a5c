import math

import numpy as np
import pytest

from fittingroom.evaluation.outlines import Outlines
from fittingroom.labels import CIHP


def right_of(*columns: int) -> np.ndarray:
    """6 x 8: in each pair of rows, class 5 from the given column on."""
    starts = np.repeat(columns, 6 // len(columns))
    return np.where(np.arange(8) >= starts[:, None], 5, 0).astype(np.uint8)


def outlines(truth: np.ndarray, predicted: np.ndarray) -> Outlines:
    people = [(labels > 0) & (labels < 255) for labels in (truth, predicted)]
    return Outlines.of(truth, people[0].astype(np.uint8), predicted, people[1].astype(np.uint16), CIHP)


def test_equal_maps_have_equal_outlines() -> None:
    same = outlines(right_of(4), right_of(4))
    assert same.f_score(1) == same.f_score(2) == 1
    assert same.mean_distance_px() == 0


@pytest.mark.parametrize(("shift", "near_1", "near_2"), [(1, 1, 1), (2, 0, 1), (3, 0, 0)])
def test_an_outline_that_is_shifted_is_as_far_away_as_that(shift: int, near_1: int, near_2: int) -> None:
    shifted = outlines(right_of(4), right_of(4 + shift))
    assert shifted.mean_distance_px() == shift
    assert (shifted.f_score(1), shifted.f_score(2)) == (near_1, near_2)


def test_figures_of_a_step_are_those_worked_out_on_paper() -> None:
    # true outline: column 3 of all six rows. Predicted: column 3 of rows 0 to 2, columns 4 and 5 of row 2 (they differ
    # from below), column 5 of rows 3 to 5.
    step = outlines(right_of(4), right_of(4, 6))
    assert (step.true, step.drawn) == (6, 8)
    # predicted to true 0 0 0 1 2 2 2 2, true to predicted 0 0 0 1 2 2
    assert step.mean_distance_px() == pytest.approx((9 + 5) / 14)
    precision, recall = 4 / 8, 4 / 6
    assert step.f_score(1) == pytest.approx(2 * precision * recall / (precision + recall))
    assert step.f_score(2) == 1


def test_two_people_who_touch_have_an_outline_between_them() -> None:
    labels = np.full((6, 8), 5, np.uint8)
    two = np.where(np.arange(8) < 4, 1, 2) * np.ones((6, 1), np.uint8)
    one = np.ones((6, 8), np.uint8)
    apart = Outlines.of(labels, two, labels, two, CIHP)
    assert apart.true == apart.drawn == 6
    joined = Outlines.of(labels, two, labels, one, CIHP)
    assert joined.drawn == 0
    assert joined.mean_distance_px() == 10  # there is none: as far away as the picture reaches


def test_where_the_truth_is_not_known_no_outline_is_judged() -> None:
    truth = right_of(6)
    truth[:, 4:6] = 255  # the outline lies somewhere in here
    for column in (4, 5, 6):
        unclear = outlines(truth, right_of(column))
        assert math.isnan(unclear.f_score(2))
        assert math.isnan(unclear.mean_distance_px())


def standing() -> np.ndarray:
    """Face, clothes and shoes, two pixels each: six pixels tall, two wide."""
    labels = np.zeros((6, 8), np.uint8)
    labels[:, 3:5] = np.repeat([13, 5, 18], 2)[:, None]
    return labels


def test_a_body_of_six_pixels_makes_each_a_sixth_of_its_height() -> None:
    shifted = outlines(standing(), np.roll(standing(), 1, axis=1))
    assert shifted.mean_distance_px() > 0
    assert shifted.mean_distance_mm() == pytest.approx(shifted.mean_distance_px() * 1700 / 6)


def test_somebody_lying_is_as_tall_as_somebody_standing() -> None:
    lying, shifted = standing().T.copy(), np.roll(standing(), 1, axis=1).T.copy()
    turned = outlines(lying, shifted)
    assert turned.mean_distance_mm() == pytest.approx(turned.mean_distance_px() * 1700 / 6)


def test_without_feet_nobodys_height_is_known() -> None:
    bust = np.where(standing() == 18, 0, standing()).astype(np.uint8)
    assert math.isnan(outlines(bust, bust).mean_distance_mm())
    assert outlines(bust, bust).mean_distance_px() == 0


def test_pooling_adds_pixels() -> None:
    pooled = outlines(right_of(4), right_of(4)) + outlines(right_of(4), right_of(6))
    assert pooled.mean_distance_px() == pytest.approx((12 * 0 + 12 * 2) / 24)
    assert pooled.f_score(1) == 0.5


def test_no_outlines_give_no_figures() -> None:
    for none in (Outlines.empty(), outlines(right_of(8), right_of(8))):
        assert math.isnan(none.f_score(1))
        assert math.isnan(none.mean_distance_px())

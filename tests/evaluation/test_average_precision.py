import numpy as np
import pytest

from fittingroom.evaluation.average_precision import Finds


def finds(*rows: tuple[float, float, int], truth_count: int) -> Finds:
    """Rows of score, overlap, truth."""
    scores, overlaps, truths = zip(*rows, strict=True)
    return Finds(np.array(scores), np.array(overlaps), np.array(truths, np.intp), truth_count)


def test_the_area_under_precision_over_recall_is_that_worked_out_on_paper() -> None:
    # by score: hit, miss, hit, miss; precision 1, 1/2, 2/3, 1/2; three truths, one of them never found
    four = finds((0.9, 0.8, 0), (0.7, 0.1, 1), (0.5, 0.6, 1), (0.3, 0.4, 2), truth_count=3)
    assert four.average_precision(0.5) == pytest.approx((1 + 2 / 3) / 3)


def test_precision_counts_at_its_best_from_there_on() -> None:
    # miss, hit, hit: precision 0, 1/2, 2/3; at both recalls 2/3 is still to come
    assert finds((0.9, 0, 0), (0.8, 0.9, 0), (0.7, 0.9, 1), truth_count=2).average_precision(0.5) == pytest.approx(
        2 / 3
    )


def test_an_overlap_equal_to_the_threshold_is_a_miss() -> None:
    assert finds((1, 0.5, 0), truth_count=1).average_precision(0.5) == 0


def test_the_second_find_of_a_truth_is_a_miss_or_by_the_legacy_count_a_hit() -> None:
    twice = finds((0.4, 0.9, 0), (0.8, 0.7, 0), truth_count=1)
    assert twice.hits(0.5).tolist() == [False, True]  # the surer one is the hit, though it overlaps less
    assert twice.average_precision(0.5) == 1
    assert twice.hits(0.5, "hit").tolist() == [True, True]
    assert twice.average_precision(0.5, "hit") == 2


def test_nothing_found_is_0_and_nothing_to_find_is_no_figure() -> None:
    assert Finds(np.zeros(0), np.zeros(0), np.zeros(0, np.intp), 2).average_precision(0.5) == 0
    assert np.isnan(Finds.empty().average_precision(0.5))


def test_pooling_keeps_the_truths_of_photos_apart() -> None:
    one = Finds.of(np.array([0.5]), np.array([[0.9]]))
    none = Finds.of(np.array([0.7]), np.zeros((0, 1)))  # somebody found where nobody is
    pooled = one + none + one
    assert pooled.truths.tolist() == [0, -1, 1]
    assert pooled.truth_count == 2
    # a miss comes first: precision 0, 1/2, 2/3
    assert pooled.average_precision(0.5) == pytest.approx(2 / 3)

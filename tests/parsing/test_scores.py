import numpy as np
import pytest

from fittingroom.parsing.scores import expected_part_ious

WINNER = np.array([[1, 1, 2, 0]])
NEAREST = np.array([[1, 1, 1, 1]], np.uint16)


def test_certain_parts_are_expected_to_be_right() -> None:
    certain = (np.arange(3)[:, None, None] == WINNER).astype(np.float32)
    assert expected_part_ious(certain, WINNER, NEAREST, 1)[1].tolist() == [1, 1, 1]


def test_doubt_inside_and_outside_a_part_both_lower_its_expected_iou() -> None:
    # class 1 wins two cells with 0.8 each, and has 0.4 in the cell of class 2
    probabilities = np.array([[[0.2, 0.2, 0, 1.0]], [[0.8, 0.8, 0.4, 0]], [[0, 0, 0.6, 0]]], np.float32)
    ious = expected_part_ious(probabilities, WINNER, NEAREST, 1)
    assert ious[1, 1] == pytest.approx(1.6 / (2 + 0.4))
    assert ious[1, 2] == pytest.approx(0.6)


def test_people_are_judged_apart_and_who_lacks_a_class_has_0() -> None:
    winner = np.array([[1, 1]])
    probabilities = np.array([[[0.1, 0.5]], [[0.9, 0.5]], [[0.0, 0.0]]], np.float32)
    ious = expected_part_ious(probabilities, winner, np.array([[1, 2]], np.uint16), 2)
    assert ious[:, 1].tolist() == pytest.approx([0, 0.9, 0.5])
    assert not ious[:, 2].any()


def test_the_expectation_is_what_happens_on_average() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([4, 1, 1], (20, 20)).transpose(2, 0, 1).astype(np.float32)
    winner = probabilities.argmax(0)
    stated = expected_part_ious(probabilities, winner, np.ones((20, 20), np.uint16), 1)[1]
    draws = [(rng.random((20, 20)) > probabilities.cumsum(0)).sum(0) for _ in range(200)]
    for class_id in range(3):
        won = winner == class_id
        ious = [((truth == class_id) & won).sum() / ((truth == class_id) | won).sum() for truth in draws]
        assert np.mean(ious) == pytest.approx(stated[class_id], abs=0.02)

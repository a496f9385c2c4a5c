import numpy as np

from fittingroom.labels import CIHP
from fittingroom.parsing.cleaning import without_cells, without_specks, without_traces
from fittingroom.parsing.people import People
from fittingroom.parsing.restore import softmax
from fittingroom.parsing.scores import expected_part_ious

HAIR, UPPER = CIHP.id_of("hair"), CIHP.id_of("upper-clothes")


def test_a_speck_on_a_person_becomes_the_next_likeliest_class() -> None:
    logits = np.zeros((4, 30, 20), np.float32)
    logits[1] = 2
    logits[3, 10:12, 10] = 5
    logits[2, 10:12, 10] = 4
    cleared = without_specks(logits, np.ones((30, 20), np.uint16))
    assert (cleared.argmax(0)[10:12, 10] == 2).all()
    assert (cleared.argmax(0) == 1).sum() == 30 * 20 - 2


def test_what_is_small_on_a_small_person_is_no_speck() -> None:
    logits = np.zeros((3, 30, 20), np.float32)
    logits[1, 8:14, 8:14] = 2
    logits[2, 10:12, 10] = 5
    person_ids = (logits[1] > 0).astype(np.uint16)
    assert np.array_equal(without_specks(logits, person_ids), logits)


def test_dropped_cells_become_background_and_the_others_stay() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (5, 6, 8)).astype(np.float32)
    dropped = np.zeros((6, 8), bool)
    dropped[2:4, 3:6] = True
    cleared = without_cells(logits, dropped)
    assert (cleared.argmax(0)[dropped] == 0).all()
    assert np.array_equal(cleared[:, ~dropped], logits[:, ~dropped])
    assert without_cells(logits, np.zeros((6, 8), bool)) is logits


def test_a_part_that_is_hardly_expected_to_be_right_goes_to_the_next_likeliest_class() -> None:
    # eleven cells are surely a top; in one a scarf is just ahead of it, though it is as likely in many others
    chances = np.full((20, 3, 4), 1e-6, np.float32)
    chances[UPPER], chances[HAIR] = 0.6, 0.4
    chances[UPPER, 0, 0], chances[HAIR, 0, 0] = 0.49, 0.51
    people = People(np.ones((3, 4), np.uint16), np.ones((3, 4), np.uint16), (1.0,))
    assert (without_traces(np.log(chances), people, 0.2)[0].argmax(0) == UPPER).all()
    assert without_traces(np.log(chances), people, 0.05)[0].argmax(0)[0, 0] == HAIR


def test_the_expected_ious_are_those_of_what_is_left() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (20, 6, 5)).astype(np.float32)
    ids = rng.integers(0, 3, (6, 5)).astype(np.uint16)
    for least in (0.0, 0.2):  # nothing is dropped, much is dropped
        left, ious = without_traces(logits, People(ids, ids, (1.0, 1.0)), least)
        probabilities = softmax(left)
        np.testing.assert_allclose(ious, expected_part_ious(probabilities, probabilities.argmax(0), ids, 2), atol=1e-6)

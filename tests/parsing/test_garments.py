from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.labels import CIHP
from fittingroom.parsing.garments import GarmentRule, with_steady_garments
from fittingroom.parsing.people import People

COAT, DRESS, FACE, HAIR = (CIHP.id_of(name) for name in ("coat", "dress", "face", "hair"))
RULE = GarmentRule()


def seen(labels: NDArray[np.int64], sure: float = 1.0) -> NDArray[np.float32]:
    """Logits of a network that is so sure of a label map."""
    return np.asarray((np.arange(20)[:, None, None] == labels) * np.float32(sure), np.float32)


def one_person(shape: tuple[int, int]) -> People:
    ids = np.ones(shape, np.uint16)
    return People(ids, ids, (0.9,))


def coat_with_a_patch() -> NDArray[np.int64]:
    labels = np.full((40, 20), COAT)
    labels[18:26, 5:12] = DRESS
    labels[:6] = FACE
    return labels


def test_a_patch_of_the_same_cloth_takes_the_name_of_the_rest() -> None:
    labels = coat_with_a_patch()
    plain = np.full((160, 80, 3), 90, np.uint8)
    steady = with_steady_garments(seen(labels), one_person((40, 20)), plain, CIHP, RULE).argmax(0)
    assert (steady[6:] == COAT).all()


def test_another_cloth_keeps_its_name() -> None:
    labels = coat_with_a_patch()
    picture = np.full((40, 20, 3), 90, np.uint8)
    picture[labels == DRESS] = (200, 40, 40)
    steady = with_steady_garments(seen(labels, sure=2.0), one_person((40, 20)), picture, CIHP, RULE).argmax(0)
    np.testing.assert_array_equal(steady, labels)


def test_what_is_no_garment_stays_as_likely_as_it_was() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20, 30, 20)).astype(np.float32)
    picture = rng.integers(0, 255, (30, 20, 3), dtype=np.uint8)
    steady = with_steady_garments(logits, one_person((30, 20)), picture, CIHP, RULE)
    np.testing.assert_allclose(steady.max(0), logits.max(0), atol=1e-5)
    np.testing.assert_array_equal(steady[[0, HAIR, FACE]], logits[[0, HAIR, FACE]])


def test_neighbours_in_the_same_cloth_do_not_ask_each_other() -> None:
    labels = np.full((20, 20), COAT)
    labels[:, 10:] = DRESS
    ids = np.where(labels == COAT, 1, 2).astype(np.uint16)
    plain = np.full((20, 20, 3), 90, np.uint8)
    steady = with_steady_garments(seen(labels), People(ids, ids, (0.9, 0.8)), plain, CIHP, RULE).argmax(0)
    np.testing.assert_array_equal(steady, labels)


@pytest.mark.parametrize("labels", [np.zeros((8, 8), int), np.full((8, 8), FACE)])
def test_where_nothing_is_worn_nothing_changes(labels: NDArray[np.int64]) -> None:
    logits = seen(labels)
    picture = np.zeros((8, 8, 3), np.uint8)
    np.testing.assert_array_equal(with_steady_garments(logits, one_person((8, 8)), picture, CIHP, RULE), logits)


def test_labels_without_garments_are_left_alone() -> None:
    heads = replace(CIHP, name="heads", classes=("background", "hair"), classes_zh=("背景", "头发"), flip_pairs=())
    logits = np.zeros((2, 4, 4), np.float32)
    assert with_steady_garments(logits, one_person((4, 4)), np.zeros((4, 4, 3), np.uint8), heads, RULE) is logits

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.labels import CIHP
from fittingroom.preferences.appearance import FEWEST_PX, PARTS, colours_of, part_shares
from fittingroom.preferences.reasons import GARMENTS
from fittingroom.results import ParseResult, Person


def person_of(labels: NDArray[np.uint8]) -> Person:
    persons = (labels > 0).astype(np.uint16)
    result = ParseResult.from_maps(labels, persons, np.full(labels.shape, 255, np.uint8), label_set=CIHP)
    return result.people[0]


@pytest.fixture
def labels() -> NDArray[np.uint8]:
    """A head over a coat: 40 x 40, hair above, face below it, coat in the lower half."""
    labels = np.zeros((40, 40), np.uint8)
    labels[0:10, 5:35] = CIHP.id_of("hair")
    labels[10:20, 5:35] = CIHP.id_of("face")
    labels[20:40, :] = CIHP.id_of("coat")
    return labels


@pytest.fixture
def photo(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    photo = np.full((*labels.shape, 3), 255, np.uint8)
    for name, colour in (("hair", (40, 30, 20)), ("face", (220, 170, 140)), ("coat", (30, 45, 80))):
        photo[labels == CIHP.id_of(name)] = colour
    return photo


def test_each_part_has_its_own_colour(photo: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    colours = colours_of(photo, person_of(labels))
    assert colours == {"skin": "#dcaa8c", "hair": "#281e14", "coat": "#1e2d50"}
    assert set(colours) <= set(PARTS)


def test_a_print_a_highlight_and_a_mask_that_is_a_pixel_off_change_nothing(
    photo: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> None:
    clean = colours_of(photo, person_of(labels))
    photo[25:32, 10:25] = (250, 250, 0)
    photo[12:14, 10:20] = 255
    assert colours_of(photo, person_of(np.roll(labels, 1, axis=0))) == clean


def test_skin_is_the_arms_where_there_is_no_face(photo: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    labels[labels == CIHP.id_of("face")] = CIHP.id_of("left-arm")
    assert colours_of(photo, person_of(labels))["skin"] == "#dcaa8c"


def test_a_part_of_a_few_pixels_says_nothing(photo: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    labels[labels == CIHP.id_of("hair")] = 0
    labels[:1, : FEWEST_PX - 30] = CIHP.id_of("hair")
    assert "hair" not in colours_of(photo, person_of(labels))


def test_shares_of_the_parts_add_up(labels: NDArray[np.uint8]) -> None:
    assert part_shares(person_of(labels)) == pytest.approx(
        {"hair": 300 / 1400, "face": 300 / 1400, "coat": 800 / 1400}, abs=1e-4
    )


def test_every_garment_that_is_seen_has_a_name() -> None:
    assert set(PARTS) == {"skin", "hair", *GARMENTS}

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.preferences.colours import hex_of, oklab_of_hex
from fittingroom.preferences.item_looks import COLOURS, ItemLook, likeness, look_of
from fittingroom.tryon.items import Item, LipColour, Scarf, View

RED, BLUE, WHITE = (200, 20, 20), (20, 40, 200), (240, 240, 240)
ANCHORS = {"left_neck": (30.0, 5.0), "right_neck": (10.0, 5.0), "front": (20.0, 10.0), "lowest": (20.0, 35.0)}


def scarf(pixels: NDArray[np.uint8], colour: str = "#c81414") -> Item:
    """An item with a picture, uint8 (h, w, 3 or 4)."""
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    return Item("a-scarf", "scarf", "A scarf", "围巾", "CC0-1.0", "", colour, Scarf(), {"front": View(pixels, ANCHORS)})


def plain(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((40, 40, 3), colour, np.uint8)


def halves(first: tuple[int, int, int], second: tuple[int, int, int], columns: int) -> NDArray[np.uint8]:
    pixels = plain(second)
    pixels[:, :columns] = first
    return pixels


def look(colour: str, *, kind: str = "scarf", item_id: str = "x", pattern: float = 0.0) -> ItemLook:
    return ItemLook(item_id, kind, item_id, item_id, oklab_of_hex(colour)[None], np.ones(1), pattern)


def test_a_plain_item_has_its_one_colour() -> None:
    seen = look_of(scarf(plain(RED)))
    assert (hex_of(seen.main_colour), seen.shares.tolist(), seen.pattern) == ("#c81414", [1.0], 0.0)
    assert (seen.colour_name.en, seen.is_patterned) == ("red", False)


def test_shade_and_folds_are_no_second_colour() -> None:
    shaded = plain(RED)
    shaded[:, 20:] = (170, 16, 16)
    assert len(look_of(scarf(shaded)).colours) == 1


def test_two_colours_are_told_with_their_shares() -> None:
    seen = look_of(scarf(halves(RED, WHITE, 30)))
    assert [hex_of(colour) for colour in seen.colours] == ["#c81414", "#f0f0f0"]
    assert seen.shares == pytest.approx([0.75, 0.25])
    assert seen.is_patterned


def test_the_main_colour_is_the_declared_one_where_the_picture_shows_enough_of_it() -> None:
    """A red shoe may have more white sole than red cloth."""
    assert hex_of(look_of(scarf(halves(RED, WHITE, 12))).main_colour) == "#c81414"
    assert hex_of(look_of(scarf(halves(RED, WHITE, 2))).main_colour) == "#f0f0f0"


def test_what_is_transparent_does_not_count() -> None:
    pixels = np.dstack([halves(RED, BLUE, 20), np.zeros((40, 40), np.uint8)])
    pixels[:, :20, 3] = 255
    assert [hex_of(colour) for colour in look_of(scarf(pixels)).colours] == ["#c81414"]


def test_dots_are_seen_in_a_large_picture() -> None:
    pixels = np.full((640, 640, 3), BLUE, np.uint8)
    for y in range(20, 640, 60):
        for x in range(20, 640, 60):
            pixels[y : y + 28, x : x + 28] = WHITE
    assert look_of(scarf(pixels)).is_patterned


def test_never_more_colours_than_a_few() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    seen = look_of(scarf(noise))
    assert 1 <= len(seen.colours) <= COLOURS
    assert seen.shares.sum() == pytest.approx(1)


def test_an_item_without_a_picture_is_its_colour() -> None:
    item = Item("lips", "lip-colour", "Lips", "唇", "CC0-1.0", "", "#b5121f", LipColour())
    assert hex_of(look_of(item).main_colour) == "#b5121f"


def test_likeness_is_mutual_complete_with_oneself_and_falls_with_distance() -> None:
    looks = (look("#c81414"), look("#d02020"), look("#2028c8"), look("#c81414", pattern=0.2))
    alike = likeness(looks)
    assert np.allclose(alike, alike.T)
    assert np.allclose(np.diag(alike), 1)
    assert alike[0, 1] > 0.9 > alike[0, 3] > alike[0, 2] >= 0

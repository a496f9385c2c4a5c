from __future__ import annotations

import numpy as np

from fittingroom.bench.pictures import compose, fit
from fittingroom.imaging import read_photo


def test_a_fitted_picture_is_whole_and_its_edges_fill_the_canvas() -> None:
    picture = np.zeros((4, 2, 3), np.uint8)
    picture[:, 1] = 200
    canvas = fit(picture, (4, 6))
    assert canvas.shape == (4, 6, 3)
    assert canvas[0, :, 0].tolist() == [0, 0, 0, 200, 200, 200]


def test_a_composed_picture_has_the_size_asked_for_even_if_it_does_not_divide_by_the_people() -> None:
    person = np.full((40, 20, 3), 90, np.uint8)
    assert read_photo(compose(person, person, 6, (50, 100))).size_hw == (50, 100)


def test_six_people_stand_in_a_row_by_turns_mirrored() -> None:
    person = np.zeros((60, 20, 3), np.uint8)
    person[:, 10:] = 220
    row = read_photo(compose(person, person, 6, (60, 120))).pixels_rgb[30, 5::10, 0] > 110
    assert row.tolist() == [False, True, True, False] * 3


def test_composing_twice_gives_the_same_bytes() -> None:
    person = np.full((40, 20, 3), 90, np.uint8)
    assert compose(person, person, 1, (48, 64)) == compose(person, person, 1, (48, 64))

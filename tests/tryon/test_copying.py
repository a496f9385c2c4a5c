"""Holes filled with copies of what is around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fittingroom.tryon.copying import copied


def _bars(height: int = 96, width: int = 96, period: int = 12) -> NDArray[np.uint8]:
    """Upright bars, dark and bright."""
    is_bright = (np.arange(width) // (period // 2)) % 2 == 1
    picture = np.where(is_bright[None, :, None], np.uint8(200), np.uint8(60))
    return np.broadcast_to(picture, (height, width, 3)).astype(np.uint8)


def _hole(height: int = 96, width: int = 96) -> NDArray[np.bool_]:
    hole = np.zeros((height, width), bool)
    hole[34:62, 30:64] = True
    return hole


def test_bars_go_on_through_a_hole() -> None:
    picture, hole = _bars(), _hole()
    spoilt = np.where(hole[..., None], np.uint8(0), picture)
    filled = copied(spoilt, ~hole, hole)
    assert filled is not None
    assert np.abs(filled - picture)[hole].mean() < 12


def test_nothing_of_what_is_not_known_gets_into_the_hole() -> None:
    picture, hole = _bars(), _hole()
    picture[:, 70:] = (255, 0, 0)
    known = ~hole & (np.arange(96) < 66)
    filled = copied(np.where(hole[..., None], np.uint8(0), picture), known, hole)
    assert filled is not None
    red, green = filled[hole][:, 0], filled[hole][:, 1]
    assert np.abs(red - green).max() < 3


def test_outside_the_hole_the_window_stays() -> None:
    picture, hole = _bars(), _hole()
    filled = copied(picture, ~hole, hole)
    assert filled is not None
    assert np.array_equal(filled[~hole], picture[~hole].astype(np.float32))


def test_the_slope_of_a_wall_s_light_goes_on_without_a_step() -> None:
    wall = np.repeat(np.linspace(60, 200, 96)[None, :, None], 96, axis=0).repeat(3, axis=2).astype(np.uint8)
    hole = _hole()
    filled = copied(np.where(hole[..., None], np.uint8(0), wall), ~hole, hole)
    assert filled is not None
    assert np.abs(filled - wall)[hole].max() < 16


def test_the_same_window_is_filled_the_same_way() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (80, 90, 3)).astype(np.uint8)
    hole = np.zeros((80, 90), bool)
    hole[30:50, 30:60] = True
    once, twice = copied(noise, ~hole, hole), copied(noise, ~hole, hole)
    assert once is not None
    assert twice is not None
    assert np.array_equal(once, twice)


def test_where_next_to_nothing_is_known_there_is_no_answer() -> None:
    hole = np.ones((40, 40), bool)
    hole[:3] = False
    assert copied(np.zeros((40, 40, 3), np.uint8), ~hole, hole) is None

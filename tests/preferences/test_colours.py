from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fittingroom.preferences.colours import harmony, hex_of, name_of, oklab, oklab_of_hex, srgb

BYTES = st.integers(0, 255)


def test_published_values_of_oklab() -> None:
    """White, red, green and blue as the space's author gives them."""
    rgb = [(255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255)]
    expected = [(1, 0, 0), (0.62796, 0.22486, 0.12585), (0.86644, -0.23389, 0.17950), (0.45201, -0.03246, -0.31153)]
    assert np.allclose(oklab(rgb), expected, atol=1e-4)


@given(r=BYTES, g=BYTES, b=BYTES)
def test_there_and_back_is_the_same_colour(r: int, g: int, b: int) -> None:
    assert srgb(oklab((r, g, b))).tolist() == [r, g, b]
    assert oklab_of_hex(hex_of(oklab((r, g, b)))) == pytest.approx(oklab((r, g, b)))


@pytest.mark.parametrize(
    ("colour", "en", "zh"),
    [
        ("#000000", "black", "黑色"), ("#ffffff", "white", "白色"), ("#808080", "grey", "灰色"),
        ("#ff0000", "red", "红色"), ("#00a000", "green", "绿色"), ("#0000ff", "blue", "蓝色"),
        ("#1f2d4d", "navy", "藏青色"), ("#8b5a2b", "brown", "棕色"), ("#ffc0cb", "pink", "粉色"),
        ("#800080", "purple", "紫色"), ("#ffa500", "orange", "橙色"), ("#f5d020", "yellow", "黄色"),
        ("#008080", "turquoise", "青绿色"), ("#d8c8a8", "beige", "米色"), ("#17130f", "black", "黑色"),
    ],
)  # fmt: skip
def test_colours_are_called_what_people_call_them(colour: str, en: str, zh: str) -> None:
    name = name_of(oklab_of_hex(colour))
    assert (name.en, name.zh) == (en, zh)


@given(a=st.tuples(BYTES, BYTES, BYTES), b=st.tuples(BYTES, BYTES, BYTES))
def test_harmony_is_mutual_and_within_its_limits(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    there, back = harmony(oklab(a), oklab(b)), harmony(oklab(b), oklab(a))
    assert there == pytest.approx(back)
    assert -1 <= there <= 1


def test_grey_goes_with_everything_and_hues_with_their_own_and_their_opposite() -> None:
    colour = np.array([0.6, 0.15, 0.0])
    turned = {degrees: (0.6, 0.15 * np.cos(np.radians(degrees)), 0.15 * np.sin(np.radians(degrees)))
              for degrees in (0, 90, 180)}  # fmt: skip
    assert [round(float(harmony(colour, turned[degrees])), 6) for degrees in (0, 90, 180)] == [1, -1, 1]
    assert harmony(colour, (0.5, 0, 0)) == 0.25


def test_harmony_is_told_for_every_pair_of_two_lists() -> None:
    assert harmony(np.zeros((4, 1, 3)), np.zeros((1, 3, 3))).shape == (4, 3)

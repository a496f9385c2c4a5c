from __future__ import annotations

from typing import Any

import pytest

from fittingroom.errors import ConfigError
from fittingroom.tryon.styles import STYLES, restyle


@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_the_chosen_parts_alone(drawn: Any, style: str) -> None:
    styled = restyle(drawn.photo, drawn.result, style, labels=["upper-clothes"])
    is_other = (styled != drawn.photo).any(axis=2)
    assert is_other.any()
    assert not (is_other & ~drawn.result.mask("upper-clothes")).any()


def test_a_stylist_of_ones_own_is_called(drawn: Any) -> None:
    styled = restyle(drawn.photo, drawn.result, lambda window_rgb, mask: 255 - window_rgb, labels=["pants"])
    assert tuple(styled[300, 130 + 17]) == tuple(255 - drawn.photo[300, 130 + 17])


def test_an_unknown_style_is_refused(drawn: Any) -> None:
    with pytest.raises(ConfigError, match="known are oil, neon, sketch"):
        restyle(drawn.photo, drawn.result, "cubist")

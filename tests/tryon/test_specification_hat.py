"""The specification's example of a hat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fittingroom.errors import PlacementError, ShapeError
from fittingroom.specification import virtual_hat_tryon
from fittingroom.tryon.items import Item


def test_the_hat_goes_on_the_head_and_the_input_stays(drawn: Any, items: dict[str, Item]) -> None:
    face, hair = drawn.result.mask("face"), drawn.result.mask("hair")
    photo = drawn.photo.copy()
    worn = virtual_hat_tryon(photo, items["hat"].front.picture_rgba, face, hair)
    assert np.array_equal(photo, drawn.photo)
    assert (worn != photo)[:60].any()
    assert np.array_equal(worn[120:], photo[120:])


def test_a_head_at_the_pictures_edge_is_no_error(draw: Callable[..., Any], items: dict[str, Item]) -> None:
    cut = draw(0.0)
    face, hair = (cut.result.mask(name)[40:, 105:] for name in ("face", "hair"))
    worn = virtual_hat_tryon(cut.photo[40:, 105:], items["hat"].front.picture_rgba, face, hair)
    assert worn.shape == (380, 155, 3)


def test_what_does_not_fit_is_refused(drawn: Any, items: dict[str, Item]) -> None:
    hat = items["hat"].front.picture_rgba
    empty = np.zeros(drawn.photo.shape[:2], bool)
    with pytest.raises(PlacementError, match="empty"):
        virtual_hat_tryon(drawn.photo, hat, empty, empty)
    with pytest.raises(ShapeError, match="face mask is"):
        virtual_hat_tryon(drawn.photo, hat, empty[1:], empty)
    with pytest.raises(ShapeError, match="RGBA"):
        virtual_hat_tryon(drawn.photo, hat[..., :3], empty, empty)

"""The body as garments see it."""

from __future__ import annotations

import numpy as np
import pytest

from fittingroom.errors import PlacementError
from fittingroom.tryon.anchors import PersonAnchors
from fittingroom.tryon.body import find_body


def _anchors(hip_confidence: float) -> PersonAnchors:
    """Somebody who faces us; hips and knees as they stand."""
    points = np.zeros((25, 3), np.float32)
    for index, x, y in ((2, 100, 100), (5, 200, 100), (9, 120, 260), (12, 180, 260), (10, 120, 380), (13, 180, 380)):
        points[index] = (x, y, 0.6)
    points[[9, 12], 2] = hip_confidence
    return PersonAnchors(1, None, points, False, {})


def test_whoever_shows_the_hips_stands() -> None:
    find_body(_anchors(0.5)).check_stands(1, "skirt")


def test_hidden_hips_tell_that_somebody_sits() -> None:
    with pytest.raises(PlacementError, match="a skirt is drawn for people who stand"):
        find_body(_anchors(0.2)).check_stands(1, "skirt")

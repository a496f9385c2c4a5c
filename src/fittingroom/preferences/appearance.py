"""The colours of a person, read off their photo through the parse: skin, hair, and what they wear."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.preferences.colours import hex_of, oklab
from fittingroom.results.pieces import Part, Person

# Skin is looked for on the face first: arms and legs lie in the shade more often.
SKIN = ("face", "torso-skin", "left-arm", "right-arm", "left-leg", "right-leg")
WORN = ("hat", "upper-clothes", "dress", "coat", "pants", "skirt", "scarf")
PARTS = ("skin", "hair", *WORN)
FEWEST_PX = 64  # fewer pixels within a part say nothing of its colour


def colours_of(photo_rgb: NDArray[np.uint8], person: Person) -> dict[str, str]:
    """Colours as "#rrggbb" by part: "skin", "hair", and class names of what is worn.

    Each is the median over the part's mask, coordinate by coordinate in OKLab: neither a print nor a highlight that
    covers less than half of it counts. Parts of which the photo shows too little are left out.

    Args:
        photo_rgb: uint8 (H, W, 3), upright sRGB.
        person: of a parse of that photo, in the CIHP label set.
    """
    found: dict[str, str] = {}
    for name in ("hair", *WORN):
        colour = _median(photo_rgb, person.parts.get(name))
        if colour is not None:
            found[name] = colour
    skin = (_median(photo_rgb, person.parts.get(name)) for name in SKIN)
    first = next((colour for colour in skin if colour is not None), None)
    return found if first is None else {"skin": first, **found}


def part_shares(person: Person) -> Mapping[str, float]:
    """Share of the person's pixels by class name, in [0, 1]; the shares add up to 1."""
    return {name: round(part.area_px / person.area_px, 4) for name, part in person.parts.items()}


def _median(photo_rgb: NDArray[np.uint8], part: Part | None) -> str | None:
    if part is None or part.area_px < FEWEST_PX:
        return None
    mask = np.pad(part.crop_mask.astype(np.uint8), 1)
    # The rim is half somebody else's: the outline is a pixel or two off, and pixels there are mixed.
    inner = cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=max(1, round(part.area_px**0.5 / 40)))
    inside = (inner if inner.sum() >= FEWEST_PX else mask)[1:-1, 1:-1].astype(bool)
    x0, y0, x1, y1 = part.box_xyxy
    return hex_of(np.median(oklab(photo_rgb[y0:y1, x0:x1][inside]), axis=0))

"""Parts whose name the parser was not sure of: a dress is sometimes seen as a shirt and a skirt.

What is in doubt is covered rather than kept, for a piece of the old garment that stays visible is what generators copy.
The thresholds come from 100 labelled street photographs: parts that were named wrongly had a mean confidence below
0.67, collars that were called scarves one below 0.85.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.results import ParseResult, Person

Mask = npt.NDArray[np.bool_]

_SURE = 0.67
# Collars are taken for scarves, and leggings for socks, with more confidence.
_SURE_OF = {"scarf": 0.85, "socks": 0.75}
_SAME_CLOTH = 0.2
_CONTACT_PX = 3
_SMALL = 0.03


def doubtful_parts(
    result: ParseResult,
    person: Person,
    garment: Mask,
    *,
    labels: tuple[str, ...],
    photo_rgb: npt.NDArray[np.uint8] | None,
) -> tuple[str, ...]:
    """Those of the person's parts that may be a piece of the garment under a wrong name.

    A part counts when it touches the garment, its confidence is low, and, if the photo is given, its colours are among
    those of the garment; small pieces count without that.

    Args:
        result: the parse.
        person: one of its people.
        garment: bool (H, W), what is surely the garment.
        labels: the parts that may be meant.
        photo_rgb: uint8 (H, W, 3), or None.
    """
    if not garment.any():
        return ()
    near = cv2.dilate(garment.view(np.uint8), np.ones((2 * _CONTACT_PX + 1,) * 2, np.uint8)).view(np.bool_)
    colours = None if photo_rgb is None else np.asarray(cv2.cvtColor(photo_rgb, cv2.COLOR_RGB2LAB), np.uint8)
    found = []
    for label in labels:
        part = person.parts.get(label)
        if part is None or part.score >= _SURE_OF.get(label, _SURE):
            continue
        mask = part.mask
        if np.count_nonzero(mask & near) < 2 * _CONTACT_PX:
            continue
        is_small = part.area_px < _SMALL * garment.sum() or label == "scarf"
        if is_small or colours is None or _shared_colours(colours, mask, garment) >= _SAME_CLOTH:
            found.append(label)
    return tuple(found)


def _shared_colours(colours_lab: npt.NDArray[np.uint8], part: Mask, garment: Mask) -> float:
    """Overlap of two colour histograms, 0 to 1: how much of the part's cloth could be the garment's."""
    histograms = []
    for mask in (part, garment):
        histogram = cv2.calcHist(
            [colours_lab], [0, 1, 2], mask.view(np.uint8), [12, 12, 12], [0, 256, 80, 176, 80, 176]
        )
        histograms.append(histogram / max(histogram.sum(), 1))
    return float(np.minimum(*histograms).sum())

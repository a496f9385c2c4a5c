"""Cut-outs with soft edges: a garment, or a person's whole outfit, as a transparent picture.

Half-transparent pixels take the colour of the nearest pixel well inside, so that no rim of the old background is left.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError
from fittingroom.results import ParseResult, Person

OUTFIT = (
    "hat", "glove", "sunglasses", "upper-clothes", "dress", "coat", "socks", "pants", "scarf", "skirt", "left-shoe",
    "right-shoe", "jumpsuits", "belt", "bag",
)  # fmt: skip
"""Classes that are worn, in any of the label sets."""

_SOFTEST_HARD_PX = 0.01


def outfit_mask(person: Person) -> npt.NDArray[np.bool_]:
    """Everything that a person wears, bool (H, W).

    Raises:
        LabelError: the person wears nothing that was found.
    """
    return parts_mask(person, [label for label in person.parts if label in OUTFIT])


def parts_mask(person: Person, labels: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Some parts of a person together, bool (H, W).

    Raises:
        LabelError: the person lacks one of them, or none were named; the message lists those that are there.
    """
    named = {**person.parts, **person.details}
    missing = [label for label in labels if label not in named]
    found = [named[label].mask for label in labels if label in named]
    if missing or not found:
        labels = missing or labels
        wanted = " or ".join(labels) or "garment"
        raise LabelError(f"person {person.id} has no {wanted}; the parts found are {', '.join(named)}")
    mask: npt.NDArray[np.bool_] = np.logical_or.reduce(found)
    return mask


def soft_alpha(mask: npt.NDArray[np.bool_], softness_px: float) -> npt.NDArray[np.uint8]:
    """Opacity of a mask, uint8 (H, W): at least 128 exactly on the mask, falling from 255 to 0 across its edge.

    Args:
        mask: bool (H, W).
        softness_px: half the width of the ramp; 0, or next to nothing, gives a hard edge.
    """
    if softness_px < _SOFTEST_HARD_PX or not mask.any() or mask.all():
        return np.where(mask, np.uint8(255), np.uint8(0))
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    # Distances go from the middle of a pixel to the middle of the nearest other one: the edge is half a pixel nearer.
    depth = np.where(mask, inside - 0.5, 0.5 - outside)
    ramp = np.clip(0.5 + depth / (2 * softness_px), 0, 1) * 255
    return np.where(mask, np.maximum(ramp, 128), np.minimum(ramp, 127)).astype(np.uint8)


def soft_cut_out(
    mask: npt.NDArray[np.bool_], photo_rgb: npt.NDArray[np.uint8], *, softness_px: float = 1.5, crop: bool = True
) -> npt.NDArray[np.uint8]:
    """The masked part of a photo, uint8 (h, w, 4) RGBA with straight alpha.

    Args:
        mask: bool (H, W), not empty.
        photo_rgb: uint8 (H, W, 3).
        softness_px: half the width of the edge; 0 gives a hard one.
        crop: cut to the mask's box and its soft rim; else keep the photo's size.
    """
    alpha = soft_alpha(mask, softness_px)
    colours = _colours_pulled_outwards(mask, photo_rgb, depth_px=softness_px) if softness_px > 0 else photo_rgb
    picture = np.dstack([np.where(alpha[..., None] > 0, colours, 0), alpha]).astype(np.uint8)
    if not crop:
        return picture
    rows, columns = (np.flatnonzero(alpha.any(axis=axis)) for axis in (1, 0))
    return np.ascontiguousarray(picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def person_of(result: ParseResult, person_id: int) -> Person:
    """
    Raises:
        LabelError: there is no such person.
    """
    for person in result.people:
        if person.id == person_id:
            return person
    there = f"people 1 to {len(result.people)}" if result.people else "nobody"
    raise LabelError(f"there is no person {person_id}; the photo shows {there}")


def _colours_pulled_outwards(
    mask: npt.NDArray[np.bool_], photo_rgb: npt.NDArray[np.uint8], *, depth_px: float
) -> npt.NDArray[np.uint8]:
    """The photo, with everything outside the mask's core in the colour of the nearest pixel of the core."""
    core = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5) > depth_px
    # What is too thin to have a core keeps its own colours.
    source = core | (mask & ~_near(core, 3 * depth_px)) if core.any() else mask
    _, nearest = cv2.distanceTransformWithLabels(
        (~source).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.zeros(int(nearest.max()) + 1, np.int64)
    place[nearest[source]] = np.flatnonzero(source)
    pulled = photo_rgb.reshape(-1, 3)[place[nearest]]
    return np.where(source[..., None], photo_rgb, pulled)


def _near(mask: npt.NDArray[np.bool_], distance_px: float) -> npt.NDArray[np.bool_]:
    near: npt.NDArray[np.bool_] = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= distance_px
    return near

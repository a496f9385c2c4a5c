"""The functions of the product's specification, as thin wrappers around `fittingroom.parse` and `fittingroom.tryon`.

Class names are written in snake case here, as the specification has them: ``left_shoe``, ``upper_clothes``. Each part
of each person is one entry, ordered by person and then by class; the background is not an entry.
"""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

import fittingroom
from fittingroom.errors import PlacementError, ShapeError
from fittingroom.imaging.reading import PhotoSource
from fittingroom.labels import CIHP, mosaic_palette
from fittingroom.results import ParseResult

Mask = npt.NDArray[np.bool_]


class PipelineOutput(TypedDict):
    """Three parallel lists, one entry for each part: masks bool (H, W), snake-case names, scores in [0, 1]."""

    masks: list[Mask]
    labels: list[str]
    scores: list[float]


class ParsingEntry(TypedDict):
    """One part: snake-case name, score in [0, 1], mask bool (H, W)."""

    label: str
    score: float
    mask: Mask


def inference_pipeline(image: PhotoSource) -> PipelineOutput:
    """Parse a photo with the default preset.

    Args:
        image: whatever `fittingroom.parse` reads: a path, bytes, an RGB array, a PIL image.

    Returns:
        ``{"masks": [...], "labels": [...], "scores": [...]}``; empty lists when nobody is in the photo.

    Raises:
        FittingroomError: as `fittingroom.parse` does.
    """
    entries = parsing_list(image)
    return PipelineOutput(
        masks=[entry["mask"] for entry in entries],
        labels=[entry["label"] for entry in entries],
        scores=[entry["score"] for entry in entries],
    )


def parsing_list(image: PhotoSource | ParseResult) -> list[ParsingEntry]:
    """The original service's form, ``[{"label": str, "score": float, "mask": 2-D bool array}, ...]``.

    Args:
        image: whatever `fittingroom.parse` reads, or a result that is at hand already.

    Raises:
        FittingroomError: as `fittingroom.parse` does.
    """
    result = image if isinstance(image, ParseResult) else fittingroom.parse(image)
    return [
        ParsingEntry(label=part.label.replace("-", "_"), score=part.score, mask=part.mask)
        for person in result.people
        for part in person.parts.values()
    ]


def generate_color_mask(
    masks: Sequence[npt.NDArray[np.bool_ | np.uint8]], labels: Sequence[str]
) -> npt.NDArray[np.uint8]:
    """Paint masks in the mosaic colours, uint8 (H, W, 3) RGB; later masks cover earlier ones, the rest is black.

    Args:
        masks: at least one, all of one size (H, W); True or above 0 is inside.
        labels: a CIHP class name for each mask, in snake case or with hyphens.

    Raises:
        ShapeError: no mask at all (the size would be unknown), masks of different sizes, or not one label for each.
        LabelError: an unknown class name.
    """
    if len(masks) != len(labels) or not len(masks):
        raise ShapeError(
            f"got {len(masks)} masks and {len(labels)} labels; expected as many labels as masks, at least one"
        )
    palette = mosaic_palette(CIHP)
    picture = np.zeros((*masks[0].shape, 3), np.uint8)
    for mask, label in zip(masks, labels, strict=True):
        if mask.ndim != 2 or mask.shape != masks[0].shape:
            raise ShapeError(
                f"mask of {label} is {mask.shape}, the first is {masks[0].shape}; all must have one (height, width)"
            )
        picture[mask > 0] = palette[CIHP.id_of(label.replace("_", "-"))]
    return picture


def virtual_hat_tryon(
    original_img: npt.NDArray[np.uint8],
    hat_img: npt.NDArray[np.uint8],
    face_mask: npt.NDArray[np.bool_ | np.uint8],
    hair_mask: npt.NDArray[np.bool_ | np.uint8],
) -> npt.NDArray[np.uint8]:
    """Put a hat on the head that two masks show: the specification's example, on the try-on engine.

    Unlike the specification's own lines it turns the hat with the head, covers the hair above it, writes nothing
    outside the picture, and leaves its input as it was.

    Args:
        original_img: uint8 (H, W, 3) RGB.
        hat_img: uint8 (h, w, 4) RGBA with straight alpha, seen from the front.
        face_mask, hair_mask: (H, W); True or above 0 is inside.

    Returns:
        uint8 (H, W, 3), a new array.

    Raises:
        ShapeError: masks and picture differ in size, or a picture has another shape or dtype.
        PlacementError: the face mask shows too little of a head to wear a hat.
        ItemError: the hat's picture is empty or too small.
    """
    from fittingroom.tryon.fitting import try_on
    from fittingroom.tryon.items import Headwear, Item, View
    from fittingroom.tryon.landmarks import find_landmarks

    if hat_img.dtype != np.uint8 or hat_img.ndim != 3 or hat_img.shape[2] != 4:
        raise ShapeError(f"hat is {hat_img.dtype} {hat_img.shape}; expected uint8 (height, width, 4): RGBA")
    for name, mask in (("face", face_mask), ("hair", hair_mask)):
        if mask.shape != original_img.shape[:2]:
            raise ShapeError(f"{name} mask is {mask.shape}, the picture {original_img.shape[:2]}; both must agree")
    labels = np.zeros(original_img.shape[:2], np.uint8)
    labels[hair_mask > 0] = CIHP.id_of("hair")
    labels[face_mask > 0] = CIHP.id_of("face")
    if not labels.any():
        raise PlacementError("face mask and hair mask are empty; expected a head to put the hat on")
    certain = np.full(labels.shape, 255, np.uint8)
    result = ParseResult.from_maps(labels, (labels > 0).astype(np.uint16), certain, label_set=CIHP)
    view = View(hat_img, find_landmarks(hat_img[..., 3] > 127, "hat"))
    hat = Item("hat", "hat", "hat", "帽子", "", "", "#808080", Headwear(), {"front": view})
    fitting = try_on(original_img, result, hat)
    if fitting.layers[0].refusal:
        raise PlacementError(fitting.layers[0].refusal)
    return fitting.photo_rgb

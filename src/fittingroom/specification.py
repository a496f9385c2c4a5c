"""The three functions that the product's specification shows, as thin wrappers around `fittingroom.parse`.

Class names are written in snake case here, as the specification has them: ``left_shoe``, ``upper_clothes``. Each part
of each person is one entry, ordered by person and then by class; the background is not an entry.
"""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

import fittingroom
from fittingroom.errors import ShapeError
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

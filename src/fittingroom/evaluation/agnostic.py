"""How good agnostic masks are on labelled photos: what they leave of the old garment, and what they leave alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.bundle.agnostic import GARMENTS, agnostic_mask
from fittingroom.bundle.doubt import DoubtModel
from fittingroom.bundle.pose_estimate import pose_of
from fittingroom.data.photos import SOMEBODY_ID, LabelledPhoto
from fittingroom.errors import ConfigError
from fittingroom.labels import BODY_25, CIHP
from fittingroom.results import ParseResult, Person

Mask = NDArray[np.bool_]
Mean = tuple[float, int]
"""A sum and how many it is of."""

DISC_PX = 16
"""Radius of the disc around a wrist in a photo 640 pixels high; it grows with the photo."""
MIN_GARMENT_PX, MIN_HAND_PX = 200, 30
LEAKS = 0.05
KEPT = ("face", "hair")


@dataclass(frozen=True)
class Sight:
    """One photo's mask against its truth, in shares of pixels; None where there is nothing to measure on.

    leak: of the old garment, what stays visible.
    face, hair, other_garments, shoes: of each, what is left alone.
    wrists: of the disc around each trusted wrist that shows something of the hand, the old garment in it aside, what is
    left alone.
    covered: of the picture.
    """

    leak: float
    face: float | None
    hair: float | None
    other_garments: float | None
    shoes: float | None
    wrists: tuple[float, ...]
    covered: float

    @classmethod
    def of(cls, repaint: Mask, photo: LabelledPhoto, category: str) -> Sight | None:
        """None where the photo shows too little of the garment to say anything."""
        garment = np.isin(photo.labels, _ids(GARMENTS[category]))
        if garment.sum() < MIN_GARMENT_PX:
            return None

        def left_alone(area: Mask) -> float | None:
            return float(np.count_nonzero(area & ~repaint) / area.sum()) if area.any() else None

        worn = [name for names in GARMENTS.values() for name in names if name not in GARMENTS[category]]
        discs = (left_alone(disc & ~garment) for disc in wrist_discs(photo))
        leak = left_alone(garment)
        assert leak is not None, "there are enough pixels of it"
        return cls(
            leak=leak,
            face=left_alone(photo.labels == CIHP.id_of("face")),
            hair=left_alone(photo.labels == CIHP.id_of("hair")),
            other_garments=left_alone(np.isin(photo.labels, _ids(worn))),
            shoes=left_alone(np.isin(photo.labels, _ids(("left-shoe", "right-shoe")))),
            wrists=tuple(share for share in discs if share is not None),
            covered=float(repaint.mean()),
        )


def wrist_discs(photo: LabelledPhoto) -> list[Mask]:
    """Discs, bool (H, W), around the trusted wrists of the first person; pixels that nobody decided on left out."""
    height, width = photo.labels.shape
    y, x = np.mgrid[0:height, 0:width]
    is_hand = np.isin(photo.labels, _ids(("glove", "left-arm", "right-arm")))
    discs = []
    for side in ("left", "right"):
        wrist_x, wrist_y, is_trusted = photo.body_points[0, BODY_25.index(f"{side}-wrist")]
        disc = np.hypot(x - wrist_x, y - wrist_y) <= DISC_PX * height / 640
        if is_trusted and np.count_nonzero(disc & is_hand) >= MIN_HAND_PX:
            discs.append(disc & (photo.labels < SOMEBODY_ID))
    return discs


def _ids(names: Iterable[str]) -> list[int]:
    return [CIHP.id_of(name) for name in names if name in CIHP.classes]


@dataclass(frozen=True)
class MaskFigures:
    """What was measured, by category.

    left_out: photos for which no mask could be made.
    """

    sights: dict[str, list[Sight]]
    left_out: dict[str, int]

    def as_dict(self) -> dict[str, float]:
        """Means over photos, and over wrists; rounded to 4 digits."""
        figures: dict[str, float] = {}
        for category, sights in self.sights.items():
            leaks = [sight.leak for sight in sights]
            wrists = [share for sight in sights for share in sight.wrists]
            figures |= {
                f"{category}: photos": float(len(sights)),
                f"{category}: photos left out": float(self.left_out[category]),
                f"{category}: left of the garment": _mean(leaks),
                f"{category}: left of the garment, median": float(np.median(leaks)) if leaks else math.nan,
                f"{category}: photos with more than {LEAKS:.0%} left": _mean([leak > LEAKS for leak in leaks]),
                f"{category}: wrists": float(len(wrists)),
                f"{category}: kept of the discs around wrists": _mean(wrists),
            }
            for name in ("face", "hair", "other_garments", "shoes"):
                figures[f"{category}: kept of {name.replace('_', ' ')}"] = _mean([getattr(s, name) for s in sights])
            figures[f"{category}: covered"] = _mean([sight.covered for sight in sights])
        return {name: round(value, 4) for name, value in figures.items() if math.isfinite(value)}


def _mean(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else math.nan


def main_person(result: ParseResult, photo: LabelledPhoto) -> Person | None:
    """The one who covers most of the photo's first person; None where nobody does."""
    counts = np.bincount(result.person_map[photo.person_ids == 1], minlength=1)
    counts[0] = 0
    return result.people[int(counts.argmax()) - 1] if counts.any() else None


def sight_of(
    photo: LabelledPhoto, result: ParseResult, category: str, *, is_truth: bool = False, doubt: DoubtModel | None = None
) -> Sight | None:
    """Make the mask and compare it with the truth; None where there is too little of the garment.

    Raises:
        ConfigError: no mask can be made: the parse shows nobody there, or nothing of the category.
    """
    person = main_person(result, photo)
    if person is None:
        raise ConfigError("the parse shows nobody where the photo's person is")
    masks = agnostic_mask(
        result, person, pose_of(result, person),
        category=category, photo_rgb=photo.pixels_rgb, is_truth=is_truth, doubt=doubt,
    )  # fmt: skip
    return Sight.of(masks.repaint, photo, category)


def evaluate_masks(
    parse: Callable[[NDArray[np.uint8]], ParseResult] | None,
    photos: Iterable[LabelledPhoto],
    *,
    doubt: DoubtModel | None = None,
) -> MaskFigures:
    """Masks of every category on photos of one person.

    Args:
        parse: from uint8 (H, W, 3) to a parse with CIHP's classes; None: the true labels are the parse.
        photos: with truth.
        doubt: instead of the model that comes with the package.
    """
    figures = MaskFigures({category: [] for category in GARMENTS}, dict.fromkeys(GARMENTS, 0))
    for photo in photos:
        result = true_result(photo) if parse is None else parse(photo.pixels_rgb)
        for category in GARMENTS:
            try:
                sight = sight_of(photo, result, category, is_truth=parse is None, doubt=doubt)
            except ConfigError:
                figures.left_out[category] += bool(np.isin(photo.labels, _ids(GARMENTS[category])).any())
                continue
            if sight is not None:
                figures.sights[category].append(sight)
    return figures


def true_result(photo: LabelledPhoto) -> ParseResult:
    """The truth as a parse of its first person, whose trusted body points it has."""
    labels = np.where((photo.labels < SOMEBODY_ID) & (photo.person_ids == 1), photo.labels, 0).astype(np.uint8)
    height, width = labels.shape
    points = photo.body_points[0] * photo.body_points[0][:, 2:]
    is_inside = (points[:, :2] >= 0).all(axis=1) & (points[:, 0] <= width) & (points[:, 1] <= height)
    return ParseResult.from_maps(
        labels, (labels > 0).astype(np.uint16), np.full(labels.shape, 255, np.uint8),
        label_set=CIHP, body_points=[np.where(is_inside[:, None], points, 0).astype(np.float32)],
    )  # fmt: skip

"""Figures of details: IoU against truth made from landmarks, and where the eyes are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fittingroom.data.photos import LabelledPhoto
from fittingroom.engine.protocol import BAG_ID
from fittingroom.evaluation.confusion import Confusion
from fittingroom.evaluation.outlines import HEAD_CLASSES
from fittingroom.labels import DETAILS, IGNORE_ID, LabelSet, detail_id
from fittingroom.results import ParseResult

MIN_FACE_HEIGHT_PX = 60
"""Details of the face are measured where the face is at least this high in the photo."""

MAX_EYE_DISTANCE = 0.04
"""An eye counts as right where its centre is within this share of the head's height."""

FACE_DETAILS = (
    "nose", "lips", "left-eye", "right-eye", "left-eyebrow", "right-eyebrow", "left-ear", "right-ear", "clear-glasses",
)  # fmt: skip
EYES = ("left-eye", "right-eye")


@dataclass(frozen=True)
class FineParts:
    """Of photos of one person with known details. Add two to pool their photos.

    confusion: of details and bags (the id after the last detail), in all photos. close: the same where the face is
    large enough. eye_errors: for each true eye there, the distance of its centre as a share of the head's height;
    infinite where no eye was found.
    """

    confusion: Confusion
    close: Confusion
    eye_errors: tuple[float, ...] = field(default=())

    @classmethod
    def empty(cls) -> FineParts:
        """No photos yet."""
        return cls(Confusion.empty(BAG_ID + 1), Confusion.empty(BAG_ID + 1))

    @classmethod
    def of(cls, photo: LabelledPhoto, result: ParseResult) -> FineParts:
        """From one photo; nothing where the details are not known or were not parsed for."""
        if photo.details is None or result.detail_map is None:
            return cls.empty()
        predicted = result.detail_map.copy()
        truth = photo.details
        if result.bag_map is not None:
            predicted[result.bag_map] = BAG_ID
        else:
            truth = np.where(truth == BAG_ID, IGNORE_ID, truth).astype(np.uint8)
        confusion = Confusion.of(truth, predicted, BAG_ID + 1)
        if _height_px(photo.labels, ("face",), result.label_set) < MIN_FACE_HEIGHT_PX:
            return cls(confusion, Confusion.empty(BAG_ID + 1))
        head_px = _height_px(photo.labels, HEAD_CLASSES, result.label_set)
        return cls(confusion, confusion, tuple(_eye_errors(truth, predicted, head_px)))

    def __add__(self, other: FineParts) -> FineParts:
        return FineParts(self.confusion + other.confusion, self.close + other.close, self.eye_errors + other.eye_errors)

    def iou(self) -> dict[str, float]:
        """IoU of every detail and of bags, where the truth shows them; those of the face in close enough photos."""
        everywhere, close = self.confusion.iou(), self.close.iou()
        is_true = {True: self.close.counts.sum(1) > 0, False: self.confusion.counts.sum(1) > 0}
        ious = {}
        for number, name in enumerate((*DETAILS, "bag")):
            of_face = name in FACE_DETAILS
            if name != "none" and is_true[of_face][number]:
                ious[name] = float((close if of_face else everywhere)[number])
        return ious

    def eyes_found(self) -> float:
        """Share of the true eyes whose centre was found within `MAX_EYE_DISTANCE`; NaN without any."""
        return float(np.mean(np.array(self.eye_errors) <= MAX_EYE_DISTANCE)) if self.eye_errors else float("nan")

    def median_eye_error(self) -> float:
        """Median over all true eyes; infinite if half of them were not found, NaN without any."""
        return float(np.median(self.eye_errors)) if self.eye_errors else float("nan")


def _eye_errors(truth: NDArray[np.uint8], predicted: NDArray[np.uint8], head_px: int) -> list[float]:
    errors = []
    for name in EYES:
        true_centre, centre = (_centre_xy(ids == detail_id(name)) for ids in (truth, predicted))
        if true_centre is not None:
            away_px = float("inf") if centre is None else float(np.hypot(*(centre - true_centre)))
            errors.append(away_px / head_px)
    return errors


def _centre_xy(mask: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()]) if len(rows) else None


def _height_px(labels: NDArray[np.uint8], names: tuple[str, ...], label_set: LabelSet) -> int:
    """Rows from the first to the last that show one of the classes; 0 if none does."""
    ids = [label_set.classes.index(name) for name in names if name in label_set.classes]
    rows = np.flatnonzero(np.isin(labels, ids).any(axis=1))
    return int(rows[-1] - rows[0] + 1) if len(rows) else 0

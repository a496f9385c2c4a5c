"""One confusion matrix over a whole set of photos, and the figures read off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels import IGNORE_ID


@dataclass(frozen=True)
class Confusion:
    """counts[t, p]: pixels of true class t that were predicted as p; int64 (C, C). Add two to pool their photos."""

    counts: NDArray[np.int64]

    @classmethod
    def empty(cls, num_classes: int) -> Confusion:
        """No pixels yet."""
        return cls(np.zeros((num_classes, num_classes), np.int64))

    @classmethod
    def of(cls, truth: NDArray[np.uint8], predicted: NDArray[np.uint8], num_classes: int) -> Confusion:
        """From two label maps (H, W); pixels whose truth is 255 are left out.

        Raises:
            ShapeError: the maps differ in size.
            LabelError: a map holds an id that is none of the classes.
        """
        check_label_maps(truth, predicted, num_classes)
        known = truth != IGNORE_ID
        pairs = truth[known].astype(np.int64) * num_classes + predicted[known]
        return cls(np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes))

    def __add__(self, other: Confusion) -> Confusion:
        return Confusion(self.counts + other.counts)

    def iou(self) -> NDArray[np.float64]:
        """(C,) intersection over union of each class; NaN where a class is neither true nor predicted."""
        both = np.diag(self.counts).astype(np.float64)
        either = self.counts.sum(0) + self.counts.sum(1) - both
        iou: NDArray[np.float64] = np.divide(both, either, out=np.full(len(both), np.nan), where=either > 0)
        return iou

    def mean_iou(self, *, leave_out: tuple[int, ...] = ()) -> float:
        """Mean over the classes that occur, background included, those of `leave_out` not; NaN if none occurs."""
        iou = np.delete(self.iou(), leave_out)
        occurs = ~np.isnan(iou)
        return float(iou[occurs].mean()) if occurs.any() else float("nan")

    def foreground_iou(self) -> float:
        """IoU of person / not person: all classes but the background taken together."""
        both = self.counts[1:, 1:].sum()
        either = self.counts.sum() - self.counts[0, 0]
        return float(both / either) if either else float("nan")

    def pixel_accuracy(self) -> float:
        """Share of the pixels whose class is right."""
        return float(np.trace(self.counts) / self.counts.sum()) if self.counts.sum() else float("nan")


def check_label_maps(truth: NDArray[np.uint8], predicted: NDArray[np.uint8], num_classes: int) -> None:
    """
    Raises:
        ShapeError: the maps differ in size.
        LabelError: a map holds an id that is none of the classes; 255 may be in the truth.
    """
    if truth.shape != predicted.shape:
        raise ShapeError(f"truth is {truth.shape}, prediction is {predicted.shape}; both must be (height, width)")
    known = truth != IGNORE_ID
    for name, ids in (("truth", truth[known]), ("prediction", predicted[known])):
        if ids.max(initial=0) >= num_classes:
            raise LabelError(
                f"{name} holds id {ids.max()}, expected 0 to {num_classes - 1} or {IGNORE_ID} (ignore); "
                "are the labels of another label set?"
            )

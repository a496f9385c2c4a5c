"""Average precision, as PASCAL VOC has computed it since 2010: the area under precision over recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Duplicates = Literal["miss", "hit"]
"""What a second find of the same truth is: "miss" is right; "hit" is how the published APr figures were counted."""


@dataclass(frozen=True)
class Finds:
    """What was found of one kind, in any number of photos. Add two to pool their photos.

    scores: float64 (N,). overlaps: float64 (N,), the largest IoU of each find with a truth. truths: intp (N,), which
    truth that is, -1 without any. truth_count: how many truths there are.
    """

    scores: NDArray[np.float64]
    overlaps: NDArray[np.float64]
    truths: NDArray[np.intp]
    truth_count: int

    @classmethod
    def empty(cls) -> Finds:
        """Nothing found, nothing there."""
        return cls(np.zeros(0), np.zeros(0), np.zeros(0, np.intp), 0)

    @classmethod
    def of(cls, scores: NDArray[np.float64], ious: NDArray[np.float64]) -> Finds:
        """From the scores (P,) of the finds in a photo and their IoUs (T, P) with the truths."""
        truth_count, find_count = ious.shape
        if truth_count == 0:
            return cls(scores, np.zeros(find_count), np.full(find_count, -1, np.intp), 0)
        return cls(scores, ious.max(0), ious.argmax(0), truth_count)

    def __add__(self, other: Finds) -> Finds:
        return Finds(
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.overlaps, other.overlaps]),
            np.concatenate([self.truths, np.where(other.truths < 0, -1, other.truths + self.truth_count)]),
            self.truth_count + other.truth_count,
        )

    def hits(self, threshold: float, duplicates: Duplicates = "miss") -> NDArray[np.bool_]:
        """(N,) whether each find overlaps its truth by more than the threshold.

        Of several finds of one truth the one with the highest score is the hit, the others are misses; with
        ``duplicates="hit"`` all of them are hits.
        """
        hits: NDArray[np.bool_] = self.overlaps > threshold
        if duplicates == "hit":
            return hits
        candidates = np.flatnonzero(hits)
        candidates = candidates[np.argsort(-self.scores[candidates], kind="stable")]
        _, first = np.unique(self.truths[candidates], return_index=True)
        once = np.zeros(len(hits), bool)
        once[candidates[first]] = True
        return once

    def average_precision(self, threshold: float, duplicates: Duplicates = "miss") -> float:
        """In [0, 1] (above 1 is possible where duplicates are hits); NaN without a truth."""
        if self.truth_count == 0:
            return float("nan")
        hits = self.hits(threshold, duplicates)[np.argsort(-self.scores, kind="stable")]
        found = np.cumsum(hits)
        precision = found / np.arange(1, len(hits) + 1)
        # at each recall, the best precision at this recall or a higher one
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(envelope[hits].sum() / self.truth_count)

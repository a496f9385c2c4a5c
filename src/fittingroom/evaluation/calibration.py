"""Honest scores: how far stated confidences are from what turned out to be right.

Source of the expected calibration error: Naeini, Cooper, Hauskrecht, AAAI 2015; Guo et al., ICML 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.evaluation.overlaps import Overlaps
from fittingroom.labels import IGNORE_ID
from fittingroom.results import Person

NUM_BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Pixels by the confidence stated for their label, in 15 bins of equal width. Add two to pool their photos.

    pixels, right: int64 (15,). confidence_sum: float64 (15,), each confidence in [0, 1].
    """

    pixels: NDArray[np.int64]
    right: NDArray[np.int64]
    confidence_sum: NDArray[np.float64]

    @classmethod
    def empty(cls) -> Reliability:
        """No pixels yet."""
        return cls(np.zeros(NUM_BINS, np.int64), np.zeros(NUM_BINS, np.int64), np.zeros(NUM_BINS))

    @classmethod
    def of(cls, is_right: NDArray[np.bool_], confidence: NDArray[np.uint8]) -> Reliability:
        """From pixels (N,): whether the label is right, and the confidence times 255."""
        # By confidence first: all further sums are over 256 numbers.
        levels = np.bincount(confidence, minlength=256)
        right = np.bincount(confidence[is_right], minlength=256)
        stated = np.arange(256) / 255
        bins = np.minimum((np.arange(256) * NUM_BINS) // 255, NUM_BINS - 1)
        return cls(
            np.bincount(bins, levels, NUM_BINS).astype(np.int64),
            np.bincount(bins, right, NUM_BINS).astype(np.int64),
            np.bincount(bins, levels * stated, NUM_BINS).astype(np.float64),
        )

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(
            self.pixels + other.pixels, self.right + other.right, self.confidence_sum + other.confidence_sum
        )

    def expected_calibration_error(self) -> float:
        """Mean over pixels of the distance, within each bin, of the mean confidence from the share that is right."""
        total = self.pixels.sum()
        return float(np.abs(self.right - self.confidence_sum).sum() / total) if total else float("nan")


def pixel_reliability(
    truth: NDArray[np.uint8], predicted: NDArray[np.uint8], confidence: NDArray[np.uint8]
) -> tuple[Reliability, Reliability]:
    """Of all pixels whose truth is known, and of those that truth or prediction give to a person; maps (H, W).

    The background fills most photos and is easy: the second says more.
    """
    known = truth != IGNORE_ID
    is_right = truth == predicted
    people = known & ((truth > 0) | (predicted > 0))
    return (
        Reliability.of(is_right[known], confidence[known]),
        Reliability.of(is_right[people], confidence[people]),
    )


@dataclass(frozen=True)
class ScoreErrors:
    """How far the scores of parts are from their IoUs. Add two to pool their photos."""

    absolute_sum: float
    parts: int

    @classmethod
    def of(cls, overlaps: Overlaps, people: Sequence[Person]) -> ScoreErrors:
        """From one photo: each predicted part against the same class of the person matched with its person.

        The IoU is 0 where that person has no such part, or nobody is matched. `people` are in the order of their ids.
        """
        true_of = {predicted: true for true, predicted in overlaps.matched_people()}
        errors = []
        for index, person in enumerate(people):
            for part in person.parts.values():
                if overlaps.judged_parts[index, part.class_id]:
                    iou = overlaps.part_ious[true_of[index], index, part.class_id] if index in true_of else 0.0
                    errors.append(abs(part.score - iou))
        return cls(float(np.sum(errors)), len(errors))

    def __add__(self, other: ScoreErrors) -> ScoreErrors:
        return ScoreErrors(self.absolute_sum + other.absolute_sum, self.parts + other.parts)

    def mean(self) -> float:
        """Mean |score - IoU|; NaN without a part."""
        return self.absolute_sum / self.parts if self.parts else float("nan")

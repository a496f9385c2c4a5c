"""PCK, the percentage of correct keypoints: Yang and Ramanan, TPAMI 2013, with the torso as the measure of length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.evaluation.overlaps import Overlaps
from fittingroom.labels import BODY_25
from fittingroom.results import Person

MAX_DISTANCE = 0.2
"""A point counts as right within this share of the torso's length."""

_TORSO = ((BODY_25.index("left-shoulder"), BODY_25.index("right-hip")),
          (BODY_25.index("right-shoulder"), BODY_25.index("left-hip")))  # fmt: skip


@dataclass(frozen=True)
class PointHits:
    """Points that were found near enough, and all that are there, by BODY_25 point. Add two to pool their photos."""

    found: NDArray[np.int64]
    there: NDArray[np.int64]

    @classmethod
    def empty(cls) -> PointHits:
        """No photos yet."""
        return cls(np.zeros(len(BODY_25), np.int64), np.zeros(len(BODY_25), np.int64))

    @classmethod
    def of(cls, overlaps: Overlaps, truth: NDArray[np.float32], people: Sequence[Person]) -> PointHits:
        """From one photo.

        Args:
            overlaps: tells which predicted person is which true one; the points of who is not found count as missed.
            truth: float32 (N, 25, 3) of the true person ids 1..N: x, y and a confidence above 0 where the point is
                known. People without a known torso are left out.
            people: the predicted ones in the order of their ids.
        """
        hits = cls.empty()
        predicted_of = dict(overlaps.matched_people())
        for row, person_id in enumerate(overlaps.true_person_ids):
            if person_id > len(truth):
                continue
            points = truth[person_id - 1]
            torso_px = torso_length_px(points)
            if torso_px is None:
                continue
            is_there = points[:, 2] > 0
            hits.there[is_there] += 1
            found = people[predicted_of[row]].body_points if row in predicted_of else None
            if found is not None:
                away_px = np.hypot(*(found[:, :2] - points[:, :2]).T)
                hits.found[is_there & (found[:, 2] > 0) & (away_px <= MAX_DISTANCE * torso_px)] += 1
        return hits

    def __add__(self, other: PointHits) -> PointHits:
        return PointHits(self.found + other.found, self.there + other.there)

    def pck(self) -> float:
        """Share of the known points that were found within `MAX_DISTANCE` of the torso; NaN without any."""
        return float(self.found.sum() / self.there.sum()) if self.there.any() else float("nan")


def torso_length_px(points: NDArray[np.float32]) -> float | None:
    """Distance from a shoulder to the hip of the other side, the longer of the two; None where neither is known."""
    lengths = [
        float(np.hypot(*(points[shoulder, :2] - points[hip, :2])))
        for shoulder, hip in _TORSO
        if points[shoulder, 2] > 0 and points[hip, 2] > 0
    ]
    return max(lengths, default=None)

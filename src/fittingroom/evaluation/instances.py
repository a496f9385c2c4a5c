"""Figures of people and their parts: APr, APp, PCP, APh, person link.

Sources: APr, Li et al., "Holistic, Instance-level Human Parsing", BMVC 2017, after Hariharan et al., ECCV 2014; APp and
PCP, Zhao et al., "Understanding Humans in Crowded Scenes", ACM MM 2018; APh, Gong et al., ECCV 2018, with COCO's
thresholds. Person link is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.evaluation.average_precision import Duplicates, Finds
from fittingroom.evaluation.overlaps import Overlaps
from fittingroom.results import Person

VOLUME_THRESHOLDS = tuple(tenths / 10 for tenths in range(1, 10))
COCO_THRESHOLDS = tuple(percent / 100 for percent in range(50, 100, 5))


@dataclass(frozen=True)
class Instances:
    """What was found of people and parts, in any number of photos. Add two to pool their photos.

    parts: of each class from 1. parsings: people, overlap = `Overlaps.parsing_ious`. bodies: people, overlap = IoU of
    the masks. part_ious: float64 (N, C - 1), for each find in `parsings` the IoUs of the parts of its truth; NaN where
    the truth has no such part. linked_px: true pixels of people that were predicted as foreground of the right person;
    people_px: all of them.
    """

    parts: tuple[Finds, ...]
    parsings: Finds
    bodies: Finds
    part_ious: NDArray[np.float64]
    linked_px: int
    people_px: int

    @classmethod
    def empty(cls, num_classes: int) -> Instances:
        """No photos yet."""
        none = Finds.empty()
        return cls((none,) * (num_classes - 1), none, none, np.zeros((0, num_classes - 1)), 0, 0)

    @classmethod
    def of(cls, overlaps: Overlaps, people: Sequence[Person]) -> Instances:
        """From one photo; `people` are the predicted ones in the order of their ids."""
        num_classes = overlaps.pixels.shape[1]
        part_scores = np.zeros((len(people), num_classes))
        for row, person in enumerate(people):
            for part in person.parts.values():
                part_scores[row, part.class_id] = part.score
        person_scores = np.array([person.score for person in people], np.float64)

        parts = []
        for class_id in range(1, num_classes):
            is_found, is_true = overlaps.judged_parts[:, class_id], overlaps.true_areas[:, class_id] > 0
            ious = overlaps.part_ious[is_true][:, is_found, class_id]
            parts.append(Finds.of(part_scores[is_found, class_id], ious))
        judged = overlaps.judged_people
        parsings = Finds.of(person_scores[judged], overlaps.parsing_ious[:, judged])
        linked = sum(int(overlaps.pixels[t + 1, 1:, p + 1, 1:].sum()) for t, p in overlaps.matched_people())
        return cls(
            tuple(parts),
            parsings,
            Finds.of(person_scores[judged], overlaps.person_ious[:, judged]),
            _part_ious_of_truths(overlaps, parsings.truths, np.flatnonzero(judged)),
            linked,
            int(overlaps.true_areas[:, 1:].sum()),
        )

    def __add__(self, other: Instances) -> Instances:
        return Instances(
            tuple(mine + others for mine, others in zip(self.parts, other.parts, strict=True)),
            self.parsings + other.parsings,
            self.bodies + other.bodies,
            np.concatenate([self.part_ious, other.part_ious]),
            self.linked_px + other.linked_px,
            self.people_px + other.people_px,
        )

    def apr_vol(self, duplicates: Duplicates = "miss") -> float:
        """Average precision of parts, mean over the classes that occur and IoU > 0.1, 0.2, ... 0.9; NaN without any."""
        return _mean(
            [finds.average_precision(threshold, duplicates) for finds in self.parts for threshold in VOLUME_THRESHOLDS]
        )

    def app(self, threshold: float) -> float:
        """Average precision of people, found when the mean IoU over the person's classes exceeds the threshold."""
        return self.parsings.average_precision(threshold)

    def app_vol(self) -> float:
        """Mean of `app` over 0.1, 0.2, ... 0.9."""
        return _mean([self.app(threshold) for threshold in VOLUME_THRESHOLDS])

    def pcp(self, threshold: float) -> float:
        """Share of a true person's parts with IoU above the threshold, mean over people; 0 for who was not found.

        Who is found, and by whom, is decided as for `app` at the same threshold. NaN without a person.
        """
        if self.parsings.truth_count == 0:
            return float("nan")
        ious = self.part_ious[self.parsings.hits(threshold)]
        true_parts = (~np.isnan(ious)).sum(1)
        shares = (np.nan_to_num(ious) > threshold).sum(1) / np.maximum(true_parts, 1)
        return float(shares.sum() / self.parsings.truth_count)

    def aph(self) -> float:
        """Average precision of people's masks, mean over IoU > 0.5, 0.55, ... 0.95."""
        return _mean([self.bodies.average_precision(threshold) for threshold in COCO_THRESHOLDS])

    def person_recall(self, threshold: float) -> float:
        """Share of the people of whom a mask with an IoU above the threshold was found; NaN without a person."""
        count = self.bodies.truth_count
        return float(self.bodies.hits(threshold).sum() / count) if count else float("nan")

    def person_link(self) -> float:
        """Share of the true pixels of all people that were predicted as foreground of the right person.

        The right person is the one matched by IoU of the masks; pixels of people whom nobody matches are wrong.
        """
        return self.linked_px / self.people_px if self.people_px else float("nan")


def _part_ious_of_truths(overlaps: Overlaps, truths: NDArray[np.intp], found: NDArray[np.intp]) -> NDArray[np.float64]:
    """(N, C - 1) IoUs of the parts of the truth that each of the N finds is compared with; NaN where it has none."""
    num_classes = overlaps.pixels.shape[1]
    ious = np.full((len(found), num_classes - 1), np.nan)
    for row, (truth, find) in enumerate(zip(truths, found, strict=True)):
        if truth >= 0:
            ious[row] = np.where(overlaps.true_areas[truth, 1:] > 0, overlaps.part_ious[truth, find, 1:], np.nan)
    return ious


def _mean(values: list[float]) -> float:
    """Of those that are numbers; NaN if none is."""
    numbers = [value for value in values if not np.isnan(value)]
    return float(np.mean(numbers)) if numbers else float("nan")

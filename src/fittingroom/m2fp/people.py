"""Whose part is it: parts linked to people, and both as maps in which every pixel is of one part of one person.

M2FP tells parts and people but not which part is whose, counts nobody out who was found twice, and lets masks overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.m2fp.instances import Instance
from fittingroom.parsing.pixel_parser import without_gaps


@dataclass(frozen=True)
class LinkRule:
    """What counts as somebody, and as somebody's.

    min_person_score, min_sure_part_score: the checkpoint's own threshold for what it is sure of.
    min_part_score: parts from here on count within the person they lie on.
    max_shared: of two people who share more than this of the smaller one, the less likely is the other found again.
    min_owned: a person has a share in a part of which at least this lies on the person.
    min_stray_px: people made up of parts alone are no smaller than this.
    """

    min_person_score: float = 0.5
    min_sure_part_score: float = 0.5
    min_part_score: float = 0.1
    max_shared: float = 0.7
    min_owned: float = 0.25
    min_stray_px: int = 64


@dataclass(frozen=True)
class PeopleMaps:
    """Who is where.

    label_map: uint8 (H, W). person_map: uint16 (H, W), ids 1..N from the largest person, 0 where the label is 0.
    confidence: uint8 (H, W), probability of the pixel's label x 255. person_scores: one for each person.
    """

    label_map: NDArray[np.uint8]
    person_map: NDArray[np.uint16]
    confidence: NDArray[np.uint8]
    person_scores: tuple[float, ...]


def link_people(
    instances: Sequence[Instance], photo_hw: tuple[int, int], *, human_class: int, rule: LinkRule = LinkRule()
) -> PeopleMaps:
    """Link parts to people and let every pixel be of the likeliest part.

    Args:
        instances: parts and people, in any order.
        photo_hw: (H, W).
        human_class: the class of whole people.
        rule: what counts.
    """
    humans = distinct_people([found for found in instances if found.class_id == human_class], rule)
    owner = _owners(humans, photo_hw)
    labels, persons = np.zeros(photo_hw, np.uint8), np.zeros(photo_hw, np.uint16)
    best = np.zeros(photo_hw, np.float32)
    for part in instances:
        if part.class_id == human_class or part.score < rule.min_part_score:
            continue
        here, inside = part.region, part.crop_mask
        person_of = _person_of_owner(owner[here][inside], len(humans), rule)
        is_sure = part.score >= rule.min_sure_part_score
        if not is_sure:
            if person_of[0] == 0:
                continue
            inside = inside & (owner[here] == person_of[0])
        chance = part.probability * np.float32(part.score / 255)
        wins = inside & (chance > best[here])
        best[here][wins] = chance[wins]
        labels[here][wins] = part.class_id
        persons[here][wins] = person_of[owner[here][wins]]
    scores = [human.score for human in humans] + _adopt_strays(labels, persons, best, len(humans), rule)
    confidence = np.where(labels > 0, best * 255 + 0.5, 255).astype(np.uint8)
    persons, visible = without_gaps(persons, len(scores))
    return PeopleMaps(labels, persons, confidence, tuple(scores[person - 1] for person in visible))


def distinct_people(humans: Sequence[Instance], rule: LinkRule) -> list[Instance]:
    """Everybody once, the likeliest first."""
    kept: list[Instance] = []
    for human in sorted(humans, key=lambda found: -found.score):
        if human.score >= rule.min_person_score and all(
            _shared_px(human, other) <= rule.max_shared * min(human.area_px, other.area_px) for other in kept
        ):
            kept.append(human)
    return kept


def _shared_px(a: Instance, b: Instance) -> int:
    x0, y0 = max(a.box_xyxy[0], b.box_xyxy[0]), max(a.box_xyxy[1], b.box_xyxy[1])
    x1, y1 = min(a.box_xyxy[2], b.box_xyxy[2]), min(a.box_xyxy[3], b.box_xyxy[3])
    if x0 >= x1 or y0 >= y1:
        return 0
    pieces = [
        found.probability[
            y0 - found.box_xyxy[1] : y1 - found.box_xyxy[1], x0 - found.box_xyxy[0] : x1 - found.box_xyxy[0]
        ]
        for found in (a, b)
    ]
    return int(np.count_nonzero((pieces[0] > 0) & (pieces[1] > 0)))


def _owners(humans: Sequence[Instance], photo_hw: tuple[int, int]) -> NDArray[np.uint16]:
    """uint16 (H, W): the person, counted from 1 in their order, whose whole-person mask is likeliest here; 0 nobody."""
    owner, best = np.zeros(photo_hw, np.uint16), np.zeros(photo_hw, np.float32)
    for person, human in enumerate(humans, start=1):
        here = human.region
        chance = human.probability * np.float32(human.score)
        wins = chance > best[here]
        best[here][wins] = chance[wins]
        owner[here][wins] = person
    return owner


def _person_of_owner(owners_of_part: NDArray[np.uint16], people: int, rule: LinkRule) -> NDArray[np.uint16]:
    """uint16 (people + 1,): whose the part is where each person, or with index 0 nobody, owns the pixel.

    It belongs to the person that most of it lies on, also where it reaches a little onto others or onto nobody. Of
    those that it lies on for a good deal each has a share: a query may show two people's hair. All 0 if nobody's.
    """
    counts = np.bincount(owners_of_part, minlength=people + 1)
    counts[0] = 0
    sharers = np.flatnonzero(counts >= np.maximum(rule.min_owned * owners_of_part.size, 1))
    person_of = np.zeros(people + 1, np.uint16)
    if len(sharers):
        person_of[:] = counts.argmax()
        person_of[sharers] = sharers
    return person_of


def _adopt_strays(
    labels: NDArray[np.uint8],
    persons: NDArray[np.uint16],
    best: NDArray[np.float32],
    people: int,
    rule: LinkRule,
) -> list[float]:
    """Parts of nobody that touch each other become a person of their own: the whole may be missed where parts are not.

    Writes the new people into `persons`, wipes specks from `labels`, and gives the new people's scores.
    """
    strays = (labels > 0) & (persons == 0)
    if not strays.any():
        return []
    count, regions, stats, _ = cv2.connectedComponentsWithStats(strays.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    is_kept = areas >= rule.min_stray_px
    is_kept[0] = False
    ids = np.zeros(count, np.uint16)
    ids[is_kept] = people + 1 + np.arange(np.count_nonzero(is_kept))
    persons[strays] = ids[regions[strays]]
    labels[strays & (persons == 0)] = 0
    sums = np.bincount(regions.ravel(), best.ravel(), minlength=count)
    return [float(min(1.0, sums[region] / areas[region])) for region in np.flatnonzero(is_kept)]

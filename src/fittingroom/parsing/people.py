"""Whose pixel is it: centres, and every pixel's vote for one of them.

Panoptic-DeepLab's grouping (Cheng et al., CVPR 2020): peaks of the centre map are the people; a pixel belongs to the
person whose centre is nearest to where the pixel points. The cost hardly grows with the number of people.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import STRIDE


@dataclass(frozen=True)
class GroupingRule:
    """What counts as a person; sizes are in cells of the network's output (4 x 4 input pixels)."""

    min_heat: float = 0.2
    peak_reach_cells: int = 3  # no second centre this near a stronger one
    min_area_cells: int = 16
    min_confidence: float = 0.7
    min_face_cells: int = 8
    min_face_share: float = 0.3  # of the person's largest face; less is a piece of one
    min_face_distance: float = 1.3  # between the middles of two faces, in sizes of the larger one


@dataclass(frozen=True)
class People:
    """ids: uint16 (h, w), the person that each cell belongs to, 0 outside people. scores: one in [0, 1] per person.

    People are in the order of their area, the largest has id 1. `nearest` is `ids` with the cells outside people
    given to the nearest person, so that outlines can be refined beyond the coarse cells (0 only if there is nobody).
    """

    ids: NDArray[np.uint16]
    nearest: NDArray[np.uint16]
    scores: tuple[float, ...]


def group_people(
    centre_heat: NDArray[np.float32],
    centre_offsets_px: NDArray[np.float32],
    foreground: NDArray[np.float32],
    rule: GroupingRule = GroupingRule(),
    *,
    faces: NDArray[np.bool_] | None = None,
) -> People:
    """Divide the foreground among people.

    Args:
        centre_heat: float32 (h, w) in [0, 1].
        centre_offsets_px: float32 (2, h, w), (dx, dy) in input pixels.
        foreground: float32 (h, w), probability that a cell shows a person, 1 - background.
        faces: bool (h, w), cells that show a face: who has two is two people. None if that is not known.
    """
    is_person = foreground >= 0.5
    pointed = pointed_cells(centre_offsets_px)
    centres = find_centres(centre_heat, pointed, rule)
    centres = np.concatenate([centres, _centres_of_lonely_regions(is_person, pointed, centres)])
    ids = np.zeros(is_person.shape, np.uint16)
    if len(centres):
        votes = pointed[is_person]  # (N, 2)
        # |vote - centre|^2 without |vote|^2, which is the same for all centres
        ids[is_person] = ((centres**2).sum(1) - 2 * votes @ centres.T).argmin(1) + 1
    if faces is not None:
        ids = split_by_faces(ids, faces & is_person, pointed, rule)
    return _keep_people(ids, foreground, rule)


def pointed_cells(centre_offsets_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (h, w, 2): the cell (x, y) at which each cell's person has its centre."""
    height, width = centre_offsets_px.shape[1:]
    cells = np.stack(np.meshgrid(np.arange(width), np.arange(height)), 2)
    return (cells + centre_offsets_px.transpose(1, 2, 0) / STRIDE).astype(np.float32)


def find_centres(heat: NDArray[np.float32], pointed: NDArray[np.float32], rule: GroupingRule) -> NDArray[np.float32]:
    """float32 (N, 2), (x, y) in cells: the peaks of the heat that are somebody's own.

    A large person may have several peaks. But the pixels at a false one point to the true one: a peak counts only if
    the place it points to is nearer to itself than to every stronger peak.
    """
    window = np.ones((2 * rule.peak_reach_cells + 1,) * 2, np.uint8)
    smooth = np.asarray(cv2.GaussianBlur(heat, (3, 3), 0), np.float32)
    ys, xs = np.nonzero((smooth >= cv2.dilate(smooth, window)) & (heat >= rule.min_heat))
    strongest_first = np.argsort(-smooth[ys, xs], kind="stable")
    centres = np.zeros((0, 2), np.float32)
    for x, y in zip(xs[strongest_first], ys[strongest_first], strict=True):
        own = np.float32(np.hypot(*(pointed[y, x] - (x, y))))
        others = np.hypot(*(pointed[y, x] - centres).T)
        if (own < others).all():
            centres = np.concatenate([centres, np.array([[x, y]], np.float32)])
    return centres


def _centres_of_lonely_regions(
    is_person: NDArray[np.bool_], pointed: NDArray[np.float32], centres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where connected people point to, if no centre is near there: somebody whose centre was not seen.

    A hand that a bag cuts off from its body points to the body's centre and is no person of its own.
    """
    count, regions, _, middles = cv2.connectedComponentsWithStats(is_person.astype(np.uint8), connectivity=8)
    areas = np.maximum(np.bincount(regions.ravel(), minlength=count), 1)
    target = np.stack([np.bincount(regions.ravel(), pointed[..., axis].ravel(), count) / areas for axis in (0, 1)], 1)
    lonely = []
    for region in range(1, count):
        # the further away the centre, the less exactly it is pointed at
        reach = 4 + 0.5 * float(np.hypot(*(target[region] - middles[region]))) + 0.25 * float(np.sqrt(areas[region]))
        if not (np.hypot(*(target[region] - centres).T) <= reach).any():
            lonely.append(target[region])
    return np.array(lonely, np.float32).reshape(-1, 2)


def split_by_faces(
    ids: NDArray[np.uint16], faces: NDArray[np.bool_], pointed: NDArray[np.float32], rule: GroupingRule
) -> NDArray[np.uint16]:
    """Give each of several faces of one person a person of its own: of people who overlap, one centre may go unseen.

    A cell goes to the face that it lies near to and that points where it points, both in sizes of that face.
    """
    count, regions, stats, middles = cv2.connectedComponentsWithStats(faces.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    faces_of: dict[int, list[int]] = {}
    for region in sorted(range(1, count), key=lambda one: -areas[one]):
        cells = regions == region
        owner = int(np.bincount(ids[cells]).argmax())
        others = faces_of.setdefault(owner, [])
        if owner == 0 or areas[region] < rule.min_face_cells:
            continue
        reach = rule.min_face_distance * np.sqrt(areas[others])
        if others and areas[region] < rule.min_face_share * areas[others[0]]:
            continue
        if (np.hypot(*(middles[others] - middles[region]).T) > reach).all():
            others.append(region)
    split = ids.copy()
    last = int(ids.max(initial=0))
    for owner, own in faces_of.items():
        if owner == 0 or len(own) < 2:
            continue
        ys, xs = np.nonzero(ids == owner)
        cost = np.empty((len(own), len(ys)))
        for row, region in enumerate(own):
            target = pointed[regions == region].mean(0)
            to_face = (xs - middles[region][0]) ** 2 + (ys - middles[region][1]) ** 2
            cost[row] = (((pointed[ys, xs] - target) ** 2).sum(1) + to_face) / areas[region]
            cost[row, regions[ys, xs] == region] = -1  # a face is never divided
        split[ys, xs] = np.array([owner, *range(last + 1, last + len(own))])[cost.argmin(0)]
        last += len(own) - 1
    return split


def _keep_people(ids: NDArray[np.uint16], foreground: NDArray[np.float32], rule: GroupingRule) -> People:
    """Drop specks and doubtful figures; number the others from the largest."""
    areas = np.bincount(ids.ravel())
    confidence = np.bincount(ids.ravel(), foreground.ravel()) / np.maximum(areas, 1)
    areas[0] = 0
    keeps = np.flatnonzero((areas >= rule.min_area_cells) & (confidence >= rule.min_confidence))
    order = keeps[np.argsort(-areas[keeps], kind="stable")]
    table = np.zeros(len(areas), np.uint16)
    table[order] = np.arange(1, len(order) + 1)
    kept = table[ids]
    return People(kept, spread(kept), tuple(float(confidence[old]) for old in order))


def spread(ids: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Every 0 replaced by the id nearest to it; all 0 if there are no ids."""
    if not ids.any():
        return ids
    _, seeds = cv2.distanceTransformWithLabels(
        (ids == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(seeds.max()) + 1, np.uint16)
    taken = ids > 0
    table[seeds[taken]] = ids[taken]
    return table[seeds]

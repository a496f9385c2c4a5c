"""Anchors of a garment that lies or hangs flat, found from its outline; a start for the user to correct.

Every finder takes the mask of the item, bool (h, w), in a picture that shows it as somebody who faces us wears it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import ItemError
from fittingroom.tryon.items import Point, Sleeve

Mask = NDArray[np.bool_]
Anchors = dict[str, Point]


def find_landmarks(mask: Mask, kind: str) -> Anchors:
    """Anchors of the kind's front view, in pixels of the picture.

    Raises:
        ItemError: kinds without a picture, or an outline that is too small.
    """
    if mask.sum() < 64:
        raise ItemError(
            f"the item covers {int(mask.sum())} pixels; expected at least 64; is its background transparent?"
        )
    if kind not in _FINDERS:
        raise ItemError(f"landmarks of kind {kind} cannot be found; known are {', '.join(_FINDERS)}")
    return {name: (float(x), float(y)) for name, (x, y) in _FINDERS[kind](mask).items()}


def sleeve_of(anchors: Mapping[str, Point]) -> Sleeve:
    """The sleeves' length, from the landmarks of a top."""
    if "left_cuff_outer" not in anchors:
        return "none"
    shoulder, cuff = np.array(anchors["left_shoulder"]), np.array(anchors["left_cuff_outer"])
    body = anchors["left_hem"][1] - anchors["left_collar"][1]
    share = float(np.linalg.norm(cuff - shoulder)) / max(body, 1.0)
    return "none" if share < 0.12 else "short" if share < 0.5 else "half" if share < 0.66 else "long"


def _box(mask: Mask) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    return int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1


def _runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of True, half-open; gaps below 1 % of the row are closed."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] < max(2, len(row) // 100):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _central(row: NDArray[np.bool_], middle: float) -> tuple[int, int] | None:
    """The run that holds the middle, or lies nearest to it."""
    runs = _runs(row)
    if not runs:
        return None
    return min(
        runs, key=lambda run: 0 if run[0] <= middle < run[1] else min(abs(run[0] - middle), abs(run[1] - middle))
    )


def _top_of(mask: Mask, x: float) -> float:
    """The outline's upper edge in a column."""
    column = mask[:, int(np.clip(round(x), 0, mask.shape[1] - 1))]
    ys = np.flatnonzero(column)
    return float(ys[0]) if ys.size else 0.0


def _top(mask: Mask) -> Anchors:
    x0, y0, x1, y1 = _box(mask)
    height, width = y1 - y0, x1 - x0
    middle = float(
        np.median(
            [
                np.mean(run)
                for y in range(y0 + height // 3, y1 - height // 20, 3)
                for run in [_central(mask[y], (x0 + x1) / 2)]
                if run
            ]
        )
    )
    hem_y = _hem_row(mask, y0, y1, middle)
    hem_run = _central(mask[hem_y], middle) or (x0, x1)
    armpits = _armpits(mask, y0, hem_y, middle, width)
    anchors: Anchors = {}
    (right_pit, right_y), (left_pit, left_y) = armpits
    for side, pit_x, pit_y in (("left", left_pit, left_y), ("right", right_pit, right_y)):
        sign = 1 if side == "left" else -1
        tip_x = pit_x + sign * 0.01 * width
        tip_y = _top_of(mask, tip_x)
        if tip_y > pit_y - 0.04 * height:  # a sleeveless armhole: the shoulder's end is further in
            inner = np.arange(int(pit_x), int(middle), -sign)
            tops = np.array([_top_of(mask, float(x)) for x in inner])
            ends = np.flatnonzero(tops < pit_y - 0.5 * (pit_y - y0))
            tip_x = float(inner[ends[0]]) if ends.size else tip_x
            tip_y = _top_of(mask, tip_x + -sign * 0.005 * width)
        anchors[f"{side}_shoulder"] = (tip_x, tip_y)
        anchors[f"{side}_armpit"] = (pit_x, pit_y)
        anchors[f"{side}_hem"] = (float(hem_run[1] - 1 if sign > 0 else hem_run[0]), float(hem_y))
        anchors[f"{side}_collar"] = _collar(mask, middle, tip_x, sign)
    neck_y = max(_top_of(mask, middle), anchors["left_collar"][1] + 0.01 * height)
    anchors["neck"] = (middle, neck_y)
    for side, sign in (("left", 1), ("right", -1)):
        tip, pit, hem = (anchors[f"{side}_{name}"] for name in ("shoulder", "armpit", "hem"))
        cuff = _cuff(mask, tip, pit, hem, sign)
        if cuff is not None:
            anchors[f"{side}_cuff_outer"], anchors[f"{side}_cuff_inner"] = cuff
    if sum(f"{side}_cuff_outer" in anchors for side in ("left", "right")) == 1:
        anchors = {name: xy for name, xy in anchors.items() if "cuff" not in name}
    return anchors


def _hem_row(mask: Mask, y0: int, y1: int, middle: float) -> int:
    """The lowest row where the trunk is still about as wide as above."""
    rows = range(y1 - 1, y0 + (y1 - y0) // 2, -1)
    widths = {
        y: (run[1] - run[0]) for y in rows for run in [_central(mask[y], middle)] if run and run[0] <= middle < run[1]
    }
    if not widths:
        return y1 - 1
    usual = float(np.median(list(widths.values())))
    return next((y for y in rows if widths.get(y, 0) > 0.8 * usual), y1 - 1)


def _armpits(
    mask: Mask, y0: int, hem_y: int, middle: float, width: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Right and left armpit: where, going up from the hem, the trunk suddenly widens into the sleeves."""
    height = hem_y - y0
    ends: list[tuple[float, float]] = []
    for side in (0, 1):
        found = None
        previous: float | None = None
        for y in range(hem_y - height // 12, y0 + height // 10, -1):
            run = _central(mask[y], middle)
            if run is None:
                continue
            end = float(run[side])
            if previous is not None and abs(end - middle) - abs(previous - middle) > 0.045 * width:
                found = (previous, float(y + 1))
                break
            previous = end if previous is None else 0.6 * previous + 0.4 * end
        ends.append(found or _guessed_armpit(mask, y0, hem_y, middle, side))
    (right_x, right_y), (left_x, left_y) = ends
    # Both sides are cut alike: a side that found nothing takes the other's height.
    if abs(right_y - left_y) > 0.12 * height:
        level = min(max(right_y, left_y), y0 + 0.45 * height)
        half = max(min(middle - right_x, left_x - middle), 0.18 * width)
        return (middle - half, level), (middle + half, level)
    return (right_x, right_y), (left_x, left_y)


def _guessed_armpit(mask: Mask, y0: int, hem_y: int, middle: float, side: int) -> tuple[float, float]:
    """Where sleeves touch the trunk or there are none: the height and width that are usual."""
    y = y0 + 0.3 * (hem_y - y0)
    hem = _central(mask[hem_y], middle)
    row = _central(mask[int(y)], middle)
    if hem is None or row is None:
        return middle, y
    half = min(abs(row[side] - middle), 1.06 * abs(hem[side] - middle))
    return middle + (half if side else -half), y


def _collar(mask: Mask, middle: float, tip_x: float, sign: int) -> Point:
    """The highest point between the middle and the shoulder's end; of a flat collar the point nearest the shoulder."""
    xs = np.arange(middle + sign * 0.12 * abs(tip_x - middle), tip_x - sign * 0.15 * abs(tip_x - middle), sign)
    if not len(xs):
        return middle + sign * 1.0, _top_of(mask, middle)
    tops = np.array([_top_of(mask, x) for x in xs])
    best = int(np.flatnonzero(tops <= tops.min() + 0.01 * mask.shape[0])[-1])
    return float(xs[best]), float(tops[best])


def _cuff(mask: Mask, tip: Point, pit: Point, hem: Point, sign: int) -> tuple[Point, Point] | None:
    """Outer and inner end of the sleeve's opening; None: no sleeve."""
    ys, xs = np.nonzero(mask)
    start, end = np.array(tip), np.array(pit)
    along = end - start
    normal = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-3)
    if normal[0] * sign < 0:
        normal = -normal
    points = np.stack([xs, ys], axis=1).astype(np.float64)
    # Below the armpit the trunk's own side, down to the hem's end, is no sleeve.
    trunk_x = pit[0] + (hem[0] - pit[0]) * np.clip((ys - pit[1]) / max(hem[1] - pit[1], 1.0), 0, 1)
    beside = np.where(ys > pit[1], sign * (xs - trunk_x) > 0.02 * mask.shape[1], sign * (xs - pit[0]) > 0)
    inside = ((points - start) @ normal > 0.01 * mask.shape[1]) & beside
    canvas = np.zeros(mask.shape, np.uint8)
    canvas[ys[inside], xs[inside]] = 1
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(canvas)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    sleeve = points[pieces[ys, xs] == largest]
    if len(sleeve) < 0.012 * len(points):
        return None
    middle = (start + end) / 2
    axis = sleeve.mean(axis=0) - middle
    axis /= max(float(np.linalg.norm(axis)), 1e-3)
    for _ in range(3):  # the axis goes from the armhole to the sleeve's far end
        reach = (sleeve - middle) @ axis
        far = sleeve[reach >= np.quantile(reach, 0.93)].mean(axis=0)
        axis = (far - middle) / max(float(np.linalg.norm(far - middle)), 1e-3)
    reach = (sleeve - middle) @ axis
    length = float(reach.max())
    across = np.array([axis[1], -axis[0]]) * sign  # towards the outer, upper side
    last = sleeve[reach > 0.84 * length]
    reach_last = (last - middle) @ axis / length
    side = (last - middle) @ across / max(float(np.ptp((last - middle) @ across)), 1.0)
    outer, inner = last[np.argmax(reach_last + 0.7 * side)], last[np.argmax(reach_last - 0.7 * side)]
    return (float(outer[0]), float(outer[1])), (float(inner[0]), float(inner[1]))


def _dress(mask: Mask) -> Anchors:
    anchors = _top(mask)
    (_, pit_y), (_, hem_y) = anchors["left_armpit"], anchors["left_hem"]
    middle = anchors["neck"][0]
    rows = np.arange(int(pit_y + 0.08 * (hem_y - pit_y)), int(pit_y + 0.42 * (hem_y - pit_y)))
    runs = [(y, run) for y in rows.tolist() for run in [_central(mask[y], middle)] if run]
    limit = 1.1 * (anchors["left_armpit"][0] - anchors["right_armpit"][0])
    runs = [(y, run) for y, run in runs if run[1] - run[0] <= limit]
    if runs:
        y, run = min(runs, key=lambda entry: entry[1][1] - entry[1][0])
        ends = float(run[1] - 1), float(run[0])
    else:
        y = int(pit_y + 0.25 * (hem_y - pit_y))
        ends = anchors["left_armpit"][0], anchors["right_armpit"][0]
    return anchors | {"left_waist": (ends[0], float(y)), "right_waist": (ends[1], float(y))}


def _trousers(mask: Mask) -> Anchors:
    x0, y0, x1, y1 = _box(mask)
    height = y1 - y0
    waist_y = y0 + max(1, height // 50)
    waist = _runs(mask[waist_y])
    hem_y = y1 - max(2, height // 50)
    middle = (waist[0][0] + waist[-1][1]) / 2
    gaps = [y for y in range(y0 + height // 8, hem_y) if len(_runs(mask[y])) > 1]
    crotch_y = float(gaps[0]) if gaps else y0 + 0.35 * height
    if gaps:
        runs = _runs(mask[gaps[0]])
        crotch_x = (runs[0][1] + runs[1][0]) / 2
    else:
        crotch_x = middle
    feet = _runs(mask[hem_y])
    if len(feet) < 2:
        row = feet[0] if feet else (x0, x1)
        feet = [(row[0], int((row[0] + row[1]) / 2)), (int((row[0] + row[1]) / 2) + 1, row[1])]
    right, left = feet[0], feet[-1]
    anchors: Anchors = {
        "left_waist": (float(waist[-1][1] - 1), float(waist_y)),
        "right_waist": (float(waist[0][0]), float(waist_y)),
        "crotch": (crotch_x, crotch_y),
        "left_hem_outer": (float(left[1] - 1), float(hem_y)),
        "left_hem_inner": (float(left[0]), float(hem_y)),
        "right_hem_outer": (float(right[0]), float(hem_y)),
        "right_hem_inner": (float(right[1] - 1), float(hem_y)),
    }
    knee_y = int(crotch_y + 0.42 * (hem_y - crotch_y))
    knees = _runs(mask[knee_y])
    if len(knees) == 2:
        anchors |= {
            "left_knee_outer": (float(knees[1][1] - 1), float(knee_y)),
            "left_knee_inner": (float(knees[1][0]), float(knee_y)),
            "right_knee_outer": (float(knees[0][0]), float(knee_y)),
            "right_knee_inner": (float(knees[0][1] - 1), float(knee_y)),
        }
    return anchors


def _skirt(mask: Mask) -> Anchors:
    _, y0, _, y1 = _box(mask)
    waist_y, hem_y = y0 + max(1, (y1 - y0) // 40), y1 - max(2, (y1 - y0) // 20)
    waist, hem = _runs(mask[waist_y]), _runs(mask[hem_y])
    return {
        "left_waist": (float(waist[-1][1] - 1), float(waist_y)),
        "right_waist": (float(waist[0][0]), float(waist_y)),
        "left_hem": (float(hem[-1][1] - 1), float(hem_y)),
        "right_hem": (float(hem[0][0]), float(hem_y)),
    }


def _hat(mask: Mask) -> Anchors:
    x0, y0, x1, y1 = _box(mask)
    height = y1 - y0
    widths = np.array([np.ptp(np.flatnonzero(mask[y])) if mask[y].any() else 0 for y in range(y0, y1)])
    widest = int(np.argmax(widths))
    crown_width = float(np.median(widths[: max(1, height // 2)]))
    if widths[widest] > 1.25 * crown_width and widest > 0.4 * height:
        # A brim: the head's opening is about as wide as the crown, at the brim's height.
        middle, half, y = (x0 + x1) / 2, crown_width / 2, float(y0 + widest)
        front_y = y + 0.35 * (y1 - y)
    else:
        row = np.flatnonzero(mask[y0 + int(0.86 * height)])
        middle, half, y = float(row[0] + row[-1]) / 2, float(row[-1] - row[0]) / 2, y0 + 0.86 * height
        front_y = float(y1 - 1 - 0.02 * height)
    return {
        "left_band": (middle + half, y),
        "right_band": (middle - half, y),
        "front_band": (middle, front_y),
        "crown": (middle, float(y0)),
    }


def _glasses(mask: Mask) -> Anchors:
    x0, y0, x1, y1 = _box(mask)
    height, width = y1 - y0, x1 - x0
    middle = (x0 + x1) / 2
    column = np.flatnonzero(mask[:, int(middle)])
    bridge_y = float(column[-1]) if column.size else y0 + 0.4 * height
    hinge_y = y0 + 0.25 * height
    return {
        "left_hinge": (float(x1 - 1), hinge_y),
        "right_hinge": (float(x0), hinge_y),
        "bridge": (middle, bridge_y),
        "left_lens": (middle + 0.26 * width, y0 + 0.47 * height),
        "right_lens": (middle - 0.26 * width, y0 + 0.47 * height),
    }


def _earring(mask: Mask) -> Anchors:
    _, y0, _, _ = _box(mask)
    xs = np.flatnonzero(mask[y0 : y0 + 3].any(axis=0))
    return {"hook": (float(xs.mean()), float(y0))}


def _necklace(mask: Mask) -> Anchors:
    x0, y0, x1, y1 = _box(mask)
    row = mask[y0 : y0 + max(2, (y1 - y0) // 30)].any(axis=0)
    xs = np.flatnonzero(row)
    lowest = np.flatnonzero(mask[y1 - 2])
    return {
        "left_neck": (float(max(xs[-1], (x0 + x1) / 2 + 1)), float(y0)),
        "right_neck": (float(min(xs[0], (x0 + x1) / 2 - 1)), float(y0)),
        "lowest": (float(lowest.mean()), float(y1 - 1)),
    }


def _scarf(mask: Mask) -> Anchors:
    x0, y0, x1, y1 = _box(mask)
    y = y0 + 0.12 * (y1 - y0)
    xs = np.flatnonzero(mask[int(y)])
    middle = float(xs[0] + xs[-1]) / 2
    return {
        "left_neck": (float(xs[-1]), y),
        "right_neck": (float(xs[0]), y),
        "front": (middle, _top_of(mask, middle)),
        "lowest": ((x0 + x1) / 2, float(y1 - 1)),
    }


_FINDERS: Mapping[str, Callable[[Mask], Anchors]] = {
    "hat": _hat,
    "cap": _hat,
    "headscarf": _hat,
    "glasses": _glasses,
    "sunglasses": _glasses,
    "earring": _earring,
    "necklace": _necklace,
    "scarf": _scarf,
    "top": _top,
    "dress": _dress,
    "skirt": _skirt,
    "trousers": _trousers,
}

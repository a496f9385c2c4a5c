"""Body points of a person: those that the parser saw, or an estimate from the masks that says it is one.

From masks alone the joints are where the parts suggest them, with the proportions of a grown person (Drillis and
Contini, 1964): good enough to draw an arm or to place the hips, not to measure a pose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.labels import BODY_25
from fittingroom.results import ParseResult, Person

Mask = npt.NDArray[np.bool_]
Point = npt.NDArray[np.float64]
Source = Literal["body points", "masks", "file"]

MIN_CONFIDENCE = 0.3
"""A seen point below it is not used."""
ESTIMATED_CONFIDENCE = 0.5
"""Confidence of every point that the masks suggest."""

# Shares of the body's height.
_FACE_HEIGHT = 0.115
_HAND_LENGTH = 0.108
_SHOULDER_WIDTH = 0.235
_HIP_WIDTH = 0.17
_TORSO_LENGTH = 0.29
_UPPER_ARM, _FOREARM = 0.186, 0.146
_THIGH, _SHANK = 0.245, 0.246

_TORSO = ("upper-clothes", "dress", "coat", "torso-skin", "jumpsuits", "scarf")


@dataclass(frozen=True, eq=False)
class Pose:
    """Body points of one person.

    Attributes:
        points: float32 (25, 3) in the order of BODY_25: x, y in pixels, confidence; (0, 0, 0) is not known.
        source: where they come from.
        stature_px: height of the standing person in pixels, an estimate for those who sit or are cut off too.
    """

    points: npt.NDArray[np.float32]
    source: Source
    stature_px: float

    def point(self, name: str) -> Point | None:
        """x, y of a point by its BODY_25 name, or None where it is not known."""
        x, y, confidence = self.points[BODY_25.index(name)].tolist()
        return np.array([x, y]) if confidence >= MIN_CONFIDENCE else None

    def seen_from(self, corner_xy: tuple[int, int]) -> Pose:
        """The same where a pixel of the photo is the origin."""
        points = self.points.copy()
        points[points[:, 2] > 0, :2] -= np.array(corner_xy, np.float32)
        return replace(self, points=points)


def pose_of(result: ParseResult, person: Person) -> Pose:
    """The points that the parser saw, completed from the masks; the masks alone where it looked for none.

    ``source`` is "masks" as soon as shoulders or hips, which programs cannot do without, had to be estimated.
    """
    estimated = _from_masks(result, person)
    if person.body_points is None:
        return estimated
    points = person.body_points.astype(np.float32).copy()
    is_seen = points[:, 2] >= MIN_CONFIDENCE
    needed = [BODY_25.index(f"{side}-{joint}") for side in ("left", "right") for joint in ("shoulder", "hip")]
    source: Source = "body points" if is_seen[needed].all() else "masks"
    torso = [*needed, BODY_25.index("neck"), BODY_25.index("mid-hip")]
    for row in torso:
        if not is_seen[row]:
            points[row] = estimated.points[row]
    return Pose(points, source, estimated.stature_px)


def _from_masks(result: ParseResult, person: Person) -> Pose:
    body = _Body(result, person)
    points = np.zeros((25, 3), np.float32)

    def put(name: str, at: Point | None) -> None:
        if at is not None:
            points[BODY_25.index(name)] = (*at, ESTIMATED_CONFIDENCE)

    put("nose", body.face_middle)
    put("neck", body.neck)
    put("mid-hip", body.hip_middle)
    for side in ("right", "left"):
        shoulder, hip = body.shoulder(side), body.hip(side)
        elbow, wrist = body.arm(side, shoulder)
        knee, ankle = body.leg(side, hip)
        for joint, at in (
            ("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist), ("hip", hip), ("knee", knee), ("ankle", ankle),
        ):  # fmt: skip
            put(f"{side}-{joint}", at)
    return Pose(points, "masks", body.stature_px)


class _Body:
    """What the masks of one person say about the body below them."""

    def __init__(self, result: ParseResult, person: Person) -> None:
        self._result = result
        self._person = person
        x0, y0, x1, y1 = person.box_xyxy
        self._corner = np.array([x0, y0], np.float64)
        self._labels = np.where(person.crop_mask, result.label_map[y0:y1, x0:x1], 0)
        self.stature_px = self._stature_px()
        self.face_middle = self._middle(("face",))
        self.faces_camera = self._faces_camera()
        self.neck = self._neck()
        self.hip_middle = self._hip_middle()

    def shoulder(self, side: str) -> Point:
        """In the line of the neck's foot, a little within the outline."""
        y = self.neck[1] + 0.02 * self.stature_px
        reach = self._reach(y + 0.03 * self.stature_px, (*_TORSO, "left-arm", "right-arm"))
        widest = 0.5 * _SHOULDER_WIDTH * self.stature_px
        half = min(widest, 0.44 * (reach[1] - reach[0])) if reach else widest
        half = max(half, 0.4 * widest)
        return np.array([self.neck[0] + self._towards(side) * half, y + 0.015 * self.stature_px])

    def hip(self, side: str) -> Point:
        half = 0.5 * _HIP_WIDTH * self.stature_px
        return np.add(self.hip_middle, (self._towards(side) * half, 0.0))

    def arm(self, side: str, shoulder: Point) -> tuple[Point | None, Point | None]:
        """Elbow and wrist; neither where nothing of the arm is seen."""
        skin = self._mask((f"{side}-arm",))
        if np.count_nonzero(skin) < (0.01 * self.stature_px) ** 2:
            return None, None
        tip, length_px = farthest_point(skin, shoulder - self._corner)
        hand_px = _HAND_LENGTH * self.stature_px
        near_tip = _points_within(skin, tip, 1.15 * hand_px)
        start = near_tip[np.linalg.norm(near_tip - tip, axis=1).argsort()[-max(1, len(near_tip) // 8) :]].mean(axis=0)
        wrist = start + self._corner
        if length_px > 0.5 * (_UPPER_ARM + _FOREARM) * self.stature_px + hand_px:
            # A bare arm: the elbow lies on it, a forearm before the wrist.
            along = _points_within(skin, start, 1.1 * _FOREARM * self.stature_px)
            away = along[np.linalg.norm(along - tip, axis=1) > np.linalg.norm(start - tip)]
            if len(away):
                far = np.linalg.norm(away - start, axis=1)
                return away[far >= np.quantile(far, 0.9)].mean(axis=0) + self._corner, wrist
        return _elbow_between(shoulder, wrist, self.stature_px, outwards=self._towards(side)), wrist

    def leg(self, side: str, hip: Point) -> tuple[Point | None, Point | None]:
        """Knee and ankle; neither where the picture ends above the knees."""
        shoe = self._middle((f"{side}-shoe",), of_box="top")
        bare = self._middle((f"{side}-leg",), of_box="bottom")
        bottom = self._corner[1] + self._labels.shape[0]
        ankle = shoe if shoe is not None else bare
        if ankle is None or ankle[1] < hip[1] + 0.2 * self.stature_px:
            ankle = None
        if ankle is not None:
            return hip + (ankle - hip) * (_THIGH / (_THIGH + _SHANK)), ankle
        knee = hip + np.array([0.0, _THIGH * self.stature_px])
        return (knee if knee[1] < bottom else None), None

    def _mask(self, names: tuple[str, ...]) -> Mask:
        ids = [self._result.label_set.classes.index(name) for name in names if name in self._result.label_set.classes]
        table = np.zeros(256, bool)
        table[ids] = True
        return table[self._labels]

    def _middle(self, names: tuple[str, ...], *, of_box: str = "middle") -> Point | None:
        y, x = np.nonzero(self._mask(names))
        if not y.size:
            return None
        row = {"middle": y.mean(), "top": y.min() + 0.25 * np.ptp(y), "bottom": y.max()}[of_box]
        near = np.abs(y - row) <= max(1.0, 0.1 * np.ptp(y))
        return np.array([x[near].mean() if near.any() else x.mean(), row]) + self._corner

    def _stature_px(self) -> float:
        height = float(self._labels.shape[0])
        face = self._mask(("face",))
        has_feet = self._mask(("left-shoe", "right-shoe", "socks")).any()
        has_head = face.any() or self._mask(("hair", "hat")).any()
        if not face.any():
            return height if has_feet else height / 0.6
        rows = np.flatnonzero(face.any(axis=1))
        by_face = float(rows[-1] - rows[0] + 1) / _FACE_HEIGHT
        # A face is a poor ruler: hair and beards cover it. It only says whether somebody sits or is cut off.
        if has_feet and has_head:
            return float(np.clip(height, 0.75 * by_face, 1.5 * by_face)) if height < 0.6 * by_face else height
        return float(np.clip(by_face, height, 4 * height))

    def _faces_camera(self) -> bool:
        for name in ("arm", "leg", "shoe"):
            left, right = self._middle((f"left-{name}",)), self._middle((f"right-{name}",))
            if left is not None and right is not None and abs(left[0] - right[0]) > 0.05 * self.stature_px:
                return bool(left[0] > right[0])
        return True

    def _towards(self, side: str) -> int:
        """-1 where the side is left in the picture, else 1."""
        return 1 if (side == "left") == self.faces_camera else -1

    def _neck(self) -> Point:
        torso = self._mask(_TORSO)
        if self.face_middle is not None:
            rows = np.flatnonzero(self._mask(("face",)).any(axis=1))
            chin = rows[-1] + self._corner[1]
            return np.array([self._torso_x(torso, self.face_middle[0]), chin + 0.035 * self.stature_px])
        rows = np.flatnonzero(torso.any(axis=1))
        top = rows[0] if rows.size else 0.15 * self._labels.shape[0]
        middle = self._corner[0] + 0.5 * self._labels.shape[1]
        return np.array([self._torso_x(torso, middle), top + self._corner[1] + 0.01 * self.stature_px])

    def _torso_x(self, torso: Mask, otherwise: float) -> float:
        """Between the head and the middle of the upper torso: heads lean, coats are worn open."""
        rows = np.flatnonzero(torso.any(axis=1))
        if not rows.size:
            return otherwise
        upper = torso[rows[0] : rows[0] + max(1, round(0.12 * self.stature_px))]
        columns = np.flatnonzero(upper.any(axis=0))
        return float(0.5 * otherwise + 0.5 * (columns.mean() + self._corner[0]))

    def _hip_middle(self) -> Point:
        y = self.neck[1] + 0.02 * self.stature_px + _TORSO_LENGTH * self.stature_px
        waist = np.flatnonzero(self._mask(("pants", "skirt")).any(axis=1))
        if waist.size:
            # A waistband lies above the hips; what is tucked over it hides it by up to a hand.
            y = float(np.clip(waist[0] + self._corner[1] + 0.03 * self.stature_px, y - 0.08 * self.stature_px, y))
        y = min(y, self._corner[1] + self._labels.shape[0] - 1)
        reach = self._reach(y, (*_TORSO, "pants", "skirt"))
        x = (reach[0] + reach[1]) / 2 if reach else self.neck[0]
        return np.array([x, y])

    def _reach(self, y: float, names: tuple[str, ...]) -> tuple[float, float] | None:
        """Left and right end of some parts in a row."""
        row = int(np.clip(round(y - self._corner[1]), 0, self._labels.shape[0] - 1))
        columns = np.flatnonzero(self._mask(names)[row])
        return (columns[0] + self._corner[0], columns[-1] + self._corner[0]) if columns.size else None


def farthest_point(mask: Mask, start_xy: Point) -> tuple[Point, float]:
    """The end of a limb: the pixel (x, y) to which the way within the mask is longest, and how long it is, in pixels.

    The way begins where the mask is nearest to ``start_xy``; pieces without a connection count by their distance.
    """
    step = max(1, max(mask.shape) // 96)
    coarse = mask[::step, ::step]
    if not coarse.any():
        step, coarse = 1, mask
    y, x = np.nonzero(coarse)
    distance = np.hypot(x * step - start_xy[0], y * step - start_xy[1])
    # Specks far away are no hands: the piece must have some size.
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(coarse.astype(np.uint8), connectivity=8)
    is_large = stats[pieces[y, x], cv2.CC_STAT_AREA] >= 0.1 * coarse.sum()
    reached = np.zeros(coarse.shape, np.uint8)
    way = np.full(coarse.shape, -1.0)
    order = [int(piece) for piece in np.unique(pieces[y[is_large], x[is_large]])]
    for piece in order:
        of_piece = pieces[y, x] == piece
        first = int(np.flatnonzero(of_piece)[distance[of_piece].argmin()])
        front = np.zeros(coarse.shape, np.uint8)
        front[y[first], x[first]] = 1
        inside = (pieces == piece).astype(np.uint8)
        steps = distance[first]
        way[y[first], x[first]] = steps
        cross, square = np.ones((3, 3), np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
        reached |= front
        turn = 0
        while front.any():
            # A cross and a square by turns: an octagon, near enough to a circle.
            grown = cv2.dilate(front, cross if turn % 2 else square) & inside & (1 - reached)
            steps += step
            turn += 1
            way[grown > 0] = steps
            reached |= grown
            front = grown if grown.any() or turn % 2 else cv2.dilate(front, cross) & inside & (1 - reached)
    at = np.unravel_index(int(way.argmax()), way.shape)
    return np.array([at[1] * step, at[0] * step], np.float64), float(way.max() - distance.min())


def _points_within(mask: Mask, middle_xy: Point, radius_px: float) -> Point:
    """Pixels (N, 2) of x, y; at least the middle itself."""
    y, x = np.nonzero(mask)
    is_near = np.hypot(x - middle_xy[0], y - middle_xy[1]) <= radius_px
    return np.stack([x[is_near], y[is_near]], axis=1).astype(np.float64) if is_near.any() else middle_xy[None]


def _elbow_between(shoulder: Point, wrist: Point, stature_px: float, *, outwards: int) -> Point:
    """Where upper arm and forearm meet in the picture, on the outer side; on the line for a straight arm."""
    upper, lower = _UPPER_ARM * stature_px, _FOREARM * stature_px
    reach = max(float(np.linalg.norm(wrist - shoulder)), 1e-6)
    along = (wrist - shoulder) / reach
    share = upper / (upper + lower)
    if reach >= upper + lower:
        return shoulder + along * reach * share
    # In the picture arms are foreshortened; half of the bend that the lengths allow is the likelier half.
    foot = np.clip((reach**2 + upper**2 - lower**2) / (2 * reach), 0.0, reach)
    bend = 0.5 * np.sqrt(max(upper**2 - foot**2, 0.0))
    side = np.array([-along[1], along[0]])
    if side[0] * outwards < 0:
        side = -side
    return np.asarray(shoulder + along * foot + side * min(bend, 0.6 * lower), np.float64)

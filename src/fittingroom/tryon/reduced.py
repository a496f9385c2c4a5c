"""Clothes on somebody who fills the photo: put on at a smaller scale, and what became of it brought back.

Cloth, skin and background that are made up have no detail that is finer than this scale; what the photo shows keeps
all of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import Anchor, Head, PersonAnchors
from fittingroom.tryon.filling import Floats, Mask
from fittingroom.tryon.light import grain_like
from fittingroom.tryon.placing import NO_ADJUSTMENT, Adjustment
from fittingroom.tryon.scene import Scene, Wearer

WORK_UNIT_PX = 180  # distance between the shoulder joints at which clothes are put on
_WORTH_IT = 1.3  # a smaller reduction saves nothing


@dataclass(frozen=True, eq=False)
class Scale:
    """From the photo to the small scene: minus a corner, over a factor. Pixel centres are whole numbers in both."""

    corner: Floats
    factor: float

    def moved(self, points: Floats) -> Floats:
        """Points of the photo, (..., 2), in the small scene."""
        place: Floats = (points - self.corner + np.float32(0.5)) / np.float32(self.factor) - np.float32(0.5)
        return place

    def back(self, points: Floats) -> Floats:
        """Points of the small scene, (..., 2), in the photo."""
        place: Floats = (points + np.float32(0.5)) * np.float32(self.factor) - np.float32(0.5) + self.corner
        return place


@dataclass(frozen=True)
class SmallAdjustment(Adjustment):
    """A user's adjustment of the place in the photo, applied to points of the small scene."""

    of_photo: Adjustment = NO_ADJUSTMENT
    at: Scale | None = None

    @classmethod
    def of(cls, adjustment: Adjustment, at: Scale) -> SmallAdjustment:
        """The same adjustment for a small scene."""
        numbers = adjustment.right, adjustment.down, adjustment.scale, adjustment.angle_deg
        return cls(*numbers, of_photo=adjustment, at=at)

    def moved(self, points: Floats, middle: Floats, unit_px: float) -> Floats:
        """As `Adjustment.moved`, by way of the photo."""
        assert self.at is not None
        placed = self.of_photo.moved(self.at.back(points), self.at.back(middle), unit_px * self.at.factor)
        return self.at.moved(placed)


@dataclass(frozen=True, eq=False)
class Reduced:
    """A wearer at a smaller scale.

    Attributes:
        wearer: in a scene of its own.
        scale: how it came about.
        box_xyxy: the window of the photo that it is made from.
        before_rgb: the small scene as it came, uint8 (h, w, 3).
        before_labels: and its labels, uint8 (h, w).
    """

    wearer: Wearer
    scale: Scale
    box_xyxy: BoxXyxy
    before_rgb: np.ndarray
    before_labels: np.ndarray


def reduced(wearer: Wearer) -> Reduced | None:
    """The wearer at the scale at which clothes are put on; None where the photo's own is about that."""
    points = wearer.anchors.body_points
    if (points[[2, 5], 2] < 0.1).any():
        return None
    factor = float(np.linalg.norm(points[5, :2] - points[2, :2])) / WORK_UNIT_PX
    if factor < _WORTH_IT:
        return None
    x0, y0, x1, y1 = wearer.box_xyxy
    margin = WORK_UNIT_PX * factor
    box = wearer.clipped(x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    x0, y0, x1, y1 = box
    size_wh = max(1, round((x1 - x0) / factor)), max(1, round((y1 - y0) / factor))
    window = np.s_[y0:y1, x0:x1]
    scene = wearer.scene
    rgb = np.asarray(cv2.resize(scene.rgb[window], size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    original = np.asarray(cv2.resize(scene.original_rgb[window], size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    labels = np.asarray(cv2.resize(scene.labels[window], size_wh, interpolation=cv2.INTER_NEAREST), np.uint8)
    persons = np.asarray(cv2.resize(scene.persons[window], size_wh, interpolation=cv2.INTER_NEAREST), np.uint16)
    small = Scene(
        original_rgb=original,
        rgb=rgb.copy(),
        result=scene.result,
        labels=labels.copy(),
        persons=persons,
        changed=np.zeros(labels.shape, bool),
        replaced=np.zeros(labels.shape, np.float32),
    )
    light = replace(wearer.light, grain=0.0, blur_px=wearer.light.blur_px / factor)
    at = Scale(np.array([x0, y0], np.float32), factor)
    bx0, by0 = at.moved(np.array(wearer.box_xyxy[:2], np.float32))
    bx1, by1 = at.moved(np.array(wearer.box_xyxy[2:], np.float32))
    person_box = (
        max(int(bx0), 0),
        max(int(by0), 0),
        min(int(np.ceil(bx1)), size_wh[0]),
        min(int(np.ceil(by1)), size_wh[1]),
    )
    there = Wearer(small, wearer.person_id, _scaled(wearer.anchors, at), person_box, light)
    return Reduced(there, at, box, rgb, labels)


def bring_back(wearer: Wearer, small: Reduced) -> None:
    """What changed at the smaller scale, changed in the photo.

    Where pixels were replaced the photo's own detail goes with them; where they were only shaded it stays.
    """
    scene, done = wearer.scene, small.wearer.scene
    assert done.replaced is not None
    if not done.changed.any():
        return
    x0, y0, x1, y1 = small.box_xyxy
    window = np.s_[y0:y1, x0:x1]
    size_wh = x1 - x0, y1 - y0
    changed = _enlarged(done.changed, size_wh)
    old = scene.rgb[window]
    new = cv2.resize(done.rgb, size_wh, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    before = cv2.resize(small.before_rgb, size_wh, interpolation=cv2.INTER_CUBIC)
    gone = cv2.resize(done.replaced, size_wh, interpolation=cv2.INTER_LINEAR)[..., None]
    new += cv2.subtract(old, before, dtype=cv2.CV_32F) * (1 - gone)
    if wearer.light.grain:
        new += grain_like(wearer.light, x0, y0, changed.shape) * gone
    np.copyto(old, np.clip(np.rint(new), 0, 255).astype(np.uint8), where=changed[..., None])
    scene.changed[window] |= changed
    scene.note(small.box_xyxy)
    relabelled = _enlarged(done.labels != small.before_labels, size_wh)
    for there, here in ((scene.labels, done.labels), (scene.persons, done.persons)):
        np.copyto(there[window], cv2.resize(here, size_wh, interpolation=cv2.INTER_NEAREST), where=relabelled)


def _enlarged(mask: Mask, size_wh: tuple[int, int]) -> Mask:
    return cv2.resize(mask.astype(np.uint8), size_wh, interpolation=cv2.INTER_NEAREST) > 0


def _scaled(anchors: PersonAnchors, at: Scale) -> PersonAnchors:
    body = anchors.body_points.copy()
    seen = body[:, 2] > 0
    body[seen, :2] = at.moved(body[seen, :2])
    points = {}
    for name, point in anchors.points.items():
        x, y = at.moved(np.array(point[:2], np.float32))
        points[name] = Anchor(float(x), float(y), point.confidence)
    head = None if anchors.head is None else _scaled_head(anchors.head, at)
    return replace(anchors, head=head, body_points=body, points=points)


def _scaled_head(head: Head, at: Scale) -> Head:
    return replace(
        head,
        eyes_mid=at.moved(head.eyes_mid),
        width=head.width / at.factor,
        face_height=head.face_height / at.factor,
        chin=at.moved(head.chin),
        left_edge=at.moved(head.left_edge),
        right_edge=at.moved(head.right_edge),
        points=None if head.points is None else at.moved(head.points),
    )

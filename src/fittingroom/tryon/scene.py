"""The photo while things are put on: its pixels, its labels as they become, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.results import BoxXyxy, ParseResult
from fittingroom.tryon.anchors import FACE, PersonAnchors, find_anchors
from fittingroom.tryon.face_points import LEFT_BROW, LEFT_EYE, LIPS, RIGHT_BROW, RIGHT_EYE
from fittingroom.tryon.filling import shrunken
from fittingroom.tryon.light import NEUTRAL, Light, estimate_light, to_linear
from fittingroom.tryon.patches import MIN_ALPHA, Floats, Patch, moved_window

Mask = NDArray[np.bool_]
_WHITEST = 0.9  # share of the light that white cloth reflects
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
BAG = np.iinfo(np.uint16).max  # in the map of persons: what is carried stands before everybody, and never changes
_SCRAP_SHARE = 0.05  # of the largest person's pixels


@dataclass(eq=False)
class Scene:
    """The working state of one try-on; nothing of it is visible outside.

    Attributes:
        original_rgb: the photo as it came, uint8 (H, W, 3); never written to.
        rgb: the photo as it has become, uint8 (H, W, 3).
        result: the parse result of the original photo.
        labels: class ids as they have become, uint8 (H, W).
        persons: person ids as they have become, uint16 (H, W); `BAG` where a bag hangs.
        changed: where `rgb` was written to, bool (H, W).
        layer_box: the box of all that was written since it was last set to None.
        replaced: how much of each pixel was painted over, not only shaded, float32 (H, W); None: nobody asks.
    """

    original_rgb: NDArray[np.uint8]
    rgb: NDArray[np.uint8]
    result: ParseResult
    labels: NDArray[np.uint8]
    persons: NDArray[np.uint16]
    changed: Mask
    layer_box: BoxXyxy | None = None
    replaced: Floats | None = None
    _wearers: dict[int, Wearer] = field(default_factory=dict)

    @classmethod
    def of(cls, photo_rgb: NDArray[np.uint8], result: ParseResult) -> Scene:
        """The scene before anything is put on.

        Raises:
            ShapeError: the result was not made from a photo of this size.
        """
        result.check_photo(photo_rgb)
        scene = cls(
            original_rgb=photo_rgb,
            rgb=photo_rgb.copy(),
            result=result,
            labels=result.label_map.copy(),
            persons=result.person_map.copy(),
            changed=np.zeros(result.size_hw, bool),
        )
        scene._forget_scraps()
        if result.bag_map is not None:
            scene.persons[result.bag_map & (scene.persons == 0)] = BAG
        return scene

    def _forget_scraps(self) -> None:
        """Take scraps of people without a face for background: whatever they are, they stand in front of nobody."""
        largest = max((person.area_px for person in self.result.people), default=0)
        for person in self.result.people:
            if "face" not in person.parts and person.area_px < _SCRAP_SHARE * largest:
                x0, y0, x1, y1 = person.box_xyxy
                self.labels[y0:y1, x0:x1][person.crop_mask] = 0
                self.persons[y0:y1, x0:x1][person.crop_mask] = 0

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the photo."""
        return self.labels.shape[0], self.labels.shape[1]

    def wearer(self, person_id: int) -> Wearer:
        """One person, with anchors and light as the original photo shows them; computed once."""
        if person_id not in self._wearers:
            person = self.result.people[person_id - 1]
            anchors = find_anchors(self.original_rgb, self.result, person)
            self._wearers[person_id] = Wearer(self, person_id, anchors, person.box_xyxy)
        return self._wearers[person_id]

    def paint(self, patch: Patch) -> None:
        """Lay a patch over the photo; pixels that it hardly covers are not written at all."""
        window = patch.window
        old = self.rgb[window]
        touched = patch.alpha >= MIN_ALPHA
        mixed = old * (1 - patch.alpha[..., None]) + patch.rgb
        old[touched] = np.clip(np.rint(mixed[touched]), 0, 255).astype(np.uint8)
        self.changed[window] |= touched
        if self.replaced is not None:
            self.replaced[window] = 1 - (1 - self.replaced[window]) * (1 - patch.alpha)
        self.note(patch.box_xyxy)

    def note(self, box: BoxXyxy) -> None:
        """Say that something within the box was written to."""
        if box[2] > box[0] and box[3] > box[1]:
            old = self.layer_box or box
            self.layer_box = min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3])

    def darken(self, x0: int, y0: int, factor: Floats) -> None:
        """Multiply the photo by a factor (h, w) of light, 1 where nothing changes."""
        window = slice(y0, y0 + factor.shape[0]), slice(x0, x0 + factor.shape[1])
        old = self.rgb[window]
        touched = np.abs(factor - 1) >= MIN_ALPHA
        old[touched] = np.clip(np.rint(old[touched] * factor[touched][:, None]), 0, 255).astype(np.uint8)
        self.changed[window] |= touched
        self.note((x0, y0, x0 + factor.shape[1], y0 + factor.shape[0]))

    def replace(self, x0: int, y0: int, rgb: Floats, where: Mask | Floats) -> None:
        """Put new colours (h, w, 3) into the photo where the mask is True, or by its share."""
        alpha = where.astype(np.float32)
        self.paint(Patch(x0, y0, rgb * alpha[..., None], alpha))


@dataclass(eq=False)
class Wearer:
    """One person of a scene.

    Attributes:
        scene: the whole.
        person_id: 1..N.
        anchors: where things go.
        box_xyxy: of the person in the original photo.
    """

    scene: Scene
    person_id: int
    anchors: PersonAnchors
    box_xyxy: BoxXyxy
    _light: Light | None = None

    @property
    def light(self) -> Light:
        """Light on the face; neutral light where there is none."""
        if self._light is None:
            self._light = self._estimate()
        return self._light

    def _estimate(self) -> Light:
        head = self.anchors.head
        if head is None:
            return NEUTRAL
        reach = 1.2 * head.face_height
        box = self.around(head.at(0, 0), reach)
        x0, y0, x1, y1 = box
        skin = self.has(box, FACE)
        if head.points is not None:
            skin &= ~_features(head.points - (x0, y0), skin.shape)
        centre = head.at(0, -0.28 * head.eyes_to_chin) - np.array([x0, y0], np.float32)
        light = estimate_light(
            self.scene.original_rgb[y0:y1, x0:x1],
            shrunken(skin, 0.02 * head.face_height),
            centre,
            (head.width, head.face_height * 1.15),
            head.up,
        )
        return replace(light, gain=max(light.gain, min(self._brightest() / _WHITEST, 1.0)))

    def _brightest(self) -> float:
        """Linear luminance that a tenth of the person exceeds: nothing reflects more light than falls on it."""
        x0, y0, x1, y1 = self.box_xyxy
        step = 1 + (y1 - y0) // 200
        mine = self.scene.result.person_map[y0:y1:step, x0:x1:step] == self.person_id
        pixels = self.scene.original_rgb[y0:y1:step, x0:x1:step][mine].astype(np.float32)
        return float(np.quantile(to_linear(pixels) @ _LUMA, 0.9)) if len(pixels) else 0.0

    def around(self, centre_xy: Floats, reach_px: float) -> BoxXyxy:
        """The square of the photo about a place."""
        return self.clipped(
            centre_xy[0] - reach_px, centre_xy[1] - reach_px, centre_xy[0] + reach_px, centre_xy[1] + reach_px
        )

    def clipped(self, x0: float, y0: float, x1: float, y1: float) -> BoxXyxy:
        """A box cut to the photo."""
        height, width = self.scene.size_hw
        left, top = int(np.clip(x0, 0, width)), int(np.clip(y0, 0, height))
        return left, top, int(np.clip(np.ceil(x1), left, width)), int(np.clip(np.ceil(y1), top, height))

    def has(self, box: BoxXyxy, *classes: int) -> Mask:
        """Where this person shows one of the classes now, bool (h, w) within the box."""
        x0, y0, x1, y1 = box
        labels = self.scene.labels[y0:y1, x0:x1]
        mask = np.zeros(labels.shape, bool)
        for class_id in classes:
            mask |= labels == class_id
        mine: Mask = mask & (self.scene.persons[y0:y1, x0:x1] == self.person_id)
        return mine

    def detail(self, box: BoxXyxy, name: str) -> Mask:
        """Where the original photo shows a fine part of this person, bool (h, w) within the box."""
        x0, y0, x1, y1 = box
        part = self.scene.result.people[self.person_id - 1].details.get(name)
        if part is None:
            return np.zeros((y1 - y0, x1 - x0), bool)
        return moved_window(part.crop_mask, part.box_xyxy, box)

    def is_mine(self, box: BoxXyxy) -> Mask:
        """Where this person is, bool (h, w) within the box."""
        x0, y0, x1, y1 = box
        mine: Mask = self.scene.persons[y0:y1, x0:x1] == self.person_id
        return mine

    def is_other(self, box: BoxXyxy) -> Mask:
        """Where somebody else, or a bag, is, bool (h, w) within the box."""
        x0, y0, x1, y1 = box
        persons = self.scene.persons[y0:y1, x0:x1]
        other: Mask = (persons != self.person_id) & (persons != 0)
        return other

    def relabel(self, box: BoxXyxy, where: Mask, class_id: int) -> None:
        """Say that these pixels now show the class on this person; 0 is background."""
        x0, y0, x1, y1 = box
        self.scene.labels[y0:y1, x0:x1][where] = class_id
        self.scene.persons[y0:y1, x0:x1][where] = self.person_id if class_id else 0


def _features(points: Floats, shape: Sequence[int]) -> Mask:
    """Eyes, brows, nostrils and lips: what is no plain skin."""

    drawn = np.zeros((shape[0], shape[1]), np.uint8)
    for brow, eye in ((LEFT_BROW, LEFT_EYE), (RIGHT_BROW, RIGHT_EYE)):
        hull = cv2.convexHull(np.concatenate([points[brow], points[eye]]).astype(np.float32))
        cv2.fillConvexPoly(drawn, np.round(hull).astype(np.int32), 1)
    cv2.fillPoly(drawn, [np.round(points[LIPS]).astype(np.int32)], 1)
    return drawn > 0

"""Where things are worn on a person: the head's frame, eyes, ears, neck, shoulders, limbs, each with a confidence.

Part masks are enough. Where the result brings fine parts (ears, eyes, hands) or body points, these are used first.
"Left" and "right" are the person's own. Angles and directions are those of the picture: x right, y down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import PlacementError
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult, Part, Person
from fittingroom.tryon.arms import arm_joints
from fittingroom.tryon.body_points import guess_body_points
from fittingroom.tryon.face_points import (
    CHIN,
    LEFT_EYE,
    NASION,
    NOSE_TIP,
    OVAL,
    RIGHT_EYE,
    Points,
    find_face_points,
    similarity_to,
)
from fittingroom.tryon.patches import moved_window

HAT, HAIR, GLOVE, SUNGLASSES, UPPER, DRESS, COAT, SOCKS, PANTS = range(1, 10)
TORSO_SKIN, SCARF, SKIRT, FACE, LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG, LEFT_SHOE, RIGHT_SHOE = range(10, 20)
_SHOULDER_DROP = 0.028  # of the distance between the shoulders; measured on labelled photos
_FROM_MASK = 0.25  # confidence of a joint that is read off masks
MIN_FACE_PX = 12  # height of a face below which nothing is placed on it

# float32 throughout; numpy's types say of most arithmetic only that it is some array.
Floats: TypeAlias = NDArray[Any]


class Anchor(NamedTuple):
    """A place on a person: x and y in photo pixels, confidence in [0, 1]."""

    x: float
    y: float
    confidence: float


@dataclass(frozen=True, eq=False)
class Head:
    """The head's frame.

    Attributes:
        eyes_mid: middle between the eyes, float32 (2,).
        right: unit vector across the face towards the picture's right (the person's left) along the line of the eyes.
        up: unit vector from chin to crown, square to ``right``.
        width: of the face between the temples in pixels, as it would be seen from the front.
        face_height: from above the brows to the chin, in pixels.
        chin: tip of the chin.
        left_edge, right_edge: ends of the face at the height of the eyes, as seen.
        yaw: where the face looks, -1 (full profile towards the picture's left) to 1.
        points: landmarks as in `face_points`, float32 (74, 2); None: none were found that can be trusted.
        confidence: in [0, 1]; below 0.35 the face is turned away or hidden.
    """

    eyes_mid: Floats
    right: Floats
    up: Floats
    width: float
    face_height: float
    chin: Floats
    left_edge: Floats
    right_edge: Floats
    yaw: float
    points: Points | None
    confidence: float

    @property
    def tilt_deg(self) -> float:
        """Angle of the eyes' line to the horizontal, positive where it falls towards the picture's right."""
        return float(np.degrees(np.arctan2(self.right[1], self.right[0])))

    @property
    def eyes_to_chin(self) -> float:
        """Distance from the eyes' line to the chin along the face, in pixels; the skull reaches as far above it."""
        return float((self.eyes_mid - self.chin) @ self.up)

    def at(self, across: float, above: float) -> Floats:
        """The place so many pixels across (to the picture's right) and above the middle of the eyes."""
        place: Floats = self.eyes_mid + np.float32(across) * self.right + np.float32(above) * self.up
        return place


@dataclass(frozen=True, eq=False)
class PersonAnchors:
    """Everything that is known of where things go on a person.

    Attributes:
        person_id: in the parse result.
        head: None: no face is seen.
        body_points: BODY_25, float32 (25, 3): x, y, confidence.
        are_body_points_guessed: from masks; False: the parse result brought them.
        points: named anchors; a name is missing where nothing can be said.
    """

    person_id: int
    head: Head | None
    body_points: Floats
    are_body_points_guessed: bool
    points: Mapping[str, Anchor]

    def xy(self, name: str) -> Floats:
        """A named anchor, float32 (2,).

        Raises:
            PlacementError: the photo does not show it.
        """
        if name not in self.points:
            raise PlacementError(f"{name.replace('-', ' ')} of person {self.person_id} cannot be seen")
        return np.array(self.points[name][:2], np.float32)

    def need_head(self, least_confidence: float = 0.35) -> Head:
        """The head's frame.

        Raises:
            PlacementError: no face is seen, or too little of it.
        """
        if self.head is None:
            raise PlacementError(
                f"the face of person {self.person_id} cannot be seen, or is smaller than {MIN_FACE_PX} px"
            )
        if self.head.confidence < least_confidence:
            raise PlacementError(f"the face of person {self.person_id} is turned away or hidden")
        return self.head

    def joint(self, index: int) -> Floats | None:
        """A body point, float32 (2,); None where it is not seen."""
        point = self.body_points[index]
        return point[:2].astype(np.float32) if point[2] >= 0.1 else None

    def need_joint(self, index: int, name: str) -> Floats:
        """A body point, float32 (2,).

        Raises:
            PlacementError: it is not seen.
        """
        joint = self.joint(index)
        if joint is None:
            raise PlacementError(f"the {name} of person {self.person_id} cannot be seen")
        return joint


def find_anchors(photo_rgb: NDArray[np.uint8], result: ParseResult, person: Person) -> PersonAnchors:
    """Anchors of one person of a parsed photo.

    Raises:
        ShapeError: the result was not made from a photo of this size.
        PlacementError: the result's classes are not those of CIHP.
    """
    result.check_photo(photo_rgb)
    if result.label_set.name != CIHP.name:
        raise PlacementError(
            f"the result's label set is {result.label_set.name}; things are worn on results in {CIHP.name}"
        )
    x0, y0, x1, y1 = person.box_xyxy
    labels = np.where(person.crop_mask, result.label_map[y0:y1, x0:x1], 0).astype(np.uint8)
    corner = np.array([x0, y0], np.float32)
    head = _find_head(photo_rgb, labels, corner, person)
    given = getattr(person, "body_points", None)
    is_guessed = given is None or not (given[:, 2] > 0.1).any()
    if not is_guessed:
        body = _with_seen_arms(_with_joints_lowered(np.asarray(given, np.float32)), labels, corner, person, head)
    elif head is not None:
        body = guess_body_points(labels, head.at(0, -0.22 * head.face_height) - corner, head.face_height)
        body[body[:, 2] > 0, :2] += corner
    else:
        body = np.zeros((25, 3), np.float32)
    points = _named(head, body, labels, corner, person)
    return PersonAnchors(person.id, head, body, is_guessed, points)


def _with_joints_lowered(given: Floats) -> Floats:
    """Body points with the shoulders where BlazePose has them, the joints that garments are fitted to.

    The points that parsers learn lie between its definition and MoveNet's, which is higher on the shoulder.
    """
    body = given.copy()
    if (body[[2, 5], 2] >= 0.1).all():
        across = body[5, :2] - body[2, :2]
        drop = np.array([-across[1], across[0]], np.float32) * np.float32(_SHOULDER_DROP)
        body[[2, 5], :2] += drop * np.sign(across[0])
    return body


def _with_seen_arms(
    given: Floats, labels: NDArray[np.uint8], corner: Floats, person: Person, head: Head | None
) -> Floats:
    """Body points with elbows and wrists from the arm's masks, where they are missing or lie beside the arm."""
    body = given.copy()
    if (body[[2, 5], 2] < 0.1).any():
        return body
    if head is not None and head.confidence > 0.6 and abs(head.yaw) < 0.5 and body[5, 0] < body[2, 0]:
        body[[2, 5], 2] = 0  # nobody shows face and back at once: these are no shoulders
        return body
    unit = float(np.linalg.norm(body[5, :2] - body[2, :2]))
    unit = max(unit, 0.0 if head is None else 1.25 * head.face_height)
    for side, (shoulder, elbow, wrist), skin in (("left", (5, 6, 7), LEFT_ARM), ("right", (2, 3, 4), RIGHT_ARM)):
        hand = _detail_in(person, f"{side}-hand", labels.shape)
        arm = (labels == skin) | hand | _detail_in(person, f"{side}-sleeve", labels.shape)
        is_elbow_sure = body[elbow, 2] >= 0.1 and _follows(
            body[[shoulder, elbow, wrist]], corner, labels == skin, arm, unit
        )
        if is_elbow_sure and body[wrist, 2] >= 0.1:
            continue
        found = arm_joints(arm, hand, body[shoulder, :2] - corner, unit)
        if found is None or (is_elbow_sure and found[1] is None):
            continue
        for index, place in ((elbow, found[0]), (wrist, found[1])):
            body[index] = 0 if place is None else (*(place + corner), _FROM_MASK)
    return body


def _detail_in(person: Person, name: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A detail of a person in the window of the person's box."""
    part = person.details.get(name)
    if part is None:
        return np.zeros(shape, bool)
    return moved_window(part.crop_mask, part.box_xyxy, person.box_xyxy)


def _follows(joints: Floats, corner: Floats, skin: NDArray[np.bool_], arm: NDArray[np.bool_], unit_px: float) -> bool:
    """Whether shoulder, elbow and wrist go along the arm: the elbow near it, and most of its skin near them."""
    line = joints[joints[:, 2] >= 0.1, :2] - corner
    seen = np.zeros(arm.shape, np.uint8)
    cv2.polylines(seen, [np.round(line).astype(np.int32)], False, 1, max(1, round(0.7 * unit_px)))
    at = np.round(joints[1, :2] - corner).astype(int)
    x, y = np.clip(at, 0, (arm.shape[1] - 1, arm.shape[0] - 1))
    reach = round(0.3 * unit_px)
    is_near = bool(arm[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1].any()) or not arm.any()
    is_unsure = joints[1, 2] < 0.35 and skin.sum() > 0.05 * unit_px**2
    return is_near and not (is_unsure and float(seen[skin].mean()) < 0.5)


def _find_head(photo: NDArray[np.uint8], labels: NDArray[np.uint8], corner: Floats, person: Person) -> Head | None:
    is_face = (labels == FACE) | (labels == SUNGLASSES)
    piece = _largest_piece(is_face)
    if piece is None:
        return None
    ys, xs = np.nonzero(piece)
    if np.ptp(ys) + 1 < MIN_FACE_PX or np.ptp(xs) + 1 < MIN_FACE_PX / 2:
        return None
    centre = np.array([xs.mean(), ys.mean()], np.float32) + corner
    height = float(min(np.sqrt(len(ys)) / 0.85, (np.ptp(ys) + 1) * 1.1))
    found = [
        find_face_points(photo, centre + np.array([0, shift * height], np.float32), height * grown)
        for grown, shift in ((0.9, 0.03), (1.05, 0.0), (1.25, -0.05))
    ]
    shape, spread = _most_agreed(found)
    face_height = _height_of(shape)
    on_face = _share_on(shape[: OVAL.start], piece, corner)
    grown = face_height / height
    confidence = float(np.clip(1.25 - 5 * spread, 0, 1) * np.clip(1.6 * on_face, 0, 1) * (0.55 < grown < 1.6))
    if confidence < 0.3:
        return _head_of_mask(piece, corner, confidence)
    return _with_seen_eyes(_head_of_points(shape, confidence), person)


def _largest_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(mask[window].astype(np.uint8), connectivity=8)
    largest = np.zeros(mask.shape, bool)
    largest[window] = pieces == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return largest


def _most_agreed(shapes: list[Points]) -> tuple[Points, float]:
    """Median of shapes, and how far the nearest two of them lie apart, in face heights."""
    apart = [
        float(np.linalg.norm(shapes[i] - shapes[j], axis=1).mean()) / max(_height_of(shapes[i]), 1)
        for i in range(len(shapes))
        for j in range(i)
    ]
    return np.median(np.stack(shapes), axis=0).astype(np.float32), min(apart)


def _height_of(shape: Points) -> float:
    return float(np.linalg.norm(shape[OVAL.start] - shape[CHIN]))


def _share_on(points: Points, mask: NDArray[np.bool_], corner: Floats) -> float:
    at = np.round(points - corner).astype(int)
    inside = (at >= 0).all(axis=1) & (at[:, 1] < mask.shape[0]) & (at[:, 0] < mask.shape[1])
    return float(mask[at[inside, 1], at[inside, 0]].sum()) / len(points)


def _head_of_points(shape: Points, confidence: float) -> Head:
    left_eye, right_eye = shape[LEFT_EYE].mean(axis=0), shape[RIGHT_EYE].mean(axis=0)
    eyes_mid = (left_eye + right_eye) / 2
    # The line of the eyes is short in a profile: there the line from forehead to chin counts for more.
    across, down = left_eye - right_eye, shape[CHIN] - shape[OVAL.start]
    side = across + np.array([down[1], -down[0]], np.float32) * 0.35
    right = (side / np.linalg.norm(side)).astype(np.float32)
    up = np.array([right[1], -right[0]], np.float32)
    left_edge, right_edge = shape[54], shape[64]  # of the oval, beside the eyes
    visible = float((left_edge - right_edge) @ right)
    face_height = _height_of(shape)
    middle = (left_edge + right_edge) / 2
    yaw = float(np.clip((shape[NOSE_TIP] - middle) @ right / max(visible / 2, 1), -1.2, 1.2)) / 1.2
    return Head(
        eyes_mid=eyes_mid.astype(np.float32),
        right=right,
        up=up,
        width=max(visible, 0.72 * face_height),
        face_height=face_height,
        chin=shape[CHIN],
        left_edge=left_edge,
        right_edge=right_edge,
        yaw=yaw,
        points=shape,
        confidence=confidence,
    )


def _head_of_mask(piece: NDArray[np.bool_], corner: Floats, confidence: float) -> Head:
    """A head from the mask's moments alone: upright unless the mask is clearly long."""
    ys, xs = np.nonzero(piece)
    centre = np.array([xs.mean(), ys.mean()], np.float32)
    moments = np.cov(np.stack([xs, ys]).astype(np.float64))
    values, vectors = np.linalg.eigh(moments)
    up = np.array([0, -1], np.float32)
    if values[1] > 1.5 * values[0]:
        axis = vectors[:, 1] * -np.sign(vectors[1, 1])
        up = axis.astype(np.float32) if -axis[1] > 0.7 else up
    right = np.array([-up[1], up[0]], np.float32)
    at = np.stack([xs, ys], axis=1).astype(np.float32) - centre
    across, above = at @ right, at @ up
    (low_x, high_x), (low_y, high_y) = np.quantile(across, [0.02, 0.98]), np.quantile(above, [0.01, 0.99])
    height = float(high_y - low_y) * 0.95
    eyes = centre + right * np.float32((low_x + high_x) / 2) + up * np.float32(low_y + 0.66 * height) + corner
    return Head(
        eyes_mid=eyes,
        right=right,
        up=up,
        width=max(float(high_x - low_x), 0.72 * height),
        face_height=height,
        chin=eyes - up * np.float32(0.66 * height),
        left_edge=eyes + right * np.float32((high_x - low_x) / 2),
        right_edge=eyes - right * np.float32((high_x - low_x) / 2),
        yaw=0.0,
        points=None,
        confidence=max(0.2, min(confidence, 0.3)),
    )


def _with_seen_eyes(head: Head, person: Person) -> Head:
    """The head with its eyes, and all landmarks with them, moved to what the parse result says of the eyes.

    Landmarks, fine parts and body points err independently: their mean is nearer than any one of them. An opinion
    that is far from the landmarks is another face's, or none.
    """
    if head.points is None:
        return head
    own = np.stack([head.points[LEFT_EYE].mean(axis=0), head.points[RIGHT_EYE].mean(axis=0)])
    opinions = [eyes for eyes in (_eyes_of_details(person), _eyes_of_points(person)) if eyes is not None]
    near = [eyes for eyes in opinions if np.linalg.norm(eyes - own, axis=1).max() < 0.2 * head.face_height]
    if not near:
        return head
    moved = np.mean([eyes - own for eyes in near], axis=0) * len(near) / (len(near) + 1)
    a, b, _ = similarity_to(own, own + moved.astype(np.float32))
    # Two points say little of scale: the eyes' distance is the landmarks'.
    size = max(float(np.hypot(a, b)), 1e-3)
    turn = np.array([[a, -b], [b, a]], np.float32) / np.float32(size)
    middle = own.mean(axis=0)
    points = (head.points - middle) @ turn.T + middle + moved.mean(axis=0)
    return _head_of_points(points.astype(np.float32), head.confidence)


def _eyes_of_details(person: Person) -> Floats | None:
    """Left and right eye as the fine parts show them, float32 (2, 2)."""
    if "left-eye" not in person.details or "right-eye" not in person.details:
        return None
    return np.array([_centroid(person.details[name]) for name in ("left-eye", "right-eye")], np.float32)


def _eyes_of_points(person: Person) -> Floats | None:
    """Left and right eye as the body points have them, float32 (2, 2)."""
    if person.body_points is None or (person.body_points[[16, 15], 2] < 0.2).any():
        return None
    return np.asarray(person.body_points[[16, 15], :2], np.float32)


def _centroid(part: Part) -> tuple[float, float]:
    ys, xs = np.nonzero(part.crop_mask)
    return float(xs.mean()) + part.box_xyxy[0], float(ys.mean()) + part.box_xyxy[1]


def _centre(box: tuple[int, int, int, int]) -> tuple[float, float]:
    return (box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2


def _named(
    head: Head | None, body: Floats, labels: NDArray[np.uint8], corner: Floats, person: Person
) -> dict[str, Anchor]:
    points: dict[str, Anchor] = {}
    if head is not None:
        points |= _head_anchors(head, labels, corner, person)
    names = {
        **{
            2: "right-shoulder",
            3: "right-elbow",
            4: "right-wrist",
            5: "left-shoulder",
            6: "left-elbow",
            7: "left-wrist",
        },
        **{9: "right-hip", 10: "right-knee", 11: "right-ankle", 12: "left-hip", 13: "left-knee", 14: "left-ankle"},
        **{19: "left-toe", 21: "left-heel", 22: "right-toe", 24: "right-heel"},
    }
    for index, name in names.items():
        if body[index, 2] >= 0.1:
            points[name] = _anchor(body[index, :2], float(body[index, 2]))
    return points | _neck_anchors(head, body, labels, corner)


def _anchor(xy: Floats, confidence: float) -> Anchor:
    return Anchor(float(xy[0]), float(xy[1]), float(confidence))


def _head_anchors(head: Head, labels: NDArray[np.uint8], corner: Floats, person: Person) -> dict[str, Anchor]:
    sure = head.confidence
    points = {
        "chin": _anchor(head.chin, sure),
        "crown": _anchor(head.at(0, 1.05 * head.eyes_to_chin), 0.9 * sure),
        "left-temple": _anchor(head.left_edge, sure),
        "right-temple": _anchor(head.right_edge, sure),
        "nose-bridge": _anchor(head.eyes_mid, 0.8 * sure),
    }
    shape = head.points
    if shape is not None:
        points["left-eye"] = _anchor(shape[LEFT_EYE].mean(axis=0), sure)
        points["right-eye"] = _anchor(shape[RIGHT_EYE].mean(axis=0), sure)
        points["nose-bridge"] = _anchor(shape[NASION] * 0.4 + shape[NASION + 1] * 0.6, sure)
        points["nose-tip"] = _anchor(shape[NOSE_TIP], sure)
    else:
        for side, sign in (("left", 1), ("right", -1)):
            points[f"{side}-eye"] = _anchor(head.at(sign * 0.23 * head.width, 0), 0.5 * sure)
    hairline = _hairline(head, labels, corner)
    if hairline is not None:
        points["hairline"] = _anchor(hairline, 0.8 * sure)
    for side, sign in (("left", 1), ("right", -1)):
        points |= _ear(head, labels, corner, person, side, sign)
    return points


def _hairline(head: Head, labels: NDArray[np.uint8], corner: Floats) -> Floats | None:
    """Going up from the eyes: where the face ends."""
    reach = int(1.3 * head.eyes_to_chin)
    line = head.eyes_mid + np.arange(reach, dtype=np.float32)[:, None] * head.up
    seen = _look(labels, line - corner)
    faces = np.flatnonzero((seen == FACE) | (seen == SUNGLASSES))
    return line[faces[-1]] if faces.size else None


def _look(labels: NDArray[np.uint8], points: Floats) -> NDArray[np.uint8]:
    """Labels at points of the crop; 0 outside of it."""
    at = np.round(points).astype(int)
    inside = (at >= 0).all(axis=1) & (at[:, 1] < labels.shape[0]) & (at[:, 0] < labels.shape[1])
    seen = np.zeros(len(points), np.uint8)
    seen[inside] = labels[at[inside, 1], at[inside, 0]]
    return seen


def _ear(
    head: Head, labels: NDArray[np.uint8], corner: Floats, person: Person, side: str, sign: int
) -> dict[str, Anchor]:
    """The ear and its lobe. Its confidence is below 0.4 where hair or the head's turn hides it."""
    details = getattr(person, "details", None) or {}
    part = details.get(f"{side}-ear")
    if part is not None and part.area_px >= 6:
        x0, y0, _, y1 = part.box_xyxy
        ys, xs = np.nonzero(part.crop_mask)
        lobe = xs[ys >= ys.max() - max(1, (y1 - y0) // 6)].mean() + x0, float(y1 - 1)
        middle = _centre(part.box_xyxy)
        return {f"{side}-ear": Anchor(*middle, 0.9), f"{side}-ear-lobe": Anchor(*lobe, 0.9)}
    shape = head.points
    outline = shape[55 if sign > 0 else 63] if shape is not None else head.at(sign * head.width / 2, -0.35 * head.width)
    beside_eye = head.left_edge if sign > 0 else head.right_edge
    # The lobe hangs at the height of the nose's base, where the face mask (which holds the ears) ends.
    level = float((outline - head.eyes_mid) @ head.up) * 0.55 + float((beside_eye - head.eyes_mid) @ head.up) * 0.45
    edge = float((outline * 0.55 + beside_eye * 0.45 - head.eyes_mid) @ head.right)
    reach = np.arange(0, 0.2 * head.width, dtype=np.float32)
    line = head.eyes_mid + (edge + sign * reach)[:, None] * head.right + np.float32(level) * head.up
    seen = _look(labels, line - corner)
    faces = np.flatnonzero(seen == FACE)
    out = float(reach[faces[-1]]) if faces.size else 0.0
    lobe_at = head.at(edge + sign * max(0.4 * out, 0.01 * head.width), level - 0.06 * head.width)
    is_hidden = not faces.size or out < 0.02 * head.width or sign * head.yaw > 0.45
    beyond = seen[faces[-1] + 1 :] if faces.size else seen
    under_hair = bool((beyond[: max(1, len(beyond) // 2)] == HAIR).mean() > 0.5) if len(beyond) else False
    sure = 0.2 if sign * head.yaw > 0.45 else 0.35 if is_hidden or under_hair else 0.7
    ear = head.at(edge + sign * 0.4 * out, level + 0.12 * head.width)
    return {
        f"{side}-ear": _anchor(ear, sure * head.confidence),
        f"{side}-ear-lobe": _anchor(lobe_at, sure * head.confidence),
    }


def _neck_anchors(head: Head | None, body: Floats, labels: NDArray[np.uint8], corner: Floats) -> dict[str, Anchor]:
    """Left and right end of the neck's line where a necklace goes round it, and its pit in front."""
    if head is None:
        return {}
    shoulders = [body[index] for index in (5, 2)]
    if all(point[2] >= 0.1 for point in shoulders):
        left, right = (point[:2].astype(np.float32) for point in shoulders)
        middle, across = (left + right) / 2, left - right
        width = float(np.linalg.norm(across))
        across = across / max(width, 1.0)
        down = np.array([-across[1], across[0]], np.float32)
        if down[1] < 0:
            down = -down
        sure = float(min(point[2] for point in shoulders))
        # The neck's sides run into the shoulders' slope well above the joints, nearer the chin than these.
        to_chin = float((middle - head.chin) @ down)
        rise = float(np.clip(0.72 * to_chin, 0.08 * width, 0.40 * head.face_height))
        base = middle - down * np.float32(rise) + across * np.float32(0.3 * float((head.chin - middle) @ across))
        pit = middle - down * np.float32(0.1 * rise)
    else:
        down = -head.up if -head.up[1] < -0.7 else np.array([0, 1], np.float32)
        across, sure = np.array([1, 0], np.float32), 0.4
        base = head.chin + down * np.float32(0.36 * head.face_height)
        pit = base + down * np.float32(0.2 * head.face_height)
    half = 0.5 * _neck_width(head, labels, base - corner, across)
    return {
        "left-neck": _anchor(base + across * np.float32(half), sure),
        "right-neck": _anchor(base - across * np.float32(half), sure),
        "neck-pit": _anchor(pit, sure),
    }


def _neck_width(head: Head, labels: NDArray[np.uint8], base: Floats, across: Floats) -> float:
    """Of the skin between chin and collar, kept within what necks are."""
    usual = 0.68 * head.width
    steps = np.arange(-head.width, head.width, dtype=np.float32)[:, None]
    rows = []
    for above in (0.05, 0.12, 0.19):
        seen = _look(labels, base + steps * across - np.array([0, above * head.width], np.float32))
        rows.append(int(((seen == TORSO_SKIN) | (seen == FACE)).sum()))
    measured = float(np.median(rows))
    return float(np.clip(measured, 0.9 * usual, 1.12 * usual))

"""Truth for fine parts, from what is known anyway: coarse labels, finer labels of things, points on body and face.

Where it cannot be known (no face mesh, estimators that disagree, the seam of a sleeve on a coat), the detail is
ignored (255), never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.data.landmarks import Landmarks
from fittingroom.engine.protocol import BAG_ID
from fittingroom.labels import CIHP, IGNORE_ID
from fittingroom.labels.details import DETAILS

# labels_ext ids of things -> our details
_EXT_DETAILS = {21: "belt", 22: "jewellery", 23: "tie", 24: "clear-glasses"}
_EXT_BAG = 20

# Outlines in MediaPipe's face mesh; "left" is the person's.
_FACE_OUTLINES: dict[str, tuple[int, ...]] = {
    "lips": (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
    "left-eye": (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398),
    "right-eye": (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    "left-eyebrow": (276, 283, 282, 295, 285, 336, 296, 334, 293, 300),
    "right-eyebrow": (46, 53, 52, 65, 55, 107, 66, 105, 63, 70),
}
# The nose is the hull of: between the brows, beside the bridge, wings, base.
_NOSE = (168, 122, 351, 129, 358, 64, 294, 98, 327, 2)
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

_ID = {name: number for number, name in enumerate(DETAILS)}
_GARMENTS = ("upper-clothes", "dress", "coat")


def detail_truth(
    labels: NDArray[np.uint8], labels_ext: NDArray[np.uint8] | None, landmarks: Landmarks | None
) -> NDArray[np.uint8]:
    """uint8 (H, W): detail ids, BAG_ID, 0 where there is no detail, 255 where it is not known.

    Args:
        labels: CIHP ids (H, W) of a photo of one person, 255 = ignore.
        labels_ext: finer ids (H, W), or None: then things are not known.
        landmarks: in pixels of this photo, or None.
    """
    truth = np.zeros(labels.shape, np.uint8)
    truth[labels >= len(CIHP)] = IGNORE_ID
    face, neck_skin = _is(labels, ["face"]), _is(labels, ["torso-skin"])
    arms = {side: _is(labels, [f"{side}-arm", "glove"]) for side in ("left", "right")}
    tops, pants = _is(labels, _GARMENTS), _is(labels, ["pants"])
    truth[face | neck_skin | arms["left"] | arms["right"] | tops | pants] = IGNORE_ID
    if landmarks is not None:
        body = landmarks.body
        _draw_neck(truth, neck_skin, body)
        for side in ("left", "right"):
            _draw_hand(truth, arms[side], body, side)
        _draw_sleeves(truth, labels, tops, body)
        _draw_shoulders(truth, labels, body)
        _draw_trouser_legs(truth, pants, body)
        if landmarks.face is not None:
            _draw_face(truth, face, landmarks.face, body)
    if labels_ext is None:
        truth[labels == 0] = IGNORE_ID  # there may be bags
        return truth
    for number, name in _EXT_DETAILS.items():
        truth[(labels_ext == number) & (labels < len(CIHP))] = _ID[name]
    truth[(labels_ext == _EXT_BAG) & (labels == 0)] = BAG_ID
    return truth


def _is(labels: NDArray[np.uint8], names: Sequence[str]) -> NDArray[np.bool_]:
    table = np.zeros(256, bool)
    table[[CIHP.id_of(name) for name in names]] = True
    return table[labels]


def _known(body: NDArray[np.float32], *points: int) -> bool:
    return bool(body[list(points), 2].all())


def _draw_face(
    truth: NDArray[np.uint8], face: NDArray[np.bool_], mesh: NDArray[np.float32], body: NDArray[np.float32]
) -> None:
    oval = _filled(mesh[list(_OVAL)], truth.shape)
    truth[face & oval] = 0
    truth[face & _filled(np.asarray(cv2.convexHull(mesh[list(_NOSE)]), np.float32)[:, 0], truth.shape)] = _ID["nose"]
    for name, outline in _FACE_OUTLINES.items():
        truth[face & _filled(mesh[list(outline)], truth.shape)] = _ID[name]
    width = float(np.linalg.norm(mesh[454] - mesh[234]))
    # an ear is what is called face, lies outside the oval and beside its end
    outside = face & ~(cv2.dilate(oval.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    for side, point, end in (("left", 18, 454), ("right", 17, 234)):
        if body[point, 2]:
            truth[outside & (_distance(truth.shape, mesh[end][None]) < 0.35 * width)] = _ID[f"{side}-ear"]


def _draw_neck(truth: NDArray[np.uint8], skin: NDArray[np.bool_], body: NDArray[np.float32]) -> None:
    """Bare skin above the line of the shoulders, between them; a little below it belongs to nobody."""
    if not _known(body, 2, 5):
        return
    up, middle, width = _shoulder_axes(body)
    x, y = _coordinates(truth.shape)
    height = ((x - middle[0]) * up[0] + (y - middle[1]) * up[1]) / width  # above the shoulders, in shoulder widths
    truth[skin & (height < -0.06)] = 0
    truth[skin & (height > 0.0)] = _ID["neck"]


def _draw_shoulders(truth: NDArray[np.uint8], labels: NDArray[np.uint8], body: NDArray[np.float32]) -> None:
    if not _known(body, 2, 5):
        return
    width = _shoulder_axes(body)[2]
    for side, point in (("left", 5), ("right", 2)):
        distance = _distance(truth.shape, body[point : point + 1, :2])
        wearable = _is(labels, [*_GARMENTS, "torso-skin", f"{side}-arm"])
        truth[wearable & (distance < 0.17 * width)] = _ID[f"{side}-shoulder"]


def _draw_hand(truth: NDArray[np.uint8], arm: NDArray[np.bool_], body: NDArray[np.float32], side: str) -> None:
    elbow, wrist = (6, 7) if side == "left" else (3, 4)
    if not _known(body, elbow, wrist):
        return
    forearm = body[wrist, :2] - body[elbow, :2]
    length = float(np.linalg.norm(forearm))
    if length < 12:
        return
    x, y = _coordinates(truth.shape)
    dx, dy = x - body[wrist, 0], y - body[wrist, 1]
    beyond = (dx * forearm[0] + dy * forearm[1]) / length**2  # in forearm lengths beyond the wrist
    near = dx**2 + dy**2 < length**2
    truth[arm & near & (beyond > 0.08)] = _ID[f"{side}-hand"]
    truth[arm & (beyond < -0.02)] = 0


def _draw_sleeves(
    truth: NDArray[np.uint8], labels: NDArray[np.uint8], tops: NDArray[np.bool_], body: NDArray[np.float32]
) -> None:
    """Cloth along the covered part of the arm bones, outside the torso; over the torso only right at the bone."""
    arms = {"left": (5, 6, 7), "right": (2, 3, 4)}
    if not _known(body, 9, 12, *arms["left"], *arms["right"]):
        return
    width = _shoulder_axes(body)[2]
    torso = _filled(body[[2, 5, 12, 9], :2], truth.shape)
    bones = {side: body[list(points), :2] for side, points in arms.items()}
    nearest = np.minimum(*(_distance(truth.shape, bone) for bone in bones.values()))
    truth[tops & (nearest > np.where(torso, 0.3, 0.35) * width)] = 0
    covered = {side: _covered_part(bone, tops, _is(labels, [f"{side}-arm"])) for side, bone in bones.items()}
    away = np.full(truth.shape, np.inf, np.float32)
    near = {side: away if line is None else _distance(truth.shape, line) for side, line in covered.items()}
    for side, other in (("left", "right"), ("right", "left")):
        if covered[side] is None:
            truth[tops & ~torso & (_distance(truth.shape, bones[side]) < near[other])] = 0
        else:
            reach = np.where(torso, 0.09, 0.24) * width
            truth[tops & (near[side] < reach) & (near[side] < 0.6 * near[other])] = _ID[f"{side}-sleeve"]


def _covered_part(
    bone_xy: NDArray[np.float32], cloth: NDArray[np.bool_], skin: NDArray[np.bool_]
) -> NDArray[np.float32] | None:
    """The part of shoulder, elbow, wrist (3, 2) that a sleeve covers, as a polyline; None for a bare arm."""
    shares = np.linspace(0, 1, 9)[:, None]
    line = np.concatenate(
        [bone_xy[0] * (1 - shares) + bone_xy[1] * shares, bone_xy[1:2] * (1 - shares[1:]) + bone_xy[2:] * shares[1:]]
    )
    x, y = np.round(line).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < cloth.shape[1]) & (y < cloth.shape[0])
    is_skin, is_cloth = np.zeros(len(line), bool), np.zeros(len(line), bool)
    is_skin[inside], is_cloth[inside] = skin[y[inside], x[inside]], cloth[y[inside], x[inside]]
    # from the shoulder on as far as there is more cloth than skin
    end = int(np.argmax(np.cumsum(is_cloth.astype(int) - is_skin))) + 1
    return line[:end].astype(np.float32) if end >= 4 and is_cloth[:end].mean() > 0.6 else None


def _draw_trouser_legs(truth: NDArray[np.uint8], pants: NDArray[np.bool_], body: NDArray[np.float32]) -> None:
    """Below the crotch each pixel belongs to the leg whose bones are nearer; above it to neither."""
    if not _known(body, 9, 10, 12, 13):
        return
    legs = {"left": (12, 13, 14), "right": (9, 10, 11)}
    hips, knees = body[[9, 12], :2].mean(0), body[[10, 13], :2].mean(0)
    thigh = knees - hips
    length = float(np.linalg.norm(thigh))
    if length < 16:
        return
    x, y = _coordinates(truth.shape)
    down = ((x - hips[0]) * thigh[0] + (y - hips[1]) * thigh[1]) / length**2  # 0 at the hips, 1 at the knees
    near = {
        side: _distance(truth.shape, body[[point for point in points if body[point, 2]], :2])
        for side, points in legs.items()
    }
    truth[pants & (down < 0.15)] = 0
    for side, other in (("left", "right"), ("right", "left")):
        truth[pants & (down > 0.28) & (near[side] < 0.7 * near[other])] = _ID[f"{side}-trouser-leg"]


def _shoulder_axes(body: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """The unit vector upwards, the middle between the shoulders, and their distance (at least 1)."""
    right, left = body[2, :2], body[5, :2]
    middle = np.float32(0.5) * (right + left)
    width = max(1.0, float(np.linalg.norm(left - right)))
    along = (left - right) / width
    up = np.array([along[1], -along[0]], np.float32)
    if _known(body, 8) and np.dot(up, middle - body[8, :2]) < 0:  # seen from behind, left and right change places
        up = -up
    # seen from the side the shoulders nearly coincide: then the torso tells the scale
    if _known(body, 8):
        width = max(width, 0.6 * float(np.linalg.norm(middle - body[8, :2])))
    return up, middle, width


def _coordinates(size_hw: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.arange(size_hw[1], dtype=np.float32)[None], np.arange(size_hw[0], dtype=np.float32)[:, None]


def _filled(polygon_xy: NDArray[np.float32], size_hw: tuple[int, ...]) -> NDArray[np.bool_]:
    canvas = np.zeros(size_hw, np.uint8)
    sixteenths = np.round(polygon_xy * 16).astype(np.int32)
    cv2.fillPoly(canvas, [sixteenths], 1, shift=4)
    return canvas > 0


def _distance(size_hw: tuple[int, ...], polyline_xy: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (H, W): distance of each pixel from a polyline (or a point), in pixels."""
    away = np.full(size_hw, 255, np.uint8)
    corners = np.round(polyline_xy).astype(np.int32)
    cv2.polylines(away, [corners], False, 0)
    if len(corners) == 1:
        x, y = _coordinates(size_hw)
        return np.asarray(np.hypot(x - polyline_xy[0, 0], y - polyline_xy[0, 1]), np.float32)
    if away.all():  # all of it lies outside the photo
        return np.full(size_hw, np.inf, np.float32)
    return np.asarray(cv2.distanceTransform(away, cv2.DIST_L2, 3), np.float32)

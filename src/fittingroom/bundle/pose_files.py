"""Poses as programs read them: OpenPose's JSON, Dress Code's JSON, the drawn skeleton; and poses from files given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.bundle.pose_estimate import Pose
from fittingroom.bundle.programs import SIZE_HW
from fittingroom.errors import ConfigError
from fittingroom.labels import BODY_25, COCO_18_IN_BODY_25

_BONES = (
    ("neck", "mid-hip"), ("neck", "right-shoulder"), ("neck", "left-shoulder"), ("right-shoulder", "right-elbow"),
    ("right-elbow", "right-wrist"), ("left-shoulder", "left-elbow"), ("left-elbow", "left-wrist"),
    ("mid-hip", "right-hip"), ("right-hip", "right-knee"), ("right-knee", "right-ankle"), ("mid-hip", "left-hip"),
    ("left-hip", "left-knee"), ("left-knee", "left-ankle"), ("neck", "nose"), ("nose", "right-eye"),
    ("right-eye", "right-ear"), ("nose", "left-eye"), ("left-eye", "left-ear"), ("left-ankle", "left-big-toe"),
    ("left-big-toe", "left-small-toe"), ("left-ankle", "left-heel"), ("right-ankle", "right-big-toe"),
    ("right-big-toe", "right-small-toe"), ("right-ankle", "right-heel"),
)  # fmt: skip
# OpenPose's colour of each point of BODY_25, RGB; a bone has the colour of its far end.
_COLOURS = np.array(
    [
        (255, 0, 85), (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
        (255, 0, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255),
        (255, 0, 170),
        (170, 0, 255), (255, 0, 255), (85, 0, 255), (0, 0, 255), (0, 0, 255), (0, 0, 255), (0, 255, 255), (0, 255, 255),
        (0, 255, 255),
    ]
)  # fmt: skip


def openpose_json(pose: Pose) -> bytes:
    """One person in OpenPose's form, 75 numbers; ``fittingroom.source`` says where the points come from."""
    document = {
        "version": 1.3,
        "fittingroom": {"source": pose.source, "is_estimate": pose.source == "masks"},
        "people": [{"person_id": [-1], "pose_keypoints_2d": [round(float(v), 3) for v in pose.points.reshape(-1)]}],
    }
    return json.dumps(document).encode()


def dresscode_json(pose: Pose) -> bytes:
    """Dress Code's form: 18 points of 4 numbers, x and y in a frame of 384 x 512; 0 where a point is not known."""
    half = [SIZE_HW[1] / 384, SIZE_HW[0] / 512]
    rows = [
        [float(x) / half[0], float(y) / half[1], float(confidence), float(number)]
        for number, (x, y, confidence) in enumerate(pose.points[list(COCO_18_IN_BODY_25)])
    ]
    source = {"source": pose.source, "is_estimate": pose.source == "masks"}
    return json.dumps({"fittingroom": source, "keypoints": [[round(v, 3) for v in row] for row in rows]}).encode()


def drawn_pose(pose: Pose) -> npt.NDArray[np.uint8]:
    """The skeleton on black in OpenPose's colours, uint8 (1024, 768, 3) RGB."""
    picture = np.zeros((*SIZE_HW, 3), np.uint8)
    for start, end in _BONES:
        a, b = BODY_25.index(start), BODY_25.index(end)
        if pose.points[a, 2] and pose.points[b, 2]:
            ends = [tuple(round(float(v)) for v in pose.points[row, :2]) for row in (a, b)]
            cv2.line(picture, ends[0], ends[1], _COLOURS[b].tolist(), 8, cv2.LINE_AA)
    for row, (x, y, confidence) in enumerate(pose.points.tolist()):
        if confidence:
            cv2.circle(picture, (round(x), round(y)), 6, _COLOURS[row].tolist(), -1, cv2.LINE_AA)
    return picture


def read_pose(path: Path, *, like: Pose) -> Pose:
    """The first person of an OpenPose JSON in the photo's own pixels: BODY_25, or COCO's 18 points.

    Args:
        path: the file.
        like: whose stature the pose takes, and whose points are nearest where the file shows several people.

    Raises:
        ConfigError: not such a file.
    """
    try:
        people = json.loads(path.read_bytes())["people"]
        candidates = [_points(person["pose_keypoints_2d"]) for person in people]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: not OpenPose's JSON ({error}); expected people[0].pose_keypoints_2d") from error
    if not candidates:
        raise ConfigError(f"{path}: it shows nobody; remove it, or estimate the pose again")
    points = min(candidates, key=lambda points: _distance(points, like.points))
    return Pose(points, "file", like.stature_px)


def _points(numbers: list[Any]) -> npt.NDArray[np.float32]:
    rows = np.asarray(numbers, np.float32).reshape(-1, 3)
    if len(rows) == len(BODY_25):
        return rows
    if len(rows) != len(COCO_18_IN_BODY_25):
        raise ValueError(f"{len(rows)} points; BODY_25 has 25, COCO has 18")
    points = np.zeros((25, 3), np.float32)
    points[list(COCO_18_IN_BODY_25)] = rows
    hips = points[[BODY_25.index("left-hip"), BODY_25.index("right-hip")]]
    if (hips[:, 2] > 0).all():
        points[BODY_25.index("mid-hip")] = hips.mean(axis=0)
    return points


def _distance(points: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    is_known = (points[:, 2] > 0) & (other[:, 2] > 0)
    return float(np.abs(points[is_known, :2] - other[is_known, :2]).mean()) if is_known.any() else float("inf")

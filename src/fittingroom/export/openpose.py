"""Body points as OpenPose writes them: what try-on generators read as ``X_keypoints.json``."""

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from fittingroom.errors import OutputError
from fittingroom.labels import COCO_18_IN_BODY_25
from fittingroom.results import ParseResult

_VERSION = 1.3
# Float32 knows no more of a pixel in a photo of some thousand pixels.
_DIGITS = 4


class PosePersonDocument(TypedDict):
    """One person; lists that OpenPose fills only when asked are empty, as OpenPose leaves them."""

    person_id: list[int]
    pose_keypoints_2d: list[float]
    face_keypoints_2d: list[float]
    hand_left_keypoints_2d: list[float]
    hand_right_keypoints_2d: list[float]
    pose_keypoints_3d: list[float]
    face_keypoints_3d: list[float]
    hand_left_keypoints_3d: list[float]
    hand_right_keypoints_3d: list[float]


class PoseDocument(TypedDict):
    """One photo."""

    version: float
    people: list[PosePersonDocument]


def body_25_json(result: ParseResult) -> PoseDocument:
    """OpenPose's ``BODY_25``: 75 numbers a person, x, y in pixels of the photo and a confidence in [0, 1] per point.

    A point that was not seen is ``0, 0, 0``. ``person_id`` is the id in the result, where OpenPose itself writes -1.

    Raises:
        OutputError: the result has no body points.
    """
    return _document(result, tuple(range(25)))


def coco_18_json(result: ParseResult) -> PoseDocument:
    """The same in OpenPose's older ``COCO`` order: 54 numbers a person, without mid-hip and feet.

    Raises:
        OutputError: the result has no body points.
    """
    return _document(result, COCO_18_IN_BODY_25)


def _document(result: ParseResult, rows: tuple[int, ...]) -> PoseDocument:
    people = []
    for person in result.people:
        if person.body_points is None:
            raise OutputError("the result has no body points; parse with body_points=True or schema='fine'")
        people.append(_person(person.id, person.body_points[list(rows)]))
    return PoseDocument(version=_VERSION, people=people)


def _person(person_id: int, points: npt.NDArray[np.float32]) -> PosePersonDocument:
    return PosePersonDocument(
        person_id=[person_id],
        pose_keypoints_2d=[round(value, _DIGITS) for value in points.reshape(-1).tolist()],
        face_keypoints_2d=[],
        hand_left_keypoints_2d=[],
        hand_right_keypoints_2d=[],
        pose_keypoints_3d=[],
        face_keypoints_3d=[],
        hand_left_keypoints_3d=[],
        hand_right_keypoints_3d=[],
    )

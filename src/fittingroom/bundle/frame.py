"""From a photo into the size that generators read, 768 wide and 1024 high, and the same for maps and points."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.bundle.pose_estimate import Pose
from fittingroom.bundle.programs import SIZE_HW
from fittingroom.results import BoxXyxy, ParseResult, Person

Fit = Literal["pad", "crop"]
_CROP_MARGIN = 0.06


@dataclass(frozen=True)
class Frame:
    """Which window of the photo goes where.

    Attributes:
        window_xyxy: of the photo, in pixels, half-open.
        place_xyxy: where it lies in the picture of SIZE_HW; the rest repeats the window's edge.
    """

    window_xyxy: BoxXyxy
    place_xyxy: BoxXyxy

    @property
    def scale_xy(self) -> tuple[float, float]:
        """Pixels of the picture for one of the photo."""
        (x0, y0, x1, y1), (u0, v0, u1, v1) = self.window_xyxy, self.place_xyxy
        return (u1 - u0) / (x1 - x0), (v1 - v0) / (y1 - y0)

    def picture(self, photo_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The photo in the frame, uint8 (1024, 768, 3)."""
        shrinks = self.scale_xy[0] < 1
        framed = self._placed(photo_rgb, cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC, cv2.BORDER_REPLICATE)
        return np.asarray(framed, np.uint8)

    def ids(self, ids: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A map of ids in the frame, (1024, 768) of the same dtype; 0 beside the photo."""
        return self._placed(ids, cv2.INTER_NEAREST_EXACT, cv2.BORDER_CONSTANT)

    def pose(self, pose: Pose) -> Pose:
        """The body points in the frame; those outside the picture are not known."""
        (x0, y0, _, _), (u0, v0, _, _) = self.window_xyxy, self.place_xyxy
        scale_x, scale_y = self.scale_xy
        points = pose.points.copy()
        points[:, 0] = (points[:, 0] - x0) * scale_x + u0
        points[:, 1] = (points[:, 1] - y0) * scale_y + v0
        height, width = SIZE_HW
        is_known = (pose.points[:, 2] > 0) & (points[:, 0] >= 0) & (points[:, 0] < width)
        is_known &= (points[:, 1] >= 0) & (points[:, 1] < height)
        points[~is_known] = 0
        return Pose(points, pose.source, pose.stature_px * scale_y)

    def result(self, result: ParseResult, person: Person) -> tuple[ParseResult, Person]:
        """The parse in the frame, and the person in it.

        Raises:
            ShapeError: nothing of the person lies in the window.
        """
        label_map, person_map = self.ids(result.label_map), self.ids(result.person_map)
        numbers = np.unique(person_map[person_map > 0])
        table = np.zeros(int(result.person_map.max()) + 1, np.uint16)
        table[numbers] = np.arange(1, numbers.size + 1)
        framed = ParseResult.from_maps(
            label_map,
            table[person_map],
            self.ids(result.confidence),
            label_set=result.label_set,
            model_name=result.model_name,
            model_sha256=result.model_sha256,
            detail_map=None if result.detail_map is None else self.ids(result.detail_map),
            bag_map=None if result.bag_map is None else self.ids(result.bag_map.view(np.uint8)).view(np.bool_),
        )
        return framed, framed.people[int(table[person.id]) - 1]

    def document(self) -> dict[str, Any]:
        """For the report."""
        return asdict(self)

    def _placed(self, array: npt.NDArray[Any], interpolation: int, border: int) -> npt.NDArray[Any]:
        (x0, y0, x1, y1), (u0, v0, u1, v1) = self.window_xyxy, self.place_xyxy
        height, width = SIZE_HW
        window = np.ascontiguousarray(array[y0:y1, x0:x1])
        scaled = cv2.resize(window, (u1 - u0, v1 - v0), interpolation=interpolation)
        return np.asarray(cv2.copyMakeBorder(scaled, v0, height - v1, u0, width - u1, border, value=0))


def frame_of(size_hw: tuple[int, int], *, fit: Fit, person_xyxy: BoxXyxy) -> Frame:
    """The frame for a photo.

    Args:
        size_hw: of the photo.
        fit: "pad" keeps the whole photo; "crop" cuts to the person, with a margin, and pads only where the photo ends.
        person_xyxy: the person's box.
    """
    height, width = size_hw
    if fit == "pad":
        return _contained((0, 0, width, height))
    margin = _CROP_MARGIN * max(person_xyxy[2] - person_xyxy[0], person_xyxy[3] - person_xyxy[1])
    x0, y0 = person_xyxy[0] - margin, person_xyxy[1] - margin
    x1, y1 = person_xyxy[2] + margin, person_xyxy[3] + margin
    # Widened or heightened to 3:4 around the same middle, then shifted into the photo as far as that goes.
    target = SIZE_HW[1] / SIZE_HW[0]
    wide = max(x1 - x0, (y1 - y0) * target)
    high = max(y1 - y0, (x1 - x0) / target)
    left, right = _shifted((x0 + x1) / 2, wide, width)
    top, bottom = _shifted((y0 + y1) / 2, high, height)
    return _contained((left, top, right, bottom))


def _contained(window_xyxy: BoxXyxy) -> Frame:
    """The window as large as it fits, in the middle."""
    x0, y0, x1, y1 = window_xyxy
    height, width = SIZE_HW
    scale = min(width / (x1 - x0), height / (y1 - y0))
    wide, high = (max(1, min(round((x1 - x0) * scale), width)), max(1, min(round((y1 - y0) * scale), height)))
    # One pixel of difference in the aspect is not worth a border.
    wide = width if width - wide <= 1 else wide
    high = height if height - high <= 1 else high
    left, top = (width - wide) // 2, (height - high) // 2
    return Frame(window_xyxy, (left, top, left + wide, top + high))


def _shifted(middle: float, length: float, limit: int) -> tuple[int, int]:
    start = min(max(0.0, middle - length / 2), max(0.0, limit - length))
    end = min(float(limit), start + length)
    return int(np.floor(start)), max(int(np.floor(start)) + 1, int(np.ceil(end)))

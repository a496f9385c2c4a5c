"""Joints of a body (shoulders to toes) guessed from the part masks alone, for results that bring no body points.

Linear regressions on the label map: the first looks at the whole body on a coarse grid whose unit is the face's
height, two more at the surround of each joint that the one before found, more closely each time. The weights are
those of ``body_points.npz``; `fittingroom.training.body_points` made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

# BODY_25 indices of the joints that are guessed.
JOINTS = (2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 19, 21, 22, 24)
NECK, MID_HIP = 1, 8
# CIHP classes that are told apart: head, torso skin, upper clothes, dress, lower clothes, the limbs by side.
GROUP_OF_CLASS = np.array([0, 1, 1, 0, 1, 3, 4, 3, 9, 5, 2, 3, 5, 1, 6, 7, 8, 9, 8, 9], np.uint8)
GROUPS = 9
CELL = 0.32  # of the coarse grid, in face heights
GRID_HW = (32, 20)
GRID_TOP = -1.6  # face heights above the face's middle
FINE_CELLS = (0.28, 0.13)
FINE_SIDE = 10


@dataclass(frozen=True, eq=False)
class _Weights:
    """coarse: (cells + 1, 2 joints); fine: (stages, joints, cells + 1, 2); spread: median errors in face heights."""

    coarse: NDArray[np.float32]
    fine: NDArray[np.float32]
    spread: NDArray[np.float32]


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    with np.load(Path(__file__).with_name("body_points.npz")) as stored:
        return _Weights(**{name: stored[name].astype(np.float32) for name in ("coarse", "fine", "spread")})


def guess_body_points(
    labels: NDArray[np.uint8], face_centre_xy: NDArray[np.float32], face_height_px: float
) -> NDArray[np.float32]:
    """BODY_25 points, float32 (25, 3): x, y, confidence; all 0 where nothing can be said.

    Args:
        labels: CIHP ids of this person alone, uint8 (H, W), 0 elsewhere.
        face_centre_xy: the middle of the face, between brows and chin.
        face_height_px: from above the brows to the chin.
    """
    weights = _weights()
    coarse = joints_from(coarse_features(labels, face_centre_xy, face_height_px), weights.coarse)
    found = np.zeros((25, 3), np.float32)
    near = _near_person(labels, face_height_px)
    for row, joint in enumerate(JOINTS):
        xy = face_centre_xy + coarse[row] * face_height_px
        for cell, stage in zip(FINE_CELLS, weights.fine, strict=True):
            seen = np.append(fine_features(labels, xy, cell * face_height_px), np.float32(1))
            xy = xy + seen @ stage[row] * face_height_px
        if _is_inside(xy, near):
            found[joint] = (*xy, max(0.2, 0.75 - float(weights.spread[row])))
    for middle, pair in ((NECK, (2, 5)), (MID_HIP, (9, 12))):
        if found[pair[0], 2] and found[pair[1], 2]:
            found[middle] = found[list(pair)].mean(axis=0)
    return found


def joints_from(features: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Joints, float32 (16, 2), relative to the face's middle in face heights."""
    joints: NDArray[np.float32] = (np.append(features, np.float32(1)) @ weights).reshape(-1, 2)
    return joints


def coarse_features(
    labels: NDArray[np.uint8], face_centre_xy: NDArray[np.float32], face_height_px: float
) -> NDArray[np.float32]:
    """Share of each group in each cell of the coarse grid, float32 (cells,)."""
    rows, columns = GRID_HW
    corner = face_centre_xy + np.array([-columns / 2 * CELL, GRID_TOP], np.float32) * face_height_px
    return _shares(labels, corner, CELL * face_height_px, (rows, columns))


def fine_features(labels: NDArray[np.uint8], xy: NDArray[np.float32], cell_px: float) -> NDArray[np.float32]:
    """Share of each group in the cells around a joint, float32 (cells,)."""
    return _shares(labels, xy - np.float32(FINE_SIDE / 2 * cell_px), cell_px, (FINE_SIDE, FINE_SIDE))


def _shares(
    labels: NDArray[np.uint8], corner_xy: NDArray[np.float32], cell_px: float, grid_hw: tuple[int, int]
) -> NDArray[np.float32]:
    """Four samples a cell."""
    rows, columns = grid_hw
    steps = (np.arange(2 * rows) + 0.5) / 2, (np.arange(2 * columns) + 0.5) / 2
    y = np.round(corner_xy[1] + steps[0] * cell_px - 0.5).astype(np.int64)
    x = np.round(corner_xy[0] + steps[1] * cell_px - 0.5).astype(np.int64)
    height, width = labels.shape
    seen = labels[np.ix_(np.clip(y, 0, height - 1), np.clip(x, 0, width - 1))]
    group = GROUP_OF_CLASS[seen]
    group[(y < 0) | (y >= height)] = GROUPS + 1  # outside the photo is not background
    group[:, (x < 0) | (x >= width)] = GROUPS + 1
    is_group = group[..., None] == np.arange(1, GROUPS + 2)
    shares: NDArray[np.float32] = is_group.reshape(rows, 2, columns, 2, GROUPS + 1).mean(axis=(1, 3), dtype=np.float32)
    return shares.reshape(-1)


def _near_person(labels: NDArray[np.uint8], face_height_px: float) -> NDArray[np.uint8]:
    reach = max(1, round(0.25 * face_height_px))
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return np.asarray(cv2.dilate((labels > 0).astype(np.uint8), kernel), np.uint8)


def _is_inside(xy: NDArray[np.float32], near: NDArray[np.uint8]) -> bool:
    x, y = np.floor(xy).astype(int)
    return bool(0 <= y < near.shape[0] and 0 <= x < near.shape[1] and near[y, x])

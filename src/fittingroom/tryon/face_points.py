"""Landmarks of a face (eyes, brows, nose, lips, outline, ears), found in the photo from the place of the face mask.

A cascade of three linear regressions on gradient histograms, each of which looks at the face as the one before it has
aligned it (after the supervised descent method, Xiong and De la Torre 2013). The weights are those of
``face_points.npz``; `fittingroom.training.face_points` made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

CROP_PX = 80
CELL_PX = 8
BINS = 9
FACE_PX = 44.0  # height of a face, brow line's top to chin, within the crop
FEATURES = (CROP_PX // CELL_PX) ** 2 * BINS

# float32 throughout; numpy's types say of most arithmetic only that it is some array.
Points: TypeAlias = NDArray[Any]

# Index ranges of the landmarks. Within each, the order goes around the outline or along the line; "left" and "right"
# are the person's own. Each left landmark has its twin at the same place of the right one's range.
RIGHT_EYE = slice(0, 6)  # outer corner, two of the upper lid, inner corner, two of the lower lid
LEFT_EYE = slice(6, 12)
RIGHT_BROW = slice(12, 17)  # lower edge, outer end first
LEFT_BROW = slice(17, 22)
NOSE = slice(22, 30)  # nasion, bridge, tip, base, right and left wing, right and left nostril's side
LIPS = slice(30, 42)  # outer outline from the right corner over the upper lip
MOUTH = slice(42, 50)  # inner outline from the right corner over the upper lip
OVAL = slice(50, 68)  # forehead, then down the left side to the chin, then up the right side
CHEEKS = slice(68, 72)  # right and left cheekbone, right and left cheek
EARS = slice(72, 74)  # right, left
COUNT = 74
NASION, NOSE_TIP, CHIN = 22, 24, 59


@dataclass(frozen=True, eq=False)
class _Cascade:
    """Weights of `find_face_points`.

    Attributes:
        mean: mean shape, float32 (74, 2), centred, height of the face 1.
        modes: float32 (modes, 148), rows orthonormal: what shapes differ by.
        stages: float32 (stages, FEATURES + 1, modes + 4): features and 1 to a similarity and the modes' weights.
        spread: median error of each landmark in face heights, float32 (74,).
    """

    mean: Points
    modes: NDArray[np.float32]
    stages: NDArray[np.float32]
    spread: NDArray[np.float32]


@lru_cache(maxsize=1)
def _cascade() -> _Cascade:
    with np.load(Path(__file__).with_name("face_points.npz")) as stored:
        return _Cascade(**{name: stored[name].astype(np.float32) for name in ("mean", "modes", "stages", "spread")})


def find_face_points(photo_rgb: NDArray[np.uint8], centre_xy: Points, face_height_px: float) -> Points:
    """Landmarks of the face that lies about there.

    Args:
        photo_rgb: uint8 (H, W, 3).
        centre_xy: about the middle of the face (between brows and chin), float32 (2,).
        face_height_px: about its height from above the brows to the chin; a quarter wrong does no harm.

    Returns:
        float32 (74, 2), x and y in photo pixels.
    """
    cascade = _cascade()
    shape = cascade.mean * np.float32(face_height_px) + centre_xy
    for weights in cascade.stages:
        to_crop = crop_transform(shape, cascade.mean)
        gray = face_crop(photo_rgb, to_crop)
        step = np.append(gradient_histogram(gray[None])[0], np.float32(1)) @ weights
        shape = _back(decode(step, cascade.mean, cascade.modes), to_crop)
    return shape.astype(np.float32)


def decode(step: NDArray[np.float32], mean: Points, modes: NDArray[np.float32]) -> Points:
    """The shape that a regression's output stands for, float32 (74, 2) in crop pixels.

    step holds a, b, x, y of the similarity (x, y) -> (a x - b y, b x + a y) + (x, y), and then the modes' weights.
    """
    shape = mean + (step[4:] @ modes).reshape(-1, 2)
    turn = np.array([[step[0], -step[1]], [step[1], step[0]]], np.float32)
    placed: Points = (shape @ turn.T + step[2:4]) * FACE_PX + CROP_PX / 2
    return placed


def crop_transform(shape: Points, mean: Points) -> NDArray[np.float32]:
    """The similarity, float32 (2, 3), that takes photo pixels to crop pixels, the shape onto the mean."""
    a, b, origin = similarity_to(mean * FACE_PX, shape)
    scale = a * a + b * b
    inverse = np.array([[a, b], [-b, a]], np.float32) / scale
    return np.concatenate([inverse, (CROP_PX / 2 - inverse @ origin)[:, None]], axis=1).astype(np.float32)


def similarity_to(source: Points, target: Points) -> tuple[float, float, Points]:
    """a, b and shift of the similarity that takes the source's points nearest to the target's (least squares)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    s, t = source - source_mean, target - target_mean
    norm = float((s * s).sum()) or 1.0
    a = float((s * t).sum()) / norm
    b = float((s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum()) / norm
    turned = np.array([a * source_mean[0] - b * source_mean[1], b * source_mean[0] + a * source_mean[1]], np.float32)
    return a, b, (target_mean - turned).astype(np.float32)


def face_crop(photo_rgb: NDArray[np.uint8], to_crop: NDArray[np.float32]) -> NDArray[np.float32]:
    """The face as the regressions look at it, float32 (80, 80): square root of the green channel, smoothed first."""
    scale = float(np.hypot(to_crop[0, 0], to_crop[1, 0]))
    corners = _back(np.array([[0, 0], [CROP_PX, 0], [CROP_PX, CROP_PX], [0, CROP_PX]], np.float32), to_crop)
    height, width = photo_rgb.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int) - 2, 0, [width - 1, height - 1])
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 3, [x0 + 1, y0 + 1], [width, height])
    gray = np.sqrt(photo_rgb[y0:y1, x0:x1, 1].astype(np.float32))
    to_crop = to_crop.copy()
    to_crop[:, 2] += to_crop[:, :2] @ np.array([x0, y0], np.float32)
    if scale < 0.75:  # first halve, so that no detail is skipped
        small = max(scale * 1.2, 2 / min(gray.shape))
        size_wh = max(2, round(gray.shape[1] * small)), max(2, round(gray.shape[0] * small))
        factor = np.array([size_wh[0] / gray.shape[1], size_wh[1] / gray.shape[0]], np.float32)
        gray = cv2.resize(gray, size_wh, interpolation=cv2.INTER_AREA)
        to_crop[:, 2] += to_crop[:, :2] @ (0.5 / factor - 0.5)
        to_crop[:, :2] /= factor
    return np.asarray(
        cv2.warpAffine(gray, to_crop, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def gradient_histogram(crops: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normalised histograms of gradient directions of (B, 80, 80) crops, float32 (B, FEATURES)."""
    dy, dx = np.zeros_like(crops), np.zeros_like(crops)
    dx[:, :, 1:-1] = crops[:, :, 2:] - crops[:, :, :-2]
    dy[:, 1:-1] = crops[:, 2:] - crops[:, :-2]
    strength = np.hypot(dx, dy)
    place = (np.arctan2(dy, dx) % np.pi) * np.float32(BINS / np.pi)
    low = np.floor(place).astype(np.int64)
    share = place - low
    low %= BINS
    cells = CROP_PX // CELL_PX
    count = len(crops)
    cell_of = np.arange(CROP_PX) // CELL_PX
    index = (np.arange(count)[:, None, None] * cells * cells + cell_of[:, None] * cells + cell_of[None, :]) * BINS
    size = count * cells * cells * BINS
    histogram = np.bincount((index + low).ravel(), (strength * (1 - share)).ravel(), size)
    histogram += np.bincount((index + (low + 1) % BINS).ravel(), (strength * share).ravel(), size)
    grid = histogram.reshape(count, cells, cells, BINS).astype(np.float32)
    # The energy of the cell and its neighbours says how bright it is there, which is not to matter.
    energy = np.pad((grid * grid).sum(axis=3), ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = sum(energy[:, y : y + cells, x : x + cells] for y in range(3) for x in range(3))
    grid = np.minimum(grid / np.sqrt(around + 1e-2)[..., None], 0.4)
    return grid.reshape(count, FEATURES)


def _back(points: Points, to_crop: NDArray[np.float32]) -> Points:
    back: Points = np.linalg.solve(to_crop[:, :2], (points - to_crop[:, 2]).T).T
    return back.astype(np.float32)

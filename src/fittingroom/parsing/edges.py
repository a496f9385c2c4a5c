"""Borders that follow the picture: in each small window, what a cell shows is a linear function of its colour.

A guided filter (He, Sun, Tang, PAMI 2013) in its fast form (He, Sun 2015): the functions are fitted to the network's
coarse cells, and then applied to the picture that the network saw, 4 x 4 pixels for each cell. Where two things that
meet have the same colour, the slopes are near zero and the border is that of plain smooth enlarging.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import STRIDE

# Chosen on rendered people, whose labels are exact; see docs/model-card.md.
WINDOW_REACH_CELLS = 2
COLOUR_NOISE = 1e-4  # variance of colour, of a range of 0 to 1, that is not taken for a difference
# Share of a plane's variance in a window that colours explain: to be left as it is, to be followed altogether.
DOUBTED, TRUSTED = 0.1, 0.4
LEAST_VARIANCE = 1e-4  # of a plane; less of it is no border
# A network is unsure in a belt around a border; probabilities of this power of its own make the belt narrower.
SHARPNESS = 2.0


def guide_for(cells: NDArray[np.generic], pixels_rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The photo uint8 (H, W, 3) at the size that a network's output on those cells (h, w) would come from."""
    size_hw = (STRIDE * cells.shape[0], STRIDE * cells.shape[1])
    shrinks = size_hw[0] * size_hw[1] < pixels_rgb.shape[0] * pixels_rgb.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels_rgb, (size_hw[1], size_hw[0]), interpolation=interpolation), np.uint8)


def fit_to_colours(planes: NDArray[np.float32], guide_rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The linear function of colour that tells each plane's value around each cell.

    Args:
        planes: float32 (K, h, w).
        guide_rgb: uint8 (STRIDE * h, STRIDE * w, 3), what the cells show.

    Returns:
        float32 (K, 4, h, w): what one unit (1/255) of red, green and blue adds, and the value of black. Interpolated
        between the cells and applied to a pixel's colour they give the refined value there.
    """
    mean, covariance = _colours_of_cells(guide_rgb)  # (3, h, w), (3, 3, h, w)
    window_mean = _windows(mean)
    spread = _windows((covariance + mean[:, None] * mean).reshape(9, *mean.shape[1:])).reshape(covariance.shape)
    spread -= window_mean[:, None] * window_mean
    inverse = _inverse(spread + COLOUR_NOISE * np.eye(3, dtype=np.float32)[:, :, None, None])
    functions = np.empty((len(planes), 4, *planes.shape[1:]), np.float32)
    explained = np.empty_like(planes)
    for plane, function, share in zip(planes, functions, explained, strict=True):
        plane_mean = _window(plane)
        together = _windows(mean * plane) - window_mean * plane_mean  # (3, h, w)
        slopes = (inverse * together).sum(1)
        function[:3] = slopes
        function[3] = plane_mean - (slopes * window_mean).sum(0)
        share[:] = (slopes * together).sum(0) / (_window(plane * plane) - plane_mean * plane_mean + LEAST_VARIANCE)
    averaged = _windows(functions.reshape(-1, *planes.shape[1:])).reshape(functions.shape)
    # Windows in which colours explain little would only blur: there, what the cells said stays.
    doubt = 1 - np.clip((_windows(explained) - DOUBTED) / (TRUSTED - DOUBTED), 0, 1)
    averaged[:, 3] += doubt * (planes - (averaged[:, :3] * mean).sum(1) - averaged[:, 3])
    averaged[:, :3] *= np.float32(1 / 255)
    return averaged


def apply_to_colours(functions: NDArray[np.float32], colours: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(K, 4, y, x) functions and the colours uint8 (y, x, 3) of the same pixels -> refined values (K, y, x)."""
    channels = colours.transpose(2, 0, 1).astype(np.float32)
    values: NDArray[np.float32] = (functions[:, :3] * channels).sum(1) + functions[:, 3]
    return values


def _colours_of_cells(guide_rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean (3, h, w) and covariance (3, 3, h, w) of the colours in each cell, of a range of 0 to 1."""
    height, width = guide_rgb.shape[0] // STRIDE, guide_rgb.shape[1] // STRIDE
    # half the size tells nearly as much of the variance in a quarter of the time
    half = cv2.resize(guide_rgb, (2 * width, 2 * height), interpolation=cv2.INTER_AREA)
    colours = np.ascontiguousarray(np.moveaxis(half, 2, 0)).astype(np.float32) / np.float32(255)
    mean = np.stack([_quartered(channel) for channel in colours])
    covariance = np.empty((3, 3, height, width), np.float32)
    for i in range(3):
        for j in range(i, 3):
            covariance[i, j] = covariance[j, i] = _quartered(colours[i] * colours[j]) - mean[i] * mean[j]
    return mean, covariance


def _quartered(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of blocks of 2 x 2."""
    size = (plane.shape[1] // 2, plane.shape[0] // 2)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _window(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over the window around each cell, (h, w)."""
    side = 2 * WINDOW_REACH_CELLS + 1
    return np.asarray(cv2.boxFilter(plane, -1, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _windows(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same for (K, h, w)."""
    return np.stack([_window(plane) for plane in planes])


def _inverse(matrices: NDArray[np.float32]) -> NDArray[np.float32]:
    """Inverses of symmetric matrices (3, 3, h, w)."""
    (a, b, c), (_, d, e), (_, _, f) = matrices
    minors = np.array([
        [d * f - e * e, c * e - b * f, b * e - c * d],
        [c * e - b * f, a * f - c * c, b * c - a * e],
        [b * e - c * d, b * c - a * e, a * d - b * b],
    ])  # fmt: skip
    inverse: NDArray[np.float32] = minors / (a * minors[0, 0] + b * minors[0, 1] + c * minors[0, 2])
    return inverse

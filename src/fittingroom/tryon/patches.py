"""Pieces of picture on their way into the photo: warped to their place, premultiplied, no larger than need be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.results import BoxXyxy

# float32 throughout; numpy's types say of most arithmetic only that it is some array.
Floats: TypeAlias = NDArray[Any]
MIN_ALPHA = 1 / 256  # less than this changes no pixel


@dataclass(frozen=True, eq=False)
class Patch:
    """A piece of picture at its place in the photo.

    Attributes:
        x0, y0: photo pixel of its upper left corner.
        rgb: float32 (h, w, 3) in [0, 255], multiplied by alpha.
        alpha: float32 (h, w) in [0, 1].
    """

    x0: int
    y0: int
    rgb: Floats
    alpha: Floats

    @property
    def box_xyxy(self) -> BoxXyxy:
        """Its place in the photo, half-open; may be empty."""
        height, width = self.alpha.shape
        return self.x0, self.y0, self.x0 + width, self.y0 + height

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the photo that it covers."""
        x0, y0, x1, y1 = self.box_xyxy
        return slice(y0, y1), slice(x0, x1)

    def shown(self, share: Floats) -> Patch:
        """The patch with its opacity multiplied by share, (h, w) in [0, 1]."""
        return Patch(self.x0, self.y0, self.rgb * share[..., None], self.alpha * share)

    def alpha_in(self, box_xyxy: BoxXyxy) -> Floats:
        """Its opacity in the window of a box that may be larger or smaller, float32 (h, w)."""
        return moved_window(self.alpha, self.box_xyxy, box_xyxy)

    def recoloured(self, rgb: Floats) -> Patch:
        """The patch with other colours, multiplied by alpha as the old ones."""
        return Patch(self.x0, self.y0, rgb, self.alpha)

    def trimmed(self, margin_px: int = 8) -> Patch:
        """The patch without its wholly transparent border, a margin excepted."""
        rows, columns = np.flatnonzero(self.alpha.any(axis=1)), np.flatnonzero(self.alpha.any(axis=0))
        if not rows.size:
            return Patch(self.x0, self.y0, self.rgb[:0, :0], self.alpha[:0, :0])
        y0, x0 = max(int(rows[0]) - margin_px, 0), max(int(columns[0]) - margin_px, 0)
        window = slice(y0, int(rows[-1]) + margin_px + 1), slice(x0, int(columns[-1]) + margin_px + 1)
        return Patch(self.x0 + x0, self.y0 + y0, self.rgb[window], self.alpha[window])

    @property
    def straight_rgb(self) -> Floats:
        """The colours not multiplied by alpha; 0 where there is none."""
        straight: Floats = self.rgb / np.maximum(self.alpha, 1e-4)[..., None]
        return straight


def moved_window(values: Floats, source_xyxy: BoxXyxy, target_xyxy: BoxXyxy, beyond: float = 0.0) -> Floats:
    """Values (h, w) of the window of one box, in the window of another; a constant where they do not meet."""
    (sx0, sy0, sx1, sy1), (x0, y0, x1, y1) = source_xyxy, target_xyxy
    window = np.full((y1 - y0, x1 - x0), beyond, values.dtype)
    left, top, right, bottom = max(x0, sx0), max(y0, sy0), min(x1, sx1), min(y1, sy1)
    if right > left and bottom > top:
        window[top - y0 : bottom - y0, left - x0 : right - x0] = values[
            top - sy0 : bottom - sy0, left - sx0 : right - sx0
        ]
    return window


def premultiplied(picture_rgba: NDArray[np.uint8]) -> Floats:
    """uint8 (h, w, 4) with straight alpha as float32 (h, w, 4): colours times alpha in [0, 255], alpha in [0, 1]."""
    picture = picture_rgba.astype(np.float32)
    picture[..., 3] /= 255
    picture[..., :3] *= picture[..., 3:]
    return picture


def clipped_box(corners: Floats, size_hw: tuple[int, int], margin: int = 2) -> BoxXyxy:
    """The pixels that points (N, 2) span, with a margin, inside a photo of that size; empty where they lie outside."""
    height, width = size_hw
    low, high = np.floor(corners.min(axis=0)) - margin, np.ceil(corners.max(axis=0)) + margin + 1
    x0, y0 = int(np.clip(low[0], 0, width)), int(np.clip(low[1], 0, height))
    return x0, y0, int(np.clip(high[0], x0, width)), int(np.clip(high[1], y0, height))


def warp_affine(picture: Floats, to_photo: Floats, size_hw: tuple[int, int]) -> Patch:
    """Place a premultiplied picture (h, w, 4) by an affine map.

    Args:
        picture: float32 (h, w, 4), premultiplied.
        to_photo: float32 (2, 3), from picture pixels to photo pixels (pixel centres are whole numbers).
        size_hw: of the photo; what lies outside is cut off.
    """
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    x0, y0, x1, y1 = clipped_box(corners @ to_photo[:, :2].T + to_photo[:, 2], size_hw)
    if x1 <= x0 or y1 <= y0:
        return Patch(x0, y0, np.zeros((0, 0, 3), np.float32), np.zeros((0, 0), np.float32))
    scale = float(np.sqrt(abs(np.linalg.det(to_photo[:, :2]))))
    picture, factor = shrunk(picture, scale)
    matrix = to_photo.astype(np.float64).copy()
    matrix[:, 2] += matrix[:, :2] @ (0.5 / factor - 0.5)
    matrix[:, :2] /= factor
    matrix[:, 2] -= (x0, y0)
    warped = cv2.warpAffine(picture, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return Patch(x0, y0, warped[..., :3], np.clip(warped[..., 3], 0, 1))


def warp_by_map(picture: Floats, source_xy: Floats, x0: int, y0: int, scale: float) -> Patch:
    """Place a premultiplied picture by an inverse map.

    Args:
        picture: float32 (h, w, 4), premultiplied.
        source_xy: float32 (H, W, 2): for each pixel of the patch the picture pixel that it shows; beyond the picture
            there is nothing.
        x0, y0: photo pixel of the patch's upper left corner.
        scale: about how many photo pixels a picture pixel becomes wide.
    """
    picture, factor = shrunk(picture, scale)
    source = (source_xy + 0.5) * factor - 0.5
    warped = cv2.remap(
        picture,
        source[..., 0].astype(np.float32),
        source[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return Patch(x0, y0, warped[..., :3], np.clip(warped[..., 3], 0, 1))


def shrunk(picture: Floats, scale: float) -> tuple[Floats, Floats]:
    """The picture made small enough that the warp skips no pixel, and by which factors (x, y)."""
    height, width = picture.shape[:2]
    if scale >= 0.8:
        return picture, np.ones(2, np.float32)
    size_wh = max(1, round(width * scale * 1.1)), max(1, round(height * scale * 1.1))
    small = cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA)
    return small, np.array([size_wh[0] / width, size_wh[1] / height], np.float32)


def thin_plate_map(controls: Floats, values: Floats, box_xyxy: BoxXyxy, stiffness: float = 0.0) -> Floats:
    """The thin-plate spline through the controls, at every pixel of a box, float32 (h, w, values.shape[1]).

    Args:
        controls: (N, 2) points of the photo, N at least 3, not in one line.
        values: (N, D) what the spline is to be there.
        box_xyxy: where it is wanted.
        stiffness: 0 passes through every value; more smooths, in units of the controls' extent.
    """
    centre, extent = controls.mean(axis=0), float(np.ptp(controls, axis=0).max()) or 1.0
    at = ((controls - centre) / extent).astype(np.float64)
    count = len(at)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(((at[:, None] - at[None]) ** 2).sum(axis=2)) + stiffness * np.eye(count)
    system[:count, count:] = np.concatenate([np.ones((count, 1)), at], axis=1)
    system[count:, :count] = system[:count, count:].T
    weights = np.linalg.solve(system, np.concatenate([values, np.zeros((3, values.shape[1]))]))
    x0, y0, x1, y1 = box_xyxy
    # The spline is smooth: it is computed on every eighth pixel or so and interpolated.
    step = max(1, min(16, int(extent / 48)))
    columns, rows = (x1 - x0 + step - 1) // step + 1, (y1 - y0 + step - 1) // step + 1
    x, y = np.meshgrid(x0 + np.arange(columns) * step, y0 + np.arange(rows) * step)
    grid = (np.stack([x, y], axis=-1).reshape(-1, 2) - centre) / extent
    basis = _kernel(((grid[:, None] - at[None]) ** 2).sum(axis=2))
    coarse = basis @ weights[:count] + weights[count] + grid @ weights[count + 1 :]
    coarse = coarse.reshape(rows, columns, -1).astype(np.float32)
    if step == 1:
        return np.ascontiguousarray(coarse[: y1 - y0, : x1 - x0])
    fine_x, fine_y = np.meshgrid(
        np.arange(x1 - x0, dtype=np.float32) / step, np.arange(y1 - y0, dtype=np.float32) / step
    )
    fine: Floats = cv2.remap(coarse, fine_x, fine_y, cv2.INTER_LINEAR)
    return fine


def _kernel(squared: NDArray[np.float64]) -> NDArray[np.float64]:
    kernel: NDArray[np.float64] = squared * np.log(squared + 1e-12)
    return kernel


def ruled_map(
    source_rows: Floats, target_rows: Floats, size_hw: tuple[int, int]
) -> tuple[BoxXyxy, Floats, NDArray[np.bool_]]:
    """An inverse map for a strip (a sleeve, a trouser leg) that is given by cross lines, and where the strip lies.

    Between two cross lines the strip is interpolated; each line is the straight one between its two ends. Unlike a
    spline it cannot fold over itself unless the lines cross.

    Args:
        source_rows: (R, 2, 2): the two ends of each cross line in the picture.
        target_rows: (R, 2, 2): where they go in the photo.
        size_hw: of the photo.

    Returns:
        The box; source positions, float32 (h, w, 2); and bool (h, w), True inside the strip.
    """
    box = clipped_box(target_rows.reshape(-1, 2), size_hw, margin=1)
    x0, y0, x1, y1 = box
    sums = np.zeros((y1 - y0, x1 - x0, 3), np.float32)
    if not sums.size:
        return box, sums[..., :2], np.zeros(sums.shape[:2], bool)
    for row in range(len(target_rows) - 1):
        target = target_rows[row : row + 2]
        down = max(np.linalg.norm(target[1] - target[0], axis=1).max(), 1)
        across = max(np.linalg.norm(target[:, 1] - target[:, 0], axis=1).max(), 1)
        v = np.linspace(0, 1, int(down * 1.6) + 2, dtype=np.float32)[:, None, None]
        u = np.linspace(0, 1, int(across * 1.6) + 2, dtype=np.float32)[None, :, None]
        at, source = (_blend(rows[row : row + 2], u, v) for rows in (target_rows, source_rows))
        x, y = np.round(at[..., 0]).astype(np.int64) - x0, np.round(at[..., 1]).astype(np.int64) - y0
        inside = (x >= 0) & (x < x1 - x0) & (y >= 0) & (y < y1 - y0)
        place = (y * (x1 - x0) + x)[inside]
        flat = sums.reshape(-1, 3)
        # A later strip replaces an earlier one where they meet, so that a bent elbow shows its outer side.
        flat[place] = np.concatenate([source[inside], np.ones((place.size, 1), np.float32)], axis=1)
    covered = sums[..., 2] > 0
    # Averages close the pixels that rounding missed, and take away the rounding itself.
    spread = cv2.blur(sums, (5, 5))
    filled = spread / np.maximum(spread[..., 2:], 1e-6)
    covered = cv2.morphologyEx(covered.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
    return box, np.ascontiguousarray(filled[..., :2]), covered


def widened(rows: Floats, factor: float) -> Floats:
    """Cross lines (R, 2, 2), longer by a factor about their middles."""
    middle = rows.mean(axis=1, keepdims=True)
    wide: Floats = middle + (rows - middle) * np.float32(factor)
    return wide


def _blend(rows: Floats, u: Floats, v: Floats) -> Floats:
    """Bilinear between the ends of two cross lines, (V, U, 2)."""
    blended: Floats = (1 - v) * ((1 - u) * rows[0, 0] + u * rows[0, 1]) + v * ((1 - u) * rows[1, 0] + u * rows[1, 1])
    return blended

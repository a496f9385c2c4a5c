"""Maps from an item's picture to its place in the photo, and the user's own correction of that place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fittingroom.errors import ItemError
from fittingroom.tryon.items import View
from fittingroom.tryon.patches import Floats

MAX_SHIFT, MAX_SCALE = 4.0, 4.0


@dataclass(frozen=True)
class Adjustment:
    """How a user moved an item from where it was placed.

    Attributes:
        right: to the picture's right, in widths of the placed item (head, neck, shoulders or foot: what it is worn on).
        down: downwards, in the same unit.
        scale: larger or smaller about the item's middle.
        angle_deg: turned clockwise as seen, about the item's middle.

    Raises:
        ItemError: a number is not finite or beyond any use.
    """

    right: float = 0.0
    down: float = 0.0
    scale: float = 1.0
    angle_deg: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.right, self.down, self.scale, self.angle_deg)
        if not all(isinstance(number, (int, float)) and np.isfinite(number) for number in numbers):
            raise ItemError(f"adjustment is {numbers}; expected four finite numbers: right, down, scale, angle_deg")
        if max(abs(self.right), abs(self.down)) > MAX_SHIFT or not 1 / MAX_SCALE <= self.scale <= MAX_SCALE:
            raise ItemError(
                f"adjustment is {numbers}; expected a shift of at most {MAX_SHIFT} widths and a scale between "
                f"{1 / MAX_SCALE} and {MAX_SCALE}"
            )

    def moved(self, points: Floats, middle: Floats, unit_px: float) -> Floats:
        """Points of the photo, (N, 2), after the user's correction."""
        turn = np.radians(self.angle_deg)
        rotation = self.scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]], np.float32)
        shift = np.array([self.right, self.down], np.float32) * unit_px
        return np.asarray((points - middle) @ rotation.astype(np.float32) + middle + shift, np.float32)


NO_ADJUSTMENT = Adjustment()


def anchor_points(view: View, *names: str) -> Floats:
    """Anchors of a view, float32 (N, 2)."""
    return np.array([view.anchors[name] for name in names], np.float32)


def affine_between(source: Floats, target: Floats) -> Floats:
    """The affine map (2, 3) that takes three points to three points."""
    system = np.concatenate([source, np.ones((3, 1), np.float32)], axis=1).astype(np.float64)
    return np.linalg.solve(system, target.astype(np.float64)).T.astype(np.float32)


def frame_map(
    origin_from: Floats, origin_to: Floats, right: Floats, up: Floats, scale_x: float, scale_y: float
) -> Floats:
    """The affine map (2, 3) from a picture's point to a photo's, its x axis to ``right``, its y axis to ``-up``."""
    linear = np.stack([right * np.float32(scale_x), -up * np.float32(scale_y)], axis=1)
    return np.concatenate([linear, (origin_to - linear @ origin_from)[:, None]], axis=1).astype(np.float32)


def adjusted_map(to_photo: Floats, adjustment: Adjustment, middle: Floats, unit_px: float) -> Floats:
    """An affine map (2, 3) with the user's correction after it."""
    corners = np.array([[0, 0], [100, 0], [0, 100]], np.float32)
    placed = corners @ to_photo[:, :2].T + to_photo[:, 2]
    return affine_between(corners, adjustment.moved(placed, middle, unit_px))


def through(to_photo: Floats, points: Floats) -> Floats:
    """Points (N, 2) through an affine map."""
    mapped: Floats = points @ to_photo[:, :2].T + to_photo[:, 2]
    return mapped


def pixel_grid(x0: int, y0: int, x1: int, y1: int) -> Floats:
    """Positions of the pixels of a box, float32 (h, w, 2)."""
    x, y = np.meshgrid(np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32))
    return np.stack([x, y], axis=-1)


def coarse_grid(box_xyxy: tuple[int, int, int, int], step: int) -> Floats:
    """Positions about a step apart over a box, float32 (h, w, 2): for what is smooth and enlarged to the box again."""
    x0, y0, x1, y1 = box_xyxy
    columns, rows = max(2, -(-(x1 - x0) // step)), max(2, -(-(y1 - y0) // step))
    x = x0 + (np.arange(columns, dtype=np.float32) + 0.5) * ((x1 - x0) / columns) - 0.5
    y = y0 + (np.arange(rows, dtype=np.float32) + 0.5) * ((y1 - y0) / rows) - 0.5
    return np.stack(np.meshgrid(x.astype(np.float32), y.astype(np.float32)), axis=-1)


def smooth_step(value: Floats, low: float, high: float) -> Floats:
    """0 up to low, 1 from high on, smooth between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    step: Floats = share * share * (3 - 2 * share)
    return step

"""What was hidden, made up: background behind removed hair or cloth, skin where a sleeve was.

Broad colours flow in from what is known around (a pyramid of averages); fine texture is mirrored at the edge of the
known, so that grass stays grass and grain stays grain.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

# float32 throughout; numpy's types say of most arithmetic only that it is some array.
Floats: TypeAlias = NDArray[Any]
Mask = NDArray[np.bool_]
_WIDE_PX = 5


def filled(window_rgb: NDArray[np.uint8], known: Mask, hole: Mask, texture: float = 1.0) -> Floats:
    """The window with its hole filled from the known pixels alone.

    Args:
        window_rgb: uint8 (h, w, 3).
        known: bool (h, w), pixels that may be copied from; at least one.
        hole: bool (h, w), pixels to make up.
        texture: share of the known surround's fine texture that goes into the hole.

    Returns:
        float32 (h, w, 3); outside the hole the window's own colours.
    """
    rgb = window_rgb.astype(np.float32)
    known = known & ~hole
    if not known.any() or not hole.any():
        return rgb
    smooth = flow_in(rgb, known)
    if texture > 0:
        smooth += texture * _mirrored_texture(rgb, known)
    return np.where(hole[..., None], np.clip(smooth, 0, 255), rgb).astype(np.float32)


def flow_in(rgb: Floats, known: Mask) -> Floats:
    """Smooth colours everywhere that continue the known pixels, float32 like rgb."""
    weight = known.astype(np.float32)
    levels: list[tuple[Floats, Floats]] = [(rgb * weight[..., None], weight)]
    while min(levels[-1][1].shape) > 2:
        colours, weights = levels[-1]
        size_wh = (weights.shape[1] + 1) // 2, (weights.shape[0] + 1) // 2
        levels.append(
            (
                cv2.resize(colours, size_wh, interpolation=cv2.INTER_AREA),
                cv2.resize(weights, size_wh, interpolation=cv2.INTER_AREA),
            )
        )
    colours, weights = levels[-1]
    flowing = colours / np.maximum(weights, 1e-6)[..., None]
    if not (weights > 0).all():
        total = np.maximum(weights.sum(), 1e-6)
        flowing = np.where((weights > 0)[..., None], flowing, colours.sum(axis=(0, 1)) / total)
    for colours, weights in reversed(levels[:-1]):
        size_wh = weights.shape[1], weights.shape[0]
        above = cv2.resize(flowing, size_wh, interpolation=cv2.INTER_LINEAR)
        # Known enough counts for itself; the little that a pyramid cell knows counts for its share.
        share = np.minimum(weights, 1)[..., None]
        own = colours / np.maximum(weights, 1e-6)[..., None]
        flowing = above * (1 - share) + own * share
        flowing = np.where((weights < 1)[..., None], _eased(flowing, weights), flowing)
    return np.asarray(flowing, np.float32)


def _eased(flowing: Floats, weights: Floats) -> Floats:
    """Slightly smoothed, against the pyramid's blocks."""
    del weights
    return np.asarray(cv2.blur(flowing, (3, 3)), np.float32)


def _mirrored_texture(rgb: Floats, known: Mask) -> Floats:
    """Fine texture of the known pixels; in the hole, that of the place mirrored at the nearest known pixel."""
    height, width = known.shape
    weight = known.astype(np.float32)
    sigma = max(1.5, min(height, width) / 60)
    blurred = blur_wide(rgb * weight[..., None], sigma)
    norm = blur_wide(weight, sigma)
    fine = np.where(known[..., None], rgb - blurred / np.maximum(norm, 1e-4)[..., None], 0)
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    at_y, at_x = np.zeros(nearest.max() + 1, np.int64), np.zeros(nearest.max() + 1, np.int64)
    ys, xs = np.nonzero(known)
    at_y[nearest[ys, xs]], at_x[nearest[ys, xs]] = ys, xs
    edge_y, edge_x = at_y[nearest], at_x[nearest]
    y, x = np.mgrid[:height, :width]
    mirror_y, mirror_x = _bounced(2 * edge_y - y, height), _bounced(2 * edge_x - x, width)
    usable = known[mirror_y, mirror_x]
    mirror_y, mirror_x = np.where(usable, mirror_y, edge_y), np.where(usable, mirror_x, edge_x)
    textured: Floats = fine[mirror_y, mirror_x]
    # Far from anything known a mirrored texture would show its seams.
    far = cv2.GaussianBlur(usable.astype(np.float32), (0, 0), 2.0)
    return textured * far[..., None]


def _bounced(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    index = np.abs(index)
    return np.clip(np.where(index >= size, 2 * (size - 1) - index, index), 0, size - 1)


def soft_mask(mask: Mask, sigma_px: float) -> Floats:
    """The mask with soft edges, float32 in [0, 1], half at the old edge."""
    if sigma_px < 0.3:
        return mask.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma_px), np.float32)


def blur_wide(image: Floats, sigma_px: float) -> Floats:
    """A Gaussian blur of a float32 image (h, w) or (h, w, C); a wide one is done on a smaller picture."""
    factor = int(min(sigma_px / 2.5, min(image.shape[:2]) / 8))
    if factor < 2:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.float32)
    height, width = image.shape[:2]
    small_wh = -(-width // factor), -(-height // factor)
    small = cv2.resize(image, small_wh, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma_px / factor)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def matte(window_rgb: NDArray[np.uint8], mask: Mask, radius_px: int) -> Floats:
    """The mask's edge moved to where the picture has one: strands of hair, sleeves; float32 (h, w) in [0, 1].

    A guided filter (He, Sun and Tang 2010) with the green channel as guide.
    """
    guide = window_rgb[..., 1].astype(np.float32) / 255
    target = mask.astype(np.float32)
    if radius_px < 1 or min(mask.shape) < 3:
        return target
    size = (2 * radius_px + 1, 2 * radius_px + 1)
    mean_g, mean_t = cv2.blur(guide, size), cv2.blur(target, size)
    covariance = cv2.blur(guide * target, size) - mean_g * mean_t
    variance = cv2.blur(guide * guide, size) - mean_g * mean_g
    slope = covariance / (variance + 4e-4)
    shift = mean_t - slope * mean_g
    alpha = cv2.blur(slope, size) * guide + cv2.blur(shift, size)
    # A little contrast, so that what is sure stays sure.
    return np.asarray(np.clip((alpha - 0.08) / 0.84, 0, 1), np.float32)


def grown(mask: Mask, reach_px: float) -> Mask:
    """The mask and everything within reach."""
    return _morphed(mask, reach_px, cv2.MORPH_DILATE)


def shrunken(mask: Mask, reach_px: float) -> Mask:
    """The mask without what lies within reach of its edge."""
    return _morphed(mask, reach_px, cv2.MORPH_ERODE)


def _morphed(mask: Mask, reach_px: float, operation: int) -> Mask:
    reach = round(reach_px)
    if reach < 1:
        return mask
    if reach > _WIDE_PX:  # the distance to the mask costs the same however far it reaches
        is_dilated = operation == cv2.MORPH_DILATE
        away = cv2.distanceTransform((~mask if is_dilated else mask).astype(np.uint8), cv2.DIST_L2, 5)
        reached: Mask = away <= reach + 0.5 if is_dilated else away > reach + 0.5
        return reached
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    morphed: Mask = cv2.morphologyEx(mask.astype(np.uint8), operation, kernel) > 0
    return morphed

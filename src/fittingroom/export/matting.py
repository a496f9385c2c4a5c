"""Soft edges for cut-outs: how much of each pixel at a border belongs to the piece, and what colour that much has.

The coverage is a guided filter of the mask (He, Sun, Tang, PAMI 2013, "feathering"): around a border it follows strands
of hair as far as their colour differs from what is behind. The colour is cleaned of what is behind as in Forte's fast
estimation (2021): from local means of the piece and of its surround.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

COLOUR_NOISE = 1e-4  # variance of colour, of a range of 0 to 1, that is not taken for a difference
# Coverage that a filter makes of noise is none, and nearly all of it is all.
LEAST_COVERAGE, MOST_COVERAGE = 0.12, 0.88
# Share of the mask's variance in a window that its colours explain: not to be followed, to be followed altogether.
DOUBTED, TRUSTED = 0.3, 0.6


def soft_coverage(mask: NDArray[np.bool_], photo_rgb: NDArray[np.uint8], reach_px: int) -> NDArray[np.float32]:
    """How much of each pixel belongs to the piece, float32 (h, w) in [0, 1].

    Args:
        mask: bool (h, w), the piece.
        photo_rgb: uint8 (h, w, 3).
        reach_px: only pixels this near the mask's border are between 0 and 1.
    """
    belt = _belt(mask, reach_px)
    coverage = mask.astype(np.float32)
    if not belt.any():
        return coverage
    followed, explained = _guided(coverage, photo_rgb.astype(np.float32) / np.float32(255), reach_px)
    stretched = np.clip((followed - LEAST_COVERAGE) / (MOST_COVERAGE - LEAST_COVERAGE), 0, 1)
    # Black hair before black: colour says nothing, and the filter gives mist. There the mask is believed.
    trust = np.clip((explained - DOUBTED) / (TRUSTED - DOUBTED), 0, 1)
    smooth = cv2.blur(coverage, (3, 3), borderType=cv2.BORDER_REFLECT)
    return np.where(belt, trust * stretched + (1 - trust) * smooth, coverage)


def clean_colours(photo_rgb: NDArray[np.uint8], coverage: NDArray[np.float32], reach_px: int) -> NDArray[np.uint8]:
    """The piece's own colours, uint8 (h, w, 3): where a pixel shows it in part, without what shines through."""
    partly = (coverage > 0) & (coverage < 1)
    if not partly.any():
        return photo_rgb
    photo = photo_rgb.astype(np.float32)
    behind = 1 - coverage
    piece_mean = _mean_where(photo, coverage * coverage, reach_px)  # squared: sure pixels count for more
    behind_mean = _mean_where(photo, behind * behind, reach_px)
    part = coverage[..., None]
    own = piece_mean + part * (photo - part * piece_mean - (1 - part) * behind_mean)
    return np.where(partly[..., None], np.clip(own + 0.5, 0, 255).astype(np.uint8), photo_rgb)


def _belt(mask: NDArray[np.bool_], reach_px: int) -> NDArray[np.bool_]:
    """Pixels within reach of a border of the mask; the picture's own edge is none."""
    side = 2 * reach_px + 1
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    drawn = mask.astype(np.uint8)
    belt: NDArray[np.bool_] = cv2.dilate(drawn, window) != cv2.erode(drawn, window)
    return belt


def _guided(
    mask: NDArray[np.float32], colours: NDArray[np.float32], reach_px: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The linear function of colour that tells the mask in each window, applied at the window's pixels, (h, w).

    And the share of the mask's variance that it explains around each pixel, (h, w).
    """
    mean = _window(colours, reach_px)  # (h, w, 3)
    mask_mean = _window(mask, reach_px)
    together = _window(colours * mask[..., None], reach_px) - mean * mask_mean[..., None]
    products = np.stack([colours[..., i] * colours[..., j] for i, j in _PAIRS], -1)
    own = np.stack([mean[..., i] * mean[..., j] for i, j in _PAIRS], -1)
    slopes = _solved(_window(products[..., :3], reach_px), _window(products[..., 3:], reach_px), own, together)
    constant = mask_mean - (slopes * mean).sum(2)
    followed: NDArray[np.float32] = (_window(slopes, reach_px) * colours).sum(2) + _window(constant, reach_px)
    variance = mask_mean * (1 - mask_mean)  # of what is 0 or 1
    share = _window((slopes * together).sum(2), reach_px) / np.maximum(_window(variance, reach_px), 1e-6)
    explained: NDArray[np.float32] = share.astype(np.float32, copy=False)
    return followed, explained


_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def _solved(
    first: NDArray[np.float32], second: NDArray[np.float32], own: NDArray[np.float32], together: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Slopes (h, w, 3) from the windows' second moments of colour, by the inverse of a symmetric 3 x 3 matrix."""
    a, b, c, d, e, f = np.moveaxis(np.concatenate([first, second], 2) - own, 2, 0)
    a, d, f = a + np.float32(COLOUR_NOISE), d + np.float32(COLOUR_NOISE), f + np.float32(COLOUR_NOISE)
    x, y, z = np.moveaxis(together, 2, 0)
    minors = (d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b)
    determinant = a * minors[0] + b * minors[1] + c * minors[2]
    return np.stack(
        [
            (minors[0] * x + minors[1] * y + minors[2] * z) / determinant,
            (minors[1] * x + minors[3] * y + minors[4] * z) / determinant,
            (minors[2] * x + minors[4] * y + minors[5] * z) / determinant,
        ],
        2,
    )


def _window(values: NDArray[np.float32], reach_px: int) -> NDArray[np.float32]:
    side = 2 * reach_px + 1
    return np.asarray(cv2.boxFilter(values, -1, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _mean_where(photo: NDArray[np.float32], weight: NDArray[np.float32], reach_px: int) -> NDArray[np.float32]:
    """Local mean colours (h, w, 3) by weight (h, w); the photo's own colour where there is none near."""
    total = _window(weight, 2 * reach_px)[..., None]
    mean = _window(photo * weight[..., None], 2 * reach_px) / np.maximum(total, 1e-6)
    return np.where(total > 1e-4, mean, photo)

"""Part-aware restyling: oil paint, neon or sketch on chosen parts of chosen people, everything else untouched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import ConfigError
from fittingroom.results import ParseResult
from fittingroom.tryon.filling import soft_mask
from fittingroom.tryon.patches import MIN_ALPHA, Floats

Picture = NDArray[np.uint8]


Stylist: TypeAlias = Callable[[Picture, NDArray[np.bool_]], Picture]
"""Window of a photo uint8 (h, w, 3) and mask (h, w) to the window in another style, of the same size; only what the
mask shows is used. The seam at which a generative network can be plugged in."""


def restyle(
    photo_rgb: Picture,
    result: ParseResult,
    style: str | Stylist,
    *,
    labels: Iterable[str] | None = None,
    person_id: int | None = None,
) -> Picture:
    """Restyle chosen parts; every pixel outside of them (and a soft edge of 2 pixels within them) stays as it is.

    Args:
        photo_rgb: the photo that was parsed, uint8 (H, W, 3); it is not changed.
        result: what parsing it gave.
        style: "oil", "neon", "sketch", or a function of your own.
        labels: classes of the result's label set; None: the whole person; ["background"]: everything but people.
        person_id: whose; None: everybody's.

    Raises:
        ShapeError: the result was not made from a photo of this size.
        ConfigError: there is no such style.
        LabelError: there is no such class.
    """
    result.check_photo(photo_rgb)
    if isinstance(style, str):
        if style not in STYLES:
            raise ConfigError(f"there is no style {style!r}; known are {', '.join(STYLES)}")
        stylist: Stylist = STYLES[style]
    else:
        stylist = style
    mask = _chosen(result, labels, person_id)
    if not mask.any():
        return photo_rgb.copy()
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    margin = 16
    window = (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )
    styled = stylist(photo_rgb[window], mask[window])
    alpha = np.clip(2 * soft_mask(mask[window], 1.0) - 1, 0, 1)[..., None]
    mixed = photo_rgb[window] * (1 - alpha) + styled * alpha
    out = photo_rgb.copy()
    touched = (alpha[..., 0] >= MIN_ALPHA) & mask[window]
    out[window][touched] = np.clip(np.rint(mixed[touched]), 0, 255).astype(np.uint8)
    return out


def _chosen(result: ParseResult, labels: Iterable[str] | None, person_id: int | None) -> NDArray[np.bool_]:
    if labels is None:
        mask = result.label_map > 0
    else:
        mask = np.zeros(result.size_hw, bool)
        for label in labels:
            mask |= result.mask(label)
    chosen: NDArray[np.bool_] = mask & (result.person_map == person_id) if person_id is not None else mask
    return chosen


def oil(window_rgb: Picture, mask: NDArray[np.bool_]) -> Picture:
    """Brush strokes: every pixel takes the mean of the calmest of four squares beside it (Kuwahara), twice."""
    del mask
    radius = max(2, round(min(window_rgb.shape[:2]) / 110))
    image = window_rgb.astype(np.float32)
    for reach in (radius, max(2, radius // 2)):
        image = _kuwahara(image, reach)
    # Paint is a little richer than a photo, and its strokes stand out.
    gray = image.mean(axis=2, keepdims=True)
    image = gray + (image - gray) * 1.25
    relief = cv2.filter2D(image.mean(axis=2), -1, np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float32))
    return np.asarray(np.clip(image + 0.25 * relief[..., None], 0, 255), np.uint8)


def _kuwahara(image: Floats, reach: int) -> Floats:
    size = (reach + 1, reach + 1)
    mean = cv2.blur(image, size)
    variance = (cv2.blur(image * image, size) - mean * mean).sum(axis=2)
    half = reach // 2 + 1
    best, least = mean, np.full(variance.shape, np.inf, np.float32)
    for dy in (-half, half):
        for dx in (-half, half):
            move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            size_wh = image.shape[1], image.shape[0]
            shifted = cv2.warpAffine(mean, move, size_wh, borderMode=cv2.BORDER_REPLICATE)
            calm = cv2.warpAffine(variance, move, size_wh, borderMode=cv2.BORDER_REPLICATE)
            better = calm < least
            best = np.where(better[..., None], shifted, best)
            least = np.where(better, calm, least)
    return best.astype(np.float32)


def neon(window_rgb: Picture, mask: NDArray[np.bool_]) -> Picture:
    """Glowing contours in the part's own hue on a dark ground; the part's outline glows brightest."""
    smooth = cv2.bilateralFilter(window_rgb, 7, 40, 5).astype(np.float32)
    gray = smooth @ np.array([0.299, 0.587, 0.114], np.float32)
    edges = np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1))
    scale = float(np.quantile(edges[mask], 0.97)) if mask.any() else 1.0
    lines = np.clip(edges / max(scale, 8.0), 0, 1) ** 1.3
    outline = cv2.morphologyEx(mask.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    lines = np.maximum(lines, outline)
    unit = max(1.5, min(window_rgb.shape[:2]) / 160)
    glow = lines + 1.3 * cv2.GaussianBlur(lines, (0, 0), unit) + 1.8 * cv2.GaussianBlur(lines, (0, 0), 4 * unit)
    hue = cv2.cvtColor(cv2.GaussianBlur(window_rgb, (0, 0), 3 * unit), cv2.COLOR_RGB2HSV)
    hue[..., 1], hue[..., 2] = np.maximum(hue[..., 1], 190), 255
    tint = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB).astype(np.float32)
    lit = smooth * 0.10 + tint * np.minimum(glow, 1.6)[..., None] * 0.75
    lit += 255 * np.clip(lines - 0.75, 0, 1)[..., None] * 0.9
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def sketch(window_rgb: Picture, mask: NDArray[np.bool_]) -> Picture:
    """Pencil on paper: tones by dodging against a blur, hatching in the shadows, paper grain."""
    del mask
    gray = window_rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    sigma = max(1.5, min(gray.shape) / 90)
    blurred = cv2.GaussianBlur(gray, (0, 0), sigma)
    lines = np.clip(gray / np.maximum(blurred, 1) * 255, 0, 255) ** 1.6 / 255**0.6
    y, x = np.mgrid[: gray.shape[0], : gray.shape[1]].astype(np.float32)
    hatch = 0.5 + 0.5 * np.sin((x + y) * (2 * np.pi / max(4.0, sigma * 2.2)))
    shadow = np.clip((120 - blurred) / 120, 0, 1)
    paper = lines * (1 - 0.55 * shadow * hatch) * (1 - 0.18 * shadow)
    rng = np.random.default_rng(7)
    paper = paper + rng.normal(0, 3.0, gray.shape)
    tone = np.stack([paper, paper * 0.985, paper * 0.955], axis=2)
    return np.asarray(np.clip(tone, 0, 255), np.uint8)


STYLES: Mapping[str, Stylist] = {"oil": oil, "neon": neon, "sketch": sketch}

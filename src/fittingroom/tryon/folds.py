"""The folds and shadows of the cloth that a photo shows, to be laid over other cloth."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.tryon.filling import Mask, flow_in, shrunken
from fittingroom.tryon.light import to_linear
from fittingroom.tryon.patches import Floats

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def fold_shade(window_rgb: np.ndarray, cloth: Mask, unit_px: float) -> Floats:
    """Factor of light (h, w) that folds put on the cloth, 1 where it is flat or unknown.

    Broad changes (a dark garment, light from the side) and fine ones (weave, print) are left out. A print of middle
    size looks like folds to anybody who sees luminance alone: cloth of many colours is believed less.

    Args:
        window_rgb: uint8 (h, w, 3).
        cloth: bool (h, w), where the old garment is seen.
        unit_px: distance between the shoulder joints.
    """
    inner = shrunken(cloth, 1)
    if inner.sum() < 100:
        return np.ones(cloth.shape, np.float32)
    step = max(1, int(unit_px / 90))
    small_size = max(1, cloth.shape[1] // step), max(1, cloth.shape[0] // step)
    rgb = cv2.resize(window_rgb, small_size, interpolation=cv2.INTER_AREA).astype(np.float32)
    known = cv2.resize(inner.astype(np.uint8), small_size, interpolation=cv2.INTER_NEAREST) > 0
    if known.sum() < 50:
        return np.ones(cloth.shape, np.float32)
    log = np.log(to_linear(rgb) @ _LUMA + 0.012)
    whole = flow_in(np.repeat(log[..., None], 3, axis=2), known)[..., 0]
    unit = unit_px / step
    detail = cv2.GaussianBlur(whole, (0, 0), max(0.6, 0.018 * unit))
    broad = cv2.GaussianBlur(whole, (0, 0), max(1.5, 0.22 * unit))
    trust = _plainness(rgb, known)
    shade = np.exp(np.clip((detail - broad) * 0.8, -0.42, 0.14) * trust)
    shade = np.where(known, shade, 1).astype(np.float32)
    shade = cv2.GaussianBlur(shade, (0, 0), max(0.5, 0.008 * unit))
    return np.asarray(cv2.resize(shade, (cloth.shape[1], cloth.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _plainness(rgb: Floats, known: Mask) -> float:
    """1 for cloth of one colour, towards 0.25 the more its hue changes."""
    pixels = rgb[known]
    total = pixels.sum(axis=1, keepdims=True) + 12
    chroma = pixels / total
    spread = float(np.sqrt(chroma.var(axis=0).sum()))
    contrast = float(np.std(np.log(pixels.mean(axis=1) + 10)))
    return float(np.clip(1.25 - 9 * max(spread - 0.012, 0) - 0.9 * max(contrast - 0.28, 0), 0.25, 1.0))

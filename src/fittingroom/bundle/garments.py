"""Garment photos: on white, 768 x 1024, with a mask from transparency, from a mask file, or from a plain background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from fittingroom.bundle.programs import SIZE_HW
from fittingroom.errors import PhotoError, PhotoFormatError
from fittingroom.imaging.reading import read_photo

Mask = npt.NDArray[np.bool_]
MaskSource = Literal["transparency", "file", "plain background"]

_MARGIN = 0.06
# A background counts as plain when nine tenths of the border lie within this distance of its colour (CIELAB).
_PLAIN_DISTANCE = 12.0
_PLAIN_SHARE = 0.9


@dataclass(frozen=True, eq=False)
class Garment:
    """A garment ready for a bundle.

    picture_rgb: uint8 (1024, 768, 3) on white. mask: bool (1024, 768). mask_source: where it comes from.
    """

    picture_rgb: npt.NDArray[np.uint8]
    mask: Mask
    mask_source: MaskSource


def read_garment(path: Path, *, mask_path: Path | None = None) -> Garment:
    """Read a garment's photo and find its mask.

    Args:
        path: the photo; what is transparent is no garment.
        mask_path: a gray picture of the photo's size, from 128 on is garment; goes before all else.

    Raises:
        PhotoError: the photo cannot be read, its background is not plain, or nothing or everything is garment.
    """
    pixels_rgb = read_photo(path).pixels_rgb
    mask, source = _mask(path, pixels_rgb, mask_path)
    share = float(mask.mean())
    if not 0.005 <= share <= 0.995:
        raise PhotoFormatError(
            f"{path}: {share:.1%} of the picture is garment ({source}); expected a garment before a plain background, "
            "or a mask whose white is the garment"
        )
    return _framed(pixels_rgb, mask, source)


def _mask(path: Path, pixels_rgb: npt.NDArray[np.uint8], mask_path: Path | None) -> tuple[Mask, MaskSource]:
    size_hw = pixels_rgb.shape[:2]
    if mask_path is not None:
        gray = read_photo(mask_path).pixels_rgb.max(axis=2)
        if gray.shape != size_hw:
            raise PhotoFormatError(
                f"{mask_path} is {gray.shape}, its garment {size_hw} (height, width); both must agree"
            )
        return gray >= 128, "file"
    alpha = _alpha(path)
    if alpha is not None and alpha.shape == size_hw and alpha.min() < 128 <= alpha.max():
        return alpha >= 128, "transparency"
    return plain_background_mask(pixels_rgb, subject=str(path)), "plain background"


def plain_background_mask(pixels_rgb: npt.NDArray[np.uint8], *, subject: str = "garment photo") -> Mask:
    """What differs from the colour of the border, holes of the same colour left out, bool (H, W).

    Raises:
        PhotoError: the border does not have one colour.
    """
    lab = cv2.cvtColor(pixels_rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    rim = max(1, round(0.01 * max(lab.shape[:2])))
    border = np.concatenate([
        lab[:rim].reshape(-1, 3), lab[-rim:].reshape(-1, 3), lab[:, :rim].reshape(-1, 3), lab[:, -rim:].reshape(-1, 3)
    ])  # fmt: skip
    colour = np.median(border, axis=0)
    if (np.linalg.norm(border - colour, axis=1) <= _PLAIN_DISTANCE).mean() < _PLAIN_SHARE:
        raise PhotoFormatError(
            f"{subject}: the background is not plain, so the garment cannot be told from it; give a PNG with a "
            "transparent background, or its mask in --garment-masks"
        )
    distance = cv2.GaussianBlur(np.linalg.norm(lab - colour, axis=2), (0, 0), 1.0)
    is_like_background = (distance <= 0.6 * _PLAIN_DISTANCE).astype(np.uint8)
    # Background is what hangs together with the border: a white print on a white ground stays garment, unless it
    # reaches the outline.
    walled = np.pad(is_like_background, 1, constant_values=1)
    outside = np.zeros((walled.shape[0] + 2, walled.shape[1] + 2), np.uint8)
    cv2.floodFill(walled, outside, (0, 0), 2)
    mask = (walled[1:-1, 1:-1] != 2).astype(np.uint8)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count > 1:
        is_large = stats[:, cv2.CC_STAT_AREA] >= 0.02 * stats[1:, cv2.CC_STAT_AREA].max()
        is_large[0] = False
        mask = is_large[pieces].astype(np.uint8)
    return np.asarray(mask, np.bool_)


def _alpha(path: Path) -> npt.NDArray[np.uint8] | None:
    try:
        with Image.open(path) as image:
            if not image.has_transparency_data:
                return None
            return np.asarray(ImageOps.exif_transpose(image).convert("RGBA").getchannel("A"))
    except OSError as error:
        raise PhotoError(f"{path} cannot be read: {error}") from error


def _framed(pixels_rgb: npt.NDArray[np.uint8], mask: Mask, source: MaskSource) -> Garment:
    """On white, the garment in the middle with a margin; the photo's own background goes."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    height, width = SIZE_HW
    scale = (1 - 2 * _MARGIN) * min(width / (x1 - x0), height / (y1 - y0))
    wide, high = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    crop, crop_mask = pixels_rgb[y0:y1, x0:x1], mask[y0:y1, x0:x1]
    on_white = np.where(crop_mask[..., None], crop, np.uint8(255))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    top, left = (height - high) // 2, (width - wide) // 2
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[top : top + high, left : left + wide] = cv2.resize(on_white, (wide, high), interpolation=interpolation)
    placed = np.zeros((height, width), bool)
    scaled = cv2.resize(crop_mask.astype(np.uint8) * 255, (wide, high), interpolation=cv2.INTER_LINEAR)
    placed[top : top + high, left : left + wide] = scaled >= 128
    return Garment(picture, placed, source)

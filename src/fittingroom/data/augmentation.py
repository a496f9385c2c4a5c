"""Random views of a labelled photo: where the camera looks, and what it does to colours and sharpness."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fittingroom.data.landmarks import swap_left_right
from fittingroom.data.photos import LabelledPhoto
from fittingroom.labels import IGNORE_ID, swap_classes
from fittingroom.labels.details import DETAIL_FLIP_PAIRS

Matrix = NDArray[np.float64]  # (2, 3): a point of the source to a point of the view
GRAY_RGB = (127, 127, 127)


def view_matrix(
    focus_xy: tuple[float, float], view_hw: tuple[int, int], *, scale: float, angle_deg: float, mirrored: bool
) -> Matrix:
    """The similarity that brings `focus_xy` of a photo to the middle of the view."""
    cosine, sine = scale * np.cos(np.radians(angle_deg)), scale * np.sin(np.radians(angle_deg))
    linear = np.array([[cosine, -sine], [sine, cosine]])
    if mirrored:
        linear = linear @ np.diag([-1.0, 1.0])
    middle = np.array([view_hw[1] / 2, view_hw[0] / 2])
    return np.hstack([linear, (middle - linear @ np.array(focus_xy))[:, None]])


def warp_photo(
    photo: LabelledPhoto,
    matrix: Matrix,
    view_hw: tuple[int, int],
    flip_pairs: tuple[tuple[int, int], ...],
    *,
    outside_rgb: tuple[int, int, int] = GRAY_RGB,
) -> LabelledPhoto:
    """The photo seen through `matrix`; outside it pixels are of one colour and labels are ignored.

    A mirroring matrix swaps the classes of `flip_pairs`: left stays the person's left.
    """
    height, width = view_hw
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    pixels, pixel_matrix = photo.pixels_rgb, matrix
    while scale < 0.6:  # halve first: linear sampling of a much larger picture would flicker
        pixels = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        # pixel i of the half picture lies at 2 i + 1/2 of the whole
        pixel_matrix = np.hstack(
            [pixel_matrix[:, :2] * 2, pixel_matrix[:, 2:] + pixel_matrix[:, :2].sum(1, keepdims=True) / 2]
        )
        scale *= 2
    size_wh = (width, height)
    border = cv2.BORDER_CONSTANT
    warped = cv2.warpAffine(
        pixels, pixel_matrix, size_wh, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=outside_rgb
    )
    nearest = cv2.INTER_NEAREST
    labels = cv2.warpAffine(photo.labels, matrix, size_wh, flags=nearest, borderMode=border, borderValue=(IGNORE_ID,))
    # outside the photo there is nobody: ids must be filled with 0 where labels are filled with 255
    ids = cv2.warpAffine(photo.person_ids, matrix, size_wh, flags=nearest, borderMode=border, borderValue=(0,))
    carried = None
    if photo.carried is not None:
        carried = cv2.warpAffine(photo.carried.astype(np.uint8), matrix, size_wh, flags=nearest) > 0
    details = None
    if photo.details is not None:
        details = np.asarray(
            cv2.warpAffine(photo.details, matrix, size_wh, flags=nearest, borderMode=border, borderValue=(IGNORE_ID,)),
            np.uint8,
        )
    points = photo.body_points.copy()
    points[..., :2] = points[..., :2] @ matrix[:, :2].T + matrix[:, 2]
    if np.linalg.det(matrix[:, :2]) < 0:
        labels = swap_classes(np.asarray(labels, np.uint8), flip_pairs)
        points = swap_left_right(points)
        if details is not None:
            details = swap_classes(details, DETAIL_FLIP_PAIRS)
    return LabelledPhoto(
        np.asarray(warped, np.uint8), np.asarray(labels, np.uint8), np.asarray(ids, np.uint8), carried, details, points
    )


def outside_of(photo_hw: tuple[int, ...], matrix: Matrix, view_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """bool (H, W): the pixels of a view that lie outside the photo."""
    inside = cv2.warpAffine(np.ones(photo_hw, np.uint8), matrix, (view_hw[1], view_hw[0]), flags=cv2.INTER_NEAREST)
    beyond: NDArray[np.bool_] = np.asarray(inside) == 0
    return beyond


def random_angle_deg(rng: Generator) -> float:
    """Mostly nearly upright, sometimes lying, sometimes any way up."""
    draw = rng.random()
    if draw < 0.5:
        return 0.0
    if draw < 0.86:
        return float(rng.normal(0, 9))
    if draw < 0.93:
        return float(rng.normal(0, 45))
    return float(rng.uniform(-180, 180))


def box_of(mask: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """(x, y, width, height) of the True pixels, None if there are none."""
    box = cv2.boundingRect(mask.astype(np.uint8))
    return None if box[2] == 0 else (int(box[0]), int(box[1]), int(box[2]), int(box[3]))


def random_view(
    photo: LabelledPhoto, view_hw: tuple[int, int], rng: Generator, *, head_classes: frozenset[int]
) -> Matrix:
    """A view of one of the people: whole, upper half, face close-up, any piece, or the whole photo."""
    height, width = photo.labels.shape
    ids = np.unique(photo.person_ids)
    ids = ids[ids > 0]
    region: tuple[float, float, float, float] = (0, 0, width, height)
    kind = rng.random()
    if len(ids):
        person = photo.person_ids == rng.choice(ids)
        box = box_of(person)
        head = box_of(person & np.isin(photo.labels, list(head_classes)))
        if box is not None and kind < 0.76:
            x, y, w, h = map(float, box)
            region = (x, y, w, h)
            if 0.34 <= kind < 0.50:  # upper half
                region = (x, y, w, h * rng.uniform(0.35, 0.6))
            elif kind >= 0.68:  # any piece
                piece = rng.uniform(0.25, 0.6)
                region = (x, y + h * rng.uniform(0, 1 - piece), w, h * piece)
            elif kind >= 0.50 and head is not None:  # close-up
                x, y, w, h = map(float, head)
                side = max(w, h) * rng.uniform(1.3, 3.0)
                region = (x + w / 2 - side / 2, y + h / 2 - side * rng.uniform(0.3, 0.5), side, side)
    x, y, w, h = region
    scale = min(view_hw[1] / max(w, 1), view_hw[0] / max(h, 1)) * float(np.exp(rng.normal(-0.05, 0.22)))
    covers = min(view_hw[1] / width, view_hw[0] / height)  # at this scale the whole photo just fits
    scale = float(np.clip(scale, 0.9 * covers, 4.0))
    focus = (x + w * rng.uniform(0.35, 0.65), y + h * rng.uniform(0.35, 0.65))
    return view_matrix(focus, view_hw, scale=scale, angle_deg=random_angle_deg(rng), mirrored=rng.random() < 0.5)


def random_camera(pixels_rgb: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Light, colour, blur, noise, low resolution and JPEG, each sometimes."""
    image = pixels_rgb.astype(np.float32) / 255
    if rng.random() < 0.8:
        image = image ** np.float32(np.exp(rng.normal(0, 0.25)))  # gamma
        image *= np.float32(np.exp(rng.normal(0, 0.15)))
        image *= np.exp(rng.normal(0, 0.06, 3)).astype(np.float32)  # white balance
        mean = np.float32(image.mean())
        image = (image - mean) * np.float32(np.exp(rng.normal(0, 0.15))) + mean
        gray = image @ np.array([0.299, 0.587, 0.114], np.float32)
        image = gray[..., None] + (image - gray[..., None]) * np.float32(np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.06:
        image = np.repeat((image @ np.array([0.299, 0.587, 0.114], np.float32))[..., None], 3, 2)
    if rng.random() < 0.12:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.8))), np.float32)
    if rng.random() < 0.12:
        height, width = image.shape[:2]
        shrink = rng.uniform(0.35, 0.8)
        small = cv2.resize(
            image, (max(1, int(width * shrink)), max(1, int(height * shrink))), interpolation=cv2.INTER_AREA
        )
        image = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    if rng.random() < 0.2:
        noise = rng.standard_normal(image.shape, dtype=np.float32)
        image = image + noise * np.float32(rng.uniform(0.005, 0.06))
    encoded = np.clip(image * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))]
        _, buffer = cv2.imencode(".jpg", encoded, quality)
        encoded = np.asarray(cv2.imdecode(buffer, cv2.IMREAD_COLOR), np.uint8)  # channel order passes through unchanged
    return encoded

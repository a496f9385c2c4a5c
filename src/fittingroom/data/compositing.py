"""Pictures of several people made from cut-out ones: other places, other company, real overlap, exact person ids.

Dwibedi et al., "Cut, Paste and Learn", ICCV 2017, showed that pasted pictures train well when the pasting itself
cannot be seen; hence soft edges, a light of the place, and occluders that are not people.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fittingroom.data.augmentation import box_of, random_angle_deg, view_matrix, warp_photo
from fittingroom.data.photos import LabelledPhoto, no_points
from fittingroom.labels import IGNORE_ID


@dataclass(frozen=True)
class CompositeRule:
    """How composites are laid out; the defaults are the bundled recipe's."""

    people: tuple[int, ...] = (0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6)
    min_height: float = 0.28  # of the picture's height, before each person's own factor
    max_height: float = 1.9
    occluder_chance: float = 0.15
    min_visible_px: int = 40


def cut_out(photo: LabelledPhoto, person_id: int) -> LabelledPhoto | None:
    """One person of a photo, cropped to the person's box, everything else marked as not part of it (id 0).

    Ignored pixels inside the person's outline and carried things are taken along. None if there is no such person.
    """
    person = photo.person_ids == person_id
    if not person.any():
        return None
    outline = cv2.morphologyEx(person.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) > 0
    others = (photo.person_ids > 0) & ~person
    taken = person | (outline & (photo.labels == IGNORE_ID) & ~others)
    if photo.carried is not None:
        taken |= photo.carried & ~others
    box = box_of(taken)
    assert box is not None
    x, y, w, h = box
    inside = np.s_[y : y + h, x : x + w]
    points = no_points(1)
    if person_id <= len(photo.body_points):
        points = photo.body_points[person_id - 1 : person_id] - np.array([x, y, 0], np.float32)
    return LabelledPhoto(
        np.ascontiguousarray(photo.pixels_rgb[inside]),
        np.where(taken, photo.labels, 0)[inside].astype(np.uint8),
        taken[inside].astype(np.uint8),
        details=None if photo.details is None else np.ascontiguousarray(photo.details[inside]),
        body_points=points,
    )


def paste(
    canvas: LabelledPhoto, figure: LabelledPhoto, *, person_id: int, light: float, edge_px: float
) -> LabelledPhoto:
    """`figure` (of the canvas's size, ids 0 or 1) in front of the canvas.

    light: 0 keeps the figure's brightness, 1 gives it the brightness of the place behind it.
    edge_px: blur of the seam.
    """
    mask = figure.person_ids > 0
    if not mask.any():
        return canvas
    x, y, w, h = box_of(mask) or (0, 0, 0, 0)
    margin = 4
    inside = np.s_[max(0, y - margin) : y + h + margin, max(0, x - margin) : x + w + margin]
    solid = mask[inside].astype(np.float32)
    # erode before blurring, or a rim of the old background is pasted along
    shrunk = cv2.erode(solid, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    alpha = np.asarray(cv2.GaussianBlur(shrunk, (0, 0), edge_px), np.float32)[..., None]
    front = figure.pixels_rgb[inside].astype(np.float32)
    behind = canvas.pixels_rgb[inside].astype(np.float32)
    weights = solid[..., None]
    front_mean, behind_mean = (front * weights).sum() / weights.sum() / 3, behind.mean()
    front = front * ((1 - light) + light * np.clip(behind_mean / max(front_mean, 1), 0.5, 1.6))
    pixels, labels, ids = canvas.pixels_rgb.copy(), canvas.labels.copy(), canvas.person_ids.copy()
    pixels[inside] = np.clip(alpha * front + (1 - alpha) * behind, 0, 255).astype(np.uint8)
    labels[mask] = figure.labels[mask]
    # carried things (class 0) and ignored pixels hide who is behind them, and belong to nobody
    ids[mask] = np.where((figure.labels[mask] > 0) & (figure.labels[mask] < IGNORE_ID), person_id, 0)
    details = known_details(canvas).copy()
    details[mask] = known_details(figure)[mask]
    points = np.concatenate([canvas.body_points, no_points(person_id)])[:person_id]
    if len(figure.body_points):
        points[person_id - 1] = figure.body_points[0]
    return LabelledPhoto(pixels, labels, ids, details=details, body_points=points)


def known_details(photo: LabelledPhoto) -> NDArray[np.uint8]:
    """Its details; where nothing is known of them, none on the background and 255 on people."""
    if photo.details is not None:
        return photo.details
    return np.where(photo.labels > 0, IGNORE_ID, 0).astype(np.uint8)


def compose(
    place: LabelledPhoto,
    figures: list[LabelledPhoto],
    rng: Generator,
    *,
    flip_pairs: tuple[tuple[int, int], ...],
    rule: CompositeRule,
) -> LabelledPhoto:
    """`place` (of the final size; it may already show people) with `figures` from :func:`cut_out` in front of it."""
    view_hw = place.labels.shape
    height, width = view_hw
    first_id = int(place.person_ids.max()) + 1
    common = height * float(np.exp(rng.uniform(np.log(rule.min_height), np.log(rule.max_height))))
    ground = rng.uniform(0.75, 1.05) * height + max(0.0, common - height) * rng.uniform(0.2, 1.0)
    heights = common * np.exp(rng.normal(0, 0.16, len(figures)))
    order = np.argsort(heights) if rng.random() < 0.8 else rng.permutation(len(figures))  # the far ones first
    canvas = place
    for step, index in enumerate(order):
        figure, tall = figures[index], heights[index]
        scale = float(np.clip(tall / figure.labels.shape[0], 0.06, 4.0))
        angle = random_angle_deg(rng)
        feet = ground + rng.normal(0, 0.06) * height
        if figure.person_ids[-1].mean() > 0.35:  # cut off by its photo's lower edge: so it must be here
            feet = max(feet, height * rng.uniform(1.0, 1.25))
        middle = np.array([width * rng.uniform(-0.02, 1.02), feet - tall / 2])
        matrix = view_matrix(
            (figure.labels.shape[1] / 2, figure.labels.shape[0] / 2), view_hw,
            scale=scale, angle_deg=angle, mirrored=rng.random() < 0.5,
        )  # fmt: skip
        matrix[:, 2] += middle - np.array([width / 2, height / 2])
        placed = warp_photo(figure, matrix, view_hw, flip_pairs)
        canvas = paste(
            canvas,
            placed,
            person_id=first_id + step,
            light=float(rng.uniform(0, 0.6)),
            edge_px=float(rng.uniform(0.5, 1.3)),
        )
    return without_slivers(canvas, min_visible_px=rule.min_visible_px)


def without_slivers(canvas: LabelledPhoto, *, min_visible_px: int) -> LabelledPhoto:
    """People of whom hardly anything is left to see become ignored pixels; the others get ids from 1 without gaps."""
    areas = np.bincount(canvas.person_ids.ravel(), minlength=2)
    table = np.zeros(len(areas), np.uint8)
    kept = [person for person in range(1, len(areas)) if areas[person] >= min_visible_px]
    table[kept] = np.arange(1, len(kept) + 1)
    ids = table[canvas.person_ids]
    labels = canvas.labels.copy()
    dropped = (canvas.person_ids > 0) & (ids == 0)
    labels[dropped] = IGNORE_ID
    details = known_details(canvas).copy()
    details[dropped] = IGNORE_ID
    points = np.concatenate([canvas.body_points, no_points(len(areas))])[np.array(kept, np.intp) - 1]
    return LabelledPhoto(canvas.pixels_rgb, labels, ids, details=details, body_points=points)


def plain_wall(view_hw: tuple[int, int], rng: Generator) -> NDArray[np.uint8]:
    """A place without anything in it, uint8 (H, W, 3): one colour, or a slow change between two or three."""
    stops = rng.integers(0, 256, (int(rng.integers(1, 4)), int(rng.integers(1, 3)), 3)).astype(np.float32)
    if rng.random() < 0.5:  # studio walls are gray
        stops = stops.mean(2, keepdims=True).repeat(3, 2)
    wall = cv2.resize(stops, (view_hw[1], view_hw[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wall, np.float32).reshape(*view_hw, 3).round().astype(np.uint8)


def hide_behind(canvas: LabelledPhoto, texture_rgb: NDArray[np.uint8], rng: Generator) -> LabelledPhoto:
    """A piece of a place without people in front of the picture: a table edge, a rail, a pillar."""
    height, width = canvas.labels.shape
    shape = np.zeros((height, width), np.uint8)
    if rng.random() < 0.5:  # a table: the picture below a slightly tilted line
        left, right = height * rng.uniform(0.6, 0.95), height * rng.uniform(0.6, 0.95)
        corners = np.array([[0, left], [width, right], [width, height], [0, height]])
    else:
        centre = np.array([width, height]) * rng.uniform(0.1, 0.9, 2)
        reach = np.array([width * rng.uniform(0.05, 0.2), height * rng.uniform(0.05, 0.3)])
        turn = np.sort(rng.uniform(0, 2 * np.pi, 6))
        corners = centre + reach * np.stack([np.cos(turn), np.sin(turn)], 1)
    cv2.fillPoly(shape, [corners.astype(np.int32)], 1)
    texture = cv2.resize(texture_rgb, (width, height), interpolation=cv2.INTER_AREA)
    mask = shape > 0
    return LabelledPhoto(
        np.where(mask[..., None], texture, canvas.pixels_rgb).astype(np.uint8),
        np.where(mask, 0, canvas.labels).astype(np.uint8),
        np.where(mask, 0, canvas.person_ids).astype(np.uint8),
        details=np.where(mask, 0, known_details(canvas)).astype(np.uint8),
        body_points=canvas.body_points,
    )

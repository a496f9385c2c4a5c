"""Skin where cloth was: in the colour of the skin that is seen, shaded as the limb or neck is round."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import FACE, LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, TORSO_SKIN, Head
from fittingroom.tryon.body import Limb
from fittingroom.tryon.filling import Mask, flow_in, shrunken, soft_mask
from fittingroom.tryon.light import grain_like
from fittingroom.tryon.patches import Floats
from fittingroom.tryon.placing import pixel_grid
from fittingroom.tryon.scene import Wearer

# What the skin of a forehead is not to be copied from, the background included.
ALL_BUT_FACE = tuple(label for label in range(20) if label != FACE)
_NEUTRAL_SKIN = np.array([196, 152, 128], np.float32)


def skin_colour(wearer: Wearer, *classes: int) -> Floats:
    """Mean of the face's sRGB colour (3,) and that of the classes; the face's alone where they show no skin."""
    face = _median_colour(wearer, FACE)
    for group in (classes, (TORSO_SKIN,), (LEFT_ARM, RIGHT_ARM)):
        colour = _median_colour(wearer, *group)
        if colour is not None and face is None:
            return colour
        if colour is not None and face is not None and _is_like(colour, face):
            # Of a hand or a neck in shadow little is seen; the face says what hue they have.
            return np.asarray((colour + face) / 2, np.float32)
    return _NEUTRAL_SKIN if face is None else face


def _median_colour(wearer: Wearer, *classes: int) -> Floats | None:
    x0, y0, x1, y1 = wearer.box_xyxy
    mask = shrunken(wearer.has(wearer.box_xyxy, *classes), 1)
    if mask.sum() < 40:
        return None
    pixels = wearer.scene.original_rgb[y0:y1, x0:x1][mask].astype(np.float32)
    bright = pixels[:, 1] >= np.quantile(pixels[:, 1], 0.25)
    colour: Floats = np.median(pixels[bright], axis=0).astype(np.float32)
    return colour


def _is_like(colours: Floats, skin: Floats) -> np.ndarray:
    """Whether colours (..., 3) may be skin of somebody whose face has this colour: masks hold some cloth, too."""
    # Plane by plane: reductions along an axis of three are slow.
    red, green, blue = (np.log((colours[..., c] + 6) / (skin[c] + 6)) for c in range(3))
    level = (red + green + blue) / 3
    hue = np.maximum(np.maximum(np.abs(red - level), np.abs(green - level)), np.abs(blue - level))
    return np.asarray((hue < 0.14) & (level > -0.3) & (level < 0.4))


def paint_limb_skin(wearer: Wearer, box: BoxXyxy, where: Mask, limb: Limb, class_id: int) -> None:
    """Turn the pixels into skin of an arm or a leg, darker towards its edges, lit from the photo's side."""
    if not where.any():
        return
    box, (where,) = _closer(box, where)
    grid = pixel_grid(*box)
    share, away = limb.coordinates(grid)
    del share
    direction = limb.line[-1] - limb.line[0]
    direction = direction / max(float(np.linalg.norm(direction)), 1e-3)
    normal = np.array([direction[1], -direction[0]], np.float32)
    side = np.sign((grid - limb.line[0]) @ normal)
    u = np.clip(away, 0, 0.95) * side
    normals = np.concatenate([u[..., None] * normal, np.sqrt(1 - u * u)[..., None]], axis=-1).astype(np.float32)
    light = wearer.light
    shade = (1 + 0.5 * (light.shade(normals) - 1)) * (1 - 0.22 * np.abs(u) ** 3)
    flat = _continued(wearer, box, where, class_id, 0.6)
    _paint(wearer, box, where, flat, shade.astype(np.float32), class_id)


def paint_plain_skin(wearer: Wearer, box: BoxXyxy, where: Mask, class_id: int, shade: Floats | None = None) -> None:
    """Turn the pixels into skin of a class (neck and chest, a foot), continuing what is seen of it."""
    if not where.any():
        return
    box, (where, shade) = _closer(box, where, np.ones(where.shape, np.float32) if shade is None else shade)
    flat = _continued(wearer, box, where, class_id, 0.5)
    _paint(wearer, box, where, flat, shade, class_id)


def _closer(box: BoxXyxy, where: Mask, *others: Floats) -> tuple[BoxXyxy, tuple[Floats, ...]]:
    """The window that a mask and its surround take up: its box, the mask in it and others with it."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    window = (
        slice(max(int(rows[0]) - 40, 0), int(rows[-1]) + 41),
        slice(max(int(columns[0]) - 40, 0), int(columns[-1]) + 41),
    )
    cut = tuple(values[window] for values in (where, *others))
    x0, y0 = box[0] + window[1].start, box[1] + window[0].start
    return (x0, y0, x0 + cut[0].shape[1], y0 + cut[0].shape[0]), cut


def _continued(wearer: Wearer, box: BoxXyxy, where: Mask, class_id: int, share: float) -> Floats:
    """Skin colours (h, w, 3): the usual one, mixed with what flows in from the skin of the class that is seen."""
    colour = skin_colour(wearer, class_id)
    flat = np.broadcast_to(colour, (*where.shape, 3)).astype(np.float32)
    x0, y0, x1, y1 = box
    window = wearer.scene.rgb[y0:y1, x0:x1].astype(np.float32)
    known = shrunken(wearer.has(box, class_id) & ~where, 1)
    known &= _is_like(window, colour)
    if known.sum() <= 30:
        return flat
    flowing = flow_in(window, known)
    flowing = cv2.GaussianBlur(flowing, (0, 0), max(1.0, 0.01 * max(where.shape)))
    mixed: Floats = (1 - share) * flat + share * flowing
    return mixed


def _paint(wearer: Wearer, box: BoxXyxy, where: Mask, colour: Floats, shade: Floats, class_id: int) -> None:
    x0, y0, _, _ = box
    rgb = np.clip(colour * shade[..., None] + grain_like(wearer.light, x0, y0, where.shape), 0, 255)
    alpha = np.maximum(soft_mask(where, 0.7), 0)
    wearer.scene.replace(
        x0, y0, rgb.astype(np.float32), np.where(where, np.maximum(alpha, 0.5), alpha).astype(np.float32)
    )
    wearer.relabel(box, where, class_id)


def limb_class(side: str, is_arm: bool) -> int:
    """CIHP class of a bare limb."""
    if is_arm:
        return LEFT_ARM if side == "left" else RIGHT_ARM
    return LEFT_LEG if side == "left" else RIGHT_LEG


def face_area(head: Head, box: BoxXyxy) -> Mask:
    """Face and skull: an ellipse from the chin to the crown."""
    grid = pixel_grid(*box) - head.eyes_mid
    middle = 0.5 * (head.left_edge + head.right_edge) - head.eyes_mid
    across = (grid @ head.right - float(middle @ head.right)) / (0.5 * head.width)
    above = grid @ head.up / head.eyes_to_chin
    tall = np.where(above > 0, above / 1.0, above / 1.02)
    area: Mask = across**2 + tall**2 < 1
    return area

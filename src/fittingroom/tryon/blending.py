"""Making a placed item belong to the photo: its light, softness and grain, what is in front of it, its shadow."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import GLOVE, HAIR, LEFT_ARM, RIGHT_ARM
from fittingroom.tryon.filling import Mask, blur_wide, grown, matte, soft_mask
from fittingroom.tryon.light import Light, from_linear, grain_like, softened, to_linear
from fittingroom.tryon.patches import Floats, Patch
from fittingroom.tryon.scene import Wearer


def in_light(patch: Patch, light: Light, shade: Floats | None = None) -> Patch:
    """The patch as it looks under the photo's light, as soft and as grainy as the photo.

    shade: factor of light (h, w) on the item's surface relative to one that faces the camera; None: everywhere 1.
    """
    if not patch.alpha.size:
        return patch
    # What skin tells of the light is uncertain: very strong light is believed half, its colour (tanned or lit by an
    # evening sun?) by a third, so that white things stay white.
    gain = np.clip(light.gain, 0.3, 1.3) ** np.where(light.gain > 1, 0.5, 0.85)
    factor = np.float32(gain) * light.tint ** np.float32(0.35)
    linear = to_linear(patch.straight_rgb) * factor
    if shade is not None:
        linear = linear * np.clip(shade, 0.35, 1.5)[..., None]
    rgb = from_linear(linear) * patch.alpha[..., None]
    layered = softened(np.concatenate([rgb, patch.alpha[..., None]], axis=2), light)
    alpha = np.clip(layered[..., 3], 0, 1)
    noise = grain_like(light, patch.x0, patch.y0, alpha.shape) * alpha[..., None]
    return Patch(patch.x0, patch.y0, np.clip(layered[..., :3] + noise, 0, 255), alpha)


def hidden_by(wearer: Wearer, box: BoxXyxy, *, classes: tuple[int, ...], hair: bool, edge_px: float) -> Floats:
    """How much of each pixel something in front of an item covers, float32 (h, w): classes and other people, and hair.

    Hair gets a matte that follows its strands; the others a soft edge.
    """
    x0, y0, x1, y1 = box
    covering = wearer.has(box, *classes) | wearer.is_other(box)
    front = np.maximum(soft_mask(covering, edge_px), covering)
    if hair:
        mask = wearer.has(box, HAIR)
        if mask.any():
            strands = matte(wearer.scene.rgb[y0:y1, x0:x1], mask, max(2, round(2.5 * edge_px)))
            near = grown(mask, 3 * edge_px + 1)
            front = np.maximum(front, strands * near)
    return np.clip(front, 0, 1)


def hands_and_gloves() -> tuple[int, ...]:
    """Classes that are held in front of the head."""
    return LEFT_ARM, RIGHT_ARM, GLOVE


def cast_shadow(
    wearer: Wearer, patch: Patch, offset_xy: tuple[float, float], softness_px: float, strength: float, onto: Mask
) -> None:
    """Darken the photo where the item's shadow falls. Call it before the item itself is painted.

    Args:
        wearer: whose photo it is.
        patch: the item at its place.
        offset_xy: from the item to its shadow in pixels.
        softness_px: standard deviation of the shadow's edge.
        strength: light that the shadow takes away, 0 to 1.
        onto: bool (h, w) of the patch's box grown by ``shadow_margin(offset_xy, softness_px)``, cut to the photo: where
            a shadow can be seen.
    """
    margin = shadow_margin(offset_xy, softness_px)
    x0, y0, x1, y1 = grown_box(wearer, patch.box_xyxy, margin)
    if x1 <= x0 or y1 <= y0 or not patch.alpha.size:
        return
    canvas = np.zeros((y1 - y0, x1 - x0), np.float32)
    canvas[
        patch.y0 - y0 : patch.y0 - y0 + patch.alpha.shape[0], patch.x0 - x0 : patch.x0 - x0 + patch.alpha.shape[1]
    ] = patch.alpha
    move = np.array([[1, 0, offset_xy[0]], [0, 1, offset_xy[1]]], np.float32)
    shadow = cv2.warpAffine(canvas, move, (canvas.shape[1], canvas.shape[0]))
    shadow = blur_wide(shadow, max(0.4, softness_px))
    taken = shadow * np.float32(strength) * soft_mask(onto, min(1.0, softness_px))
    wearer.scene.darken(x0, y0, np.asarray(1 - taken, np.float32))


def shadow_margin(offset_xy: tuple[float, float], softness_px: float) -> int:
    """Pixels by which a shadow may reach beyond its item's box."""
    return int(np.ceil(max(abs(offset_xy[0]), abs(offset_xy[1])) + 3 * softness_px))


def grown_box(wearer: Wearer, box: BoxXyxy, margin: int) -> BoxXyxy:
    """A box with a margin, cut to the photo."""
    return wearer.clipped(box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin)

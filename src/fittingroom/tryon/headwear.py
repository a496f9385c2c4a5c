"""Hats, caps and headscarves: on the head's frame, over the hair, with the shadow of the brim."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import FACE, HAIR, HAT, SUNGLASSES, Head
from fittingroom.tryon.blending import cast_shadow, grown_box, hands_and_gloves, hidden_by, in_light, shadow_margin
from fittingroom.tryon.erasing import erase
from fittingroom.tryon.filling import Mask, grown, shrunken, soft_mask
from fittingroom.tryon.items import Headwear, Item, View
from fittingroom.tryon.patches import Floats, Patch, premultiplied, warp_by_map
from fittingroom.tryon.placing import (
    Adjustment,
    adjusted_map,
    anchor_points,
    coarse_grid,
    frame_map,
    pixel_grid,
    smooth_step,
    through,
)
from fittingroom.tryon.scene import Wearer
from fittingroom.tryon.skin import ALL_BUT_FACE, face_area

# In units of the distance from eyes to chin, above the eyes.
_FRONT_LEVEL = 0.43  # where a hat's front edge crosses the forehead
_SKULL_TOP = 1.08  # the skull with flat hair
_SCARF_CHIN = -1.06  # a headscarf goes round just beneath the chin
_HAT_TONES = 26  # of 256, by which a brim's edge may differ from the hat beside it
_SOME_HAT = 0.1  # squared face widths of a hat that somebody wears already


def wear_headwear(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Put a hat, cap or headscarf on.

    Returns:
        Warnings for the report.

    Raises:
        PlacementError: no face is seen that tells where the head is.
    """
    assert isinstance(item.traits, Headwear)
    head = wearer.anchors.need_head(0.25)
    view = item.front
    to_photo = _placed(wearer, head, view, item.kind)
    middle = through(to_photo, np.array([[view.size_hw[1] / 2, view.size_hw[0] / 2]], np.float32))[0]
    to_photo = adjusted_map(to_photo, adjustment, middle, head.width)
    edge = max(0.6, 0.012 * head.width)
    front = _warped(view, view.picture_rgba, to_photo, head, wearer)
    wears_one = bool(wearer.has(wearer.box_xyxy, HAT).sum() > _SOME_HAT * head.width**2)
    if not front.alpha.size:
        return ["the item lies outside the photo"]
    _take_off_hair(
        wearer, head, front, through(to_photo, anchor_points(view, "left_band", "right_band")), item.traits, edge
    )
    shade = _shade(wearer, head, front)
    if view.back_rgba is not None:
        back = _warped(view, view.back_rgba, to_photo, head, wearer)
        mine = soft_mask(wearer.is_mine(back.box_xyxy), edge / 2)
        back = in_light(back, wearer.light, _shade(wearer, head, back) * 0.75)
        wearer.scene.paint(back.shown(np.clip(1 - mine, 0, 1)))
    _shadow(wearer, head, front)
    hidden = hidden_by(wearer, front.box_xyxy, classes=hands_and_gloves(), hair=False, edge_px=edge / 2)
    front = in_light(front, wearer.light, shade).shown(1 - hidden)
    wearer.scene.paint(front)
    wearer.relabel(front.box_xyxy, front.alpha > 0.5, HAT)
    return _warnings(head, wears_one)


def _warnings(head: Head, wears_one: bool) -> list[str]:
    if wears_one:
        return ["the person wears a hat already; what it hid is made up, and its brim may still show"]
    if abs(head.yaw) > 0.75:
        return ["the head is seen from the side: the item, drawn from the front, is only shifted"]
    if head.points is None:
        return ["the face is hardly seen: the place is taken from its outline alone"]
    return []


def _placed(wearer: Wearer, head: Head, view: View, kind: str) -> Floats:
    """From picture pixels to photo pixels: band ends to the head's sides, front edge to the forehead."""
    left, right, front, crown = anchor_points(view, "left_band", "right_band", "front_band", "crown")
    unit = head.eyes_to_chin
    width, across = head_width(wearer, head, 0.62 * unit)
    scale = width / max(float(left[0] - right[0]), 1.0)
    if "chin" in view.anchors:
        chin = np.array(view.anchors["chin"], np.float32)
        tall = (_SKULL_TOP + 0.08 - _SCARF_CHIN) * unit / max(float(chin[1] - crown[1]), 1.0)
        scale_y = float(np.clip(tall, 0.8 * scale, 1.3 * scale))
        return frame_map(
            (chin + crown) / 2,
            head.at(across, (_SKULL_TOP + _SCARF_CHIN) / 2 * unit),
            head.right,
            head.up,
            scale,
            scale_y,
        )
    level = min(_FRONT_LEVEL * unit, _hairline_level(wearer, head) + 0.04 * unit)
    level = max(level, 0.30 * unit)
    # The crown must have room for the skull, else the hat sits on top of it like a lid: stretch it, then raise it.
    depth = max(float(front[1] - crown[1]), 1.0) * scale
    needed = _SKULL_TOP * unit - level
    # A cap that is deeper than the head is pressed down on it; a tall hat is meant to be tall.
    least = 0.8 if kind == "cap" else 0.92
    scale_y = scale * float(np.clip(needed * 1.1 / depth, least, 1.18))
    level += max(0.0, needed - depth * scale_y / scale) * 0.3
    middle_x = (left[0] + right[0]) / 2
    return frame_map(
        np.array([middle_x, front[1]], np.float32), head.at(across, level), head.right, head.up, scale, scale_y
    )


def _hairline_level(wearer: Wearer, head: Head) -> float:
    if "hairline" not in wearer.anchors.points:
        return _FRONT_LEVEL * head.eyes_to_chin
    return float((wearer.anchors.xy("hairline") - head.eyes_mid) @ head.up)


def head_width(wearer: Wearer, head: Head, level: float) -> tuple[float, float]:
    """Width of the head with its hair pressed flat, and where its middle lies, across from the eyes' middle.

    level: above the eyes, where it is wanted.
    """
    reach = 0.95 * head.width
    steps = np.arange(-reach, reach, dtype=np.float32)
    box = wearer.around(head.at(0, level), reach * 1.5)
    mask = wearer.has(box, FACE, HAIR, HAT)
    at = np.round(head.eyes_mid + steps[:, None] * head.right + np.float32(level) * head.up - box[:2]).astype(int)
    inside = (at >= 0).all(axis=1) & (at[:, 1] < mask.shape[0]) & (at[:, 0] < mask.shape[1])
    seen = np.zeros(len(steps), bool)
    seen[inside] = mask[at[inside, 1], at[inside, 0]]
    turned = abs(head.yaw)
    usual = head.width * (1.1 + 0.12 * turned)
    middle = -head.yaw * 0.2 * head.width
    if seen.sum() > 0.5 * head.width:
        low, high = float(steps[seen].min()), float(steps[seen].max())
        width = float(np.clip(high - low, 0.98 * usual, 1.19 * usual))
        # Loose hair may hang to one side only: the measured middle is believed in part.
        measured = float(np.clip((low + high) / 2, middle - 0.12 * head.width, middle + 0.12 * head.width))
        return width * 1.03, 0.5 * (middle + measured)
    return usual * 1.03, middle


def _warped(view: View, picture: np.ndarray, to_photo: Floats, head: Head, wearer: Wearer) -> Patch:
    """The picture at its place; its front turned with the face, while the band's ends stay."""
    height, width = view.size_hw
    left, right, crown = anchor_points(view, "left_band", "right_band", "crown")
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    placed = through(to_photo, corners)
    slack = 0.4 * head.width * abs(head.yaw) + 2
    x0, y0 = placed.min(axis=0) - slack
    x1, y1 = placed.max(axis=0) + slack
    box = wearer.clipped(float(x0), float(y0), float(x1), float(y1))
    grid = pixel_grid(*box)
    inverse = np.linalg.inv(to_photo[:, :2])
    source = (grid - to_photo[:, 2]) @ inverse.T
    half = max((left[0] - right[0]) / 2, 1.0)
    middle = (left[0] + right[0]) / 2
    # A turn of the head moves what is in front across, what is at the side not at all.
    beside = np.clip((source[..., 0] - middle) / half, -1.0, 1.0)
    low = smooth_step(source[..., 1], float(crown[1]), float((left[1] + right[1]) / 2))
    bulge = (1 - beside**2) * (0.25 + 0.75 * low)
    source[..., 0] -= np.float32(0.55 * head.yaw * half) * bulge
    scale = float(np.sqrt(abs(np.linalg.det(to_photo[:, :2]))))
    return warp_by_map(premultiplied(picture), source.astype(np.float32), box[0], box[1], scale)


def _take_off_hair(wearer: Wearer, head: Head, patch: Patch, band: Floats, traits: Headwear, edge: float) -> None:
    """Hair that would stick out above the hat, and what an old hat shows beside the new one, vanish."""
    if traits.hides_hair == "none":
        return
    reach = 2.2 * head.width
    box = wearer.around(head.at(0, 0.3 * head.width), reach)
    if traits.hides_hair == "all":
        x0, y0, x1, y1 = wearer.box_xyxy
        box = grown_box(
            wearer, (min(box[0], x0), min(box[1], y0), max(box[2], x1), max(box[3], y1)), round(0.2 * head.width)
        )
    covered = patch.alpha_in(box) > 0.6
    hair, old_hat = wearer.has(box, HAIR), wearer.has(box, HAT)
    above = hair if traits.hides_hair == "all" else hair & _above_band(head, box, band)
    if old_hat.sum() > _SOME_HAT * head.width**2:
        old_hat = _with_fringe(wearer, box, old_hat, 0.4 * head.width)
        above |= _brim_called_hair(head, box, hair)
    hole = above | old_hat
    # Beneath the hat's middle nothing need be made up; at its edges the fill shows through.
    inner = covered & ~grown(~covered, 2 * edge + 1)
    left = hole & ~inner
    # The old brim hid the forehead, and no background lies before a face.
    forehead = left & old_hat & face_area(head, box)
    erase(wearer, box, forehead, gone=ALL_BUT_FACE, edge_px=edge, texture=0.3)
    erase(wearer, box, left & ~forehead, gone=(HAIR, HAT, SUNGLASSES, FACE), edge_px=edge)


def _with_fringe(wearer: Wearer, box: BoxXyxy, old_hat: Mask, reach_px: float) -> Mask:
    """The old hat and what beside it, in the background, has its colour: masks often miss a brim's edge."""
    x0, y0, x1, y1 = box
    sure = shrunken(old_hat, 2)
    if not sure.any():
        return old_hat
    rgb = cv2.GaussianBlur(wearer.scene.rgb[y0:y1, x0:x1], (0, 0), 1.0).astype(np.float32)
    distance, nearest = cv2.distanceTransformWithLabels(
        (~sure).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(nearest.max()) + 1, 3), np.float32)
    colours[nearest[sure]] = rgb[sure]
    unlike = np.abs(rgb - colours[nearest]).max(axis=2)
    alike = (unlike < _HAT_TONES) & (distance < reach_px) & (wearer.scene.persons[y0:y1, x0:x1] == 0)
    _, pieces = cv2.connectedComponents((alike | old_hat).astype(np.uint8), connectivity=8)
    touching = np.unique(pieces[old_hat])
    fringe: Mask = grown(np.isin(pieces, touching) & (alike | old_hat), 0.03 * reach_px)
    return old_hat | (fringe & ~wearer.has(box, FACE, SUNGLASSES) & ~wearer.is_other(box))


def _brim_called_hair(head: Head, box: BoxXyxy, hair: Mask) -> Mask:
    """Hair that an old hat presses is no wider at the eyes than at the chin: what is wider there is the hat's brim."""
    grid = pixel_grid(*box) - head.eyes_mid
    across, above = grid @ head.right, grid @ head.up / head.eyes_to_chin
    brim = np.zeros(hair.shape, bool)
    for side in (1, -1):
        outwards = side * across
        hanging = outwards[hair & (above < -0.65) & (above > -1.15) & (outwards > 0)]
        wide = float(np.quantile(hanging, 0.97)) if hanging.size > 0.02 * head.width**2 else 0.0
        brim |= hair & (above > -0.6) & (outwards > max(wide, 0.6 * head.width))
    return brim


def _above_band(head: Head, box: BoxXyxy, band: Floats) -> Mask:
    """Above the line of the band; beside it, above a slope on which hair comes out from under the hat."""
    grid = pixel_grid(*box) - head.eyes_mid
    across, above = grid @ head.right, grid @ head.up
    ends = (band - head.eyes_mid) @ np.stack([head.right, head.up], axis=1)
    (left_x, left_y), (right_x, right_y) = ends
    slope = (left_y - right_y) / max(left_x - right_x, 1.0)
    level = right_y + (across - right_x) * slope
    beside = np.maximum(np.maximum(across - left_x, right_x - across), 0)
    mask: Mask = above > level - 1.3 * beside - 0.02 * head.width
    return mask


def _shade(wearer: Wearer, head: Head, patch: Patch) -> Floats:
    """The light on the hat, taken for the upper half of an ellipsoid about the head."""
    grid = coarse_grid(patch.box_xyxy, 1 + int(head.width / 50)) - head.at(0, 0.35 * head.eyes_to_chin)
    u, v = grid @ head.right / (0.95 * head.width), grid @ head.up / (1.3 * head.width)
    flat = np.sqrt(np.maximum(u * u + v * v, 1e-6))
    factor = np.minimum(1, 0.9 / flat)
    u, v = u * factor, v * factor
    plane = u[..., None] * head.right + v[..., None] * head.up * 0.5
    normals = np.concatenate([plane, np.sqrt(np.maximum(1 - (plane**2).sum(axis=-1, keepdims=True), 0.05))], axis=-1)
    # The drawing has its own light from above: of the photo's only the part from the side is new.
    light = wearer.light
    shade = 1 + 0.75 * (light.shade(normals.astype(np.float32)) - 1)
    return np.asarray(cv2.resize(shade, patch.alpha.shape[::-1]), np.float32)


def _shadow(wearer: Wearer, head: Head, patch: Patch) -> None:
    light = wearer.light
    down = -head.up * np.float32(0.13 * head.width)
    side = -light.direction[:2] * np.float32(0.05 * head.width)
    offset = (float(down[0] + side[0]), float(down[1] + max(side[1], 0)))
    softness = 0.055 * head.width
    box = grown_box(wearer, patch.box_xyxy, shadow_margin(offset, softness))
    onto = wearer.has(box, FACE, HAIR)
    cast_shadow(wearer, patch, offset, softness, 0.28 + 0.3 * light.contrast, onto)

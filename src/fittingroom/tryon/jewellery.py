"""Earrings, necklaces and scarves: what hangs from the ears or goes round the neck."""

from __future__ import annotations

import numpy as np

from fittingroom.errors import PlacementError
from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import (
    COAT,
    DRESS,
    FACE,
    HAIR,
    HAT,
    SCARF,
    SUNGLASSES,
    TORSO_SKIN,
    UPPER,
    Head,
)
from fittingroom.tryon.blending import cast_shadow, grown_box, hands_and_gloves, hidden_by, in_light, shadow_margin
from fittingroom.tryon.filling import soft_mask
from fittingroom.tryon.items import Earring, Item, Necklace, View
from fittingroom.tryon.patches import Floats, Patch, premultiplied, warp_affine
from fittingroom.tryon.placing import Adjustment, adjusted_map, anchor_points, frame_map, pixel_grid, through
from fittingroom.tryon.scene import Wearer

_SEEN = 0.22  # confidence of an ear's place below which the head's turn hides it


def wear_earrings(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Hang an earring from each ear that is seen.

    Returns:
        Warnings for the report.

    Raises:
        PlacementError: neither ear can be seen.
    """
    assert isinstance(item.traits, Earring)
    head = wearer.anchors.need_head()
    warnings, hung = [], 0
    for side in ("left", "right"):
        lobe = wearer.anchors.points.get(f"{side}-ear-lobe")
        if (
            lobe is None
            or lobe.confidence < _SEEN * head.confidence
            or (abs(head.yaw) > 0.45 and (head.yaw > 0) == (side == "left"))
        ):
            warnings.append(f"the {side} ear is turned away")
        elif _hang(wearer, item, head, side, np.array(lobe[:2], np.float32), adjustment):
            hung += 1
        else:
            warnings.append(f"the {side} ear is hidden by hair")
    if not hung:
        raise PlacementError(f"no ear of person {wearer.person_id} can be seen: {' and '.join(warnings)}")
    return warnings


def _hang(wearer: Wearer, item: Item, head: Head, side: str, lobe: Floats, adjustment: Adjustment) -> bool:
    """Whether anything of the earring can be seen."""
    assert isinstance(item.traits, Earring)
    view = item.front
    hook = anchor_points(view, "hook")[0]
    lowest = float(np.nonzero(view.picture_rgba[..., 3].max(axis=1))[0].max())
    length = item.traits.length_share * 2.1 * head.eyes_to_chin
    scale = max(length, 2.0) / max(lowest - float(hook[1]), 1.0)
    mirror = 1 if side == "left" else -1
    # It hangs straight down whatever the head does; turned away it is seen more narrowly.
    narrow = 1 - 0.35 * abs(head.yaw)
    right, up = np.array([1, 0], np.float32), np.array([0, -1], np.float32)
    to_photo = frame_map(hook, lobe, right, up, mirror * scale * narrow, scale)
    to_photo = adjusted_map(to_photo, adjustment, lobe, 0.2 * head.width)
    patch = warp_affine(premultiplied(view.picture_rgba), to_photo, wearer.scene.size_hw)
    if not patch.alpha.size or not patch.alpha.any():
        return False
    edge = max(0.5, 0.008 * head.width)
    hidden = hidden_by(wearer, patch.box_xyxy, classes=(*hands_and_gloves(), HAT), hair=True, edge_px=edge)
    seen = patch.alpha * (1 - hidden)
    if seen.sum() < 0.12 * patch.alpha.sum():
        return False
    softness, offset = 0.012 * head.width, (-float(wearer.light.direction[0]) * 0.02 * head.width, 0.012 * head.width)
    box = grown_box(wearer, patch.box_xyxy, shadow_margin(offset, softness))
    cast_shadow(wearer, patch.shown(1 - hidden), offset, softness, 0.3, wearer.has(box, FACE, TORSO_SKIN))
    wearer.scene.paint(in_light(patch, wearer.light).shown(1 - hidden))
    return True


def wear_necklace(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Hang a necklace round the neck: over the skin and what is worn next to it, under scarf, coat and hair.

    Raises:
        PlacementError: the neck cannot be seen, or nothing of the necklace would be.
    """
    assert isinstance(item.traits, Necklace)
    head = wearer.anchors.need_head(0.3)
    neck = _neck(wearer)
    view = item.front
    left, right, lowest = anchor_points(view, "left_neck", "right_neck", "lowest")
    drop = item.traits.drop_share * neck.width
    drop = max(drop, 0.12 * neck.width)
    corners = np.stack([left, right])
    source_mid = corners.mean(axis=0)
    scale_x = neck.width / max(float(left[0] - right[0]), 1.0)
    scale_y = drop / max(float(lowest[1] - source_mid[1]), 1.0)
    # What hangs in the middle keeps its shape: a chain may stretch, a pendant may not much.
    scale_y = float(np.clip(scale_y, 0.6 * scale_x, 1.7 * scale_x))
    to_photo = frame_map(source_mid, neck.middle, neck.across, -neck.down, scale_x, scale_y)
    to_photo = adjusted_map(to_photo, adjustment, through(to_photo, lowest[None])[0], neck.width)
    patch = warp_affine(premultiplied(view.picture_rgba), to_photo, wearer.scene.size_hw)
    box = patch.box_xyxy
    edge = max(0.5, 0.008 * head.width)
    on_body = soft_mask(wearer.has(box, TORSO_SKIN, UPPER, DRESS), edge)
    hidden = hidden_by(wearer, box, classes=(*hands_and_gloves(), SCARF, COAT, FACE), hair=True, edge_px=edge)
    shown = on_body * (1 - hidden)
    if not patch.alpha.size or (patch.alpha * shown).sum() < 0.35 * patch.alpha.sum():
        raise PlacementError(f"the neck of person {wearer.person_id} is covered by coat, scarf or hair")
    visible = patch.shown(shown)
    softness, offset = 0.012 * head.width, (-float(wearer.light.direction[0]) * 0.015 * head.width, 0.018 * head.width)
    around = grown_box(wearer, box, shadow_margin(offset, softness))
    cast_shadow(wearer, visible, offset, softness, 0.38, wearer.has(around, TORSO_SKIN, UPPER, DRESS))
    wearer.scene.paint(in_light(patch, wearer.light).shown(shown))
    return ["shoulders and neck are guessed from the masks"] if neck.is_guess else []


def wear_scarf(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Put a scarf round the neck, beneath the chin.

    Raises:
        PlacementError: the neck cannot be seen.
    """
    head = wearer.anchors.need_head(0.3)
    neck = _neck(wearer)
    view = item.front
    left, right, front = anchor_points(view, "left_neck", "right_neck", "front")
    width = 1.55 * neck.width
    scale = width / max(float(left[0] - right[0]), 1.0)
    chin = head.chin - head.up * np.float32(0.01 * head.width)
    middle = (left + right) / 2
    # Its upper edge goes under the chin; its sides stay on the neck's own line.
    across = float((neck.middle - chin) @ neck.across) * 0.5
    to_photo = frame_map(
        np.array([middle[0], front[1]], np.float32),
        chin + neck.across * np.float32(across),
        neck.across,
        -neck.down,
        scale,
        scale,
    )
    to_photo = adjusted_map(to_photo, adjustment, neck.middle, neck.width)
    edge = max(0.6, 0.01 * head.width)
    if view.back_rgba is not None:
        back = warp_affine(premultiplied(view.back_rgba), to_photo, wearer.scene.size_hw)
        behind = 1 - soft_mask(wearer.is_mine(back.box_xyxy) & ~wearer.has(back.box_xyxy, TORSO_SKIN), edge)
        behind = behind * (1 - soft_mask(wearer.has(back.box_xyxy, FACE, HAIR), edge))
        wearer.scene.paint(in_light(back, wearer.light).shown(behind))
    patch = _draped(wearer, view, to_photo, head)
    box = patch.box_xyxy
    if not patch.alpha.size:
        return ["the item lies outside the photo"]
    hidden = hidden_by(wearer, box, classes=(*hands_and_gloves(), FACE, SUNGLASSES), hair=False, edge_px=edge)
    hidden = np.maximum(hidden, _hair_over(wearer, box, head, edge))
    visible = patch.shown(1 - hidden)
    softness, offset = 0.05 * head.width, (-float(wearer.light.direction[0]) * 0.05 * head.width, 0.07 * head.width)
    around = grown_box(wearer, box, shadow_margin(offset, softness))
    cast_shadow(wearer, visible, offset, softness, 0.3, wearer.is_mine(around) & ~wearer.has(around, FACE, HAIR))
    lit = in_light(patch, wearer.light, _round_shade(wearer, box, neck)).shown(1 - hidden)
    wearer.scene.paint(lit)
    wearer.relabel(box, lit.alpha > 0.5, SCARF)
    return ["shoulders and neck are guessed from the masks"] if neck.is_guess else []


def _draped(wearer: Wearer, view: View, to_photo: Floats, head: Head) -> Patch:
    """The scarf, its loop turned a little with the head."""
    del head
    return warp_affine(premultiplied(view.picture_rgba), to_photo, wearer.scene.size_hw)


def _hair_over(wearer: Wearer, box: BoxXyxy, head: Head, edge: float) -> Floats:
    """Long hair falls over a scarf at the sides of the face; below the chin a scarf covers it."""
    hair = hidden_by(wearer, box, classes=(), hair=True, edge_px=edge)
    grid = pixel_grid(*box) - head.chin
    below = -(grid @ head.up) / head.width
    return hair * np.clip(1 - (below - 0.05) / 0.3, 0, 1)


def _round_shade(wearer: Wearer, box: BoxXyxy, neck: _Neck) -> Floats:
    """The light on something round about the neck."""
    grid = pixel_grid(*box) - neck.middle
    u = np.clip(grid @ neck.across / (1.1 * neck.width), -0.9, 0.9)
    normals = np.concatenate([u[..., None] * neck.across, np.sqrt(1 - u * u)[..., None]], axis=-1)
    return 1 + 0.6 * (wearer.light.shade(normals.astype(np.float32)) - 1)


class _Neck:
    """The neck's line: its middle, its width in pixels, unit vectors across (to the picture's right) and down."""

    def __init__(self, left: Floats, right: Floats, pit: Floats, is_guess: bool) -> None:
        self.middle = (left + right) / 2
        self.width = float(np.linalg.norm(left - right))
        self.across = ((left - right) / max(self.width, 1.0)).astype(np.float32)
        down = np.array([-self.across[1], self.across[0]], np.float32)
        self.down = down if down @ (pit - self.middle) >= 0 else -down
        self.is_guess = is_guess


def _neck(wearer: Wearer) -> _Neck:
    anchors = wearer.anchors
    neck = _Neck(
        anchors.xy("left-neck"), anchors.xy("right-neck"), anchors.xy("neck-pit"), anchors.are_body_points_guessed
    )
    x, y = neck.middle
    height, width = wearer.scene.size_hw
    if not (0 <= x < width and 0 <= y < height):
        raise PlacementError(f"the photo ends above the neck of person {wearer.person_id}")
    return neck

"""Glasses and sunglasses: turned with the face, hair over their arms, lenses that tint and reflect."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.tryon.anchors import FACE, SUNGLASSES, Head
from fittingroom.tryon.blending import cast_shadow, grown_box, hands_and_gloves, hidden_by, in_light, shadow_margin
from fittingroom.tryon.face_points import NASION
from fittingroom.tryon.filling import soft_mask
from fittingroom.tryon.items import Eyewear, Item, View, rgb_of
from fittingroom.tryon.patches import Floats, Patch, premultiplied, warp_by_map
from fittingroom.tryon.placing import Adjustment, anchor_points, pixel_grid, smooth_step
from fittingroom.tryon.scene import Wearer

_BRIDGE_DEPTH = 0.3  # how far the bridge lies before the hinges, in half widths


def wear_glasses(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Put glasses on.

    Returns:
        Warnings for the report.

    Raises:
        PlacementError: the eyes cannot be seen.
    """
    assert isinstance(item.traits, Eyewear)
    head = wearer.anchors.need_head(0.4 if item.kind == "glasses" else 0.3)
    view = item.front
    placement = _Placement(wearer, head, view, adjustment)
    scale = placement.scale
    edge = max(0.5, 0.008 * head.width)
    frame = warp_by_map(premultiplied(view.picture_rgba), placement.source, *placement.corner, scale)
    if not frame.alpha.size:
        return ["the item lies outside the photo"]
    hidden = hidden_by(wearer, frame.box_xyxy, classes=hands_and_gloves(), hair=True, edge_px=edge)
    shown = 1 - hidden
    softness, offset = 0.012 * head.width, (0.0, 0.022 * head.width)
    solid = _with_lens(frame, placement, view, item.traits)
    box = grown_box(wearer, frame.box_xyxy, shadow_margin(offset, softness))
    cast_shadow(wearer, solid, offset, softness, 0.22, wearer.has(box, FACE))
    if view.lens is not None:
        _lay_lenses(wearer, item, view.lens, placement, shown)
    for arm in _arms(wearer, item, head, placement):
        wearer.scene.paint(arm)
    wearer.scene.paint(in_light(frame, wearer.light).shown(shown))
    return _warnings(wearer, head)


def _warnings(wearer: Wearer, head: Head) -> list[str]:
    warnings = []
    x0, y0, x1, y1 = wearer.around(head.eyes_mid, 0.6 * head.width)
    if wearer.has((x0, y0, x1, y1), SUNGLASSES).sum() > 0.05 * head.width**2:
        warnings.append("the person wears glasses already; the new ones are laid over them")
    if abs(head.yaw) > 0.7:
        warnings.append("the head is seen from the side: glasses drawn from the front fit roughly")
    return warnings


class _Placement:
    """Where each photo pixel near the eyes lies in the picture of the glasses.

    Attributes:
        source: float32 (h, w, 2), picture position of each pixel of the window.
        corner: photo pixel of the window's upper left corner.
        scale: photo pixels for one picture pixel.
        hinges: left and right hinge in the photo, float32 (2, 2).
    """

    def __init__(self, wearer: Wearer, head: Head, view: View, adjustment: Adjustment) -> None:
        left, right, left_lens, right_lens = anchor_points(view, "left_hinge", "right_hinge", "left_lens", "right_lens")
        half = 0.5 * head.width * 1.0
        self.scale = 2 * half / max(float(left[0] - right[0]), 1.0)
        theta = np.arctan(1.33 * head.yaw)
        nose = _nose_across(head)
        origin = nose - _BRIDGE_DEPTH * half * float(np.sin(theta))
        spread = half * float(np.cos(theta))
        ends = np.array([origin - spread, nose, origin + spread], np.float32)  # right hinge, bridge, left hinge
        share = float(np.clip((ends[1] - ends[0]) / max(ends[2] - ends[0], 1.0), 0.28, 0.72))
        eye_y = float(left_lens[1] + right_lens[1]) / 2
        level = -0.015 * head.width

        def to_photo(points: Floats) -> Floats:
            u = (points[:, 0] - right[0]) / max(float(left[0] - right[0]), 1.0)
            across = ends[0] + (ends[2] - ends[0]) * _bent(u, share)
            above = level - (points[:, 1] - eye_y) * self.scale
            return np.asarray(head.eyes_mid + across[:, None] * head.right + above[:, None] * head.up, np.float32)

        height, width = view.size_hw
        border = np.array([[x, y] for x in np.linspace(0, width, 9) for y in (0, height)], np.float32)
        middle = head.at((ends[0] + ends[2]) / 2, level)
        placed = adjustment.moved(to_photo(border), middle, head.width)
        box = wearer.clipped(*(placed.min(axis=0) - 2).tolist(), *(placed.max(axis=0) + 3).tolist())
        self.corner = box[0], box[1]
        grid = pixel_grid(*box)
        if grid.size:
            flat = grid.reshape(-1, 2)
            grid = _unmoved(adjustment, flat, middle, head.width).reshape(grid.shape)
        at = grid - head.eyes_mid
        across, above = at @ head.right, at @ head.up
        u = _unbent((across - ends[0]) / max(float(ends[2] - ends[0]), 1.0), share)
        # The half that is turned away is a little smaller.
        depth = 1 + 0.1 * head.yaw * np.clip(2 * u - 1, -1.2, 1.2)
        y = eye_y - (above - level) / self.scale * depth
        self.source = np.stack([right[0] + u * (left[0] - right[0]), y], axis=-1).astype(np.float32)
        self.hinges = adjustment.moved(to_photo(np.stack([left, right])), middle, head.width)


def _nose_across(head: Head) -> float:
    if head.points is None:
        return 0.0
    bridge = head.points[NASION] * 0.5 + head.points[NASION + 1] * 0.5
    return float((bridge - head.eyes_mid) @ head.right)


def _bent(u: Floats, share: float) -> Floats:
    """The parabola through 0, share and 1 at 0, 1/2 and 1."""
    curve = 2 - 4 * share
    bent: Floats = u * (1 - curve) + curve * u * u
    return bent


def _unbent(value: Floats, share: float) -> Floats:
    curve = 2 - 4 * share
    if abs(curve) < 1e-3:
        return value
    root = np.sqrt(np.maximum((1 - curve) ** 2 + 4 * curve * value, 0.0025))
    u: Floats = (root - (1 - curve)) / (2 * curve)
    return u


def _unmoved(adjustment: Adjustment, points: Floats, middle: Floats, unit_px: float) -> Floats:
    """Where points came from before the user's correction."""
    shift = np.array([adjustment.right, adjustment.down], np.float32) * unit_px
    turn = np.radians(adjustment.angle_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32) / adjustment.scale
    back: Floats = (points - shift - middle) @ rotation.astype(np.float32) + middle
    return back


def _lens_patch(placement: _Placement, lens: np.ndarray) -> Floats:
    picture = np.zeros((*lens.shape, 4), np.float32)
    picture[..., 3] = lens.astype(np.float32) / 255
    # The height within the lens travels along as a colour.
    ys = np.nonzero(lens > 127)[0]
    top, bottom = (int(ys.min()), int(ys.max())) if ys.size else (0, 1)
    down = (np.arange(lens.shape[0], dtype=np.float32) - top) / max(bottom - top, 1)
    picture[..., 0] = np.clip(down, 0, 1)[:, None] * picture[..., 3]
    picture[..., 1] = np.linspace(0, 1, lens.shape[1], dtype=np.float32) * picture[..., 3]
    patch = warp_by_map(picture, placement.source, *placement.corner, placement.scale)
    return np.concatenate([patch.rgb, patch.alpha[..., None]], axis=2)


def _with_lens(frame: Patch, placement: _Placement, view: View, traits: Eyewear) -> Patch:
    """Frame and lens together, as solid as they are: what casts the shadow."""
    if view.lens is None:
        return frame
    lens = _lens_patch(placement, view.lens)[..., 3] * traits.lens_opacity * 0.8
    return Patch(frame.x0, frame.y0, frame.rgb, np.maximum(frame.alpha, lens))


def _lay_lenses(wearer: Wearer, item: Item, lens: np.ndarray, placement: _Placement, shown: Floats) -> None:
    traits = item.traits
    assert isinstance(traits, Eyewear)
    layered = _lens_patch(placement, lens)
    alpha = layered[..., 3]
    down = layered[..., 0] / np.maximum(alpha, 1e-3)
    across = layered[..., 1] / np.maximum(alpha, 1e-3)
    bottom = traits.lens_opacity if traits.lens_opacity_bottom is None else traits.lens_opacity_bottom
    opacity = traits.lens_opacity + (bottom - traits.lens_opacity) * down
    tint = rgb_of(traits.lens_colour)
    x0, y0 = placement.corner
    window = wearer.scene.rgb[y0 : y0 + alpha.shape[0], x0 : x0 + alpha.shape[1]].astype(np.float32)
    # Tinted glass filters what is behind it, and a dark one shows its own surface besides.
    filtered = window * (1 - opacity[..., None] * (1 - tint / 255))
    glass = filtered * (1 - 0.55 * opacity[..., None]) + tint * 0.85 * (0.55 * opacity[..., None])
    sky = np.array([225, 236, 248], np.float32) * wearer.light.tint
    # Bright sky in the upper part, a slanting edge of light through each lens.
    upper = smooth_step(1 - down, 0.35, 1.0) * 0.55
    slant = np.exp(-(((across * 2.6 + down * 0.55) % 1.3 - 0.62) ** 2) / 0.012) * 0.35 * smooth_step(1 - down, 0.1, 0.6)
    reflex = np.clip((upper + slant) * traits.reflection, 0, 0.85)[..., None]
    glass = glass * (1 - reflex) + sky * reflex
    wearer.scene.replace(x0, y0, glass.astype(np.float32), alpha * shown)


def _arms(wearer: Wearer, item: Item, head: Head, placement: _Placement) -> list[Patch]:
    """The arm on the side of the face that is turned towards us, from the hinge back to the ear."""
    traits = item.traits
    assert isinstance(traits, Eyewear)
    arms = []
    for side, sign, hinge in (("left", 1, placement.hinges[0]), ("right", -1, placement.hinges[1])):
        ear = wearer.anchors.points.get(f"{side}-ear")
        if ear is None or sign * head.yaw > -0.08:
            continue
        edge = head.left_edge if sign > 0 else head.right_edge
        target = edge + head.up * np.float32(0.02 * head.width) + head.right * np.float32(sign * 0.05 * head.width)
        if float((target - hinge) @ head.right) * sign < 0.02 * head.width:
            continue
        thick = traits.temple_thickness * placement.scale * 0.8
        arms.append(_arm(wearer, item, head, hinge, target, thick))
    return arms


def _arm(wearer: Wearer, item: Item, head: Head, hinge: Floats, ear: Floats, thick: float) -> Patch:
    traits = item.traits
    assert isinstance(traits, Eyewear)
    reach = thick + 2
    low, high = np.minimum(hinge, ear) - reach, np.maximum(hinge, ear) + reach
    box = wearer.clipped(*low.tolist(), *high.tolist())
    x0, y0, x1, y1 = box
    normal = np.array([-(ear - hinge)[1], (ear - hinge)[0]], np.float32)
    normal /= max(float(np.linalg.norm(normal)), 1e-3)
    polygon = np.stack(
        [
            hinge + normal * thick / 2,
            ear + normal * thick * 0.36,
            ear - normal * thick * 0.36,
            hinge - normal * thick / 2,
        ]
    )
    canvas = np.zeros((y1 - y0, x1 - x0), np.uint8)
    if canvas.size:
        cv2.fillConvexPoly(canvas, np.round((polygon - (x0, y0)) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    alpha = canvas.astype(np.float32) / 255
    alpha *= soft_mask(wearer.has(box, FACE, SUNGLASSES), 0.6) * (
        1 - hidden_by(wearer, box, classes=hands_and_gloves(), hair=True, edge_px=max(0.5, 0.01 * head.width))
    )
    rgb = rgb_of(traits.temple_colour or item.colour)
    return in_light(Patch(x0, y0, alpha[..., None] * rgb, alpha), wearer.light)

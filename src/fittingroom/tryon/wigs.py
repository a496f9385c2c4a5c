"""Hairstyles: the old hair taken off, the new one fitted between temples and chin, its back behind the person."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import FACE, HAIR, HAT, LEFT_ARM, RIGHT_ARM, SUNGLASSES, TORSO_SKIN, Head
from fittingroom.tryon.blending import cast_shadow, grown_box, hands_and_gloves, hidden_by, in_light, shadow_margin
from fittingroom.tryon.erasing import erase
from fittingroom.tryon.filling import Mask, grown, shrunken, soft_mask
from fittingroom.tryon.items import Item, View
from fittingroom.tryon.patches import Floats, Patch, premultiplied, warp_affine
from fittingroom.tryon.placing import Adjustment, adjusted_map, anchor_points, coarse_grid, frame_map
from fittingroom.tryon.scene import Wearer
from fittingroom.tryon.skin import ALL_BUT_FACE, face_area, paint_plain_skin

_UNDER_CHIN = 0.84  # light that the chin leaves to the neck


def wear_hairstyle(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Exchange the hair.

    Returns:
        Warnings for the report.

    Raises:
        PlacementError: the face cannot be seen.
    """
    head = wearer.anchors.need_head()
    view = item.front
    to_photo = adjusted_map(_placed(head, view), adjustment, head.at(0, 0.3 * head.width), head.width)
    edge = max(0.6, 0.012 * head.width)
    front = warp_affine(premultiplied(view.picture_rgba), to_photo, wearer.scene.size_hw)
    back = None
    if view.back_rgba is not None:
        back = warp_affine(premultiplied(view.back_rgba), to_photo, wearer.scene.size_hw)
    warnings = _take_off(wearer, head, [patch for patch in (front, back) if patch is not None], edge)
    if back is not None:
        body = soft_mask(wearer.is_mine(back.box_xyxy), edge)
        wearer.scene.paint(in_light(back, wearer.light, _shade(wearer, head, back) * 0.82).shown(1 - body))
    softness, offset = 0.03 * head.width, (0.0, 0.03 * head.width)
    around = grown_box(wearer, front.box_xyxy, shadow_margin(offset, softness))
    cast_shadow(wearer, front, offset, softness, 0.3, wearer.has(around, FACE, TORSO_SKIN))
    hidden = hidden_by(wearer, front.box_xyxy, classes=(*hands_and_gloves(), HAT), hair=False, edge_px=edge)
    lit = in_light(front, wearer.light, _shade(wearer, head, front)).shown(1 - hidden)
    wearer.scene.paint(lit)
    wearer.relabel(front.box_xyxy, lit.alpha > 0.5, HAIR)
    if back is not None:
        behind = ~wearer.is_mine(back.box_xyxy) & ~wearer.is_other(back.box_xyxy) & (back.alpha > 0.5)
        wearer.relabel(back.box_xyxy, behind, HAIR)
    if abs(head.yaw) > 0.5:
        warnings.append("the head is seen from the side: the hair, drawn from the front, fits roughly")
    return warnings


def _placed(head: Head, view: View) -> Floats:
    left, right, chin = anchor_points(view, "left_temple", "right_temple", "chin")
    temples = (left + right) / 2
    scale_x = head.width * 1.02 / max(float(left[0] - right[0]), 1.0)
    scale_y = head.eyes_to_chin / max(float(chin[1] - temples[1]), 1.0)
    scale_y = float(np.clip(scale_y, 0.8 * scale_x, 1.25 * scale_x))
    edges = (head.left_edge + head.right_edge) / 2
    across = 0.75 * float((edges - head.eyes_mid) @ head.right) - 0.06 * head.yaw * head.width
    return frame_map(temples, head.at(across, 0), head.right, head.up, scale_x, scale_y)


def _take_off(wearer: Wearer, head: Head, new: list[Patch], edge: float) -> list[str]:
    """Old hair that the new one does not cover gives way to forehead, neck, clothes or background."""
    x0, y0, _, _ = wearer.box_xyxy
    hair = wearer.has(wearer.box_xyxy, HAIR)
    if not hair.any():
        return []
    rows = np.nonzero(hair.any(axis=1))[0]
    columns = np.nonzero(hair.any(axis=0))[0]
    margin = round(0.6 * head.width)
    box = wearer.clipped(
        float(x0 + columns[0] - margin),
        float(y0 + rows[0] - margin),
        float(x0 + columns[-1] + margin),
        float(y0 + rows[-1] + margin),
    )
    hair = wearer.has(box, HAIR)
    covered = new[0].alpha_in(box) > 0.85
    hole = hair & ~(covered & ~grown(~covered, 2 * edge + 1))
    inside_face = face_area(head, box)
    neck = _neck_area(wearer, head, box)
    erase(wearer, box, hole & inside_face, gone=ALL_BUT_FACE, edge_px=edge, texture=0.3)
    under_chin = np.full(hole.shape, _UNDER_CHIN, np.float32)
    paint_plain_skin(wearer, box, hole & neck & ~inside_face, TORSO_SKIN, under_chin)
    rest = hole & ~inside_face & ~neck
    erase(wearer, box, rest, gone=(HAIR, HAT, SUNGLASSES, FACE, TORSO_SKIN, LEFT_ARM, RIGHT_ARM), edge_px=edge)
    uncovered = float((rest & ~covered).sum()) / max(float(hair.sum()), 1.0)
    return ["much of the old hair is longer than the new: what it hid is made up"] if uncovered > 0.5 else []


def _neck_area(wearer: Wearer, head: Head, box: BoxXyxy) -> Mask:
    """The column between chin and collar."""
    points = wearer.anchors.points
    if "left-neck" not in points:
        return np.zeros((box[3] - box[1], box[2] - box[0]), bool)
    left, right = wearer.anchors.xy("left-neck"), wearer.anchors.xy("right-neck")
    jaw = head.at(0, -0.75 * head.eyes_to_chin)
    half = float(np.linalg.norm(left - right)) / 2
    canvas = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    polygon = np.stack([jaw - head.right * half, jaw + head.right * half, left, right]) - np.array(box[:2], np.float32)
    cv2.fillConvexPoly(canvas, np.round(polygon).astype(np.int32), 1)
    # Necks have no corners.
    return grown(shrunken(canvas > 0, 0.5 * half), 0.5 * half)


def _shade(wearer: Wearer, head: Head, patch: Patch) -> Floats:
    """The light on the hair, taken for an ellipsoid about the head."""
    grid = coarse_grid(patch.box_xyxy, 1 + int(head.width / 50)) - head.at(0, 0.2 * head.width)
    u = np.clip(grid @ head.right / (0.85 * head.width), -0.85, 0.85)
    normals = np.concatenate([u[..., None] * head.right, np.sqrt(1 - u * u)[..., None]], axis=-1)
    shade = 1 + 0.7 * (wearer.light.shade(normals.astype(np.float32)) - 1)
    return np.asarray(cv2.resize(shade, patch.alpha.shape[::-1]), np.float32)

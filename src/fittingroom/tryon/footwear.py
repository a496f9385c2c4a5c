"""Shoes: the view that fits how each foot is turned, from heel to toe; the old shoe gives way to the ground."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fittingroom.errors import PlacementError
from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import (
    COAT,
    DRESS,
    LEFT_LEG,
    LEFT_SHOE,
    PANTS,
    RIGHT_LEG,
    RIGHT_SHOE,
    SKIRT,
    SOCKS,
)
from fittingroom.tryon.blending import grown_box, hidden_by, in_light
from fittingroom.tryon.erasing import erase
from fittingroom.tryon.filling import Mask, grown
from fittingroom.tryon.items import Item, Shoe, View
from fittingroom.tryon.patches import Floats, premultiplied, warp_affine
from fittingroom.tryon.placing import Adjustment, adjusted_map, affine_between, anchor_points, through
from fittingroom.tryon.scene import Wearer
from fittingroom.tryon.skin import paint_plain_skin

_LEAST_PX = 30
# The leg goes on as leg: the ground is behind it, and what hangs over it ends above the shoe.
_BEHIND_NO_LEG = tuple(label for label in range(20) if label not in (LEFT_LEG, RIGHT_LEG, SOCKS))
# Beside the leg, where a shoe was, there is ground.
_BEHIND_NO_SHOE = (LEFT_SHOE, RIGHT_SHOE, LEFT_LEG, RIGHT_LEG, PANTS, SOCKS)


@dataclass(frozen=True, eq=False)
class _Foot:
    """A foot as the photo shows it.

    Attributes:
        side: "left" or "right".
        mask: bool (h, w) in the box, the old shoe or the bare foot.
        box: window of the photo.
        ankle: where the leg enters the shoe, float32 (2,).
        ankle_width: of the leg there, in pixels.
        toe, heel: ends of the sole, float32 (2,).
        is_from_front: the toe points at us rather than aside.
        shoe_top: the middle of the upper edge of the old shoe, float32 (2,).
        widest_px: what a shoe from the front is wide at most, for a person of this size.
    """

    side: str
    mask: Mask
    box: BoxXyxy
    ankle: Floats
    ankle_width: float
    toe: Floats
    heel: Floats
    is_from_front: bool
    shoe_top: Floats
    widest_px: float


def wear_shoes(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Put a shoe on each foot that is seen.

    Raises:
        PlacementError: neither foot is seen.
    """
    assert isinstance(item.traits, Shoe)
    warnings = []
    feet = []
    for side in ("left", "right"):
        foot = _find_foot(wearer, side)
        if foot is None:
            warnings.append(f"the {side} foot cannot be seen")
        else:
            feet.append(foot)
    if not feet:
        raise PlacementError(f"no foot of person {wearer.person_id} can be seen")
    # The foot that is further up stands behind the other.
    for foot in sorted(feet, key=lambda foot: float(foot.toe[1])):
        _put_on(wearer, item, foot, adjustment)
    return warnings


def _find_foot(wearer: Wearer, side: str) -> _Foot | None:
    shoe, leg = (LEFT_SHOE, LEFT_LEG) if side == "left" else (RIGHT_SHOE, RIGHT_LEG)
    box = wearer.box_xyxy
    mask = wearer.has(box, shoe)
    points = wearer.anchors.points
    if mask.sum() < _LEAST_PX:
        # Barefoot: what the leg shows below the ankle.
        ankle = points.get(f"{side}-ankle")
        if ankle is None:
            return None
        rows = np.arange(box[1], box[3])[:, None] > ankle.y
        mask = wearer.has(box, leg, SOCKS) & rows
        near = (
            np.abs(np.arange(box[0], box[2])[None, :] - ankle.x) < 0.6 * max(ankle.y - points["chin"].y, 1) * 0.15
            if "chin" in points
            else np.ones((1, mask.shape[1]), bool)
        )
        mask = mask & near
        if mask.sum() < _LEAST_PX:
            return None
    ys, xs = np.nonzero(mask)
    x0, y0 = box[:2]
    bottom = np.array([xs.mean() + x0, ys.max() + y0], np.float32)
    height, width = float(np.ptp(ys) + 1), float(np.quantile(xs, 0.98) - np.quantile(xs, 0.02) + 1)
    upper = ys <= np.quantile(ys, 0.15)
    top = np.array([xs[upper].mean() + x0, ys[upper].mean() + y0], np.float32)
    joint = points.get(f"{side}-ankle")
    is_near = joint is not None and abs(joint.y - top[1]) < 1.2 * height
    place: Floats = np.array(joint[:2], np.float32) if joint is not None and is_near else top
    ankle_width = max(float(np.ptp(xs[upper])) + 1, 0.3 * min(width, height))
    above = wearer.has(box, leg, SOCKS)[max(int(top[1]) - y0 - round(0.5 * height), 0) : max(int(top[1]) - y0, 1)]
    near = above & (np.abs(np.arange(box[0], box[2]) - top[0]) < ankle_width)
    seen = near.sum(axis=1)[near.any(axis=1)]
    if seen.size > 2:  # the leg itself says more than a strap about it
        ankle_width = float(np.clip(np.median(seen), 0.4 * ankle_width, ankle_width))
    # Which way the toe points: the sole's end that is further from the leg.
    low = ys >= np.quantile(ys, 0.55)
    left_end, right_end = float(np.quantile(xs[low], 0.02)) + x0, float(np.quantile(xs[low], 0.98)) + x0
    aside = width / max(height, 1.0)
    leans = abs((left_end + right_end) / 2 - float(top[0])) / max(width, 1.0)
    is_front = aside < 1.25 or (aside < 1.7 and leans < 0.14)
    if is_front:
        lowest = ys >= np.quantile(ys, 0.9)
        toe = np.array([xs[lowest].mean() + x0, ys.max() + y0], np.float32)
        heel = top
    else:
        towards_left = float(top[0]) - left_end > right_end - float(top[0])
        ends = (left_end, right_end) if towards_left else (right_end, left_end)
        toe, heel = (np.array([x, _sole(xs + x0, ys + y0, x, 0.12 * width)], np.float32) for x in ends)
    del bottom
    head = wearer.anchors.head
    widest = 0.52 * head.face_height if head is not None else width
    return _Foot(side, mask, box, place, ankle_width, toe, heel, is_front, top, widest)


def _sole(xs: np.ndarray, ys: np.ndarray, x: float, reach: float) -> float:
    """The lowest row of the foot near a column."""
    near = np.abs(xs - x) <= max(reach, 1.5)
    return float(ys[near].max()) if near.any() else float(ys.max())


def _put_on(wearer: Wearer, item: Item, foot: _Foot, adjustment: Adjustment) -> None:
    view = item.views["front" if foot.is_from_front else "side"]
    make = _from_front if foot.is_from_front else _from_side
    to_photo = make(view, foot)
    middle = (foot.toe + foot.heel) / 2
    length = max(float(np.linalg.norm(foot.toe - foot.heel)), foot.ankle_width)
    placed = adjusted_map(to_photo, adjustment, middle, length)
    patch = warp_affine(premultiplied(view.picture_rgba), placed, wearer.scene.size_hw)
    if not patch.alpha.size:
        return
    edge = max(0.5, 0.02 * foot.ankle_width)
    box = grown_box(wearer, foot.box, 4)
    shoe = LEFT_SHOE if foot.side == "left" else RIGHT_SHOE
    old = wearer.has(box, shoe)
    ys, xs = np.nonzero(old)
    if ys.size:
        margin = round(1.2 * foot.ankle_width) + 6
        box = wearer.clipped(
            *(
                float(v)
                for v in (
                    xs.min() + box[0] - margin,
                    ys.min() + box[1] - margin,
                    xs.max() + box[0] + margin,
                    ys.max() + box[1] + margin,
                )
            )
        )
        old = wearer.has(box, shoe)
        covered = patch.alpha_in(box) > 0.9
        visible = old & ~(covered & ~grown(~covered, 2 * edge + 1))
        # Where the old shoe reached higher, the leg or what covers it goes on down into the new one.
        opening = ("ankle_left", "ankle_right") if foot.is_from_front else ("ankle_back", "ankle_front")
        leg = visible & _leg_area(foot, through(placed, anchor_points(view, *opening)), box)
        skin = LEFT_LEG if foot.side == "left" else RIGHT_LEG
        if wearer.has(box, skin, SOCKS).sum() > _LEAST_PX:
            erase(wearer, box, leg, gone=_BEHIND_NO_LEG, edge_px=edge, texture=0.5)
        else:
            paint_plain_skin(wearer, box, leg, skin)
        erase(wearer, box, visible & ~leg, gone=_BEHIND_NO_SHOE, edge_px=edge)
    assert isinstance(item.traits, Shoe)
    over = (PANTS, SKIRT, DRESS, COAT) if item.traits.shaft < 0.5 else (SKIRT, DRESS, COAT)
    hidden = hidden_by(wearer, patch.box_xyxy, classes=over, hair=False, edge_px=edge)
    lit = in_light(patch, wearer.light).shown(1 - hidden)
    wearer.scene.paint(lit)
    wearer.relabel(patch.box_xyxy, lit.alpha > 0.5, shoe)


def _leg_area(foot: _Foot, opening: Floats, box: BoxXyxy) -> Mask:
    """From the old shoe's top down to the new one's opening, as wide as the leg there."""
    canvas = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    top = foot.shoe_top
    half = np.array([0.5 * foot.ankle_width, 0], np.float32)
    ends = opening[np.argsort(opening[:, 0])]
    middle, reach = ends.mean(axis=0), 0.45 * (ends[1] - ends[0])
    # From well inside the leg down to the deepest point of an opening: only what the old shoe showed is filled.
    above = np.array([0, 0.8 * foot.ankle_width], np.float32)
    deeper = np.array([0, 0.6 * np.linalg.norm(ends[1] - ends[0])], np.float32)
    outline = [top - half - above, top + half - above, top - half, top + half, middle - reach, middle + reach,
               middle - 0.6 * reach + deeper, middle + 0.6 * reach + deeper]  # fmt: skip
    hull = cv2.convexHull(np.round(np.stack(outline) - np.array(box[:2], np.float32)).astype(np.int32))
    cv2.fillConvexPoly(canvas, hull, 1)
    return canvas > 0


def _from_front(view: View, foot: _Foot) -> Floats:
    """Opening to the ankle, toe to the lowest point; as wide as the old shoe, within what shoes are."""
    left, right, toe = anchor_points(view, "ankle_left", "ankle_right", "toe")
    opening = (left + right) / 2
    down = foot.toe - foot.ankle
    length = max(float(np.linalg.norm(down)), 0.6 * foot.ankle_width)
    down = down / max(float(np.linalg.norm(down)), 1e-3)
    drawn = max(float(np.linalg.norm(toe - opening)), 1.0)
    alpha = view.picture_rgba[..., 3] > 127
    picture_width = float(np.ptp(np.flatnonzero(alpha.any(axis=0))) + 1)
    xs = np.nonzero(foot.mask)[1]
    width = float(np.quantile(xs, 0.98) - np.quantile(xs, 0.02) + 1)
    scale_x = min(width * 1.04, foot.widest_px) / picture_width
    # A boot's or a heel's height is not the new shoe's: it keeps about the shape that it was drawn with.
    scale_y = float(np.clip(length / drawn, 0.75 * scale_x, 1.3 * scale_x))
    top = foot.toe - down * np.float32(drawn * scale_y)
    across = np.array([-down[1], down[0]], np.float32)
    if across[0] < 0:
        across = -across
    across = across if foot.side == "left" else -across  # the other foot is the mirrored picture
    source = np.stack([opening, toe, opening + np.array([100, 0], np.float32)])
    target = np.stack([top, foot.toe, top + across * np.float32(100 * scale_x)])
    # Only the picture's own slant between opening and toe is given up, not its shape.
    target[2] += (source[2] - source[0])[1] * down * np.float32(scale_y)
    return affine_between(source.astype(np.float32), target.astype(np.float32))


def _from_side(view: View, foot: _Foot) -> Floats:
    """Heel to heel and toe to toe, as high as it was drawn."""
    heel, toe = anchor_points(view, "heel", "toe")
    along = foot.toe - foot.heel
    length = float(np.linalg.norm(along))
    scale = length * 1.02 / max(float(np.linalg.norm(toe - heel)), 1.0)
    u = along / max(length, 1e-3)
    up = np.array([-u[1], u[0]], np.float32)
    if up[1] > 0:
        up = -up
    unit = (toe - heel) / max(float(np.linalg.norm(toe - heel)), 1e-3)
    rise = np.array([-unit[1], unit[0]], np.float32)
    if rise[1] > 0:
        rise = -rise
    middle, place = (heel + toe) / 2, (foot.heel + foot.toe) / 2
    source = np.stack([middle, middle + unit * 100, middle + rise * 100])
    target = np.stack([place, place + u * np.float32(100 * scale), place + up * np.float32(100 * scale)])
    return affine_between(source.astype(np.float32), target.astype(np.float32))

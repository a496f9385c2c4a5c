"""Trousers and skirts: trousers by a strip along each leg, skirts by a spline on waist and hem."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.errors import PlacementError
from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import (
    COAT,
    DRESS,
    FACE,
    GLOVE,
    HAIR,
    LEFT_ARM,
    LEFT_LEG,
    LEFT_SHOE,
    PANTS,
    RIGHT_ARM,
    RIGHT_LEG,
    RIGHT_SHOE,
    SKIRT,
    SOCKS,
    TORSO_SKIN,
    UPPER,
)
from fittingroom.tryon.blending import grown_box, hidden_by, in_light
from fittingroom.tryon.body import HEMS, Body, Limb, find_body, measured_half_widths
from fittingroom.tryon.erasing import erase
from fittingroom.tryon.filling import Mask, shrunken
from fittingroom.tryon.folds import fold_shade
from fittingroom.tryon.items import Item, Skirt, Trousers, View
from fittingroom.tryon.patches import (
    Floats,
    Patch,
    moved_window,
    premultiplied,
    ruled_map,
    thin_plate_map,
    warp_by_map,
    widened,
)
from fittingroom.tryon.placing import Adjustment, anchor_points, pixel_grid
from fittingroom.tryon.scene import Wearer
from fittingroom.tryon.skin import limb_class, paint_limb_skin

_LEGS = (LEFT_LEG, RIGHT_LEG)
_SHOES = (LEFT_SHOE, RIGHT_SHOE)
_ABOVE = (UPPER, COAT, FACE, HAIR, GLOVE, LEFT_ARM, RIGHT_ARM, TORSO_SKIN)  # stays in front of a waistband
_CROTCH = 0.16  # share of the way from hip to knee


def wear_bottom(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Put trousers or a skirt on, in place of what covers the legs now.

    Returns:
        Warnings for the report.

    Raises:
        PlacementError: hips or legs cannot be seen, or the person is not seen from the front.
    """
    traits = item.traits
    assert isinstance(traits, (Trousers, Skirt))
    body = find_body(wearer.anchors)
    if len(body.legs) < 2:
        raise PlacementError(f"the legs of person {wearer.person_id} cannot be seen down to the knees")
    if isinstance(traits, Skirt):
        body.check_stands(wearer.person_id, "skirt")
    warnings = list(body.warnings)
    box = _work_box(wearer, body)
    waist = _waist_share(wearer, body, box)
    view = item.front
    make = _trousers if isinstance(traits, Trousers) else _skirt
    patches = make(wearer, body, box, view, traits, waist, adjustment)  # type: ignore[arg-type]
    over = np.maximum.reduce([patch.alpha_in(box) for patch in patches])
    edge = max(0.6, 0.008 * body.unit)
    x0, y0, x1, y1 = box
    old = _old_bottom(wearer, body, box, waist)
    shade = fold_shade(wearer.scene.rgb[y0:y1, x0:x1], old, body.unit)
    _uncover(wearer, body, box, old, over > 0.5, HEMS[traits.hem], edge)
    front = hidden_by(wearer, box, classes=(*_ABOVE, *_front_shoes(traits)), hair=True, edge_px=edge)
    _shadow_below(wearer, box, over, body)
    for patch in patches:
        lit = in_light(patch, wearer.light, moved_window(shade, box, patch.box_xyxy))
        wearer.scene.paint(lit.shown(1 - moved_window(front, box, patch.box_xyxy)))
    wearer.relabel(box, over * (1 - front) > 0.5, PANTS if isinstance(traits, Trousers) else SKIRT)
    if any(not limb.is_seen_to_the_end for limb in body.legs.values()):
        warnings.append("the feet are outside the photo")
    return warnings


def _front_shoes(traits: Trousers | Skirt) -> tuple[int, ...]:
    return _SHOES if isinstance(traits, Trousers) else ()


def _work_box(wearer: Wearer, body: Body) -> BoxXyxy:
    x0, y0, x1, y1 = wearer.box_xyxy
    y0 = max(y0, int(body.axis_at(0.4)[1] - 0.3 * body.unit))
    return grown_box(wearer, (x0, y0, x1, y1), round(0.4 * body.unit))


def _waist_share(wearer: Wearer, body: Body, box: BoxXyxy) -> float:
    """Where the old trousers or skirt begin in the middle, as share of the way from shoulders to hips."""
    old = wearer.has(box, PANTS, SKIRT)
    grid = pixel_grid(*box) - body.neck_mid
    central = np.abs(grid @ body.across) < 0.3 * body.unit
    down = (grid @ body.down)[old & central]
    if down.size < 30:
        return 0.74
    # Where a top hangs over the waist, the waist itself is above the top's hem.
    return float(np.clip(np.quantile(down, 0.02) / max(body.trunk_length, 1.0), 0.46, 0.86))


def _old_bottom(wearer: Wearer, body: Body, box: BoxXyxy, waist: float) -> Mask:
    """Cloth of the legs; of a dress, what hangs below the waist."""
    grid = pixel_grid(*box) - body.neck_mid
    below = grid @ body.down > (waist + 0.12) * body.trunk_length
    old: Mask = wearer.has(box, PANTS, SKIRT) | (wearer.has(box, DRESS) & below)
    return old


def _trousers(
    wearer: Wearer, body: Body, box: BoxXyxy, view: View, traits: Trousers, waist: float, adjustment: Adjustment
) -> list[Patch]:
    """Both legs, each with its half of the hips."""
    left_waist, right_waist, crotch = anchor_points(view, "left_waist", "right_waist", "crotch")
    centre = (left_waist + right_waist) / 2
    scale = 1.75 * body.half_width(1.0) / max(float(left_waist[0] - right_waist[0]), 1.0)
    mask = wearer.has(box, PANTS, SKIRT, *_LEGS, SOCKS)
    corner = np.array(box[:2], np.float32)
    middle = body.axis_at(1.3)
    top = body.axis_at(waist)
    fork = _fork(body)
    patches = []
    for side, sign in (("right", -1), ("left", 1)):
        limb = body.legs[side]
        source = [np.stack([left_waist if sign > 0 else right_waist, centre])]
        target = [np.stack([top + body.across * np.float32(sign * 0.88 * body.half_width(waist) * 1.08), top])]
        hip_at = view.anchors.get(f"{side}_hip")
        outer_hem, inner_hem = anchor_points(view, f"{side}_hem_outer", f"{side}_hem_inner")
        hip = (
            np.array(hip_at, np.float32)
            if hip_at
            else _outline_at(view, float(crotch[1]) * 0.75 + float(centre[1]) * 0.25, sign)
        )
        source.append(np.stack([hip, centre * 0.25 + crotch * 0.75]))
        seen = measured_half_widths(mask, corner, body.axis_at(1.03), body.across, 1.2 * body.unit)[
            0 if sign > 0 else 1
        ]
        slim = body.half_width(1.0) * 1.06
        wide = float(np.clip(seen * 1.01, 0.95 * slim, 1.22 * slim))
        target.append(np.stack([body.axis_at(1.03) + body.across * np.float32(sign * wide), top * 0.25 + fork * 0.75]))
        knee = [view.anchors.get(f"{side}_knee_{edge}") for edge in ("outer", "inner")]
        end = 2 * (HEMS[traits.hem] - 1) + (0.1 if traits.hem == "ankle" else 0.0)
        for share in np.linspace(_CROTCH + 0.08, end, 9 if end > 1.2 else 5):
            way = float((share - _CROTCH) / (end - _CROTCH))
            thigh = np.stack([_outline_at(view, float(crotch[1]), sign), crotch])
            lowest = np.stack([outer_hem, inner_hem])
            line = thigh + (lowest - thigh) * way
            if knee[0] is not None and knee[1] is not None and end > 1.3:
                bend = (1 - _CROTCH) / (end - _CROTCH)
                middle_line = np.array(knee, np.float32)
                line = (
                    thigh + (middle_line - thigh) * (way / bend)
                    if way < bend
                    else middle_line + (lowest - middle_line) * ((way - bend) / (1 - bend))
                )
            source.append(line)
            target.append(_leg_line(limb, float(share), line, scale, mask, corner, body))
        at, to = np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)
        to = adjustment.moved(to.reshape(-1, 2), middle, body.unit).reshape(to.shape)
        at, to = _outer_widened(at, 1.15), _outer_widened(to, 1.15)
        patches.append(_strip(wearer, view, at, to, scale * adjustment.scale))
    return patches


def _fork(body: Body) -> Floats:
    """Where the legs part."""
    inner = [limb.at(_CROTCH)[0] for limb in body.legs.values()]
    fork: Floats = np.mean(inner, axis=0).astype(np.float32) + body.down * np.float32(0.1 * body.unit)
    return fork


def _leg_line(limb: Limb, share: float, line: Floats, scale: float, mask: Mask, corner: Floats, body: Body) -> Floats:
    """Ends (outer, inner) of the cloth across the leg."""
    place, direction, slim = limb.at(share)
    normal = limb.outer(direction)
    drawn = float(np.linalg.norm(line[0] - line[1])) / 2 * scale
    # The cloth that is seen there now bounds the leg; between legs that touch nothing can be measured.
    reach = 1.9 * slim
    sign = 1 if limb.side == "left" else -1
    outward = measured_half_widths(mask, corner, place, normal * sign, reach)[0 if sign > 0 else 1]
    least = slim * 1.04
    outer = float(np.clip(max(drawn, min(outward * 1.02, 1.25 * slim)), least, 2.1 * slim))
    inner = float(np.clip(drawn, 0.95 * slim, 1.7 * slim))
    # Legs that touch share the middle between them.
    other = body.legs["right" if limb.side == "left" else "left"].at(share)[0]
    half_way = float(np.linalg.norm(other - place)) / 2
    # Thighs part gradually: at the crotch the legs' cloth meets, towards the knee each has its own width.
    inner = max(inner, half_way * (1.04 - 0.8 * float(np.clip((share - _CROTCH) / 0.84, 0, 1))))
    inner = min(inner, max(half_way * 1.04, 0.75 * slim))
    return limb.cross_line(share, outer, inner)


def _outline_at(view: View, y: float, sign: int) -> Floats:
    """The picture's outermost pixel of a side at a height."""
    row = view.picture_rgba[int(np.clip(round(y), 0, view.size_hw[0] - 1)), :, 3] > 127
    xs = np.flatnonzero(row)
    x = float(xs[-1] if sign > 0 else xs[0]) if xs.size else view.size_hw[1] / 2
    return np.array([x, y], np.float32)


def _outer_widened(rows: Floats, factor: float) -> Floats:
    """Cross lines (outer, inner): waist and hips longer on the outer side alone, the others on both."""
    wide = widened(rows, factor)
    wide[:2, 1] = rows[:2, 1]
    wide[:2, 0] = rows[:2, 1] + (rows[:2, 0] - rows[:2, 1]) * np.float32(factor)
    return wide


def _strip(wearer: Wearer, view: View, source: Floats, target: Floats, scale: float) -> Patch:
    """One leg; a little more above the waist and below the hem, so that their own edges show."""
    for at, rows in ((0, source), (0, target)):
        del at
        rows_up = rows[0] + (rows[0] - rows[1]) * 0.12
        rows_down = rows[-1] + (rows[-1] - rows[-2]) * 0.3
        if rows is source:
            source = np.concatenate([rows_up[None], rows, rows_down[None]])
        else:
            target = np.concatenate([rows_up[None], rows, rows_down[None]])
    box, at_xy, covered = ruled_map(source.astype(np.float32), target.astype(np.float32), wearer.scene.size_hw)
    patch = warp_by_map(premultiplied(view.picture_rgba), at_xy, box[0], box[1], scale)
    return patch.shown(covered.astype(np.float32))


def _skirt(
    wearer: Wearer, body: Body, box: BoxXyxy, view: View, traits: Skirt, waist: float, adjustment: Adjustment
) -> list[Patch]:
    """The skirt: waist and hips as wide as the body, the hem as wide as it was drawn."""
    left_waist, right_waist, left_hem, right_hem = anchor_points(
        view, "left_waist", "right_waist", "left_hem", "right_hem"
    )
    span = 2 * body.half_width(waist) * 1.02
    scale = span / max(float(left_waist[0] - right_waist[0]), 1.0)
    mask = wearer.has(box, PANTS, SKIRT, DRESS, *_LEGS)
    corner = np.array(box[:2], np.float32)
    end = HEMS[traits.hem]
    source, target = [], []
    for sign, top, low, name in ((1, left_waist, left_hem, "left_hip"), (-1, right_waist, right_hem, "right_hip")):
        source += [top, low]
        target.append(body.axis_at(waist) + body.across * np.float32(sign * span / 2))
        drawn = float(left_hem[0] - right_hem[0]) / 2 * scale
        legs = 0.62 * body.unit if end > 1.5 else body.half_width(1.0) * 1.05
        target.append(body.axis_at(end) + body.across * np.float32(sign * float(np.clip(drawn, legs, 3.2 * body.unit))))
        y = float(top[1] + (low[1] - top[1]) * (1.03 - waist) / max(end - waist, 0.1))
        hip = np.array(view.anchors[name], np.float32) if name in view.anchors else _outline_at(view, y, sign)
        seen = measured_half_widths(mask, corner, body.axis_at(1.03), body.across, 1.1 * body.unit)[
            0 if sign > 0 else 1
        ]
        slim = body.half_width(1.0) * 1.06
        wide = max(
            float(np.clip(seen, 0.95 * slim, 1.15 * slim)),
            min(abs(float(hip[0] - (left_waist[0] + right_waist[0]) / 2)) * scale, 1.6 * slim),
        )
        source.append(hip)
        target.append(body.axis_at(1.03) + body.across * np.float32(sign * wide))
    source += [(left_waist + right_waist) / 2, (left_hem + right_hem) / 2]
    target += [body.axis_at(waist), body.axis_at(end)]
    moved = adjustment.moved(np.stack(target).astype(np.float32), body.axis_at(1.2), body.unit)
    at = thin_plate_map(moved, np.stack(source).astype(np.float32), box, stiffness=1e-4)
    return [warp_by_map(premultiplied(view.picture_rgba), at, box[0], box[1], scale * adjustment.scale)]


def _uncover(wearer: Wearer, body: Body, box: BoxXyxy, old: Mask, new: Mask, hem: float, edge: float) -> None:
    """Give every pixel that the old cloth covered and the new one does not what is behind it: legs, then background."""
    left = old & ~shrunken(new, 1.5 * edge)
    if not left.any():
        return
    grid = pixel_grid(*box)
    legs = {}
    for side, limb in body.legs.items():
        share, away = limb.coordinates(grid)
        legs[side] = left & (away < 0.92) & (share > max(2 * (hem - 1) - 0.3, 0.1)) & (share < 2.05)
        left &= ~legs[side]
    gone = (PANTS, SKIRT, DRESS, HAIR, FACE, UPPER, COAT, LEFT_ARM, RIGHT_ARM, GLOVE, *_LEGS, *_SHOES)
    erase(wearer, box, left, gone=gone, edge_px=edge)
    for side, where in legs.items():
        paint_limb_skin(wearer, box, where, body.legs[side], limb_class(side, is_arm=False))


def _shadow_below(wearer: Wearer, box: BoxXyxy, alpha: Floats, body: Body) -> None:
    """A soft darkening of the legs and shoes beside and below the cloth."""
    soft = cv2.GaussianBlur(alpha, (0, 0), max(0.8, 0.04 * body.unit))
    onto = wearer.has(box, *_LEGS, SOCKS, *_SHOES)
    share = np.where(onto & (soft > 0.02), 0.4 * np.minimum(soft, 0.5) * (1 - alpha), 0)
    wearer.scene.darken(box[0], box[1], (1 - share).astype(np.float32))

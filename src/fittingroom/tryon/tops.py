"""Tops and dresses: the trunk by a spline on collar, shoulders, armpits, waist and hem; sleeves along the arms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from fittingroom.errors import PlacementError
from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import (
    COAT,
    DRESS,
    FACE,
    GLOVE,
    HAIR,
    HAT,
    LEFT_ARM,
    LEFT_LEG,
    LEFT_SHOE,
    PANTS,
    RIGHT_ARM,
    RIGHT_LEG,
    RIGHT_SHOE,
    SCARF,
    SKIRT,
    SUNGLASSES,
    TORSO_SKIN,
    UPPER,
)
from fittingroom.tryon.blending import grown_box, hidden_by, in_light
from fittingroom.tryon.body import HEMS, Body, Limb, find_body, measured_half_widths
from fittingroom.tryon.erasing import erase
from fittingroom.tryon.filling import Mask, blur_wide, grown, shrunken, soft_mask
from fittingroom.tryon.folds import fold_shade
from fittingroom.tryon.items import Dress, Item, Top, View
from fittingroom.tryon.outline import central_half_widths
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
from fittingroom.tryon.placing import Adjustment, anchor_points, pixel_grid, smooth_step
from fittingroom.tryon.scene import Wearer
from fittingroom.tryon.skin import limb_class, paint_limb_skin, paint_plain_skin

_ARMS = (LEFT_ARM, RIGHT_ARM)
_IN_FRONT = (FACE, HAT, SUNGLASSES, GLOVE)  # of all garments of the trunk
_PIT = 0.3  # share of the way at which a sleeve's inner side begins
_SEEN_BENEATH = 0.08  # squared shoulder widths of trousers or skirt that tell what a coat hides
_SLEEVE_END = {"short": 0.62, "half": 1.05, "long": 1.98}


@dataclass(frozen=True, eq=False)
class _Cut:
    """A garment's picture, and where its points go.

    Attributes:
        collar: ends of the collar in the photo, float32 (2, 2).
        source: control points in the picture, float32 (N, 2).
        target: where they go in the photo, float32 (N, 2).
        shoulders: (outer) shoulder tip and armpit of each side in the photo, by side: float32 (2, 2).
        scale: photo pixels for one picture pixel.
    """

    source: Floats
    target: Floats
    shoulders: dict[str, Floats]
    collar: Floats
    scale: float


class _Site:
    """The part of the photo that a garment may change, and what is known of each of its pixels.

    Attributes:
        wearer, body: whose it is.
        box: the window.
        arms: for each arm, share of the way and relative distance of every pixel, as in `Limb.coordinates`.
        hands: bool (h, w), skin or gloves beyond the wrists.
        sleeved: bool (h, w), cloth of the trunk and skin of the arms, as it was before.
        shoulders: bool (h, w), these and the skin of the trunk.
        across, down: position of every pixel relative to the middle of the shoulders, in pixels.
    """

    def __init__(self, wearer: Wearer, body: Body, box: BoxXyxy) -> None:
        self.wearer, self.body, self.box = wearer, body, box
        grid = pixel_grid(*box)
        x, y = grid[..., 0] - body.neck_mid[0], grid[..., 1] - body.neck_mid[1]
        self.across = x * body.across[0] + y * body.across[1]
        self.down = x * body.down[0] + y * body.down[1]
        self.arms = {side: limb.coordinates(grid) for side, limb in body.arms.items()}
        self.sleeved = wearer.has(box, UPPER, COAT, DRESS, *_ARMS)
        self.shoulders = self.sleeved | wearer.has(box, TORSO_SKIN)
        self.hands = wearer.has(box, *_ARMS, GLOVE)
        for side, (share, away) in self.arms.items():
            mine = wearer.has(box, limb_class(side, is_arm=True))
            self.hands &= ~((share < 1.93) & (away < 2.6) & (mine | (away < 1.6)))

    def has(self, *classes: int) -> Mask:
        """Where the wearer shows one of the classes now."""
        return self.wearer.has(self.box, *classes)


def wear_top(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Put a top or a dress on, in place of what covers the trunk now.

    Returns:
        Warnings for the report.

    Raises:
        PlacementError: the shoulders cannot be seen, or the person is not seen from the front.
    """
    traits = item.traits
    assert isinstance(traits, (Top, Dress))
    body = find_body(wearer.anchors)
    warnings = list(body.warnings) + _crossed_arms(body)
    if isinstance(traits, Dress):
        _check_legs(wearer, body)
    view = item.front
    site = _Site(wearer, body, _work_box(wearer, body, traits))
    box = site.box
    cut = _moved(_fit(site, item, view), adjustment, body)
    sleeves = _sleeves(site, view, traits, cut, adjustment)
    trunk = _trunk(view, cut, box, traits)
    over_trunk = trunk.alpha_in(box)
    over_arms = {side: patch.alpha_in(box) for side, patch in sleeves.items()}
    edge = max(0.6, 0.008 * body.unit)
    x0, y0, x1, y1 = box
    before = wearer.scene.rgb[y0:y1, x0:x1].copy()
    old = site.has(*_replaced(traits)) & _above_hem(site, traits)
    shade = fold_shade(before, old, body.unit)
    bare = _bare_arms(site, traits, over_arms)
    _uncover(site, old, np.maximum.reduce([over_trunk, *over_arms.values()]) > 0.5, bare, traits, cut, edge)
    if view.back_rgba is not None:
        _collar_behind(site, view, cut, edge)
    front = hidden_by(wearer, box, classes=_IN_FRONT, hair=True, edge_px=edge)
    over_all = np.maximum(soft_mask(site.hands, edge), site.hands)
    front = np.maximum(front, over_all)
    if traits.sleeve != "long":
        arms = _arms_before(site, traits)
        front = np.maximum(front, np.maximum(soft_mask(arms, edge), arms))
    _contact_shadow(site, over_trunk)
    _lay(site, trunk, shade, front)
    wearer.relabel(box, over_trunk * (1 - front) > 0.5, _new_class(traits))
    for side, where in bare.items():
        paint_limb_skin(wearer, box, where & ~(front > 0.5), body.arms[side], limb_class(side, is_arm=True))
    for side, sleeve in sleeves.items():
        hidden = hidden_by(wearer, box, classes=_IN_FRONT, hair=True, edge_px=edge)
        hidden = np.maximum(hidden, over_all)
        # Not at the armhole, where the sleeve is sewn to the trunk.
        _contact_shadow(site, over_arms[side] * smooth_step(site.arms[side][0], 0.45, 0.75))
        _lay(site, sleeve, shade, hidden)
        wearer.relabel(box, over_arms[side] * (1 - hidden) > 0.5, _new_class(traits))
    wearer.scene.rgb[y0:y1, x0:x1][site.hands] = before[site.hands]  # soft edges reach a pixel into them else
    return warnings


def _new_class(traits: Top | Dress) -> int:
    return DRESS if isinstance(traits, Dress) else COAT if traits.outer else UPPER


def _replaced(traits: Top | Dress) -> tuple[int, ...]:
    if isinstance(traits, Dress):
        return UPPER, COAT, DRESS, SKIRT, PANTS, SCARF
    if traits.open:
        return COAT, SCARF
    return UPPER, COAT, DRESS, SCARF


def _work_box(wearer: Wearer, body: Body, traits: Top | Dress) -> BoxXyxy:
    x0, y0, x1, y1 = wearer.box_xyxy
    lowest = max(HEMS[traits.hem], 1.15) + 0.12
    ends = [body.axis_at(lowest)[1], *(limb.line[-1][1] + 0.3 * body.unit for limb in body.arms.values())]
    y1 = min(y1, round(float(max(ends)) + 0.2 * body.unit)) if not isinstance(traits, Dress) else y1
    y0 = max(
        y0,
        round(float(min(body.neck_mid[1] - 1.5 * body.unit, *(limb.line[:, 1].min() for limb in body.arms.values()))))
        if body.arms
        else y0,
    )
    return grown_box(wearer, (x0, y0, x1, y1), round(0.35 * body.unit))


def _check_legs(wearer: Wearer, body: Body) -> None:
    """Refuse to hang a dress over legs whose place is not known: half of them would show beside it."""
    body.check_stands(wearer.person_id, "dress")
    below = wearer.has(wearer.box_xyxy, PANTS, SKIRT, LEFT_LEG, RIGHT_LEG)
    if len(body.legs) == 2 or below.sum() < 0.6 * body.unit**2:
        return
    raise PlacementError(
        f"the legs of person {wearer.person_id} are seen, but not how they stand; a dress hangs over them"
    )


def _crossed_arms(body: Body) -> list[str]:
    crossing = 0
    for side, limb in body.arms.items():
        if len(limb.line) == 3:
            across = float((limb.line[2] - body.neck_mid) @ body.across) * (1 if side == "left" else -1)
            down = float((limb.line[2] - body.neck_mid) @ body.down)
            crossing += across < 0.05 * body.unit and down < 0.95 * body.trunk_length
    return ["the arms are crossed before the chest: the garment beneath them is guessed"] if crossing == 2 else []


def _fit(site: _Site, item: Item, view: View) -> _Cut:
    body = site.body
    traits = item.traits
    assert isinstance(traits, (Top, Dress))
    points = {name: np.array(xy, np.float32) for name, xy in view.anchors.items()}
    shoulder_span = float(points["left_shoulder"][0] - points["right_shoulder"][0])
    outer = isinstance(traits, Top) and traits.outer
    span = 1.15 * body.unit * (1.08 if outer else 1.0)
    scale = span / max(shoulder_span, 1.0)
    source: list[Floats] = []
    target: list[Floats] = []

    def pin(at: Floats, to: Floats) -> None:
        source.append(at)
        target.append(to.astype(np.float32))

    tips = {side: _shoulder_tip(site, side, outer) for side in ("left", "right")}
    neck_line = _neck_line(site)
    hem_share = _hem_share(site, traits)
    widths = _side_widths(site, view, traits, scale)
    shoulders: dict[str, Floats] = {}
    ends: list[Floats] = []
    for side, sign in (("left", 1), ("right", -1)):
        collar, tip, armpit, hem = (points[f"{side}_{name}"] for name in ("collar", "shoulder", "armpit", "hem"))
        wide = float(abs(collar[0] - (points["left_collar"][0] + points["right_collar"][0]) / 2)) * scale
        half = max(neck_line[1] / 2 * 1.02, min(wide, 0.42 * span))
        base = neck_line[0] + body.across * np.float32(sign * neck_line[1] / 2)
        along = np.clip((half - neck_line[1] / 2) / max(float(np.linalg.norm(tips[side] - base)), 1.0), 0, 0.8)
        ends.append(_on_outline(site, base * (1 - along) + tips[side] * along, 0.085))
        pin(collar, ends[-1])
        pin((collar + tip) / 2, _on_outline(site, (ends[-1] + tips[side]) / 2, 0.06))
        pin(tip, tips[side])
        depth = 0.40 if outer else 0.34
        pit_share = depth * body.unit / max(body.trunk_length, 1.0)
        pit = body.axis_at(pit_share) + body.across * np.float32(sign * widths(pit_share, armpit[1], sign))
        pin(armpit, pit)
        shoulders[side] = np.stack([tips[side], pit])
        for name, share in (("waist", 0.62), ("hip", 1.0)):
            at = points.get(f"{side}_{name}")
            if at is not None and share < hem_share - 0.1:
                pin(at, body.axis_at(share) + body.across * np.float32(sign * widths(share, at[1], sign)))
            elif share < hem_share - 0.15:
                y = float(armpit[1] + (hem[1] - armpit[1]) * (share - pit_share) / max(hem_share - pit_share, 0.1))
                left, right = central_half_widths(view, y)
                x = left if sign > 0 else right
                place = body.axis_at(share)
                pin(np.array([x, y], np.float32), place + body.across * np.float32(sign * widths(share, y, sign)))
        pin(hem, body.axis_at(hem_share) + body.across * np.float32(sign * widths(hem_share, hem[1], sign)))
    middle = (points["left_collar"] + points["right_collar"]) / 2
    depth_px = (points["neck"][1] - middle[1]) * scale
    pin(points["neck"], neck_line[0] + body.down * np.float32(max(float(depth_px), 0.02 * body.unit)))
    middle_hem = (points["left_hem"] + points["right_hem"]) / 2
    pin(middle_hem, body.axis_at(hem_share))
    return _Cut(np.stack(source), np.stack(target), shoulders, np.stack(ends), scale)


def _on_outline(site: _Site, place: Floats, most: float) -> Floats:
    """The place raised to the slope of the shoulder that the photo shows above it, by at most that share."""
    corner = np.array(site.box[:2], np.float32)
    rise = measured_half_widths(site.shoulders, corner, place, -site.body.down, 2.5 * most * site.body.unit)[0]
    raised: Floats = place - site.body.down * np.float32(min(rise, most * site.body.unit))
    return raised


def _shoulder_tip(site: _Site, side: str, is_outer: bool) -> Floats:
    """Where the sleeve is sewn on: out and up from the joint, on the outline that the photo shows there."""
    body = site.body
    joint = body.left_shoulder if side == "left" else body.right_shoulder
    sign = np.float32(1 if side == "left" else -1)
    slanted = body.across * sign * np.float32(0.64) - body.down * np.float32(0.77)
    thick = 1.35 if is_outer else 1.0
    corner = np.array(site.box[:2], np.float32)
    seen = measured_half_widths(site.shoulders, corner, joint, slanted, 0.3 * body.unit)[0] / body.unit
    usual = 0.095
    reach = float(np.clip(seen, 0.05, 0.13)) if 0.02 < seen < 0.28 else usual
    tip: Floats = joint + slanted * np.float32(reach * thick * body.unit)
    return tip


def _neck_line(site: _Site) -> tuple[Floats, float]:
    """Middle of the line where collars sit, and the neck's width."""
    body, anchors = site.body, site.wearer.anchors
    if "left-neck" not in anchors.points:
        return body.neck_mid - body.down * np.float32(0.2 * body.unit), 0.42 * body.unit
    left, right = anchors.xy("left-neck"), anchors.xy("right-neck")
    return (left + right) / 2, float(np.linalg.norm(left - right))


def _hem_share(site: _Site, traits: Top | Dress) -> float:
    wanted = HEMS[traits.hem]
    if isinstance(traits, Dress) or traits.hem not in ("waist", "hip"):
        return wanted
    # A top ends where the old one did, if that is about where tops end: tucked in stays tucked in.
    old, dress = site.has(UPPER, COAT), site.has(DRESS)
    central = np.abs(site.across) < 0.3 * site.body.unit
    below = site.down[(old | dress) & central]
    if below.size < 50:
        return wanted
    if site.box[3] == site.wearer.scene.size_hw[0] and (old | dress)[-1][central[-1]].mean() > 0.5:
        # The photo ends before the old one does: so it does before the new one.
        return max(wanted, float(below.max()) / max(site.body.trunk_length, 1.0) + 0.1)
    if dress.sum() > 0.2 * old.sum():
        return wanted
    below = site.down[old & central]
    if below.size < 50:
        return wanted
    end = float(np.quantile(below, 0.985)) / max(site.body.trunk_length, 1.0)
    return float(np.clip(end, 0.5, 1.24)) if 0.42 < end < 1.36 else wanted


def _side_widths(site: _Site, view: View, traits: Top | Dress, scale: float) -> Callable[[float, float, int], float]:
    """A function (share of the way down, height in the picture, side) -> half width in pixels."""
    body, corner = site.body, np.array(site.box[:2], np.float32)
    mask = _trunk_mask(site)
    middle_x = (view.anchors["left_hem"][0] + view.anchors["right_hem"][0]) / 2
    outer = isinstance(traits, Top) and traits.outer
    flare = scale
    if "left_waist" in view.anchors:
        # A narrow neckline says nothing of the hem: a skirt is as much wider than the waist as it was drawn.
        drawn_waist = view.anchors["left_waist"][0] - view.anchors["right_waist"][0]
        flare = min(scale, 2.2 * body.half_width(0.62) * 1.1 / max(drawn_waist, 1.0))

    def half_width(share: float, y: float, sign: int) -> float:
        slim = body.half_width(min(share, 1.25)) * (1.14 if outer else 1.06)
        left, right = central_half_widths(view, y)
        drawn = abs((left if sign > 0 else right) - middle_x) * (flare if share > 0.7 else scale)
        plus, minus = measured_half_widths(mask, corner, body.axis_at(share), body.across, 1.1 * body.unit)
        seen = plus if sign > 0 else minus
        # Cloth that is seen there now tells how wide the body is, if it is no wider than bodies are.
        held = float(np.clip(seen * 1.01, 0.86 * slim, 1.32 * slim)) if seen > 0.3 * slim else slim
        if share > 1.1 or (isinstance(traits, Dress) and share > 0.9):
            return float(np.clip(drawn, held if share < 1.15 else 0.7 * slim, 2.6 * slim))
        return float(np.clip(0.7 * held + 0.3 * drawn, held, 1.25 * held))

    return half_width


def _trunk_mask(site: _Site) -> Mask:
    """Cloth of trunk and hips without the arms beside it."""
    mask = site.has(UPPER, COAT, DRESS, TORSO_SKIN, PANTS, SKIRT)
    inner = np.abs(site.across) < 0.33 * site.body.unit
    for share, away in site.arms.values():
        mask = mask & ~((away < 1.25) & (share > 0.3) & ~inner)
    return mask


def _moved(cut: _Cut, adjustment: Adjustment, body: Body) -> _Cut:
    middle = (body.neck_mid + body.hip_mid) / 2
    return _Cut(
        cut.source,
        adjustment.moved(cut.target, middle, body.unit),
        {side: adjustment.moved(ends, middle, body.unit) for side, ends in cut.shoulders.items()},
        adjustment.moved(cut.collar, middle, body.unit),
        cut.scale * adjustment.scale,
    )


def _trunk(view: View, cut: _Cut, box: BoxXyxy, traits: Top | Dress) -> Patch:
    """The garment without its sleeves, in its place."""
    picture = premultiplied(view.picture_rgba)
    if traits.sleeve != "none":
        # A strip of the sleeves stays on the trunk, for the sleeves to fade in over it.
        picture = picture * (1 - _sleeve_region(view, 0.02))[..., None]
    source = thin_plate_map(cut.target, cut.source, box, stiffness=1e-4)
    return warp_by_map(picture, source, box[0], box[1], cut.scale)


@lru_cache(maxsize=8)
def _sleeve_region(view: View, further_share: float = 0.0) -> Floats:
    """Where the picture shows sleeves: beyond the lines from shoulder to armpit, with a soft edge; float32 (h, w).

    further_share: how much further out they are to begin, as share of the picture's width.
    """
    height, width = view.size_hw
    grid = pixel_grid(0, 0, width, height)
    region = np.zeros((height, width), np.float32)
    soft = max(1.0, 0.004 * width)
    for side in ("left", "right"):
        tip, pit, outer, inner = anchor_points(
            view, f"{side}_shoulder", f"{side}_armpit", f"{side}_cuff_outer", f"{side}_cuff_inner"
        )
        beyond = _beyond(grid, tip, pit, (outer + inner) / 2) - further_share * width
        # Below the armpit a sleeve is what lies outside the trunk's side or beyond the line from armpit to inner cuff.
        hem = np.array(view.anchors[f"{side}_hem"], np.float32)
        trunk_x = pit[0] + (hem[0] - pit[0]) * (grid[..., 1] - pit[1]) / max(float(hem[1] - pit[1]), 1.0)
        outside = (grid[..., 0] - trunk_x) * (1 if side == "left" else -1) - 0.02 * width
        upper = smooth_step(beyond, -soft, soft)
        lower = smooth_step(np.maximum(_beyond(grid, pit, inner, outer), outside), -soft, soft)
        below = (grid[..., 1] > pit[1]).astype(np.float32)
        region = np.maximum(region, upper * (1 - below) + np.minimum(upper, lower) * below)
    return region


def _beyond(grid: Floats, start: Floats, end: Floats, towards: Floats) -> Floats:
    """Distance from the line through two points, positive on the side of a third."""
    along = end - start
    normal = np.array([-along[1], along[0]], np.float32) / max(float(np.linalg.norm(along)), 1e-3)
    if (towards - start) @ normal < 0:
        normal = -normal
    distance: Floats = (grid - start) @ normal
    return distance


def _sleeves(site: _Site, view: View, traits: Top | Dress, cut: _Cut, adjustment: Adjustment) -> dict[str, Patch]:
    body = site.body
    if traits.sleeve == "none":
        return {}
    sleeves = {}
    picture = premultiplied(view.picture_rgba)
    region = _faded_in(view, _sleeve_region(view, -0.02))
    middle = (body.neck_mid + body.hip_mid) / 2
    for side, limb in body.arms.items():
        line = adjustment.moved(limb.line, middle, body.unit)
        moved = replace(limb, line=line, half_widths=limb.half_widths * np.float32(adjustment.scale))
        source, target = _sleeve_rows(site, view, side, moved, traits, cut.scale, cut.shoulders[side][1])
        target[0] = cut.shoulders[side]
        # A little more of the garment than the sleeve alone, so that no gap opens at the armhole.
        inward = _inward(source, target, 0.035)
        source, target = np.concatenate([inward[0][None], source]), np.concatenate([inward[1][None], target])
        # The strip is wider than the sleeve: its edge is to be the picture's, not the strip's.
        source, target = widened(source, 1.2), widened(target, 1.2)
        box, at, covered = ruled_map(source.astype(np.float32), target.astype(np.float32), site.wearer.scene.size_hw)
        if not covered.any():
            continue
        patch = warp_by_map(picture * region[..., None], at, box[0], box[1], cut.scale)
        sleeves[side] = patch.shown(covered.astype(np.float32))
    return sleeves


def _faded_in(view: View, region: Floats) -> Floats:
    """The sleeves' region, fading in across the armholes, where the trunk shows the same cloth."""
    height, width = view.size_hw
    grid = pixel_grid(0, 0, width, height)
    fade = np.zeros((height, width), np.float32)
    for side in ("left", "right"):
        tip, pit, outer, inner = anchor_points(
            view, f"{side}_shoulder", f"{side}_armpit", f"{side}_cuff_outer", f"{side}_cuff_inner"
        )
        beyond = _beyond(grid, tip, pit, (outer + inner) / 2)
        fade = np.maximum(fade, smooth_step(beyond, -0.003 * width, 0.010 * width))
    return region * fade


def _inward(source: Floats, target: Floats, share: float) -> tuple[Floats, Floats]:
    """The first cross line moved back against the strip's direction, by a share of the strip's length."""
    length = float(np.linalg.norm(source[-1].mean(axis=0) - source[0].mean(axis=0)))
    step = source[1].mean(axis=0) - source[0].mean(axis=0)
    back = step / max(float(np.linalg.norm(step)), 1e-3) * share * length
    step_to = target[1].mean(axis=0) - target[0].mean(axis=0)
    ratio = float(np.linalg.norm(step_to)) / max(float(np.linalg.norm(step)), 1e-3)
    back_to = step_to / max(float(np.linalg.norm(step_to)), 1e-3) * share * length * ratio
    return source[0] - back, target[0] - back_to


def _sleeve_rows(
    site: _Site, view: View, side: str, limb: Limb, traits: Top | Dress, scale: float, pit_to: Floats
) -> tuple[Floats, Floats]:
    """Cross lines (outer, inner) of the sleeve in the picture and on the arm; the first, the armhole, is left 0."""
    tip, pit, outer, inner = anchor_points(
        view, f"{side}_shoulder", f"{side}_armpit", f"{side}_cuff_outer", f"{side}_cuff_inner"
    )
    end = _SLEEVE_END[traits.sleeve]
    if end > 1 and len(limb.line) < 3:
        end = min(end, 1.0 if traits.sleeve == "half" else 1.9)
    loose = 1.25 if isinstance(traits, Top) and traits.outer else 1.12
    has_elbow = f"{side}_elbow_outer" in view.anchors and end > 1.2
    elbow = anchor_points(view, f"{side}_elbow_outer", f"{side}_elbow_inner") if has_elbow else None
    first, lowest = np.stack([tip, pit]), np.stack([outer, inner])
    shares = np.linspace(0, end, 5 if end < 1 else 7 if end < 1.3 else 14)
    source, target = [first], [first * 0]
    for share in shares[1:]:
        # On the inner side the sleeve begins at the armpit, a third of the upper arm further down than on the outer.
        ways = share / end, max(0.0, share - _PIT) / (end - _PIT)
        line = np.stack([_along(first, elbow, lowest, float(way), end, edge) for edge, way in enumerate(ways)])
        _, _, slim = limb.at(float(share))
        drawn = float(np.linalg.norm(line[0] - line[1])) / 2 * scale
        widest = slim * (1.35 if share < 1 else 1.8)
        half = float(np.clip(drawn, slim * loose, max(widest, slim * loose)))
        near = float(np.clip(1 - share / 0.6, 0, 1))
        seen = _cloth_beyond(site, limb, float(share)) * 1.02
        # The joint lies nearer to the shoulder's outline than half the arm's width.
        outer_px = half * (1 - near) + near * (
            float(np.clip(seen, 0.6 * slim, slim)) if seen > 0.3 * slim else 0.8 * slim
        )
        # A wide old sleeve would show beside a narrow new one.
        outer_px = max(outer_px, min(seen, 1.5 * slim))
        to = limb.cross_line(float(share), outer_px, half)
        away = float(np.clip((share - _PIT) / 0.4, 0, 1))
        to[1] = pit_to * np.float32(1 - away) + to[1] * np.float32(away)
        source.append(line)
        target.append(to)
    return np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)


def _cloth_beyond(site: _Site, limb: Limb, share: float) -> float:
    """How far cloth or skin goes from the arm's line to its outer side, in pixels."""
    place, direction, slim = limb.at(share)
    return measured_half_widths(
        site.sleeved, np.array(site.box[:2], np.float32), place, limb.outer(direction), 2 * slim
    )[0]


def _along(first: Floats, elbow: Floats | None, lowest: Floats, way: float, end: float, edge: int) -> Floats:
    """The picture's point of an edge of the sleeve (0 outer, 1 inner) so far from armhole (0) to cuff (1)."""
    if elbow is None:
        point: Floats = first[edge] + (lowest[edge] - first[edge]) * np.float32(way)
        return point
    bend = 1 / end
    if way < bend:
        return np.asarray(first[edge] + (elbow[edge] - first[edge]) * np.float32(way / bend), np.float32)
    return np.asarray(elbow[edge] + (lowest[edge] - elbow[edge]) * np.float32((way - bend) / (1 - bend)), np.float32)


def _above_hem(site: _Site, traits: Top | Dress) -> Mask:
    """Old cloth that a top replaces; of a dress, what hangs below the new hem stays as a skirt."""
    if isinstance(traits, Dress):
        return np.ones(site.down.shape, bool)
    above: Mask = site.down < (max(HEMS[traits.hem], 1.1) + 0.02) * site.body.trunk_length
    # A jacket's corners go with it, and a long coat where what is worn beneath it shows; else it stays as a skirt.
    jacket = site.has(UPPER, COAT)
    if (jacket & ~above).sum() < 0.15 * jacket.sum():
        return above | jacket
    coat = site.has(COAT)
    is_seen_beneath = site.has(PANTS, SKIRT).sum() > _SEEN_BENEATH * site.body.unit**2
    return above | coat if is_seen_beneath and not (isinstance(traits, Top) and traits.open) else above


def _bare_arms(site: _Site, traits: Top | Dress, over_arms: dict[str, Floats]) -> dict[str, Mask]:
    """Where an old sleeve covered an arm that the new garment leaves bare, by side."""
    end = 0.0 if traits.sleeve == "none" else _SLEEVE_END[traits.sleeve]
    if end > 1.8 or (isinstance(traits, Top) and traits.open):
        return {}
    cloth = site.has(UPPER, COAT, DRESS)
    reach = 0.03 * site.body.unit
    bare = {}
    for side, (share, away) in site.arms.items():
        beyond = (share > max(end - 0.1, 0.12)) & (share < 2.05) & (away < 1.0)
        mask = beyond & cloth
        if side in over_arms:
            mask &= over_arms[side] <= 0.5
        # Single pixels at the border of arm and cloth are no sleeve.
        mask = grown(shrunken(mask, reach), reach) & beyond
        if mask.sum() > 0.02 * site.body.unit**2:
            bare[side] = mask
    return bare


def _uncover(
    site: _Site, old: Mask, new: Mask, bare: dict[str, Mask], traits: Top | Dress, cut: _Cut, edge: float
) -> None:
    """Give every pixel that the old garment covered and the new one does not what is behind it."""
    wearer, body, box = site.wearer, site.body, site.box
    left = old & ~shrunken(new, 1.5 * edge)
    for mask in bare.values():
        left &= ~mask
    if traits.sleeve == "long":
        left |= site.has(*_ARMS) & ~site.hands & ~new  # skin of arms beside the sleeves that now cover them
    if not left.any():
        return
    across, down, unit = np.abs(site.across), site.down, body.unit
    chest = left & (across < 0.42 * unit) & (down < 0.5 * unit) & _at_neck(site, cut)
    if isinstance(traits, Dress) or traits.sleeve == "none":
        chest |= left & (across < 0.6 * unit) & (down < 0.35 * unit) & (down > 0.02 * unit)
    belly = left & (across < 0.5 * unit) & (down >= 0.5 * unit) & (down < 0.9 * body.trunk_length)
    belly = grown(shrunken(belly, 0.06 * unit), 0.06 * unit) & belly  # of a narrow strip nobody would say it is skin
    rest = left & ~chest & ~belly
    # The old sleeves have coloured the background beside the arms that they covered.
    for mask in bare.values():
        rest |= grown(mask, 2.5 * edge + 1) & (wearer.scene.persons[box[1] : box[3], box[0] : box[2]] == 0)
    gone: tuple[int, ...] = (HAIR, FACE, HAT, SUNGLASSES, UPPER, COAT, SCARF, LEFT_LEG, RIGHT_LEG, *_ARMS)
    legs: dict[str, Mask] = {}
    if isinstance(traits, Dress):
        gone = (*gone, DRESS, SKIRT, PANTS, LEFT_SHOE, RIGHT_SHOE)
        grid = pixel_grid(*box)
        for side, limb in body.legs.items():
            share, away = limb.coordinates(grid)
            legs[side] = rest & (away < 1.0) & (share > 0.0) & (share < 2.02)
            rest &= ~legs[side]
    else:
        rest = _continue_below(site, rest, edge)
        # Beside the waist, between trunk and arm, there are no trousers.
        beside = rest & (down < 0.9 * body.trunk_length) & (across > 0.9 * body.half_width(0.62))
        erase(wearer, box, beside, gone=(*gone, PANTS, SKIRT, TORSO_SKIN), edge_px=edge)
        rest &= ~beside
    erase(wearer, box, rest, gone=gone, edge_px=edge)
    for side, where in legs.items():
        paint_limb_skin(wearer, box, where, body.legs[side], limb_class(side, is_arm=False))
    paint_plain_skin(wearer, box, chest | belly, TORSO_SKIN, _under_chin(site))


def _continue_below(site: _Site, rest: Mask, edge: float) -> Mask:
    """Trousers or a skirt go on up to the hem where a coat hid them; what else the coat covered is given back."""
    body, box = site.body, site.box
    below_hips = rest & (site.down > 0.9 * body.trunk_length)
    if below_hips.sum() < 0.01 * body.unit**2:
        return rest
    grid = pixel_grid(*box)
    for cloth in (SKIRT, PANTS):
        seen = site.has(cloth)
        if seen.sum() <= _SEEN_BENEATH * body.unit**2:
            continue
        if cloth == SKIRT:
            lowest = float(np.quantile(site.down[seen], 0.97))
            where = below_hips & (np.abs(site.across) < 1.15 * body.half_width(1.1)) & (site.down < lowest)
        else:
            fork = body.trunk_length + 0.3 * body.unit
            where = below_hips & (np.abs(site.across) < 0.86 * body.half_width(1.0)) & (site.down < fork)
            for limb in body.legs.values():
                share, away = limb.coordinates(grid)
                where |= below_hips & (away < 1.02) & (share < 2.0)
        erase(site.wearer, box, where, gone=tuple(label for label in range(20) if label != cloth), edge_px=edge)
        rest, below_hips = rest & ~where, below_hips & ~where
    if site.has(LEFT_LEG, RIGHT_LEG).any() and not site.has(PANTS).any():
        for side, limb in body.legs.items():
            share, away = limb.coordinates(grid)
            where = below_hips & (away < 0.95) & (share < 2.0)
            paint_limb_skin(site.wearer, box, where, limb, limb_class(side, is_arm=False))
            rest, below_hips = rest & ~where, below_hips & ~where
    return rest


def _at_neck(site: _Site, cut: _Cut) -> Mask:
    """The neck above the collar's ends, and everything below them."""
    body = site.body
    middle, width = _neck_line(site)
    line = (middle - body.neck_mid) @ np.stack([body.across, body.down], axis=1)
    half = np.abs(cut.collar - middle) @ body.across
    slope = 0.45 * np.maximum(np.abs(site.across - line[0]) - width / 2, 0)
    below = site.down > line[1] + slope - 0.02 * body.unit
    inside: Mask = np.abs(site.across - line[0]) < np.where(below, max(float(half.max()), width / 2), 0.46 * width)
    return inside


def _under_chin(site: _Site) -> Floats:
    """The head's shadow on neck and chest, a factor of light (h, w)."""
    head = site.wearer.anchors.head
    if head is None:
        return np.ones(site.down.shape, np.float32)
    chin = float((head.chin - site.body.neck_mid) @ site.body.down)
    shade: Floats = 1 - 0.09 * (1 - smooth_step((site.down - chin) / head.width, 0.1, 0.75))
    return shade.astype(np.float32)


def _arms_before(site: _Site, traits: Top | Dress) -> Mask:
    """Bare arms that stay in front of the garment's trunk: not their upper ends, which the sleeves cover."""
    arms = site.has(*_ARMS)
    if traits.sleeve == "none":
        return arms
    for side, (share, away) in site.arms.items():
        other = site.arms["right" if side == "left" else "left"] if len(site.arms) == 2 else None
        upper = (share < _SLEEVE_END[traits.sleeve] - 0.12) & (away < 1.8)
        if other is not None:
            upper &= ~((other[0] > 0.8) & (other[1] < 1.1))  # the other forearm, held before this shoulder
        arms = arms & ~upper
    return arms


def _collar_behind(site: _Site, view: View, cut: _Cut, edge: float) -> None:
    """The inside of the collar, behind the neck: over background and cloth, not over skin and hair."""
    assert view.back_rgba is not None
    wearer = site.wearer
    box = wearer.around(cut.collar.mean(axis=0), 1.1 * site.body.unit)
    source = thin_plate_map(cut.target, cut.source, box, stiffness=1e-4)
    back = warp_by_map(premultiplied(view.back_rgba), source, box[0], box[1], cut.scale).trimmed()
    if not back.alpha.size:
        return
    skin = soft_mask(wearer.has(back.box_xyxy, FACE, TORSO_SKIN, HAIR, *_ARMS), edge)
    wearer.scene.paint(in_light(back, wearer.light).shown(1 - skin))


def _contact_shadow(site: _Site, alpha: Floats) -> None:
    """A narrow soft darkening beside the garment's edge, on the person alone."""
    soft = blur_wide(alpha, max(0.8, 0.028 * site.body.unit))
    onto = site.wearer.is_mine(site.box) & ~site.has(FACE, HAIR, HAT) & ~site.hands
    share = np.where(onto & (soft > 0.02), 0.3 * np.minimum(soft, 0.5) * (1 - alpha), 0)
    site.wearer.scene.darken(site.box[0], site.box[1], (1 - share).astype(np.float32))


def _lay(site: _Site, patch: Patch, shade: Floats, front: Floats) -> None:
    """Paint a part of the garment with the folds and the light of the photo."""
    body, light = site.body, site.wearer.light
    patch = patch.trimmed()
    box = patch.box_xyxy
    u = np.clip(moved_window(site.across, site.box, box) / (0.95 * body.unit), -0.85, 0.85)
    normals = np.concatenate([u[..., None] * body.across, np.sqrt(1 - u * u)[..., None]], axis=-1).astype(np.float32)
    factor = (1 + 0.5 * (light.shade(normals) - 1)) * moved_window(shade, site.box, box, 1.0)
    hidden = moved_window(front, site.box, box)
    site.wearer.scene.paint(in_light(patch, light, factor.astype(np.float32)).shown(1 - hidden))

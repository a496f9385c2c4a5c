"""Tops and dresses: the trunk by a thin-plate spline on collar, shoulders, armpits, waist and hem; sleeves along the arms."""

from __future__ import annotations

from dataclasses import dataclass

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
    PANTS,
    RIGHT_ARM,
    RIGHT_LEG,
    SCARF,
    SKIRT,
    SUNGLASSES,
    TORSO_SKIN,
    UPPER,
)
from fittingroom.tryon.blending import grown_box, hidden_by, in_light
from fittingroom.tryon.body import Body, Limb, find_body, measured_half_widths
from fittingroom.tryon.erasing import erase
from fittingroom.tryon.filling import Mask, grown, shrunken, soft_mask
from fittingroom.tryon.folds import fold_shade
from fittingroom.tryon.items import Dress, Item, Top, View
from fittingroom.tryon.outline import central_half_widths
from fittingroom.tryon.patches import Floats, Patch, premultiplied, ruled_map, thin_plate_map, warp_by_map
from fittingroom.tryon.placing import Adjustment, anchor_points, pixel_grid, smooth_step
from fittingroom.tryon.scene import Wearer
from fittingroom.tryon.skin import limb_class, paint_limb_skin, paint_trunk_skin

_ARMS = (LEFT_ARM, RIGHT_ARM)
_OLD = (UPPER, COAT, DRESS)
# Where a hem comes: share of the way from shoulders to hips, then (beyond 1) of the way from hips to ankles, plus 1.
HEMS = {"waist": 0.72, "hip": 1.06, "thigh": 1.24, "knee": 1.52, "calf": 1.75, "ankle": 1.96}
_SLEEVE_END = {"short": 0.62, "half": 1.05, "long": 1.98}


@dataclass(frozen=True, eq=False)
class _Cut:
    """A garment's picture, and where its points go.

    Attributes:
        source: control points in the picture, float32 (N, 2).
        target: where they go in the photo, float32 (N, 2).
        shoulders: (outer) shoulder tip and armpit of each side in the photo, by side: float32 (2, 2).
        scale: photo pixels for one picture pixel.
    """

    source: Floats
    target: Floats
    shoulders: dict[str, Floats]
    scale: float


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
    warnings = list(body.warnings) + _crossed_arms(wearer, body)
    view = item.front
    box = _work_box(wearer, body)
    arms = _arm_zones(wearer, body, box)
    cut = _fit(wearer, body, item, view, box, arms)
    cut = _moved(cut, adjustment, body)
    sleeves = _sleeves(wearer, body, view, traits, cut, adjustment)
    trunk = _trunk(view, cut, box, traits)
    layers = [_in_box(patch, box) for patch in (trunk, *sleeves.values())]
    new = np.maximum.reduce(layers) > 0.5
    edge = max(0.6, 0.008 * body.unit)
    x0, y0, x1, y1 = box
    before = wearer.scene.rgb[y0:y1, x0:x1].copy()
    old = wearer.has(box, *_replaced(traits)) & _above_hem(body, box, traits)
    shade = fold_shade(before, old, body.unit)
    bare = _bare_arms(wearer, body, box, traits, arms, sleeves)
    _uncover(wearer, body, box, old, new, bare, traits, edge)
    protected = _protected(wearer, body, box, traits, bare, arms)
    if view.back_rgba is not None:
        _collar_behind(wearer, view, cut, box, edge)
    front = hidden_by(wearer, box, classes=protected, hair=True, edge_px=edge)
    if _covers_arms(traits):
        front = np.maximum(front, soft_mask(_hands(wearer, body, box), edge))
    _contact_shadow(wearer, box, layers[0], body)
    _lay(wearer, trunk, box, shade, front, body)
    wearer.relabel(box, (layers[0] * (1 - front)) > 0.5, _new_class(traits))
    for side, limb in body.arms.items():
        if side in bare:
            paint_limb_skin(wearer, box, bare[side] & ~(front > 0.5), limb, limb_class(side, is_arm=True))
    for side, sleeve in sleeves.items():
        hands = hidden_by(wearer, box, classes=(FACE, HAT, SUNGLASSES, GLOVE), hair=True, edge_px=edge)
        hands = np.maximum(hands, soft_mask(_hands(wearer, body, box), edge))
        _contact_shadow(wearer, box, _in_box(sleeve, box), body)
        _lay(wearer, sleeve, box, shade, hands, body)
        wearer.relabel(box, (_in_box(sleeve, box) * (1 - hands)) > 0.5, _new_class(traits))
        del side
    return warnings


def _new_class(traits: Top | Dress) -> int:
    return DRESS if isinstance(traits, Dress) else COAT if traits.outer else UPPER


def _replaced(traits: Top | Dress) -> tuple[int, ...]:
    if isinstance(traits, Dress):
        return UPPER, COAT, DRESS, SKIRT, PANTS, SCARF
    if traits.open:
        return COAT, SCARF
    return UPPER, COAT, DRESS, SCARF


def _covers_arms(traits: Top | Dress) -> bool:
    return traits.sleeve == "long"


def _work_box(wearer: Wearer, body: Body) -> BoxXyxy:
    x0, y0, x1, y1 = wearer.box_xyxy
    return grown_box(wearer, (x0, y0, x1, y1), round(0.6 * body.unit))


def _crossed_arms(wearer: Wearer, body: Body) -> list[str]:
    del wearer
    crossing = 0
    for side, limb in body.arms.items():
        if len(limb.line) == 3:
            across = float((limb.line[2] - body.neck_mid) @ body.across) * (1 if side == "left" else -1)
            down = float((limb.line[2] - body.neck_mid) @ body.down)
            crossing += across < 0.05 * body.unit and down < 0.95 * body.trunk_length
    return ["the arms are crossed before the chest: the garment beneath them is guessed"] if crossing == 2 else []


def _arm_zones(wearer: Wearer, body: Body, box: BoxXyxy) -> dict[str, tuple[Floats, Floats]]:
    """For each arm: share of the way and relative distance of every pixel of the box."""
    del wearer
    grid = pixel_grid(*box)
    return {side: limb.coordinates(grid) for side, limb in body.arms.items()}


def _fit(
    wearer: Wearer, body: Body, item: Item, view: View, box: BoxXyxy, arms: dict[str, tuple[Floats, Floats]]
) -> _Cut:
    traits = item.traits
    assert isinstance(traits, (Top, Dress))
    points = {name: np.array(xy, np.float32) for name, xy in view.anchors.items()}
    shoulder_span = float(points["left_shoulder"][0] - points["right_shoulder"][0])
    span = 1.27 * body.unit * (1.06 if isinstance(traits, Top) and traits.outer else 1.0)
    scale = span / max(shoulder_span, 1.0)
    source: list[Floats] = []
    target: list[Floats] = []

    def pin(at: Floats, to: Floats) -> None:
        source.append(at)
        target.append(to.astype(np.float32))

    corner = np.array(box[:2], np.float32)
    trunk_mask = _trunk_mask(wearer, body, box, arms)
    tips = {
        "left": body.left_shoulder + body.across * np.float32(0.5 * (span - body.unit)) - body.down * np.float32(0.1 * body.unit),
        "right": body.right_shoulder - body.across * np.float32(0.5 * (span - body.unit)) - body.down * np.float32(0.1 * body.unit),
    }
    neck_line = _neck_line(wearer, body)
    hem_share = _hem_share(wearer, body, traits, box)
    widths = _side_widths(wearer, body, view, traits, scale, corner, trunk_mask, hem_share)
    shoulders: dict[str, Floats] = {}
    for side, sign in (("left", 1), ("right", -1)):
        collar, tip, armpit, hem = (points[f"{side}_{name}"] for name in ("collar", "shoulder", "armpit", "hem"))
        wide = float(abs(collar[0] - (points["left_collar"][0] + points["right_collar"][0]) / 2)) * scale
        half = max(neck_line[1] / 2 * 1.02, min(wide, 0.42 * span))
        base = neck_line[0] + body.across * np.float32(sign * neck_line[1] / 2)
        along = np.clip((half - neck_line[1] / 2) / max(float(np.linalg.norm(tips[side] - base)), 1.0), 0, 0.8)
        pin(collar, base * (1 - along) + tips[side] * along)
        pin(tip, tips[side])
        depth = 0.40 if isinstance(traits, Top) and traits.outer else 0.34
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
                place = axis_of(body, share)
                pin(np.array([x, y], np.float32), place + body.across * np.float32(sign * widths(share, y, sign)))
        pin(hem, axis_of(body, hem_share) + body.across * np.float32(sign * widths(hem_share, hem[1], sign)))
    middle = (points["left_collar"] + points["right_collar"]) / 2
    depth_px = (points["neck"][1] - middle[1]) * scale
    pin(points["neck"], neck_line[0] + body.down * np.float32(max(float(depth_px), 0.02 * body.unit)))
    middle_hem = (points["left_hem"] + points["right_hem"]) / 2
    pin(middle_hem, axis_of(body, hem_share))
    return _Cut(np.stack(source), np.stack(target), shoulders, scale)


def axis_of(body: Body, share: float) -> Floats:
    """Place on the axis: 0 to 1 down the trunk, 1 to 2 from the hips to between the ankles."""
    if share <= 1:
        return body.axis_at(share)
    ends = [limb.at(2 * (share - 1))[0] for limb in body.legs.values() if len(limb.line) == 3]
    if not ends:
        return body.axis_at(1) + body.down * np.float32((share - 1) * 2.1 * body.trunk_length)
    between: Floats = np.mean(ends, axis=0).astype(np.float32)
    return between


def _neck_line(wearer: Wearer, body: Body) -> tuple[Floats, float]:
    """Middle of the line where collars sit, and the neck's width."""
    anchors = wearer.anchors
    if "left-neck" not in anchors.points:
        return body.neck_mid - body.down * np.float32(0.2 * body.unit), 0.42 * body.unit
    left, right = anchors.xy("left-neck"), anchors.xy("right-neck")
    return (left + right) / 2, float(np.linalg.norm(left - right))


def _trunk_mask(wearer: Wearer, body: Body, box: BoxXyxy, arms: dict[str, tuple[Floats, Floats]]) -> Mask:
    """Cloth of trunk and hips without the arms beside it."""
    mask = wearer.has(box, UPPER, COAT, DRESS, TORSO_SKIN, PANTS, SKIRT)
    inner = np.abs((pixel_grid(*box) - body.neck_mid) @ body.across) < 0.33 * body.unit
    for share, away in arms.values():
        mask = mask & ~((away < 1.25) & (share > 0.3) & ~inner)
    return mask


def _hem_share(wearer: Wearer, body: Body, traits: Top | Dress, box: BoxXyxy) -> float:
    wanted = HEMS[traits.hem]
    if isinstance(traits, Dress) or traits.hem not in ("waist", "hip"):
        return wanted
    # A top ends where the old one did, if that is about where tops end: tucked in stays tucked in.
    old = wearer.has(box, UPPER, COAT) if not wearer.has(box, DRESS).sum() > 0.2 * wearer.has(box, UPPER, COAT).sum() else None
    if old is None:
        return wanted
    grid = pixel_grid(*box) - body.neck_mid
    central = np.abs(grid @ body.across) < 0.3 * body.unit
    below = (grid @ body.down)[old & central]
    if below.size < 50:
        return wanted
    end = float(np.quantile(below, 0.985)) / max(body.trunk_length, 1.0)
    low, high = (0.6, 1.12) if traits.hem == "waist" else (0.78, 1.22)
    return float(np.clip(end, low, high)) if low - 0.12 < end < high + 0.12 else wanted


def _side_widths(
    wearer: Wearer, body: Body, view: View, traits: Top | Dress, scale: float, corner: Floats, mask: Mask, hem_share: float
):  # type: ignore[no-untyped-def]
    """A function (share of the way down, height in the picture, side) -> half width in pixels."""
    del wearer
    middle_x = (view.anchors["left_hem"][0] + view.anchors["right_hem"][0]) / 2
    outer = isinstance(traits, Top) and traits.outer

    def half_width(share: float, y: float, sign: int) -> float:
        slim = body.half_width(min(share, 1.25)) * (1.14 if outer else 1.06)
        left, right = central_half_widths(view, float(y))
        drawn = abs((left if sign > 0 else right) - middle_x) * scale
        place = axis_of(body, share)
        reach = 1.1 * body.unit
        plus, minus = measured_half_widths(mask, corner, place, body.across, reach)
        seen = plus if sign > 0 else minus
        # Cloth that is seen there now tells how wide the body is, if it is no wider than bodies are.
        held = float(np.clip(seen * 1.01, 0.86 * slim, 1.22 * slim)) if seen > 0.3 * slim else slim
        if share > 1.1 or isinstance(traits, Dress) and share > 0.9:
            return float(np.clip(drawn, held if share < 1.15 else 0.7 * slim, 2.6 * slim))
        return float(np.clip(0.7 * held + 0.3 * drawn, held, 1.25 * held))

    del hem_share
    return half_width


def _moved(cut: _Cut, adjustment: Adjustment, body: Body) -> _Cut:
    middle = (body.neck_mid + body.hip_mid) / 2
    move = lambda points: adjustment.moved(points, middle, body.unit)  # noqa: E731
    return _Cut(cut.source, move(cut.target), {side: move(ends) for side, ends in cut.shoulders.items()}, cut.scale * adjustment.scale)


def _trunk(view: View, cut: _Cut, box: BoxXyxy, traits: Top | Dress) -> Patch:
    """The garment without its sleeves, in its place."""
    picture = premultiplied(view.picture_rgba)
    if traits.sleeve != "none":
        picture = picture * (1 - _sleeve_region(view))[..., None]
    source = thin_plate_map(cut.target, cut.source, box, stiffness=1e-4)
    return warp_by_map(picture, source, box[0], box[1], cut.scale)


def _sleeve_region(view: View) -> Floats:
    """Where the picture shows sleeves: beyond the lines from shoulder to armpit, with a soft edge; float32 (h, w)."""
    height, width = view.size_hw
    grid = pixel_grid(0, 0, width, height)
    region = np.zeros((height, width), np.float32)
    soft = max(1.0, 0.004 * width)
    for side in ("left", "right"):
        tip, pit, outer, inner = anchor_points(view, f"{side}_shoulder", f"{side}_armpit", f"{side}_cuff_outer", f"{side}_cuff_inner")
        beyond = _beyond(grid, tip, pit, (outer + inner) / 2)
        # Below the armpit a sleeve is what lies beyond the line from armpit to inner cuff.
        along = _beyond(grid, pit, inner, outer)
        upper = smooth_step(beyond, -soft, soft)
        lower = smooth_step(along, -soft, soft)
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


def _sleeves(
    wearer: Wearer, body: Body, view: View, traits: Top | Dress, cut: _Cut, adjustment: Adjustment
) -> dict[str, Patch]:
    if traits.sleeve == "none":
        return {}
    sleeves = {}
    picture = premultiplied(view.picture_rgba)
    region = _sleeve_region(view)
    middle = (body.neck_mid + body.hip_mid) / 2
    for side, limb in body.arms.items():
        rows = _sleeve_rows(view, side, limb, traits, cut.scale, body)
        if rows is None:
            continue
        source, target = rows
        target = adjustment.moved(target.reshape(-1, 2), middle, body.unit).reshape(target.shape)
        target[0] = cut.shoulders[side]
        # A little more of the garment than the sleeve alone, so that no gap opens at the armhole.
        inward = _inward(source, target, 0.035)
        source, target = np.concatenate([inward[0][None], source]), np.concatenate([inward[1][None], target])
        box, at, covered = ruled_map(source.astype(np.float32), target.astype(np.float32), wearer.scene.size_hw)
        if not covered.any():
            continue
        patch = warp_by_map(picture * np.maximum(region, _near(region))[..., None], at, box[0], box[1], cut.scale)
        sleeves[side] = patch.shown(soft_mask(covered, 0.6) * covered)
    return sleeves


def _near(region: Floats) -> Floats:
    """The sleeves and a strip of the trunk beside them."""
    return soft_mask(grown(region > 0.5, 0.03 * region.shape[1]), 1.0)


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
    view: View, side: str, limb: Limb, traits: Top | Dress, scale: float, body: Body
) -> tuple[Floats, Floats] | None:
    """Cross lines (outer, inner) of the sleeve in the picture and on the arm."""
    tip, pit, outer, inner = anchor_points(view, f"{side}_shoulder", f"{side}_armpit", f"{side}_cuff_outer", f"{side}_cuff_inner")
    end = _SLEEVE_END[traits.sleeve]
    if end > 1 and len(limb.line) < 3:
        end = min(end, 1.0 if traits.sleeve == "half" else 1.9)
    loose = 1.25 if isinstance(traits, Top) and traits.outer else 1.12
    has_elbow = f"{side}_elbow_outer" in view.anchors and end > 1.2
    elbow = anchor_points(view, f"{side}_elbow_outer", f"{side}_elbow_inner") if has_elbow else None
    first, lowest = np.stack([tip, pit]), np.stack([outer, inner])
    shares = np.linspace(0, end, 4 if end < 1 else 6 if end < 1.3 else 13)
    source, target = [first], [first * 0]
    for share in shares[1:]:
        way = float(share / end)
        if elbow is not None:
            bend = 1 / end
            line = first + (elbow - first) * (way / bend) if way < bend else elbow + (lowest - elbow) * ((way - bend) / (1 - bend))
        else:
            line = first + (lowest - first) * way
        _, _, slim = limb.at(float(share))
        drawn = float(np.linalg.norm(line[0] - line[1])) / 2 * scale
        half = float(np.clip(drawn, slim * loose, slim * (1.9 if share < 1.9 else 2.2)))
        # At the shoulder the arm's line lies in the joint, the cloth above it.
        rise = float(np.clip(1 - share / 0.5, 0, 1))
        target.append(limb.cross_line(float(share), half + rise * 0.06 * body.unit, half))
        source.append(line)
    return np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)


def _in_box(patch: Patch, box: BoxXyxy) -> Floats:
    """The patch's alpha in the window of a box that may be larger or smaller."""
    x0, y0, x1, y1 = box
    canvas = np.zeros((y1 - y0, x1 - x0), np.float32)
    px0, py0, px1, py1 = patch.box_xyxy
    cx0, cy0, cx1, cy1 = max(x0, px0), max(y0, py0), min(x1, px1), min(y1, py1)
    if cx1 > cx0 and cy1 > cy0:
        canvas[cy0 - y0 : cy1 - y0, cx0 - x0 : cx1 - x0] = patch.alpha[cy0 - py0 : cy1 - py0, cx0 - px0 : cx1 - px0]
    return canvas


def _above_hem(body: Body, box: BoxXyxy, traits: Top | Dress) -> Mask:
    """Old cloth that a top replaces; of a dress, what hangs below the new hem stays as a skirt."""
    grid = pixel_grid(*box)
    if isinstance(traits, Dress):
        return np.ones(grid.shape[:2], bool)
    share = ((grid - body.neck_mid) @ body.down) / max(body.trunk_length, 1.0)
    limit = max(HEMS[traits.hem], 1.1)
    above: Mask = share < limit + 0.02
    return above


def _bare_arms(
    wearer: Wearer,
    body: Body,
    box: BoxXyxy,
    traits: Top | Dress,
    arms: dict[str, tuple[Floats, Floats]],
    sleeves: dict[str, Patch],
) -> dict[str, Mask]:
    """Where an old sleeve covered an arm that the new garment leaves bare, by side."""
    end = 0.0 if traits.sleeve == "none" else _SLEEVE_END[traits.sleeve]
    if end > 1.8 or isinstance(traits, Top) and traits.open:
        return {}
    cloth = wearer.has(box, *_OLD)
    bare = {}
    for side, (share, away) in arms.items():
        covered = _in_box(sleeves[side], box) > 0.5 if side in sleeves else np.zeros(cloth.shape, bool)
        beyond = (share > max(end - 0.1, 0.12)) & (share < 2.05) & (away < 1.0)
        mask = beyond & cloth & ~covered
        # Single pixels at the border of arm and cloth are no sleeve.
        mask = grown(shrunken(mask, 0.03 * body.unit), 0.03 * body.unit) & beyond
        if mask.sum() > 0.02 * body.unit**2:
            bare[side] = mask
    return bare


def _uncover(
    wearer: Wearer, body: Body, box: BoxXyxy, old: Mask, new: Mask, bare: dict[str, Mask], traits: Top | Dress, edge: float
) -> None:
    """Give every pixel that the old garment covered and the new one does not what is behind it."""
    left = old & ~shrunken(new, 1.5 * edge)
    for mask in bare.values():
        left &= ~mask
    if _covers_arms(traits):
        left |= _arm_rest(wearer, body, box) & ~new
    if not left.any():
        return
    grid = pixel_grid(*box) - body.neck_mid
    across, down = grid @ body.across, grid @ body.down
    chest = left & (np.abs(across) < 0.42 * body.unit) & (down < 0.5 * body.unit)
    if isinstance(traits, Dress) or traits.sleeve == "none":
        chest |= left & (np.abs(across) < 0.62 * body.unit) & (down < 0.35 * body.unit) & (down > -0.16 * body.unit)
    belly = left & (np.abs(across) < 0.5 * body.unit) & (down >= 0.5 * body.unit) & (down < 0.9 * body.trunk_length)
    rest = left & ~chest & ~belly
    gone = (HAIR, FACE, HAT, SUNGLASSES, UPPER, COAT, SCARF, *_ARMS)
    if isinstance(traits, Dress):
        legs = _legs_below(wearer, body, rest, box)
        erase(wearer, box, rest & ~legs[0] & ~legs[1], gone=(*gone, DRESS, SKIRT, PANTS), edge_px=edge)
        for limb_mask, (side, limb) in zip(legs, body.legs.items(), strict=False):
            paint_limb_skin(wearer, box, limb_mask, limb, limb_class(side, is_arm=False))
    else:
        erase(wearer, box, rest, gone=gone, edge_px=edge)
    shade = _under_chin(wearer, box, body)
    paint_trunk_skin(wearer, box, chest | belly, shade)


def _arm_rest(wearer: Wearer, body: Body, box: BoxXyxy) -> Mask:
    """Skin of arms above the wrists, which long sleeves cover."""
    arms = wearer.has(box, *_ARMS)
    return arms & ~_hands(wearer, body, box)


def _hands(wearer: Wearer, body: Body, box: BoxXyxy) -> Mask:
    """Skin of the hands: what lies beyond the wrists, or the fine parts say so."""
    arms = wearer.has(box, *_ARMS, GLOVE)
    grid = pixel_grid(*box)
    upstream = np.zeros(arms.shape, bool)
    for side, limb in body.arms.items():
        share, away = limb.coordinates(grid)
        mine = wearer.has(box, limb_class(side, is_arm=True))
        upstream |= (share < 1.93) & (away < 2.6) & (mine | (away < 1.6))
    hands: Mask = arms & ~upstream
    return hands


def _legs_below(wearer: Wearer, body: Body, rest: Mask, box: BoxXyxy) -> list[Mask]:
    grid = pixel_grid(*box)
    masks = []
    for limb in body.legs.values():
        share, away = limb.coordinates(grid)
        masks.append(rest & (away < 1.0) & (share > 0.0) & (share < 2.02))
    del wearer
    while len(masks) < 2:
        masks.append(np.zeros(rest.shape, bool))
    return masks


def _under_chin(wearer: Wearer, box: BoxXyxy, body: Body) -> Floats:
    """The head's shadow on neck and chest, a factor of light (h, w)."""
    head = wearer.anchors.head
    if head is None:
        x0, y0, x1, y1 = box
        return np.ones((y1 - y0, x1 - x0), np.float32)
    below = (pixel_grid(*box) - head.chin) @ body.down / head.width
    shade: Floats = 1 - 0.16 * (1 - smooth_step(below, 0.1, 0.75))
    return shade.astype(np.float32)


def _protected(
    wearer: Wearer, body: Body, box: BoxXyxy, traits: Top | Dress, bare: dict[str, Mask], arms: dict[str, tuple[Floats, Floats]]
) -> tuple[int, ...]:
    """Classes that stay in front of the garment's trunk."""
    del wearer, body, box, bare, arms
    front: tuple[int, ...] = (FACE, HAT, SUNGLASSES, GLOVE)
    if not _covers_arms(traits):
        front = (*front, *_ARMS)
    return front


def _collar_behind(wearer: Wearer, view: View, cut: _Cut, box: BoxXyxy, edge: float) -> None:
    """The inside of the collar, behind the neck: over background and hair, not over skin."""
    assert view.back_rgba is not None
    source = thin_plate_map(cut.target, cut.source, box, stiffness=1e-4)
    back = warp_by_map(premultiplied(view.back_rgba), source, box[0], box[1], cut.scale)
    skin = soft_mask(wearer.has(box, FACE, TORSO_SKIN, HAIR, *_ARMS), edge)
    wearer.scene.paint(in_light(back, wearer.light).shown(1 - skin))


def _contact_shadow(wearer: Wearer, box: BoxXyxy, alpha: Floats, body: Body) -> None:
    """A narrow soft darkening beside the garment's edge, on the person alone."""
    import cv2

    soft = cv2.GaussianBlur(alpha, (0, 0), max(0.8, 0.028 * body.unit))
    onto = wearer.is_mine(box) & ~wearer.has(box, FACE, HAIR, HAT)
    onto &= ~_hands(wearer, body, box)
    factor = 1 - 0.3 * np.clip(soft, 0, 0.5) * soft_mask(onto, 0.6) * (1 - np.clip(alpha, 0, 1))
    factor[alpha <= 0.0] = np.where(soft[alpha <= 0.0] < 0.02, 1, factor[alpha <= 0.0])
    factor[~onto] = 1
    wearer.scene.darken(box[0], box[1], factor.astype(np.float32))


def _lay(wearer: Wearer, patch: Patch, box: BoxXyxy, shade: Floats, front: Floats, body: Body) -> None:
    """Paint a part of the garment with the folds and the light of the photo."""
    x0, y0, _, _ = box
    rows = slice(patch.y0 - y0, patch.y0 - y0 + patch.alpha.shape[0])
    columns = slice(patch.x0 - x0, patch.x0 - x0 + patch.alpha.shape[1])
    grid = pixel_grid(*patch.box_xyxy) - body.neck_mid
    u = np.clip(grid @ body.across / (0.95 * body.unit), -0.85, 0.85)
    normals = np.concatenate([u[..., None] * body.across, np.sqrt(1 - u * u)[..., None]], axis=-1).astype(np.float32)
    light = 1 + 0.5 * (wearer.light.shade(normals) - 1)
    fold = _window(shade, rows, columns, patch.alpha.shape, 1.0)
    hidden = _window(front, rows, columns, patch.alpha.shape, 0.0)
    wearer.scene.paint(in_light(patch, wearer.light, (fold * light).astype(np.float32)).shown(1 - hidden))


def _window(values: Floats, rows: slice, columns: slice, shape: tuple[int, ...], beyond: float) -> Floats:
    """A window of values that may reach beyond them."""
    window = np.full(shape, beyond, np.float32)
    y0, x0 = max(rows.start, 0), max(columns.start, 0)
    y1, x1 = min(rows.stop, values.shape[0]), min(columns.stop, values.shape[1])
    if y1 > y0 and x1 > x0:
        window[y0 - rows.start : y1 - rows.start, x0 - columns.start : x1 - columns.start] = values[y0:y1, x0:x1]
    return window


__all__ = ["HEMS", "PlacementError", "axis_of", "wear_top"]

"""Lips, eye shadow, blush and nails, painted where the landmarks and the fine parts say."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.errors import PlacementError
from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import FACE, HAIR, LEFT_ARM, RIGHT_ARM, Head
from fittingroom.tryon.blending import grown_box, hands_and_gloves, hidden_by
from fittingroom.tryon.face_points import CHEEKS, LEFT_BROW, LEFT_EYE, LIPS, MOUTH, RIGHT_BROW, RIGHT_EYE, Points
from fittingroom.tryon.filling import Mask, grown, shrunken, soft_mask
from fittingroom.tryon.items import Blush, EyeShadow, Item, LipColour, NailColour, rgb_of
from fittingroom.tryon.light import from_linear, to_linear
from fittingroom.tryon.patches import Floats
from fittingroom.tryon.placing import Adjustment, pixel_grid, smooth_step
from fittingroom.tryon.scene import Wearer

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_MIN_FACE_PX = 24  # height of a face on which make-up can be told
_MIN_NAIL_PX = 3.0


def colour_lips(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Paint the lips; the teeth and what is between the lips stay.

    Raises:
        PlacementError: the lips cannot be seen.
    """
    del adjustment
    assert isinstance(item.traits, LipColour)
    head, points = _face(wearer, "lips")
    box = _box_about(wearer, points[LIPS], 0.08 * head.face_height)
    lips = _lips(wearer, points, box)
    alpha = soft_mask(lips > 0.5, max(0.5, 0.008 * head.face_height)) * (lips > 0)
    alpha = _uncovered(wearer, box, np.minimum(alpha, 1).astype(np.float32), head) * np.float32(item.traits.strength)
    x0, y0, x1, y1 = box
    window = wearer.scene.rgb[y0:y1, x0:x1].astype(np.float32)
    wearer.scene.replace(x0, y0, _tinted(window, alpha > 0.2, rgb_of(item.colour), item.gloss), alpha)
    return []


def _face(wearer: Wearer, what: str) -> tuple[Head, Points]:
    head = wearer.anchors.need_head(0.45)
    if head.points is None or head.face_height < _MIN_FACE_PX:
        raise PlacementError(
            f"the face of person {wearer.person_id} is {head.face_height:.0f} px high; {what} need {_MIN_FACE_PX}"
        )
    return head, head.points


def _box_about(wearer: Wearer, points: Floats, margin: float) -> BoxXyxy:
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    return wearer.clipped(float(low[0]), float(low[1]), float(high[0]) + 1, float(high[1]) + 1)


def _polygon(points: Floats, box: BoxXyxy) -> Floats:
    """A polygon with soft edges, float32 (h, w)."""
    x0, y0, x1, y1 = box
    canvas = np.zeros(((y1 - y0) * 4, (x1 - x0) * 4), np.uint8)
    if canvas.size:
        at = np.round(((points - (x0, y0)) * 4 + 1.5) * 16).astype(np.int32)
        cv2.fillPoly(canvas, [at], 255, cv2.LINE_AA, 4)
        small = cv2.resize(canvas, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
        return small.astype(np.float32) / 255
    return np.zeros((y1 - y0, x1 - x0), np.float32)


def _smooth_outline(points: Floats, count: int = 6) -> Floats:
    """A closed curve through the points (Catmull-Rom)."""
    p0, p1, p2, p3 = (np.roll(points, shift, axis=0)[:, None] for shift in (1, 0, -1, -2))
    t = np.linspace(0, 1, count, endpoint=False, dtype=np.float32)[None, :, None]
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.asarray(curve.reshape(-1, 2), np.float32)


def _lips(wearer: Wearer, points: Points, box: BoxXyxy) -> Floats:
    """Share of lip in each pixel: the landmarks' outline, drawn towards where the photo is redder than the skin."""
    outline: Floats = _polygon(_smooth_outline(points[LIPS]), box) * (1 - _polygon(_smooth_outline(points[MOUTH]), box))
    x0, y0, x1, y1 = box
    window = to_linear(wearer.scene.rgb[y0:y1, x0:x1].astype(np.float32)) + 0.01
    redness = np.log(window[..., 0] / window[..., 1])
    inner, outer = outline > 0.9, outline < 0.02
    if inner.sum() < 12 or outer.sum() < 12:
        return outline
    lip, skin = float(np.median(redness[inner])), float(np.median(redness[outer]))
    if lip - skin < 0.08:
        return outline
    redder = smooth_step(redness, skin + 0.2 * (lip - skin), skin + 0.65 * (lip - skin))
    reach = cv2.GaussianBlur((outline > 0.4).astype(np.float32), (0, 0), max(0.8, 0.06 * (y1 - y0)))
    near = np.clip(1.6 * reach, 0, 1)
    mouth = _polygon(_smooth_outline(points[MOUTH]), box)
    return np.asarray(
        np.clip(0.45 * outline + 0.65 * redder * near, 0, 1) * (near > 0.2) * (1 - 0.9 * mouth), np.float32
    )


def _uncovered(wearer: Wearer, box: BoxXyxy, alpha: Floats, head: Head) -> Floats:
    """Not over hair, hands and glasses, and only where the face is."""
    edge = max(0.5, 0.006 * head.face_height)
    hidden = hidden_by(wearer, box, classes=hands_and_gloves(), hair=True, edge_px=edge)
    return np.asarray(alpha * (1 - hidden) * soft_mask(wearer.has(box, FACE), edge), np.float32)


def _tinted(window: Floats, where: Mask, colour: Floats, gloss: float) -> Floats:
    """The window in the new colour with its own light and shadow; gloss strengthens what shines already."""
    linear = to_linear(window)
    luminance = linear @ _LUMA + 0.003
    usual = float(np.median(luminance[where])) if where.any() else 0.2
    target = to_linear(colour)
    own = max(float(target @ _LUMA), 1e-3)
    # Pale colours on dark lips (and the reverse) go half the way: lipstick is no wall paint.
    wanted = own**0.72 * usual**0.28
    shape = (luminance / usual) ** 0.85
    new = target / own * wanted * shape[..., None]
    shine = smooth_step(np.log(luminance / usual), 0.25, 1.0)[..., None]
    return from_linear(np.clip(new + shine * (0.12 + 0.4 * gloss) * np.maximum(linear - new, 0), 0, 1))


def colour_eyelids(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Shade the lids, strongest at the lashes, fading towards the brows.

    Raises:
        PlacementError: the eyes cannot be seen.
    """
    del adjustment
    assert isinstance(item.traits, EyeShadow)
    head, points = _face(wearer, "eyes")
    for eye, brow in ((RIGHT_EYE, RIGHT_BROW), (LEFT_EYE, LEFT_BROW)):
        _shade_lid(wearer, item, head, points[eye], points[brow])
    return []


def _shade_lid(wearer: Wearer, item: Item, head: Head, eye: Points, brow: Points) -> None:
    assert isinstance(item.traits, EyeShadow)
    outer, upper_1, upper_2, inner = eye[0], eye[1], eye[2], eye[3]
    rise = float(np.mean((brow - eye[:4].mean(axis=0)) @ head.up))
    # The lid's shadow reaches over the outer corner and up to two thirds of the way to the brow.
    out = (outer - inner) * np.float32(0.16)
    lift = head.up * np.float32(0.6 * max(rise, 0.08 * head.face_height))
    lashes = np.stack([outer + out * 0.6, outer, upper_1, upper_2, inner])
    top = np.stack([inner + lift * 0.35, upper_2 + lift * 0.85, upper_1 + lift, outer + out + lift * 0.75])
    outline = np.concatenate([lashes, top])
    box = _box_about(wearer, outline, 0.05 * head.face_height)
    area = _polygon(_smooth_outline(outline), box)
    area = cv2.GaussianBlur(area, (0, 0), max(0.6, 0.018 * head.face_height))
    eyeball = _polygon(_smooth_outline(eye), box)
    grid = pixel_grid(*box)
    above = (grid - (upper_1 + upper_2) / 2) @ head.up / max(float(lift @ head.up), 1.0)
    fade = 1 - 0.75 * smooth_step(above, 0.05, 1.0)
    alpha = _uncovered(wearer, box, (area * fade * (1 - eyeball)).astype(np.float32), head)
    x0, y0, x1, y1 = box
    window = wearer.scene.rgb[y0:y1, x0:x1].astype(np.float32)
    wearer.scene.replace(
        x0, y0, _glazed(window, rgb_of(item.colour), item.gloss), alpha * np.float32(item.traits.strength)
    )


def _glazed(window: Floats, colour: Floats, gloss: float) -> Floats:
    """Powder over skin: half pigment, half filter."""
    linear = to_linear(window)
    target = to_linear(colour)
    luminance = linear @ _LUMA + 0.003
    lit = target * np.clip(luminance[..., None] / 0.35, 0.2, 1.6)
    filtered = linear * (target / max(float(target.max()), 1e-3))
    mixed = 0.5 * lit + 0.5 * filtered
    return from_linear(np.clip(mixed * (1 + 0.25 * gloss), 0, 1))


def colour_cheeks(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Blush on the cheekbones.

    Raises:
        PlacementError: the cheeks cannot be seen.
    """
    del adjustment
    assert isinstance(item.traits, Blush)
    head, points = _face(wearer, "cheeks")
    right_bone, left_bone, right_cheek, left_cheek = points[CHEEKS]
    for bone, cheek, sign in ((right_bone, right_cheek, -1), (left_bone, left_cheek, 1)):
        if sign * head.yaw > 0.6:
            continue  # turned away
        centre = bone * 0.6 + cheek * 0.4
        axis = head.right * np.float32(sign * 0.86) + head.up * np.float32(0.5)
        box = _box_about(wearer, centre[None], 0.5 * head.face_height)
        grid = pixel_grid(*box) - centre
        u, v = grid @ axis, grid @ np.array([-axis[1], axis[0]], np.float32)
        spot = np.exp(-0.5 * ((u / (0.15 * head.face_height)) ** 2 + (v / (0.085 * head.face_height)) ** 2))
        spot = np.where(spot > 0.02, spot, 0).astype(np.float32)
        alpha = _uncovered(wearer, box, spot, head) * np.float32(item.traits.strength)
        x0, y0, x1, y1 = box
        window = wearer.scene.rgb[y0:y1, x0:x1].astype(np.float32)
        wearer.scene.replace(x0, y0, _glazed(window, rgb_of(item.colour), 0.0), alpha)
    return []


def colour_nails(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Paint the nails of fingers that are seen from their backs.

    Raises:
        PlacementError: no finger is seen large and clearly enough.
    """
    del adjustment
    assert isinstance(item.traits, NailColour)
    painted = 0
    for side in ("left", "right"):
        for tip, direction, width in _fingertips(wearer, side):
            _paint_nail(wearer, item, tip, direction, width)
            painted += 1
    if not painted:
        raise PlacementError(
            f"no finger of person {wearer.person_id} is seen large and clearly enough to paint its nail"
        )
    return [f"{painted} nails are seen"]


def _hand(wearer: Wearer, side: str) -> tuple[BoxXyxy, Mask] | None:
    """The hand: the fine part where there is one, else the arm's skin beyond the wrist."""
    part = wearer.scene.result.people[wearer.person_id - 1].details.get(f"{side}-hand")
    if part is not None:
        around = grown_box(wearer, part.box_xyxy, round(0.5 * float(np.sqrt(part.area_px))))
        return around, wearer.detail(around, f"{side}-hand")
    points = wearer.anchors.points
    wrist, elbow = points.get(f"{side}-wrist"), points.get(f"{side}-elbow")
    if wrist is None or elbow is None:
        return None
    place, before = np.array(wrist[:2], np.float32), np.array(elbow[:2], np.float32)
    length = float(np.linalg.norm(place - before))
    box = wearer.around(place, 0.9 * length)
    grid = pixel_grid(*box) - place
    beyond = grid @ ((place - before) / max(length, 1e-3)) > 0
    mask = wearer.has(box, LEFT_ARM if side == "left" else RIGHT_ARM) & beyond
    return (box, mask) if mask.any() else None


def _fingertips(wearer: Wearer, side: str) -> list[tuple[Floats, Floats, float]]:
    """Tip, unit direction and width in pixels of each finger that stands apart."""
    hand = _hand(wearer, side)
    if hand is None:
        return []
    box, mask = hand
    size = float(np.sqrt(mask.sum()))
    if size < 24:  # a finger is about a fifth as wide
        return []
    from_wrist = _ways_from_wrist(wearer, side, box, mask)
    if from_wrist is None:
        return []
    furthest = float(from_wrist[mask].max())
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline: Floats = max(contours, key=len)[:, 0].astype(np.float32)
    outline = (
        cv2.GaussianBlur(np.concatenate([outline] * 3), (1, 0), 1.0, sigmaY=0.012 * size + 0.5)[
            len(outline) : 2 * len(outline)
        ]
        if len(outline) > 20
        else outline
    )
    reach = max(3, round(0.28 * size))
    before, after = np.roll(outline, reach, axis=0), np.roll(outline, -reach, axis=0)
    towards = outline - (before + after) / 2
    sharp = np.linalg.norm(towards, axis=1) / reach
    apart = np.linalg.norm(before - after, axis=1)
    tips: list[tuple[Floats, Floats, float]] = []
    for index in np.argsort(-sharp).tolist():
        if sharp[index] < 0.62 or not 0.12 * size < apart[index] < 0.42 * size:
            continue
        if any(np.linalg.norm(outline[index] - tip[0]) < 0.22 * size for tip in tips):
            continue
        direction = towards[index] / max(float(np.linalg.norm(towards[index])), 1e-3)
        inside = outline[index] - direction * np.float32(0.2 * size)
        x, y = np.clip(np.round(inside).astype(int), 0, [mask.shape[1] - 1, mask.shape[0] - 1])
        # A finger, not the gap between two nor a corner at the wrist.
        if mask[y, x] and from_wrist[y, x] > 0.5 * furthest:
            tips.append((outline[index], direction, float(apart[index])))
    corner = np.array(box[:2], np.float32)
    return [(tip + corner, direction, width) for tip, direction, width in tips[:5] if width * 0.5 >= _MIN_NAIL_PX]


def _ways_from_wrist(wearer: Wearer, side: str, box: BoxXyxy, mask: Mask) -> Floats | None:
    """How far each pixel of the box lies from the arm or sleeve before the hand, (h, w); None: neither is seen."""
    reach = 0.12 * float(np.sqrt(mask.sum()))
    arm = wearer.has(box, LEFT_ARM if side == "left" else RIGHT_ARM) | wearer.detail(box, f"{side}-sleeve")
    # Along the edge of a hand there are always some pixels that are arm and not hand.
    arm = shrunken(arm & ~grown(mask, reach), 0.5 * reach)
    if arm.any():
        away: Floats = cv2.distanceTransform((~arm).astype(np.uint8), cv2.DIST_L2, 5)
        return away
    if f"{side}-wrist" not in wearer.anchors.points:
        return None
    wrist = wearer.anchors.xy(f"{side}-wrist") - np.array(box[:2], np.float32)
    away = np.linalg.norm(pixel_grid(0, 0, mask.shape[1], mask.shape[0]) - wrist, axis=-1)
    return away


def _paint_nail(wearer: Wearer, item: Item, tip: Floats, direction: Floats, width: float) -> None:
    assert isinstance(item.traits, NailColour)
    half = 0.27 * width
    centre = tip - direction * np.float32(1.25 * half)
    box = wearer.around(centre, 3 * half + 2)
    grid = pixel_grid(*box) - centre
    u, v = grid @ direction / (1.15 * half), grid @ np.array([-direction[1], direction[0]], np.float32) / (0.8 * half)
    alpha = np.clip((1 - (np.abs(u) ** 2.6 + np.abs(v) ** 2.6)) * half * 0.8 + 0.5, 0, 1).astype(np.float32)
    alpha = alpha * soft_mask(wearer.has(box, LEFT_ARM, RIGHT_ARM), 0.5) * (1 - soft_mask(wearer.has(box, HAIR), 0.5))
    x0, y0, x1, y1 = box
    window = wearer.scene.rgb[y0:y1, x0:x1].astype(np.float32)
    wearer.scene.replace(
        x0, y0, _tinted(window, alpha > 0.3, rgb_of(item.colour), item.gloss), alpha * np.float32(item.traits.strength)
    )

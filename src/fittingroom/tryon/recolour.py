"""New colours for hair and cloth that keep strands, folds and shadows; patterns and prints that follow them."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.errors import PlacementError
from fittingroom.labels import CIHP
from fittingroom.results import BoxXyxy
from fittingroom.tryon.anchors import HAIR, HAT, LEFT_ARM, RIGHT_ARM
from fittingroom.tryon.blending import grown_box, hidden_by
from fittingroom.tryon.body import find_body
from fittingroom.tryon.filling import Mask, blur_wide, grown, matte, soft_mask
from fittingroom.tryon.items import GarmentRecolour, HairColour, Item, rgb_of
from fittingroom.tryon.light import from_linear, to_linear
from fittingroom.tryon.patches import Floats, premultiplied, warp_affine
from fittingroom.tryon.placing import Adjustment, adjusted_map, frame_map, pixel_grid, smooth_step
from fittingroom.tryon.scene import Wearer

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_LEAST_HAIR = 0.02  # of the squared head width


def colour_hair(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Dye the hair.

    Raises:
        PlacementError: there is no hair to be seen.
    """
    del adjustment  # colour has no place
    assert isinstance(item.traits, HairColour)
    box = grown_box(wearer, wearer.box_xyxy, 6)
    hair = _hair(wearer, box)
    head = wearer.anchors.head
    unit = head.width if head is not None else np.sqrt(max(float(hair.sum()), 1.0))
    if hair.sum() < max(30.0, _LEAST_HAIR * unit * unit):
        raise PlacementError(f"no hair of person {wearer.person_id} can be seen")
    box = _tight(box, hair, round(0.08 * unit) + 4)
    hair = _hair(wearer, box)
    x0, y0, x1, y1 = box
    window = wearer.scene.rgb[y0:y1, x0:x1]
    alpha = matte(window, hair, max(2, round(0.03 * unit)))
    alpha = alpha * grown(hair, 0.04 * unit) * (1 - _far_too_bright(window, hair, 0.03 * unit))
    target = np.broadcast_to(to_linear(rgb_of(item.colour)), window.shape).astype(np.float32)
    if item.traits.tip_colour is not None:
        ys = np.nonzero(hair)[0]
        top, bottom = np.quantile(ys, [0.05, 0.97])
        share = smooth_step((np.arange(y1 - y0, dtype=np.float32) - top) / max(bottom - top, 1), 0.3, 0.95)
        target = target + (to_linear(rgb_of(item.traits.tip_colour)) - target) * share[:, None, None]
    dyed = _dyed(window, hair, target)
    wearer.scene.replace(x0, y0, dyed, alpha * np.float32(item.traits.strength))
    return []


def _hair(wearer: Wearer, box: BoxXyxy) -> Mask:
    """The hair; a spot of hat within it, too small for one, is hair that the parser mistook."""
    hair, hat = wearer.has(box, HAIR), wearer.has(box, HAT)
    return hair | hat if 0 < hat.sum() < 0.3 * hair.sum() else hair


def _far_too_bright(window: np.ndarray, hair: Mask, reach_px: float) -> Floats:
    """How surely the parser took something bright beside dark hair for hair; broadly, so that highlights stay."""
    log = np.log(to_linear(window.astype(np.float32)) @ _LUMA + 0.01)
    weight = hair.astype(np.float32)
    sigma = max(1.5, reach_px)
    broad = blur_wide(log * weight, sigma) / np.maximum(blur_wide(weight, sigma), 1e-3)
    return smooth_step(broad - float(np.median(log[hair])), 1.7, 2.4)


def _tight(box: BoxXyxy, mask: Mask, margin: int) -> BoxXyxy:
    ys, xs = np.nonzero(mask)
    height, width = mask.shape
    return (
        box[0] + max(int(xs.min()) - margin, 0),
        box[1] + max(int(ys.min()) - margin, 0),
        box[0] + min(int(xs.max()) + margin + 1, width),
        box[1] + min(int(ys.max()) + margin + 1, height),
    )


def _dyed(window: np.ndarray, hair: Mask, target: Floats) -> Floats:
    """The strands' luminance about their mean, given to the new colour; highlights stay nearly white."""
    linear = to_linear(window.astype(np.float32))
    luminance = linear @ _LUMA + 0.004
    log = np.log(luminance)
    inside = log[hair]
    middle, spread = float(np.median(inside)), float(np.std(inside)) + 1e-3
    # A dye seldom reaches its full lightness on dark hair: a part of the way stays.
    wanted = 0.74 * np.log(target @ _LUMA + 0.004) + 0.26 * middle
    # Dark hair hides its strands, light hair shows them: their contrast grows with the new lightness.
    contrast = float(np.clip(0.5 / spread, 0.7, 1.7))
    strands = np.clip((log - middle) * contrast, -1.9, 1.5)
    new = np.exp(wanted + strands)
    colour = target / np.maximum(target @ _LUMA, 1e-4)[..., None]
    shine = smooth_step(strands, 0.55, 1.5)[..., None] * 0.35
    colour = colour * (1 - shine) + shine
    return from_linear(colour * new[..., None])


def recolour_garment(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Give what is worn another colour, a pattern or a print.

    Raises:
        PlacementError: none of the garments is to be seen.
    """
    traits = item.traits
    assert isinstance(traits, GarmentRecolour)
    classes = tuple(CIHP.id_of(part) for part in traits.parts)
    box = grown_box(wearer, wearer.box_xyxy, 4)
    cloth = wearer.has(box, *classes)
    if cloth.sum() < 60:
        raise PlacementError(f"person {wearer.person_id} shows none of: {', '.join(traits.parts)}")
    box = _tight(box, cloth, 6)
    cloth = wearer.has(box, *classes)
    x0, y0, x1, y1 = box
    unit = _shoulder_width(wearer)
    window = wearer.scene.rgb[y0:y1, x0:x1]
    alpha = soft_mask(cloth, max(0.6, 0.006 * unit)) * grown(cloth, 1)
    if traits.mode == "print":
        return _print(wearer, item, adjustment, cloth, box, unit)
    if traits.mode == "pattern":
        target = _tiled(item, window.shape[:2], traits.tile_share * unit)
    else:
        target = np.broadcast_to(rgb_of(item.colour), window.shape).astype(np.float32)
    wearer.scene.replace(x0, y0, _redyed(window, cloth, target), alpha)
    return []


def _shoulder_width(wearer: Wearer) -> float:
    points = wearer.anchors.points
    if "left-shoulder" in points and "right-shoulder" in points:
        return float(np.linalg.norm(wearer.anchors.xy("left-shoulder") - wearer.anchors.xy("right-shoulder")))
    x0, _, x1, _ = wearer.box_xyxy
    return 0.4 * (x1 - x0)


def _redyed(window: np.ndarray, cloth: Mask, target_rgb: Floats) -> Floats:
    """The cloth's luminance relative to its usual one, given to the new colour.

    White cloth made black keeps only its deepest folds and its shine, black cloth made white gets shadows where it was
    darkest: so the contrast changes with the lightness.
    """
    linear = to_linear(window.astype(np.float32))
    luminance = linear @ _LUMA + 0.006
    log = np.log(luminance)
    middle = float(np.quantile(log[cloth], 0.6))
    target = to_linear(target_rgb)
    wanted = np.log(target @ _LUMA + 0.006)
    spread = float(np.std(log[cloth])) + 1e-3
    contrast = np.clip(0.55 / spread, 0.5, 1.5)
    light = smooth_step(wanted, -2.5, -0.4)
    folds = np.clip((log - middle) * contrast, -1.8, 0.9)
    # A light surface cannot become much lighter: its folds show as shadows alone.
    folds = np.where(folds > 0, folds * (1 - 0.75 * light), folds * (1 - 0.3 * light))
    new = np.exp(wanted + folds) - 0.006
    colour = target / np.maximum(target @ _LUMA, 1e-3)[..., None]
    return from_linear(np.clip(colour * new[..., None], 0, 1))


def _tiled(item: Item, size_hw: tuple[int, ...], tile_px: float) -> Floats:
    """The item's tile repeated over an area, float32 (h, w, 3)."""
    picture = premultiplied(item.front.picture_rgba)
    scale = max(tile_px, 4.0) / picture.shape[1]
    size_wh = max(4, round(picture.shape[1] * scale)), max(4, round(picture.shape[0] * scale))
    small = cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    base = rgb_of(item.colour) * (1 - small[..., 3:]) + small[..., :3]
    rows, columns = -(-size_hw[0] // size_wh[1]), -(-size_hw[1] // size_wh[0])
    tiled: Floats = np.tile(base, (rows, columns, 1))[: size_hw[0], : size_hw[1]]
    return tiled.astype(np.float32)


def _print(wearer: Wearer, item: Item, adjustment: Adjustment, cloth: Mask, box: BoxXyxy, unit: float) -> list[str]:
    """A picture on the chest, in the folds' shade."""
    traits = item.traits
    assert isinstance(traits, GarmentRecolour)
    body = find_body(wearer.anchors)
    view = item.front
    height, width = view.size_hw
    scale = traits.print_share * unit / width
    centre = body.axis_at(0.42)
    to_photo = frame_map(np.array([width / 2, height / 2], np.float32), centre, body.across, -body.down, scale, scale)
    patch = warp_affine(
        premultiplied(view.picture_rgba), adjusted_map(to_photo, adjustment, centre, unit), wearer.scene.size_hw
    )
    if not patch.alpha.size:
        return ["the print lies outside the photo"]
    x0, y0, x1, y1 = patch.box_xyxy
    on_cloth = np.zeros(patch.alpha.shape, np.float32)
    grid = pixel_grid(x0, y0, x1, y1)[..., ::-1].astype(int) - (box[1], box[0])
    inside = (grid >= 0).all(axis=-1) & (grid[..., 0] < cloth.shape[0]) & (grid[..., 1] < cloth.shape[1])
    on_cloth[inside] = cloth[grid[inside][:, 0], grid[inside][:, 1]]
    front = hidden_by(wearer, patch.box_xyxy, classes=(LEFT_ARM, RIGHT_ARM), hair=True, edge_px=max(0.6, 0.008 * unit))
    window = wearer.scene.rgb[y0:y1, x0:x1].astype(np.float32)
    luminance = to_linear(window) @ _LUMA + 0.01
    usual = float(np.median(luminance[on_cloth > 0.5])) if (on_cloth > 0.5).any() else 1.0
    shade = np.clip((luminance / usual) ** 0.8, 0.4, 1.15)
    rgb = from_linear(to_linear(patch.straight_rgb) * shade[..., None] * 0.92)
    wearer.scene.replace(x0, y0, rgb, patch.alpha * on_cloth * (1 - front))
    return []

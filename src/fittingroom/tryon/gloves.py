"""Gloves, painted onto the hands that the photo shows: their own light and shadow, the material's colour."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.errors import PlacementError
from fittingroom.tryon.anchors import GLOVE
from fittingroom.tryon.body import Limb, find_body
from fittingroom.tryon.filling import Mask, soft_mask
from fittingroom.tryon.items import Glove, Item, rgb_of
from fittingroom.tryon.light import from_linear, to_linear
from fittingroom.tryon.patches import Floats
from fittingroom.tryon.placing import Adjustment, pixel_grid, smooth_step
from fittingroom.tryon.scene import Wearer
from fittingroom.tryon.skin import limb_class

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def wear_gloves(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    """Put gloves on the hands that are seen.

    Raises:
        PlacementError: no hand is seen.
    """
    del adjustment  # a glove is where the hand is
    assert isinstance(item.traits, Glove)
    body = find_body(wearer.anchors)
    warnings, worn = list(body.warnings), 0
    for side, limb in body.arms.items():
        if limb.is_seen_to_the_end and _put_on(wearer, item, side, limb):
            worn += 1
        else:
            warnings.append(f"the {side} hand cannot be seen")
    if not worn:
        raise PlacementError(f"no hand of person {wearer.person_id} can be seen")
    return warnings


def _put_on(wearer: Wearer, item: Item, side: str, limb: Limb) -> bool:
    assert isinstance(item.traits, Glove)
    wrist, direction, width = limb.at(2.0)
    forearm = float(np.linalg.norm(limb.line[2] - limb.line[1]))
    box = wearer.around(wrist, forearm + 2 * width)
    share, away = limb.coordinates(pixel_grid(*box))
    begin = 1.98 - item.traits.cuff * 0.98
    mine = wearer.has(box, limb_class(side, is_arm=True), GLOVE)
    # The other hand may lie nearby: only what hangs together with this arm's end counts.
    hand = wearer.detail(box, f"{side}-hand")
    mask = _connected(mine & (hand | ((share > begin) & (away < 5.5))), wrist + direction * np.float32(width) - box[:2])
    if mask.sum() < max(20.0, 0.5 * width * width):
        return False
    x0, y0, x1, y1 = box
    window = wearer.scene.rgb[y0:y1, x0:x1].astype(np.float32)
    rgb, cover = _surface(window, mask, share, away, item, limb)
    hem = np.maximum(smooth_step((share - begin) * forearm, -0.5, 1.0), hand)
    wearer.scene.replace(x0, y0, rgb, soft_mask(mask, 0.6) * cover * hem)
    wearer.relabel(box, mask, GLOVE)
    return True


def _connected(mask: Mask, near: Floats) -> Mask:
    """The piece of the mask that lies nearest to a place."""
    count, pieces = cv2.connectedComponents(mask.astype(np.uint8))
    if count < 2:
        return mask
    ys, xs = np.nonzero(mask)
    nearest = int(np.argmin((xs - near[0]) ** 2 + (ys - near[1]) ** 2))
    piece: Mask = pieces == pieces[ys[nearest], xs[nearest]]
    return piece


def _surface(window: Floats, mask: Mask, share: Floats, away: Floats, item: Item, limb: Limb) -> tuple[Floats, Floats]:
    """Colours of the glove and how much it covers, (h, w, 3) and (h, w)."""
    assert isinstance(item.traits, Glove)
    luminance = to_linear(window) @ _LUMA + 0.004
    usual = float(np.median(luminance[mask]))
    relative = np.log(luminance / usual)
    target = to_linear(rgb_of(item.colour))
    material = item.traits.material
    contrast = {"leather": 1.25, "latex": 1.1, "knit": 0.9, "lace": 0.8}[material]
    shine = {"leather": 0.10, "latex": 0.28, "knit": 0.0, "lace": 0.0}[material] + 0.3 * item.gloss
    new = target * np.exp(np.clip(relative * contrast, -1.8, 1.0))[..., None]
    new = new + shine * smooth_step(relative, 0.12, 0.7)[..., None] * 0.6
    cover = np.ones(mask.shape, np.float32)
    width = float(limb.half_widths[-1])
    length = float(np.linalg.norm(limb.line[2] - limb.line[1]))
    along = share * length / max(width, 1.0)
    if material == "knit":
        ribs = 0.86 + 0.14 * np.sin(along * 9.0) * np.cos(away * 14.0)
        new = new * ribs[..., None].astype(np.float32)
    if material == "lace":
        mesh = np.abs(np.sin(along * 7.0 + away * 6.0)) * np.abs(np.sin(along * 7.0 - away * 6.0))
        cover = np.clip(0.55 + 0.45 * (mesh < 0.35), 0, 1).astype(np.float32)
    return from_linear(np.clip(new, 0, 1)), cover

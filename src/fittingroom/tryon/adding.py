"""A user's picture made an item: cut out where it has no transparency, its landmarks found, drawn and written."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fittingroom.errors import ItemError
from fittingroom.imaging.reading import ReadLimits, read_photo
from fittingroom.tryon.items import KINDS, Dress, Item, Rgba, Top, View
from fittingroom.tryon.landmarks import find_landmarks, sleeve_of

LONG_SIDE_PX = 768
_LIMITS = ReadLimits(max_pixels=40_000_000)


def make_item(path: Path, *, kind: str, item_id: str, name: str = "", licence: str = "") -> Item:
    """An item of a picture that shows it flat, hanging or on a dummy, from the front, before a plain background.

    Args:
        path: of a JPEG, PNG, WebP or AVIF. Its transparency is the cut-out; without any the item is cut out here.
        kind: a kind that has a picture and whose landmarks can be found.
        item_id: lower-case letters, digits and hyphens.
        name: for lists; by default the id.
        licence: SPDX identifier of the picture's licence.

    Raises:
        PhotoError: the picture cannot be read, or is too large.
        ItemError: the item cannot be cut out, or the kind needs no picture.
    """
    if kind not in KINDS or not KINDS[kind].anchors:
        with_picture = ", ".join(name for name, needs in KINDS.items() if needs.anchors)
        raise ItemError(f"an item of kind {kind!r} is not made from a picture; expected one of {with_picture}")
    pixels = read_photo(path, limits=_LIMITS).pixels_rgb
    if min(pixels.shape[:2]) < 32:
        raise ItemError(f"the picture is {pixels.shape[1]}x{pixels.shape[0]}; expected sides of at least 32 pixels")
    alpha = _transparency(path)
    if alpha is not None and alpha.shape != pixels.shape[:2]:
        alpha = None  # turned upright, or an animation: cut out anew
    picture = _shrunk(pixels, alpha)
    if alpha is None:
        picture[..., 3] = cut_out_item(picture[..., :3])
    picture = _cropped(picture)
    mask = _one_piece(picture[..., 3] > 127)
    anchors = find_landmarks(mask, kind)
    traits = KINDS[kind].traits()
    if isinstance(traits, (Top, Dress)):
        sleeve = sleeve_of(anchors)
        traits = type(traits)(sleeve=sleeve)
        if sleeve == "none":
            anchors = {anchor: xy for anchor, xy in anchors.items() if "cuff" not in anchor}
    inside = picture[..., :3][mask]
    colour = "#" + "".join(f"{round(float(c)):02x}" for c in np.median(inside, axis=0))
    return Item(
        id=item_id,
        kind=kind,
        name=name or item_id.replace("-", " ").capitalize(),
        name_zh=name or item_id,
        licence=licence,
        author="",
        colour=colour,
        traits=traits,
        views={"front": View(picture, anchors)},
    )


def _transparency(path: Path) -> NDArray[np.uint8] | None:
    """The picture's alpha, uint8 (h, w); None where everything is opaque. `read_photo` has found the file sound."""
    with Image.open(path) as image:
        if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
            return None
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    return alpha if int(alpha.min()) < 128 else None


def id_from(stem: str) -> str:
    """An item id made of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "item"


def cut_out_item(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Alpha of the object before a plain background, uint8 (h, w): GrabCut, started from the picture's border.

    Raises:
        ItemError: nothing stands out from the border, or everything does.
    """
    height, width = rgb.shape[:2]
    border = max(2, min(height, width) // 50)
    frame = np.ones((height, width), bool)
    frame[border:-border, border:-border] = False
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    middle = np.median(lab[frame], axis=0)
    spread = np.median(np.abs(lab[frame] - middle), axis=0) * 1.5 + 4
    distance = np.sqrt((((lab - middle) / spread) ** 2).sum(axis=2))
    mask = np.where(distance > 6, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[frame] = cv2.GC_BGD
    share = float((mask == cv2.GC_PR_FGD).mean())
    if not 0.01 < share < 0.97:
        raise ItemError(
            f"the item cannot be told from its background ({share:.0%} of the picture differ from the border); "
            "lay it on something plain of another colour, or give a picture with transparency"
        )
    cv2.setRNGSeed(0)
    back, front = np.zeros((1, 65)), np.zeros((1, 65))
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    cv2.grabCut(bgr, mask, (0, 0, 1, 1), back, front, 3, cv2.GC_INIT_WITH_MASK)
    found = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if found.mean() < 0.005:
        raise ItemError("nothing stands out from the picture's background; give a picture with transparency")
    solid = _one_piece(found)
    soft = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 0.9)
    # A pixel of the edge holds some background: the alpha keeps just within.
    return np.asarray(np.clip((soft - 0.35) / 0.5 * 255, 0, 255), np.uint8)


def _shrunk(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> Rgba:
    height, width = pixels.shape[:2]
    opaque = np.full((height, width), 255, np.uint8) if alpha is None else alpha
    picture = np.concatenate([pixels, opaque[..., None]], axis=2)
    scale = LONG_SIDE_PX / max(height, width)
    if scale >= 1:
        return picture
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


def _cropped(picture: Rgba) -> Rgba:
    """The picture cut to what is opaque, with 3 transparent pixels around."""
    mask = picture[..., 3] > 8
    if mask.sum() < 64:
        raise ItemError("the picture is almost wholly transparent; expected an item that is seen")
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    piece = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(piece, ((3, 3), (3, 3), (0, 0)))


def _one_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest piece of a mask, its holes of a few pixels closed."""
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        raise ItemError("the picture shows no item")
    piece: NDArray[np.bool_] = pieces == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return piece


def landmarks_drawn(item: Item) -> NDArray[np.uint8]:
    """The item on white with its anchors named, uint8 (h, w, 3): for the user to check."""
    view = item.front
    alpha = view.picture_rgba[..., 3:].astype(np.float32) / 255
    drawn = (view.picture_rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    for anchor, (x, y) in view.anchors.items():
        place = round(x), round(y)
        colour = (200, 30, 30) if "left" in anchor else (30, 60, 200) if "right" in anchor else (20, 140, 40)
        cv2.circle(drawn, place, max(3, max(view.size_hw) // 150), colour, -1, cv2.LINE_AA)
        cv2.putText(drawn, anchor, (place[0] + 6, place[1]), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
    return drawn

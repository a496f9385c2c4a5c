"""What an item looks like, read off its picture: a few colours, and how patterned it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.preferences.colours import ColourName, Floats, name_of, oklab, oklab_of_hex
from fittingroom.tryon.items import Item
from fittingroom.tryon.wardrobe import Entry

COLOURS = 4  # of a picture, at most
SIDE_PX = 160  # pictures are looked at in this size: dots are seen, threads and single hairs are not
APART = 0.08  # colours nearer than this, in OKLab, are one: folds and shade
DECLARED = 0.15  # the main colour has at least this share of the picture
PATTERNED = 0.05  # from here on an item is called patterned
_ROUNDS = 12


@dataclass(frozen=True, eq=False)
class ItemLook:
    """An item's colours and pattern.

    Attributes:
        item_id, kind: as in the wardrobe.
        name, name_zh: as in the wardrobe.
        colours: float64 (k, 3) in OKLab, k from 1 to `COLOURS`; the main one comes first: of those that cover much, the
            one that is nearest to the colour that the item's sidecar declares.
        shares: float64 (k,), of the picture's opaque area; their sum is 1.
        pattern: how far the colours lie apart, from 0 plain; weighted by their shares, in units of OKLab.
    """

    item_id: str
    kind: str
    name: str
    name_zh: str
    colours: Floats
    shares: Floats
    pattern: float

    @property
    def main_colour(self) -> Floats:
        """float64 (3,), OKLab."""
        main: Floats = self.colours[0]
        return main

    @property
    def colour_name(self) -> ColourName:
        """What its main colour is called."""
        return name_of(self.main_colour)

    @property
    def is_patterned(self) -> bool:
        """Whether people would call it patterned rather than plain."""
        return self.pattern >= PATTERNED


def look_of(item: Item) -> ItemLook:
    """Look at an item; one without a picture is its colour."""
    pixels = _opaque_pixels(item.front.picture_rgba) if item.views else np.empty((0, 3))
    if len(pixels) < COLOURS:
        colours, shares = oklab_of_hex(item.colour)[None], np.ones(1)
    else:
        colours, shares = _colours_in(oklab(pixels))
        away = ((colours - oklab_of_hex(item.colour)) ** 2).sum(axis=-1) + (shares < min(DECLARED, shares.max()))
        order = np.argsort(np.where(np.arange(len(shares)) == away.argmin(), -np.inf, -shares))
        colours, shares = colours[order], shares[order]
    middle = shares @ colours
    # Lightness counts half: it is shade as often as dye.
    spread = ((colours - middle) * (0.5, 1.0, 1.0)) ** 2
    pattern = float(np.sqrt((shares[:, None] * spread).sum()))
    return ItemLook(item.id, item.kind, item.name, item.name_zh, colours, shares, pattern)


def looks_of(entries: Iterable[Entry]) -> tuple[ItemLook, ...]:
    """Look at every item of a wardrobe, one after the other, keeping no picture.

    Raises:
        ItemError: one cannot be read.
    """
    return tuple(look_of(Item.read(entry.sidecar)) for entry in entries)


def likeness(looks: tuple[ItemLook, ...], *, width: float = 0.11) -> NDArray[np.float32]:
    """How alike items look, whatever their kinds, float32 (n, n) in [0, 1]; 1 on the diagonal.

    Args:
        looks: n items.
        width: distance in OKLab at which two plain colours are 0.6 alike.
    """
    counts = [len(look.shares) for look in looks]
    colours, shares = np.concatenate([look.colours for look in looks]), np.concatenate([look.shares for look in looks])
    owner = np.repeat(np.arange(len(looks)), counts)
    member = np.zeros((len(looks), len(colours)))
    member[owner, np.arange(len(colours))] = shares
    squared = ((colours[:, None] - colours[None]) ** 2).sum(axis=-1)
    overlap = member @ np.exp(-squared / (2 * width**2)) @ member.T  # (n, n)
    norm = np.sqrt(np.diag(overlap))
    patterns = np.array([look.pattern for look in looks])
    of_pattern = np.exp(-((patterns[:, None] - patterns[None]) ** 2) / (2 * 0.08**2))
    alike: NDArray[np.float32] = (overlap / norm[:, None] / norm[None] * of_pattern).astype(np.float32)
    return alike


def _opaque_pixels(rgba: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Pixels of the reduced picture that are mostly opaque, (m, 3) in [0, 255]."""
    height, width = rgba.shape[:2]
    scale = min(1.0, SIDE_PX / max(height, width))
    alpha = rgba[..., 3:].astype(np.float32) / 255
    # Premultiplied, so that what a transparent pixel hides does not count.
    layers = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(layers, size_wh, interpolation=cv2.INTER_AREA).reshape(-1, 4)
    # Thin things, a chain for instance, fill no reduced pixel: then what is there has to do.
    opaque = small[small[:, 3] > min(0.5, 0.5 * float(small[:, 3].max()))].astype(np.float64)
    return opaque[:, :3] / opaque[:, 3:]


def _colours_in(lab: Floats) -> tuple[Floats, Floats]:
    """Lloyd's k-means from the farthest points, so without chance; then near colours are made one."""
    centres = lab.mean(axis=0, keepdims=True)
    for _ in range(COLOURS - 1):
        farthest = _distances(lab, centres).min(axis=1).argmax()
        centres = np.concatenate([centres, lab[[farthest]]])
    for _ in range(_ROUNDS):
        member = _distances(lab, centres).argmin(axis=1) == np.arange(len(centres))[:, None]  # (k, m)
        member = member[member.any(axis=1)]
        centres = member @ lab / member.sum(axis=1, keepdims=True)
    shares = member.mean(axis=1)
    while len(centres) > 1:
        # Lightness counts half, as in `look_of`.
        gaps = _distances(centres * (0.5, 1.0, 1.0), centres * (0.5, 1.0, 1.0))
        gaps[np.diag_indices_from(gaps)] = np.inf
        i, j = np.unravel_index(gaps.argmin(), gaps.shape)
        if gaps[i, j] > APART:
            break
        centres[i] = (shares[i] * centres[i] + shares[j] * centres[j]) / (shares[i] + shares[j])
        shares[i] += shares[j]
        centres, shares = np.delete(centres, j, axis=0), np.delete(shares, j)
    return centres, shares


def _distances(a: Floats, b: Floats) -> Floats:
    """(n, 3), (m, 3) -> (n, m)"""
    distances: Floats = np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=-1))
    return distances

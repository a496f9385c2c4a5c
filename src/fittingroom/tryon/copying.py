"""A hole filled with copies of what surrounds it, so that bricks stay bricks and windows stay windows.

Coarse to fine, each patch of the hole is matched with the known patch that is most like it, and the hole redrawn from
the matches (Wexler, Shechtman and Irani 2007). The window is matched small, where every pair of patches can be
compared; the photo's own pixels are copied by what was found, and a smooth membrane takes away the steps in colour at
the hole's edge (Perez, Gangnet and Blake 2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.tryon.filling import Floats, Mask, flow_in, grown

_REACH = 2  # a patch has 5 x 5 cells
_SIDE = 2 * _REACH + 1
_LONGEST = 72  # cells along the matched window's longer side
_MOST_TARGETS, _MOST_SOURCES = 900, 2400
_LEAST_SOURCES = 60
_MEMBRANE_PX = 240  # the membrane is smooth: it is computed on a smaller window
_ROUNDS = (4, 2, 1)  # of matching and redrawing, coarsest level first
_FADE = 0.92  # what is believed of a made-up cell for each cell of distance to the known
_COHERENT = 1.12  # a neighbour's match is taken over if it is worse by no more than this

_BESIDE = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])

# int64 throughout: rows and columns.
Cells: TypeAlias = NDArray[Any]


def copied(window_rgb: NDArray[np.uint8], known: Mask, hole: Mask) -> Floats | None:
    """The window with copies of known pixels in its hole, float32 (h, w, 3).

    Args:
        window_rgb: uint8 (h, w, 3).
        known: bool (h, w), pixels that may be copied.
        hole: bool (h, w), pixels to make up; not empty.

    Returns:
        None where too little is known to find anything alike.
    """
    known = known & ~hole
    cell_px = max(1.0, max(hole.shape) / _LONGEST, float(np.sqrt(hole.sum() / _MOST_TARGETS)))
    size_wh = max(8, round(hole.shape[1] / cell_px)), max(8, round(hole.shape[0] / cell_px))
    level = _Level.of(window_rgb, known, hole, size_wh)
    if level.sources().shape[0] < _LEAST_SOURCES or not level.hole.any():
        return None
    matches = _matched(level)
    return _drawn(window_rgb, known, hole, matches, level)


@dataclass(frozen=True, eq=False)
class _Level:
    """The window in cells: rgb float32 (h, w, 3) in [0, 1], known and hole bool (h, w)."""

    rgb: Floats
    known: Mask
    hole: Mask

    @classmethod
    def of(cls, rgb: NDArray[np.uint8] | Floats, known: Mask, hole: Mask, size_wh: tuple[int, int]) -> _Level:
        weight = known.astype(np.float32)
        share = cv2.resize(weight, size_wh, interpolation=cv2.INTER_AREA)
        colour = rgb.astype(np.float32) * weight[..., None]
        if rgb.dtype == np.uint8:
            colour /= 255
        small = cv2.resize(colour, size_wh, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)[..., None]
        in_hole = cv2.resize(hole.astype(np.float32), size_wh, interpolation=cv2.INTER_AREA) > 0
        is_known = (share > 0.98) & ~in_hole
        return cls(np.where(is_known[..., None], small, 0).astype(np.float32), is_known, in_hole)

    def sources(self) -> Cells:
        """Rows and columns (N, 2) of the middles of patches that are wholly known."""
        inner = cv2.erode(self.known.astype(np.uint8), np.ones((_SIDE, _SIDE), np.uint8), borderValue=0)
        inner[:_REACH], inner[-_REACH:], inner[:, :_REACH], inner[:, -_REACH:] = 0, 0, 0, 0
        return np.argwhere(inner > 0)


def _matched(level: _Level) -> Cells:
    """For each cell of the hole, (h, w, 2), the row and column of the known cell whose copy it becomes."""
    height, width = level.hole.shape
    pyramid = [level]
    while len(pyramid) < len(_ROUNDS) and min(pyramid[-1].hole.shape) >= 32:
        last = pyramid[-1]
        half = (last.hole.shape[1] + 1) // 2, (last.hole.shape[0] + 1) // 2
        smaller = _Level.of(last.rgb, last.known, last.hole, half)
        if smaller.sources().shape[0] < _LEAST_SOURCES:
            break
        pyramid.append(smaller)
    picture: Floats | None = None
    matches = np.zeros((height, width, 2), np.int64)
    for step, at in enumerate(reversed(pyramid)):
        shape = at.hole.shape
        if picture is None:
            picture = _peeled(at)
        start = cv2.resize(picture, (shape[1], shape[0]))
        picture = np.where(at.known[..., None], at.rgb, start).astype(np.float32)
        rounds = _ROUNDS[min(step + len(_ROUNDS) - len(pyramid), len(_ROUNDS) - 1)]
        for turn in range(rounds):
            matches = _nearest(at, picture, at.hole, _belief(at))
            if turn < rounds - 1:
                picture = _redrawn(at, picture, matches)
            else:  # means would be ever smoother from level to level
                picture = np.where(at.hole[..., None], picture[matches[..., 0], matches[..., 1]], picture)
    assert picture is not None
    return _coherent(level, picture, matches)


def _patches(picture: Floats) -> Floats:
    """The patch about every cell, float32 (h, w, side * side * channels); beyond the edge it repeats the edge."""
    padded = np.pad(picture, ((_REACH, _REACH), (_REACH, _REACH), (0, 0)), mode="edge")
    view = np.lib.stride_tricks.sliding_window_view(padded, (_SIDE, _SIDE), axis=(0, 1))
    return view.reshape(*picture.shape[:2], -1)


def _belief(level: _Level) -> Floats:
    """What each cell counts in a comparison: 1 if known, less the deeper in the hole, 0 where neither."""
    depth = cv2.distanceTransform((~level.known).astype(np.uint8), cv2.DIST_L2, 3)
    belief: Floats = np.where(level.known, 1.0, np.where(level.hole, 0.7 * _FADE**depth, 0)).astype(np.float32)
    return belief


def _peeled(level: _Level) -> Floats:
    """A first picture: the hole filled from its edge inwards, each layer by what the layers before it tell.

    Begun with smooth colours, the search would find smooth patches for ever.
    """
    picture = np.where(level.known[..., None], level.rgb, flow_in(level.rgb, level.known)).astype(np.float32)
    depth = cv2.distanceTransform((~level.known).astype(np.uint8), cv2.DIST_C, 3)
    belief = level.known.astype(np.float32)
    for layer in range(1, int(depth[level.hole].max()) + 1):
        cells = level.hole & (np.ceil(depth) == layer)
        if not cells.any():
            continue
        matches = _nearest(level, picture, cells, belief)
        picture = np.where(cells[..., None], picture[matches[..., 0], matches[..., 1]], picture)
        belief = np.where(cells, np.float32(0.8), belief).astype(np.float32)
    return picture


def _nearest(level: _Level, picture: Floats, cells: Mask, belief: Floats) -> Cells:
    """For some cells, (h, w, 2), the middle of the known patch that is most like the one about them."""
    sources = level.sources()
    if len(sources) > _MOST_SOURCES:
        sources = sources[:: -(-len(sources) // _MOST_SOURCES)]
    targets = np.argwhere(cells)
    patches = _patches(picture)
    weights = _patches(np.repeat(belief[..., None], picture.shape[2], axis=2))[targets[:, 0], targets[:, 1]]
    candidates = patches[sources[:, 0], sources[:, 1]]
    wanted = patches[targets[:, 0], targets[:, 1]]
    # |w (t - s)|^2 without what is the same for all sources.
    distance = weights @ (candidates * candidates).T - 2 * ((weights * wanted) @ candidates.T)
    # Of equally good ones the nearer.
    away = np.abs(targets[:, None] - sources[None]).sum(axis=2, dtype=np.float32)
    best = np.argmin(distance + (2e-4 * away) * weights.mean(axis=1, keepdims=True), axis=1)
    matches = np.zeros((*level.hole.shape, 2), np.int64)
    matches[targets[:, 0], targets[:, 1]] = sources[best]
    return matches


def _redrawn(level: _Level, picture: Floats, matches: Cells) -> Floats:
    """Each cell of the hole as the mean of what the matches of the patches over it say."""
    height, width = level.hole.shape
    total, count = np.zeros_like(picture), np.zeros((height, width, 1), np.float32)
    targets = np.argwhere(level.hole)
    found = matches[targets[:, 0], targets[:, 1]]
    belief = _belief(level)[targets[:, 0], targets[:, 1]][:, None]
    for down in range(-_REACH, _REACH + 1):
        for right in range(-_REACH, _REACH + 1):
            step = np.array([down, right])
            at, source = targets + step, found + step
            inside = (at >= 0).all(axis=1) & (at[:, 0] < height) & (at[:, 1] < width)
            y, x = at[inside, 0], at[inside, 1]
            # No cell comes twice: the targets are distinct and shifted alike.
            total[y, x] += belief[inside] * picture[source[inside, 0], source[inside, 1]]
            count[y, x] += belief[inside]
    drawn = total / np.maximum(count, 1e-6)
    return np.where(level.hole[..., None], drawn, picture).astype(np.float32)


def _coherent(level: _Level, picture: Floats, matches: Cells) -> Cells:
    """Matches whose neighbours go on where they went: large pieces are copied whole rather than cell by cell."""
    height, width = level.hole.shape
    patches = _patches(picture)
    usable = np.zeros(level.hole.shape, bool)
    sources = level.sources()
    usable[sources[:, 0], sources[:, 1]] = True
    targets = np.argwhere(level.hole)
    own = matches[targets[:, 0], targets[:, 1]]
    wanted = patches[targets[:, 0], targets[:, 1]]
    weights = _patches(np.repeat(_belief(level)[..., None], picture.shape[2], axis=2))[targets[:, 0], targets[:, 1]]

    def cost(found: Cells) -> Floats:
        difference = patches[found[:, 0], found[:, 1]] - wanted
        price: Floats = np.einsum("nd,nd->n", weights * difference, difference)
        return price

    best = cost(own)
    limit = best * _COHERENT**2 + 1e-3 * weights.sum(axis=1)
    for step in np.tile(_BESIDE, (4, 1)):
        field = np.full((height, width, 2), -1, np.int64)
        field[targets[:, 0], targets[:, 1]] = own
        beside = targets - step
        inside = (beside >= 0).all(axis=1) & (beside[:, 0] < height) & (beside[:, 1] < width)
        offered = np.where(inside[:, None], field[beside[:, 0] % height, beside[:, 1] % width], -1)
        offered = np.where(offered >= 0, offered + step, -1)
        fits = (offered >= 0).all(axis=1) & (offered[:, 0] < height) & (offered[:, 1] < width)
        fits &= usable[offered[:, 0] % height, offered[:, 1] % width]
        offer = np.where(fits[:, None], offered, own)
        price = cost(offer)
        # A cell that agrees with more of its neighbours is preferred, within the limit.
        agrees = _agreement(level, targets, offer, field) > _agreement(level, targets, own, field)
        takes = fits & (((price <= limit) & agrees) | (price < 0.98 * cost(own)))
        own = np.where(takes[:, None], offer, own)
    result = matches.copy()
    result[targets[:, 0], targets[:, 1]] = own
    return result


def _agreement(level: _Level, targets: Cells, own: Cells, field: Cells) -> NDArray[np.int64]:
    """How many of the four neighbours are copied from beside the same place."""
    height, width = level.hole.shape
    agreeing = np.zeros(len(targets), np.int64)
    for step in _BESIDE:
        beside = np.clip(targets + step, 0, (height - 1, width - 1))
        agreeing += (field[beside[:, 0], beside[:, 1]] == own + step).all(axis=1)
    return agreeing


def _drawn(window_rgb: NDArray[np.uint8], known: Mask, hole: Mask, matches: Cells, level: _Level) -> Floats:
    """The photo's own pixels copied by the matches, with a membrane over the steps at the edge."""
    height, width = hole.shape
    rows, columns = level.hole.shape
    cell_h, cell_w = height / rows, width / columns
    # The known ring about the hole is copied over too: what the copy misses there is what it misses in the hole.
    ring = grown(hole, 2.0 * max(cell_h, cell_w)) & known
    spread = _spread(matches, level.hole)
    offset = spread - np.moveaxis(np.mgrid[:rows, :columns], 0, -1)
    y, x = np.nonzero(hole | ring)
    copy = np.zeros((len(y), 3), np.float32)
    row, column = (y + 0.5) / cell_h - 0.5, (x + 0.5) / cell_w - 0.5
    row0, column0 = np.floor(row), np.floor(column)
    total = np.zeros(len(y), np.float32)
    for down in (0, 1):
        for right in (0, 1):
            r = np.clip(row0 + down, 0, rows - 1).astype(np.int64)
            c = np.clip(column0 + right, 0, columns - 1).astype(np.int64)
            share = (1 - np.abs(row - row0 - down)) * (1 - np.abs(column - column0 - right))
            share = (share**3).astype(np.float32) + np.float32(1e-4)
            move = offset[r, c] * (cell_h, cell_w)
            sy = np.clip(np.rint(y + move[:, 0]), 0, height - 1).astype(np.int64)
            sx = np.clip(np.rint(x + move[:, 1]), 0, width - 1).astype(np.int64)
            share = share * (known[sy, sx] + np.float32(1e-6))
            copy += share[:, None] * window_rgb[sy, sx]
            total += share
    copy /= total[:, None]
    canvas = np.zeros((height, width, 3), np.float32)
    canvas[y, x] = copy
    result = window_rgb.astype(np.float32)
    result[hole] = np.clip(canvas[hole] + _membrane(result - canvas, ring)[hole], 0, 255)
    return result


def _membrane(missed: Floats, ring: Mask) -> Floats:
    """What is missed on the ring, smoothly continued over all, (h, w, 3)."""
    height, width = ring.shape
    shrink = max(1.0, max(height, width) / _MEMBRANE_PX)
    size_wh = max(2, round(width / shrink)), max(2, round(height / shrink))
    share = cv2.resize(ring.astype(np.float32), size_wh, interpolation=cv2.INTER_AREA)
    small = cv2.resize(missed * ring[..., None], size_wh, interpolation=cv2.INTER_AREA)
    smooth = flow_in(small / np.maximum(share, 1e-6)[..., None], share > 0.2)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _spread(matches: Cells, hole: Mask) -> Cells:
    """Matches of the hole, and beyond it those of the nearest cell of the hole, moved along."""
    _, nearest = cv2.distanceTransformWithLabels(
        (~hole).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    cells = np.argwhere(hole)
    table = np.zeros((int(nearest.max()) + 1, 2), np.int64)
    table[nearest[cells[:, 0], cells[:, 1]]] = cells
    origin = table[nearest]
    here = np.moveaxis(np.mgrid[: hole.shape[0], : hole.shape[1]], 0, -1)
    moved: Cells = matches[origin[..., 0], origin[..., 1]] + here - origin
    return moved

"""Enlarging the network's coarse answer to the photo's size, at a cost that follows the outlines and not the area.

Enlarging twenty class planes to a 12-megapixel photo takes longer than the network. But inside a part all planes but
one lose everywhere. So the coarse map is cut into tiles: a tile that shows one class is filled; in the others only the
classes that are there are enlarged (bilinearly) and compared. With a guide, the picture that the network saw, they are
refined on the way, so that borders follow it (see fittingroom.parsing.edges).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import STRIDE
from fittingroom.errors import ShapeError
from fittingroom.parsing.edges import SHARPNESS, apply_to_colours, fit_to_colours

TILE_CELLS = 8
# Larger matrix products are shared out among BLAS threads that wait by spinning: slower for one photo, and ruinous for
# a program that parses several at once.
MAX_TILE_SIDE_PX = 96
MAX_GUIDED_TILE_SIDE_PX = 80  # four times as many numbers are interpolated
GUIDED_MARGIN_CELLS = 2  # as far as a guide may push a border

Id = TypeVar("Id", np.uint8, np.uint16)


@dataclass(frozen=True)
class Tile:
    """A rectangle of the photo and the coarse cells that bilinear enlarging looks at there (some more on each side)."""

    pixels: tuple[slice, slice]
    cells: tuple[slice, slice]


class Enlarger:
    """Bilinear enlarging from (h, w) cells to (H, W) pixels, tile by tile, as two small matrix products."""

    def __init__(
        self,
        cells_hw: tuple[int, int],
        size_hw: tuple[int, int],
        *,
        max_tile_side_px: int = MAX_TILE_SIDE_PX,
        margin_cells: int = 1,
    ) -> None:
        self.cells_hw, self.size_hw = cells_hw, size_hw
        self._axes = [_Axis(cells, pixels) for cells, pixels in zip(cells_hw, size_hw, strict=True)]
        self._spans = [
            _spans(cells, pixels, max_tile_side_px, margin_cells)
            for cells, pixels in zip(cells_hw, size_hw, strict=True)
        ]

    def tiles(self) -> Iterator[Tile]:
        """Tiles that cover the photo once."""
        for row_cells, row_pixels in self._spans[0]:
            for column_cells, column_pixels in self._spans[1]:
                yield Tile((row_pixels, column_pixels), (row_cells, column_cells))

    def fill(self, low: NDArray[Id], high: NDArray[Id]) -> tuple[NDArray[Id], Iterator[Tile]]:
        """(H, W), filled in the tiles whose cells have one same number in `low` and `high` (h, w); the other tiles."""
        rows, columns = self._spans
        lowest = np.stack([low[cells].min(0) for cells, _ in rows])
        lowest = np.stack([lowest[:, cells].min(1) for cells, _ in columns], 1)  # (tiles down, tiles across)
        highest = np.stack([high[cells].max(0) for cells, _ in rows])
        highest = np.stack([highest[:, cells].max(1) for cells, _ in columns], 1)
        heights, widths = ([pixels.stop - pixels.start for _, pixels in spans] for spans in self._spans)
        filled = lowest.repeat(widths, axis=1).repeat(heights, axis=0)
        varied = np.argwhere(lowest != highest).tolist()
        return filled, (
            Tile((rows[down][1], columns[across][1]), (rows[down][0], columns[across][0])) for down, across in varied
        )

    def enlarge(self, planes: NDArray[np.float32], tile: Tile) -> NDArray[np.float32]:
        """(..., cell rows, cell columns) of the tile -> (..., pixel rows, pixel columns)."""
        rows, columns = (
            axis.weights(pixels, cells) for axis, pixels, cells in zip(self._axes, tile.pixels, tile.cells, strict=True)
        )
        return np.asarray(rows @ planes @ columns.T, np.float32)


class _Axis:
    """Bilinear enlarging along one axis; weights that were asked for are kept for the next tile."""

    def __init__(self, cells: int, pixels: int) -> None:
        self.cells, self.pixels = cells, pixels
        self._kept: dict[tuple[int, int, int, int], NDArray[np.float32]] = {}

    def weights(self, pixels: slice, cells: slice) -> NDArray[np.float32]:
        """What each of the cells adds to each of the pixels."""
        key = (pixels.start, pixels.stop, cells.start, cells.stop)
        if key not in self._kept:
            self._kept[key] = interpolation_weights(self.cells, self.pixels, pixels)[:, cells]
        return self._kept[key]


class GuidedPlanes:
    """Planes (K, h, w) enlarged by way of the picture that they describe, uint8 (STRIDE * h, STRIDE * w, 3)."""

    def __init__(self, planes: NDArray[np.float32], guide_rgb: NDArray[np.uint8], size_hw: tuple[int, int]) -> None:
        cells_hw, guide_hw = (planes.shape[1], planes.shape[2]), (guide_rgb.shape[0], guide_rgb.shape[1])
        if guide_rgb.shape != (STRIDE * cells_hw[0], STRIDE * cells_hw[1], 3):
            raise ShapeError(
                f"guide is {guide_rgb.shape}, cells are {cells_hw}; the guide must have {STRIDE} x {STRIDE} pixels for "
                "each cell, as the network's input has"
            )
        # without single odd pixels, which would become specks at the borders of patterned clothes
        self._guide_rgb = np.asarray(cv2.medianBlur(np.ascontiguousarray(guide_rgb), 3), np.uint8)
        self._functions = fit_to_colours(planes, self._guide_rgb)
        self._to_guide = Enlarger(cells_hw, guide_hw)
        self._to_photo = Enlarger(guide_hw, size_hw)

    def enlarge(self, chosen: NDArray[np.intp], tile: Tile) -> NDArray[np.float32]:
        """The chosen planes in the tile, (chosen, pixel rows, pixel columns)."""
        guide = tuple(
            _cells_looked_at(cells, pixels, tile_pixels)
            for cells, pixels, tile_pixels in zip(
                self._to_photo.cells_hw, self._to_photo.size_hw, tile.pixels, strict=True
            )
        )
        functions = self._to_guide.enlarge(
            self._functions[chosen][:, :, *tile.cells], Tile((guide[0], guide[1]), tile.cells)
        )
        refined = apply_to_colours(functions, self._guide_rgb[guide])
        return self._to_photo.enlarge(refined, Tile(tile.pixels, (guide[0], guide[1])))


def restore(
    class_logits: NDArray[np.float32], size_hw: tuple[int, int], guide_rgb: NDArray[np.uint8] | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The winning class of every pixel of the photo, and its probability.

    Args:
        class_logits: float32 (C, h, w).
        size_hw: (H, W) of the photo.
        guide_rgb: the picture that the network saw, uint8 (STRIDE * h, STRIDE * w, 3): borders follow it. None: they
            are smooth.

    Returns:
        uint8 (H, W) class ids; uint8 (H, W) probability x 255.
    """
    winner = class_logits.argmax(0).astype(np.uint8)  # (C, h, w) -> (h, w)
    probability = softmax(class_logits).max(0)
    if guide_rgb is None:
        labels = _winners(winner, lambda shown: class_logits[shown], size_hw, None)
    else:
        sharpened = softmax(np.float32(SHARPNESS) * class_logits)
        labels = _winners(winner, lambda shown: sharpened[shown], size_hw, guide_rgb)
    return labels, _enlarged_bytes(probability * np.float32(255) + np.float32(0.5), size_hw)


def restore_ids(
    ids: NDArray[np.uint16], size_hw: tuple[int, int], guide_rgb: NDArray[np.uint8] | None = None
) -> NDArray[np.uint16]:
    """Ids (h, w) at the photo's size, their borders smooth, or following the guide (see `restore`)."""
    return _winners(ids, lambda shown: (ids == shown[:, None, None]).astype(np.float32), size_hw, guide_rgb)


def _winners(
    winner: NDArray[Id],
    planes_of: Callable[[NDArray[np.intp]], NDArray[np.float32]],
    size_hw: tuple[int, int],
    guide_rgb: NDArray[np.uint8] | None,
) -> NDArray[Id]:
    """Which id's plane is the largest at every pixel (H, W), of the ids that win in a cell (h, w) near there.

    planes_of: from K ids to their planes float32 (K, h, w).
    """
    cells_hw = (winner.shape[0], winner.shape[1])
    ids = _distinct(winner)
    planes = planes_of(ids)
    guided = GuidedPlanes(planes, guide_rgb, size_hw) if guide_rgb is not None and len(ids) > 1 else None
    enlarger = (
        Enlarger(cells_hw, size_hw)
        if guided is None
        else Enlarger(cells_hw, size_hw, max_tile_side_px=MAX_GUIDED_TILE_SIDE_PX, margin_cells=GUIDED_MARGIN_CELLS)
    )
    restored, varied_tiles = enlarger.fill(winner, winner)
    for tile in varied_tiles:
        shown = _distinct(winner[tile.cells])
        chosen = np.searchsorted(ids, shown)
        if guided is None:
            enlarged = enlarger.enlarge(planes[chosen][:, tile.cells[0], tile.cells[1]], tile)
        else:
            enlarged = guided.enlarge(chosen, tile)
        restored[tile.pixels] = shown.astype(winner.dtype)[largest_plane(enlarged)]
    return restored


def _enlarged_bytes(values: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.uint8]:
    """(h, w) of 0 to below 256, enlarged bilinearly and cut off to whole numbers, (H, W)."""
    enlarger = Enlarger((values.shape[0], values.shape[1]), size_hw)
    # A tile whose values differ only behind the point is filled; rounding must not decide it.
    slack = np.float32(1e-3)
    enlarged, varied_tiles = enlarger.fill((values - slack).astype(np.uint8), (values + slack).astype(np.uint8))
    for tile in varied_tiles:
        enlarged[tile.pixels] = enlarger.enlarge(values[tile.cells], tile)
    return enlarged


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities over the first axis."""
    powers = np.exp(logits - logits.max(0))
    probabilities: NDArray[np.float32] = powers / powers.sum(0)
    return probabilities


def largest_plane(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Which of the K planes is largest at each pixel; as argmax over the first axis, but several times faster."""
    best = planes[0]
    which = np.zeros(best.shape, np.uint8)
    for index in range(1, len(planes)):
        np.copyto(which, np.uint8(index), where=planes[index] > best)
        if index + 1 < len(planes):
            best = np.maximum(best, planes[index])
    return which


def interpolation_weights(cells: int, pixels: int, chosen: slice = slice(None)) -> NDArray[np.float32]:
    """What each cell adds to each of the chosen pixels in bilinear enlarging, centres aligned, edges held.

    float32 (chosen pixels, cells).
    """
    position = np.clip((np.arange(*chosen.indices(pixels)) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    below = np.minimum(position.astype(np.intp), max(cells - 2, 0))
    share = (position - below).astype(np.float32)
    weights = np.zeros((len(position), cells), np.float32)
    weights[np.arange(len(position)), below] = 1 - share
    weights[np.arange(len(position)), np.minimum(below + 1, cells - 1)] += share
    return weights


def _cells_looked_at(cells: int, pixels: int, chosen: slice) -> slice:
    """The cells that bilinear enlarging looks at for the chosen pixels."""
    first = int((chosen.start + 0.5) * cells / pixels - 0.5)
    last = int((chosen.stop - 0.5) * cells / pixels - 0.5) + 1
    # the last cell's weights are expressed by the two last cells
    return slice(max(min(first, cells - 2), 0), min(last + 1, cells))


def _spans(cells: int, pixels: int, max_tile_side_px: int, margin_cells: int) -> list[tuple[slice, slice]]:
    """Cut an axis into tiles: (cells needed, pixels filled) for each."""
    margin = margin_cells + cells // pixels  # a pixel that is larger than a cell looks further
    tile_cells = max(1, min(TILE_CELLS, max_tile_side_px * cells // pixels))
    spans = []
    for first in range(0, cells, tile_cells):
        last = min(first + tile_cells, cells)
        filled = slice(first * pixels // cells, last * pixels // cells)
        if filled.start < filled.stop:
            spans.append((slice(max(first - margin, 0), min(last + margin, cells)), filled))
    return spans


def _distinct(ids: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.intp]:
    """The values that occur, in order; faster than numpy.unique on small numbers."""
    return np.flatnonzero(np.bincount(ids.ravel()))

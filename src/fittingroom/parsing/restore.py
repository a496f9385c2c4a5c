"""Enlarging the network's coarse answer to the photo's size, at a cost that follows the outlines and not the area.

Enlarging twenty class planes to a 12-megapixel photo takes longer than the network. But inside a part all planes but
one lose everywhere. So the coarse map is cut into tiles: a tile that shows one class is filled; in the others only the
classes that are there are enlarged (bilinearly) and compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TILE_CELLS = 8
# Larger matrix products are shared out among BLAS threads that wait by spinning: slower for one photo, and ruinous for
# a program that parses several at once.
MAX_TILE_SIDE_PX = 96


@dataclass(frozen=True)
class Tile:
    """A rectangle of the photo and the coarse cells that bilinear enlarging looks at there (some more on each side)."""

    pixels: tuple[slice, slice]
    cells: tuple[slice, slice]


class Enlarger:
    """Bilinear enlarging from (h, w) cells to (H, W) pixels, tile by tile, as two small matrix products."""

    def __init__(self, cells_hw: tuple[int, int], size_hw: tuple[int, int]) -> None:
        self.cells_hw, self.size_hw = cells_hw, size_hw
        self._rows = interpolation_weights(cells_hw[0], size_hw[0])  # (H, h)
        self._columns = interpolation_weights(cells_hw[1], size_hw[1])  # (W, w)

    def tiles(self) -> Iterator[Tile]:
        """Tiles that cover the photo once."""
        for row_cells, row_pixels in _spans(self.cells_hw[0], self.size_hw[0]):
            for column_cells, column_pixels in _spans(self.cells_hw[1], self.size_hw[1]):
                yield Tile((row_pixels, column_pixels), (row_cells, column_cells))

    def enlarge(self, planes: NDArray[np.float32], tile: Tile) -> NDArray[np.float32]:
        """(K, cell rows, cell columns) of the tile -> (K, pixel rows, pixel columns)."""
        rows = self._rows[tile.pixels[0], tile.cells[0]]
        columns = self._columns[tile.pixels[1], tile.cells[1]]
        return np.asarray(rows @ planes @ columns.T, np.float32)


def restore(class_logits: NDArray[np.float32], size_hw: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The winning class of every pixel of the photo, and its probability.

    Args:
        class_logits: float32 (C, h, w).
        size_hw: (H, W) of the photo.

    Returns:
        uint8 (H, W) class ids; uint8 (H, W) probability x 255.
    """
    winner = class_logits.argmax(0).astype(np.uint8)  # (C, h, w) -> (h, w)
    probability = softmax(class_logits).max(0)
    enlarger = Enlarger((winner.shape[0], winner.shape[1]), size_hw)
    labels = np.empty(size_hw, np.uint8)
    confidence = np.empty(size_hw, np.uint8)
    for tile in enlarger.tiles():
        confidence[tile.pixels] = enlarger.enlarge(probability[tile.cells] * np.float32(255) + np.float32(0.5), tile)
        shown = _distinct(winner[tile.cells])
        if len(shown) == 1:
            labels[tile.pixels] = shown[0]
        else:
            labels[tile.pixels] = shown[largest_plane(enlarger.enlarge(class_logits[shown][:, *tile.cells], tile))]
    return labels, confidence


def restore_ids(ids: NDArray[np.uint16], size_hw: tuple[int, int]) -> NDArray[np.uint16]:
    """Ids (h, w) at the photo's size, with smooth borders between them instead of stairs."""
    enlarger = Enlarger((ids.shape[0], ids.shape[1]), size_hw)
    restored = np.empty(size_hw, np.uint16)
    for tile in enlarger.tiles():
        here = ids[tile.cells]
        shown = np.unique(here)
        if len(shown) == 1:
            restored[tile.pixels] = shown[0]
        else:
            planes = (here == shown[:, None, None]).astype(np.float32)
            restored[tile.pixels] = shown[largest_plane(enlarger.enlarge(planes, tile))]
    return restored


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities over the first axis."""
    powers = np.exp(logits - logits.max(0))
    probabilities: NDArray[np.float32] = powers / powers.sum(0)
    return probabilities


def largest_plane(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Which of the K planes is largest at each pixel; as argmax over the first axis, but several times faster."""
    best = planes[0].copy()
    which = np.zeros(best.shape, np.uint8)
    for index in range(1, len(planes)):
        wins = planes[index] > best
        np.copyto(best, planes[index], where=wins)
        which[wins] = index
    return which


def interpolation_weights(cells: int, pixels: int) -> NDArray[np.float32]:
    """float32 (pixels, cells): what each cell adds to each pixel in bilinear enlarging, centres aligned, edges held."""
    position = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    below = np.minimum(position.astype(np.intp), max(cells - 2, 0))
    share = (position - below).astype(np.float32)
    weights = np.zeros((pixels, cells), np.float32)
    weights[np.arange(pixels), below] = 1 - share
    weights[np.arange(pixels), np.minimum(below + 1, cells - 1)] += share
    return weights


def _spans(cells: int, pixels: int) -> list[tuple[slice, slice]]:
    """Cut an axis into tiles: (cells needed, pixels filled) for each."""
    margin = 1 + cells // pixels  # a pixel that is larger than a cell looks further
    tile_cells = max(1, min(TILE_CELLS, MAX_TILE_SIDE_PX * cells // pixels))
    spans = []
    for first in range(0, cells, tile_cells):
        last = min(first + tile_cells, cells)
        filled = slice(first * pixels // cells, last * pixels // cells)
        if filled.start < filled.stop:
            spans.append((slice(max(first - margin, 0), min(last + margin, cells)), filled))
    return spans


def _distinct(ids: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The values that occur, in order; faster than numpy.unique on bytes."""
    return np.flatnonzero(np.bincount(ids.ravel()))

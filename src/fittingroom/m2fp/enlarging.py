"""Mask logits at the photo's size, tile by tile: to the input's size, cut, to the photo's size, in one step.

The reference enlarges a hundred masks twice, as floats. Both steps are bilinear, so together they are one small matrix
for the rows and one for the columns; and a tile of which no cell is above 0 has no pixel above 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.m2fp.framing import Framing
from fittingroom.parsing.restore import interpolation_weights

# Larger matrix products are shared out among BLAS threads that wait by spinning (see fittingroom.parsing.restore).
TILE_PX = 80


@dataclass(frozen=True)
class Tile:
    """A rectangle of the photo, the cells that its pixels are made of, and how."""

    pixels: tuple[slice, slice]
    cells: tuple[slice, slice]
    rows: NDArray[np.float32]  # (pixel rows, cell rows)
    columns: NDArray[np.float32]  # (cell columns, pixel columns)

    def enlarge(self, cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """The tile's cells (..., cell rows, cell columns) -> (..., pixel rows, pixel columns)."""
        return np.asarray(self.rows @ cells @ self.columns, np.float32)


class Enlarger:
    """From a mask's (h, w) cells, which span the network's input, to the photo's pixels."""

    def __init__(self, cells_hw: tuple[int, int], framing: Framing) -> None:
        self.cells_hw, self.photo_hw = cells_hw, framing.photo_hw
        weights = [
            _axis_weights(cells_hw[axis], framing.input_hw[axis], framing.offset_yx[axis], framing.resized_hw[axis],
                          framing.photo_hw[axis])
            for axis in (0, 1)
        ]  # fmt: skip
        self._rows, self._columns = (_pieces(axis) for axis in weights)

    def tiles(self, cells: NDArray[np.bool_]) -> Iterator[Tile]:
        """The tiles of which a pixel may look at one of the marked cells, bool (h, w)."""
        columns = np.logical_or.reduce(cells, 0)
        for row_pixels, row_cells, rows in self._rows:
            if not cells[row_cells].any():
                continue
            for column_pixels, column_cells, column in self._columns:
                if columns[column_cells].any() and cells[row_cells, column_cells].any():
                    yield Tile((row_pixels, column_pixels), (row_cells, column_cells), rows, column.T)

    def all_tiles(self) -> Iterator[Tile]:
        """Tiles that cover the photo once."""
        return self.tiles(np.ones(self.cells_hw, bool))


def _axis_weights(cells: int, input_side: int, offset: int, resized_side: int, photo_side: int) -> NDArray[np.float32]:
    """(photo_side, cells): what each cell adds to each pixel of one axis."""
    to_input = interpolation_weights(cells, input_side)[offset : offset + resized_side]
    return interpolation_weights(resized_side, photo_side) @ to_input


def _pieces(weights: NDArray[np.float32]) -> list[tuple[slice, slice, NDArray[np.float32]]]:
    """An axis cut into tiles: (pixels, cells that they are made of, the weights of these)."""
    pieces = []
    for first in range(0, len(weights), TILE_PX):
        pixels = slice(first, min(first + TILE_PX, len(weights)))
        used = np.flatnonzero(weights[pixels].any(0))
        cells = slice(int(used[0]), int(used[-1]) + 1)
        pieces.append((pixels, cells, np.ascontiguousarray(weights[pixels, cells])))
    return pieces

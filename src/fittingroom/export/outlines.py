"""Outlines of a mask along the edges of its pixels, and back: nothing is lost, holes and single pixels included.

Points are corners of pixels, (x, y) with pixel (0, 0) between (0, 0) and (1, 1): the convention of COCO and SVG.
"""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.errors import ShapeError

Ring = npt.NDArray[np.int32]
"""A closed outline, (N, 2) corners x, y, the last joined to the first; edges are horizontal and vertical by turns."""


def outline_rings(mask: npt.NDArray[np.bool_]) -> list[Ring]:
    """Every outline of a mask, bool (H, W): outer ones and those of holes, each at least 4 corners.

    A ring does not cross itself and goes around pixels that touch along edges; filled by the even-odd rule, all of them
    together give the mask back (`fill_rings`).

    Raises:
        ShapeError: the mask is not bool with two axes.
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ShapeError(f"mask is {mask.dtype} {mask.shape}; it must be bool with two axes (height, width)")
    corners_yx, order_in_column = _corners(mask)
    if not len(corners_yx):
        return []
    # On a line of the grid, corners are joined in pairs: the first to the second, the third to the fourth, ...
    row_mate = _mates(np.lexsort((corners_yx[:, 1], corners_yx[:, 0])))
    # A corner where two pixels touch diagonally stands here twice. In a row the first one has its edge to the left,
    # in a column upwards; which two of the edges belong to one pixel depends on the diagonal.
    column_mate = _mates(np.lexsort((order_in_column, corners_yx[:, 0], corners_yx[:, 1])))
    return _rings(corners_yx, row_mate.tolist(), column_mate.tolist())


def fill_rings(rings: Iterable[npt.ArrayLike], size_hw: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The pixels whose middle lies inside, by the even-odd rule, bool (H, W).

    Args:
        rings: polygons, each (N, 2) of x, y, whole or broken numbers; may leave the picture.
        size_hw: height and width of the mask in pixels.
    """
    height, width = size_hw
    toggles = np.zeros((height, width + 1), np.uint8)
    for ring in rings:
        points = np.asarray(ring, np.float64).reshape(-1, 2)
        _toggle(toggles, points, np.roll(points, -1, axis=0))
    inside: npt.NDArray[np.bool_] = np.bitwise_xor.accumulate(toggles[:, :-1], axis=1).astype(bool)
    return inside


def polygons_without_holes(mask: npt.NDArray[np.bool_]) -> list[Ring]:
    """One polygon for each connected piece; holes are joined to it by a slit without width.

    For formats that know no holes (COCO, LabelMe). Filled by the even-odd rule, or one after the other, they give the
    mask back.
    """
    count, pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    boxes = _boxes(np.asarray(pieces, np.int32), count)
    polygons = []
    for piece in range(1, count):
        x0, y0, x1, y1 = boxes[piece]
        rings = outline_rings(pieces[y0:y1, x0:x1] == piece)
        polygons.append(_joined(rings) + np.array([x0, y0], np.int32))
    return polygons


def _corners(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Corners (K, 2) of y, x in the order of rows, those where two pixels touch diagonally twice; and their order in a
    column, (K,), in which such twins have changed places where the pixels are the right upper and the left lower one.
    """
    padded = np.pad(mask, 1)
    above_left, above_right = padded[:-1, :-1], padded[:-1, 1:]
    below_left, below_right = padded[1:, :-1], padded[1:, 1:]
    is_saddle = (above_left == below_right) & (above_right == below_left) & (above_left != above_right)
    is_corner = (above_left ^ above_right ^ below_left ^ below_right) | is_saddle
    y, x = np.nonzero(is_corner)
    copies = 1 + is_saddle[y, x]
    corners_yx = np.repeat(np.stack([y, x], axis=1).astype(np.int32), copies, axis=0)
    order = np.arange(len(corners_yx))
    first_twins = (np.cumsum(copies) - copies)[(is_saddle & above_right)[y, x]]
    order[first_twins] += 1
    order[first_twins + 1] -= 1
    return corners_yx, order


def _mates(order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    mates = np.empty(order.size, np.int64)
    mates[order[0::2]] = order[1::2]
    mates[order[1::2]] = order[0::2]
    return mates


def _rings(corners_yx: npt.NDArray[np.int32], row_mate: Sequence[int], column_mate: Sequence[int]) -> list[Ring]:
    is_used = bytearray(len(row_mate))
    rings = []
    for start in range(len(row_mate)):
        if is_used[start]:
            continue
        path = []
        corner = start
        while not is_used[corner]:
            other = row_mate[corner]
            is_used[corner] = is_used[other] = 1
            path += [corner, other]
            corner = column_mate[other]
        rings.append(np.ascontiguousarray(corners_yx[path][:, ::-1]))
    return rings


def _toggle(toggles: npt.NDArray[np.uint8], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> None:
    """Flip ``toggles`` where an edge from start to end, both (N, 2), crosses the middle line of a row."""
    height, columns = toggles.shape
    # A row counts when y + 0.5 lies in [top, bottom): shared ends are crossed once.
    top = np.clip(np.ceil(np.minimum(start[:, 1], end[:, 1]) - 0.5), 0, height).astype(np.int64)
    bottom = np.clip(np.ceil(np.maximum(start[:, 1], end[:, 1]) - 0.5), 0, height).astype(np.int64)
    counts = bottom - top
    edge = np.repeat(np.arange(len(start)), counts)
    y = np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts, counts) + top[edge]
    slope = (end[edge, 0] - start[edge, 0]) / (end[edge, 1] - start[edge, 1])
    x = start[edge, 0] + (y + 0.5 - start[edge, 1]) * slope
    column = np.clip(np.ceil(x - 0.5), 0, columns - 1).astype(np.int64)
    np.bitwise_xor.at(toggles, (y, column), 1)


def _boxes(pieces: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.int64]:
    """Box (x0, y0, x1, y1) of each number below ``count``; half-open."""
    y, x = np.nonzero(pieces)
    numbers = pieces[y, x]
    boxes = np.zeros((count, 4), np.int64)
    boxes[:, :2] = max(pieces.shape)
    np.minimum.at(boxes[:, 0], numbers, x)
    np.minimum.at(boxes[:, 1], numbers, y)
    np.maximum.at(boxes[:, 2], numbers, x + 1)
    np.maximum.at(boxes[:, 3], numbers, y + 1)
    return boxes


def _joined(rings: list[Ring]) -> Ring:
    """One ring out of the outer one and those of the holes."""
    outer = max(range(len(rings)), key=lambda ring: np.ptp(rings[ring][:, 0]) * np.ptp(rings[ring][:, 1]))
    joined = rings[outer]
    for hole in (ring for number, ring in enumerate(rings) if number != outer):
        distance = np.abs(joined[:, None, :] - hole[None, :, :]).sum(axis=2) if len(joined) * len(hole) < 4e6 else None
        if distance is None:
            near, far = int(np.abs(joined - hole[0]).sum(axis=1).argmin()), 0
        else:
            near, far = (int(place) for place in np.unravel_index(int(distance.argmin()), distance.shape))
        turned = np.roll(hole, -far, axis=0)
        joined = np.concatenate([joined[: near + 1], turned, turned[:1], joined[near:]])
    return joined

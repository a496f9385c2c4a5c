"""COCO's compressed run-length encoding of a mask, read and written with numpy alone.

A mask is read column by column; ``counts`` holds the lengths of its runs, zeros first. From the fourth on, each count
is stored as the difference to the one two before. Numbers are cut into groups of 5 bits, lowest first, each written as
one character: bit 5 says that more follow, 48 is added. Source: the COCO API (Lin et al., ECCV 2014), ``maskApi.c``.
"""

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from fittingroom.errors import ShapeError
from fittingroom.results import BoxXyxy

# 7 groups of 5 bits hold every difference of two 32-bit counts.
_GROUPS = 7


class Rle(TypedDict):
    """One mask as COCO writes it.

    ``size`` is [height, width] of the picture in pixels, ``counts`` the compressed runs in ASCII.
    """

    size: list[int]
    counts: str


def encode_rle(mask: npt.NDArray[np.bool_]) -> Rle:
    """Encode a whole mask, bool (H, W).

    Raises:
        ShapeError: the mask is not bool with two axes.
    """
    _check_mask(mask)
    height, width = mask.shape
    return encode_rle_within(mask, (0, 0, width, height), (height, width))


def encode_rle_within(crop_mask: npt.NDArray[np.bool_], box_xyxy: BoxXyxy, size_hw: tuple[int, int]) -> Rle:
    """Encode the mask of a picture that is empty outside a box; costs what the box costs, not the picture.

    Args:
        crop_mask: bool (y1 - y0, x1 - x0), the mask within the box.
        box_xyxy: where the crop lies, in pixels, half-open.
        size_hw: size of the picture.

    Raises:
        ShapeError: the crop does not fill the box, or the box does not lie in the picture.
    """
    _check_mask(crop_mask)
    height, width = size_hw
    x0, y0, x1, y1 = box_xyxy
    if crop_mask.shape != (y1 - y0, x1 - x0):
        raise ShapeError(f"crop is {crop_mask.shape}, its box {box_xyxy} is {(y1 - y0, x1 - x0)} (height, width)")
    if not (0 <= x0 <= x1 <= width and 0 <= y0 <= y1 <= height):
        raise ShapeError(f"box {box_xyxy} (x0, y0, x1, y1) does not lie in a picture of {size_hw} (height, width)")

    # (h, w) -> (w, h + 2): columns become rows, with a zero at either end so that no run leaves its column.
    columns = np.zeros((x1 - x0, y1 - y0 + 2), np.int8)
    columns[:, 1:-1] = crop_mask.T
    x, y = np.nonzero(np.diff(columns, axis=1))
    edges = (x + x0) * height + (y + y0)  # start, end, start, end, ... in column-major pixels
    # A run that goes on at the top of the next column ends where the next one starts: both edges go.
    is_seam = np.zeros(edges.size, bool)
    is_seam[1:-1:2] = edges[1:-1:2] == edges[2::2]
    is_seam[2::2] = is_seam[1:-1:2]
    edges = edges[~is_seam]
    counts = np.diff(edges, prepend=0, append=height * width)
    # COCO writes no empty run at the end.
    if counts.size > 1 and counts[-1] == 0:
        counts = counts[:-1]
    return Rle(size=[height, width], counts=_compress(counts))


def decode_rle(rle: Rle) -> npt.NDArray[np.bool_]:
    """The mask, bool (H, W).

    Raises:
        ShapeError: the counts do not add up to the size.
    """
    height, width = rle["size"]
    counts = _expand(rle["counts"])
    if counts.sum() != height * width or (counts < 0).any():
        raise ShapeError(
            f"RLE counts add up to {counts.sum()} pixels, its size {rle['size']} has {height * width}; "
            "the string is damaged, or its size is not [height, width]"
        )
    is_set = np.arange(counts.size) % 2 == 1
    return np.ascontiguousarray(np.repeat(is_set, counts).reshape(width, height).T)


def _check_mask(mask: npt.NDArray[np.bool_]) -> None:
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ShapeError(f"mask is {mask.dtype} {mask.shape}; it must be bool with two axes (height, width)")


def _compress(counts: npt.NDArray[np.int64]) -> str:
    rest = counts.copy()
    rest[3:] -= counts[1:-2]
    characters = np.zeros((counts.size, _GROUPS), np.uint8)
    is_written = np.zeros((counts.size, _GROUPS), bool)
    is_open = np.ones(counts.size, bool)
    for group in range(_GROUPS):
        bits = rest & 0x1F
        rest >>= 5  # keeps the sign
        is_written[:, group] = is_open
        # Nothing follows when the sign bit of this group already says what the rest is.
        is_open &= np.where(bits & 0x10, rest != -1, rest != 0)
        characters[:, group] = bits + 48 + 32 * is_open
    return characters[is_written].tobytes().decode("ascii")


def _expand(text: str) -> npt.NDArray[np.int64]:
    codes = np.frombuffer(text.encode("ascii", errors="replace"), np.uint8).astype(np.int64) - 48
    is_last = (codes & 0x20) == 0
    if not codes.size or not is_last[-1] or codes.min() < 0 or codes.max() > 63:
        raise ShapeError(f"{text[:20]!r} is not a compressed RLE string")
    lasts = np.flatnonzero(is_last)
    firsts = np.concatenate([[0], lasts[:-1] + 1])
    lengths = lasts - firsts + 1
    if lengths.max() > _GROUPS:
        raise ShapeError(
            f"RLE string {text[:20]!r} holds a number of {lengths.max()} groups; at most {_GROUPS} are possible"
        )
    place = np.arange(codes.size) - np.repeat(firsts, lengths)
    numbers = np.add.reduceat((codes & 0x1F) << (5 * place), firsts)
    is_negative = (codes[lasts] & 0x10) != 0
    numbers -= np.where(is_negative, 1 << (5 * lengths), 0)
    # From the fourth on, each adds to the one two before: two running sums, the first count stands alone.
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers

"""Taking something off a person: hair, an old hat, the cloth that a shorter garment no longer covers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.results import BoxXyxy
from fittingroom.tryon.copying import copied
from fittingroom.tryon.filling import Floats, Mask, filled, grown, soft_mask
from fittingroom.tryon.scene import BAG, Wearer

_LONGEST_PX = 400  # side of the window on which distances are taken
_THIN_PX = 2  # holes that are nowhere deeper than this and their soft edges need no copies
_OTHER_PEOPLE = 200  # a label beyond all classes: somebody else is behind


def erase(
    wearer: Wearer, box: BoxXyxy, hole: Mask, *, gone: tuple[int, ...], edge_px: float, texture: float = 1.0
) -> None:
    """Replace a region by what is probably behind it: whatever lies nearest, background, cloth or skin.

    Args:
        wearer: who loses something.
        box: the window that the hole is given in; its surround is what can be copied from.
        hole: bool (h, w), what vanishes.
        gone: classes of which nothing is to be copied (that which is taken off).
        edge_px: width over which the hole's edge fades into the photo, and by which the hole is widened, because the
            edge of what vanishes has coloured the pixels beside it.
        texture: as in `filling.filled`.
    """
    if not hole.any():
        return
    scene = wearer.scene
    box, hole = _with_surround(wearer, box, hole, edge_px)
    x0, y0, x1, y1 = box
    labels = scene.labels[y0:y1, x0:x1].copy()
    labels[wearer.is_other(box)] = _OTHER_PEOPLE
    is_gone = np.isin(labels, gone) | (scene.persons[y0:y1, x0:x1] == BAG)
    if 0 in gone:
        is_gone |= labels == _OTHER_PEOPLE  # neither the background nor those who stand in it
    behind, usable, wide = _what_is_behind(labels, hole, is_gone, edge_px)
    if not usable.any():
        return
    window = scene.rgb[y0:y1, x0:x1].copy()
    result = window.astype(np.float32)
    inside = hole | (wide & ~is_gone)
    for label in np.unique(behind[inside]).tolist():
        part = inside & (behind == label)
        near = _window_about(part, 0.9, round(4 * edge_px) + 16)
        known = usable[near] & (labels[near] == label)
        result[near] = np.where(
            part[near][..., None], _made_up(window[near], known, part[near], texture, edge_px), result[near]
        )
    # The seams between the parts would be ruler-straight else.
    seam = cv2.GaussianBlur(result, (0, 0), max(0.5, edge_px / 2))
    borders = soft_mask(_borders(np.where(inside, behind, labels)) & inside, max(0.5, edge_px))
    result = result * (1 - borders[..., None]) + seam * borders[..., None]
    fade = soft_mask(inside, max(0.3, edge_px))
    fade[hole] = 1
    scene.replace(x0, y0, result.astype(np.float32), fade * grown(inside, edge_px))
    for label in np.unique(behind[hole]).tolist():
        wearer.relabel(box, hole & (behind == label), 0 if label == _OTHER_PEOPLE else label)


def _with_surround(wearer: Wearer, box: BoxXyxy, hole: Mask, edge_px: float) -> tuple[BoxXyxy, Mask]:
    """The window that a hole and enough to copy from take up, and the hole in it."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    top, bottom, left, right = (int(v) for v in (rows[0], rows[-1], columns[0], columns[-1]))
    margin = round(0.9 * min(max(bottom - top, right - left), 260) + 6 * edge_px) + 16
    wide = wearer.clipped(
        box[0] + left - margin, box[1] + top - margin, box[0] + right + margin + 1, box[1] + bottom + margin + 1
    )
    x, y = box[0] - wide[0], box[1] - wide[1]
    moved = np.zeros((wide[3] - wide[1], wide[2] - wide[0]), bool)
    moved[y + top : y + bottom + 1, x + left : x + right + 1] = hole[top : bottom + 1, left : right + 1]
    return wide, moved


def _what_is_behind(
    labels: NDArray[np.uint8], hole: Mask, is_gone: Mask, edge_px: float
) -> tuple[NDArray[np.uint8], Mask, Mask]:
    """The label nearest to every pixel; what may be copied from; the hole, widened where its edge has left a fringe.

    Distances need no fine picture: of a large window they are taken on a smaller one.
    """
    step = max(1, round(max(hole.shape) / _LONGEST_PX))
    small = np.s_[step // 2 :: step, step // 2 :: step]
    few, gone, edge = labels[small], is_gone[small], edge_px / step
    holes = cv2.dilate(hole.astype(np.uint8), np.ones((step, step), np.uint8))[small] > 0 if step > 1 else hole
    # Over the background the hole is widened more: a fringe of what was there would stay else.
    wide = holes | (grown(holes, edge + 0.5) | (grown(holes, 2.5 * edge + 1) & (few == 0)))
    # A pixel at the edge of what vanishes is of mixed colour: nothing is copied from it either.
    usable = ~grown(holes | gone, 2.5 * edge + 2 / step)
    behind = nearest_label(few, usable) if usable.any() else few
    if step == 1:
        return behind, usable, wide
    size_wh = hole.shape[1], hole.shape[0]
    return (
        np.asarray(cv2.resize(behind, size_wh, interpolation=cv2.INTER_NEAREST), np.uint8),
        cv2.resize(usable.astype(np.float32), size_wh, interpolation=cv2.INTER_LINEAR) > 0.99,
        cv2.resize(wide.astype(np.float32), size_wh, interpolation=cv2.INTER_LINEAR) > 0.5,
    )


def _made_up(window_rgb: NDArray[np.uint8], known: Mask, part: Mask, texture: float, edge_px: float) -> Floats:
    """The part filled: copies where it is wide and shows things, else colours that flow in."""
    deep = texture == 1 and cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 3).max() > _THIN_PX + 2 * edge_px
    copy = copied(window_rgb, known, part) if deep else None
    return filled(window_rgb, known, part, texture) if copy is None else copy


def _window_about(mask: Mask, share: float, margin_px: int) -> tuple[slice, slice]:
    """Rows and columns of a mask that is somewhere True, with a margin of pixels and a share of its size."""
    at = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    margin = margin_px + round(share * max(int(np.ptp(one)) for one in at))
    rows, columns = (slice(max(int(one[0]) - margin, 0), int(one[-1]) + margin + 1) for one in at)
    return rows, columns


def nearest_label(labels: NDArray[np.uint8], usable: Mask) -> NDArray[np.uint8]:
    """For every pixel the label of the nearest usable one, by area: a majority smooths the borders."""
    _, nearest = cv2.distanceTransformWithLabels(
        (~usable).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(nearest.max()) + 1, np.uint8)
    table[nearest[usable]] = labels[usable]
    found: NDArray[np.uint8] = cv2.medianBlur(table[nearest], 5)
    return found


def _borders(labels: NDArray[np.uint8]) -> Mask:
    borders = np.zeros(labels.shape, bool)
    borders[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    borders[1:] |= labels[1:] != labels[:-1]
    return borders

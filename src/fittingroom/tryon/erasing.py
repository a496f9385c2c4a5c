"""Taking something off a person: hair, an old hat, the cloth that a shorter garment no longer covers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.results import BoxXyxy
from fittingroom.tryon.filling import Mask, filled, grown, soft_mask
from fittingroom.tryon.scene import Wearer

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
    box, hole = _closer(box, hole, edge_px)
    x0, y0, x1, y1 = box
    labels = scene.labels[y0:y1, x0:x1].copy()
    labels[wearer.is_other(box)] = _OTHER_PEOPLE
    # Over the background the hole is widened more: a fringe of what was there would stay else.
    wide = hole | (grown(hole, edge_px + 0.5) | (grown(hole, 2.5 * edge_px + 1) & (labels == 0)))
    is_gone = np.isin(labels, gone)
    if 0 in gone:
        is_gone |= labels == _OTHER_PEOPLE  # neither the background nor those who stand in it
    # A pixel at the edge of what vanishes is of mixed colour: nothing is copied from it either.
    usable = ~grown(hole | is_gone, 2.5 * edge_px + 2)
    if not usable.any():
        return
    behind = nearest_label(labels, usable)
    window = scene.rgb[y0:y1, x0:x1].copy()
    result = window.astype(np.float32)
    inside = wide & ~(np.isin(labels, gone) & ~hole)
    for label in np.unique(behind[inside]).tolist():
        part = inside & (behind == label)
        known = usable & (labels == label)
        near = _window_about(part, 0.35)
        result[near] = np.where(
            part[near][..., None], filled(window[near], known[near], part[near], texture), result[near]
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


def _closer(box: BoxXyxy, hole: Mask, edge_px: float) -> tuple[BoxXyxy, Mask]:
    """The part of a window that a hole and its surround take up."""
    rows, columns = _window_about(hole, 0.3, round(6 * edge_px) + 12)
    top, left = rows.start, columns.start
    bottom, right = min(rows.stop, hole.shape[0]), min(columns.stop, hole.shape[1])
    return (box[0] + left, box[1] + top, box[0] + right, box[1] + bottom), hole[rows, columns]


def _window_about(mask: Mask, share: float, margin_px: int = 16) -> tuple[slice, slice]:
    """Rows and columns of a mask that is somewhere True, with a margin of pixels and a share of its size."""
    slices = []
    for axis in (1, 0):
        at = np.flatnonzero(mask.any(axis=axis))
        margin = margin_px + round(share * (at[-1] - at[0]))
        slices.append(slice(max(int(at[0]) - margin, 0), int(at[-1]) + margin + 1))
    return slices[0], slices[1]


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

"""One person: every pixel's class, out of all queries together.

The network's input has one size here, so adding up the queries is cheap; only the result is enlarged, and of it only
the tiles in which two classes meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.m2fp.framing import Framing
from fittingroom.parsing.restore import Enlarger, largest_plane, softmax

QUERIES_AT_ONCE = 10


@dataclass(frozen=True)
class SemanticParse:
    """Classes of a photo.

    label_map: uint8 (H, W). confidence: uint8 (H, W), the class's share of all classes x 255.
    class_scores: class id -> the original's score, in [0, 1), of the classes that are there, in their order.
    """

    label_map: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    class_scores: dict[int, float]


def parse_semantic(
    pred_logits: NDArray[np.float32], pred_masks: NDArray[np.float32], framing: Framing
) -> SemanticParse:
    """pred_logits float32 (Q, C + 1) and pred_masks float32 (Q, h, w) -> the classes of the photo."""
    maps = class_maps(pred_logits, pred_masks, framing)  # (C, rows, columns) of the photo in the input
    winner = maps.argmax(0).astype(np.uint8)
    share = maps.max(0) / np.maximum(maps.sum(0), 1e-6)
    enlarger = Enlarger((maps.shape[1], maps.shape[2]), framing.photo_hw)
    labels, confidence = np.empty(framing.photo_hw, np.uint8), np.empty(framing.photo_hw, np.uint8)
    area, total = np.zeros(len(maps), np.int64), np.zeros(len(maps))
    for tile in enlarger.tiles():
        confidence[tile.pixels] = np.clip(enlarger.enlarge(share[tile.cells], tile), 0, 1) * 255 + 0.5
        shown = np.flatnonzero(np.bincount(winner[tile.cells].ravel()))
        planes = enlarger.enlarge(maps[shown][:, *tile.cells], tile)
        best = largest_plane(planes) if len(shown) > 1 else np.zeros(planes.shape[1:], np.uint8)
        labels[tile.pixels] = shown[best]
        chance = 1 / (1 + np.exp(-planes.max(0)))
        area += np.bincount(shown[best].ravel(), minlength=len(maps))
        total += np.bincount(shown[best].ravel(), chance.ravel(), minlength=len(maps))
    scores = {int(class_id): float(total[class_id] / (area[class_id] + 1)) for class_id in np.flatnonzero(area)}
    return SemanticParse(labels, confidence, scores)


def class_maps(
    pred_logits: NDArray[np.float32], pred_masks: NDArray[np.float32], framing: Framing
) -> NDArray[np.float32]:
    """float32 (C, rows, columns): probability of the class times probability of the mask, summed over the queries.

    At the size of the photo in the network's input, without the padding.
    """
    probabilities = softmax(pred_logits.T)[:-1]  # (C, Q)
    height, width = framing.input_hw
    top, left = framing.offset_yx
    inside = np.s_[top : top + framing.resized_hw[0], left : left + framing.resized_hw[1]]
    maps = np.zeros((len(probabilities), *framing.resized_hw), np.float32)
    for first in range(0, len(pred_masks), QUERIES_AT_ONCE):
        masks = pred_masks[first : first + QUERIES_AT_ONCE]
        enlarged = np.stack(
            [cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)[inside] for mask in masks]
        )
        maps += np.tensordot(probabilities[:, first : first + QUERIES_AT_ONCE], 1 / (1 + np.exp(-enlarged)), 1)
    return maps

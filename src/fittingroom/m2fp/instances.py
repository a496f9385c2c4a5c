"""What the queries say: which class, where in the photo, how sure.

Classes are looked at before masks are enlarged, masks are enlarged one by one, and kept in a byte a pixel within their
boxes. So neither time nor memory grows with a hundred full-size masks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.m2fp.enlarging import Enlarger
from fittingroom.m2fp.framing import Framing
from fittingroom.parsing.restore import softmax
from fittingroom.results import BoxXyxy

MAX_CANDIDATES = 100  # pairs of a query and a class
MIN_SCORE = 0.1
BACKGROUND_ID = 0


@dataclass(frozen=True)
class Instance:
    """One mask with one class.

    score: probability of the class times the mean probability of the mask, in [0, 1].
    box_xyxy: a box around the mask, half-open.
    probability: uint8, of the box's size: probability x 255 where the mask is (128 to 255), 0 elsewhere.
    area_px: number of pixels of the mask.
    """

    query: int
    class_id: int
    score: float
    box_xyxy: BoxXyxy
    probability: NDArray[np.uint8]
    area_px: int

    @property
    def region(self) -> tuple[slice, slice]:
        """The box as an index of the photo."""
        x0, y0, x1, y1 = self.box_xyxy
        return slice(y0, y1), slice(x0, x1)

    @property
    def crop_mask(self) -> NDArray[np.bool_]:
        """bool, of the box's size."""
        return self.probability > 0

    def mask(self, photo_hw: tuple[int, int]) -> NDArray[np.bool_]:
        """bool (H, W)."""
        mask = np.zeros(photo_hw, bool)
        mask[self.region] = self.crop_mask
        return mask


def find_instances(
    pred_logits: NDArray[np.float32],
    pred_masks: NDArray[np.float32],
    framing: Framing,
    *,
    human_class: int,
    with_background: bool = False,
) -> list[Instance]:
    """The parts, then the people (of `human_class`), each from the likeliest class.

    Args:
        pred_logits: float32 (Q, C + 1), the last class is "no object".
        pred_masks: float32 (Q, h, w), logits.
        framing: of the photo in the network's input.
        human_class: id of the class "Human"; all others but 0 are parts.
        with_background: take class 0 for a part too.
    """
    probabilities = softmax(pred_logits.T).T[:, :-1]  # softmax runs over the first axis; (Q, C)
    order = np.argsort(-probabilities, axis=None, kind="stable")[:MAX_CANDIDATES]
    pairs = [tuple(map(int, divmod(pair, probabilities.shape[1]))) for pair in order]
    # A mask's own score is at most 1: a class below the limit cannot be saved by it.
    pairs = [
        (query, class_id)
        for query, class_id in pairs
        if probabilities[query, class_id] >= MIN_SCORE and (with_background or class_id != BACKGROUND_ID)
    ]
    enlarger = Enlarger((pred_masks.shape[1], pred_masks.shape[2]), framing)
    masks = {query: _enlarged(pred_masks[query], enlarger) for query in dict.fromkeys(query for query, _ in pairs)}
    parts, people = [], []
    for query, class_id in pairs:
        mask = masks[query]
        if mask is None:
            continue
        score = float(probabilities[query, class_id]) * mask.mean_probability
        instance = Instance(query, class_id, score, mask.box_xyxy, mask.probability, mask.area_px)
        if class_id == human_class and score > MIN_SCORE:
            people.append(instance)
        elif class_id != human_class and score >= MIN_SCORE:
            parts.append(instance)
    return parts + people


@dataclass(frozen=True)
class _EnlargedMask:
    box_xyxy: BoxXyxy
    probability: NDArray[np.uint8]
    area_px: int
    mean_probability: float


def _enlarged(cells: NDArray[np.float32], enlarger: Enlarger) -> _EnlargedMask | None:
    """The mask at the photo's size, where its logits are above 0; None where none is."""
    tiles = list(enlarger.tiles(cells > 0))
    if not tiles:
        return None
    y0, x0 = (min(tile.pixels[axis].start for tile in tiles) for axis in (0, 1))
    y1, x1 = (max(tile.pixels[axis].stop for tile in tiles) for axis in (0, 1))
    probability = np.zeros((y1 - y0, x1 - x0), np.uint8)
    area, total = 0, 0.0
    for tile in tiles:
        logits = tile.enlarge(cells[tile.cells])
        inside = logits > 0
        count = int(np.count_nonzero(inside))
        if count == 0:
            continue
        chance = 1 / (1 + np.exp(-np.maximum(logits, 0)))
        chance *= inside
        area += count
        total += float(chance.sum(dtype=np.float64))
        rows, columns = tile.pixels
        # Truncated after adding a half, so above a half becomes 128 or more, and outside becomes 0.
        probability[rows.start - y0 : rows.stop - y0, columns.start - x0 : columns.stop - x0] = chance * 255 + 0.5
    if area == 0:
        return None
    box = _tight(probability)
    return _EnlargedMask(
        box_xyxy=(x0 + box[0], y0 + box[1], x0 + box[2], y0 + box[3]),
        probability=np.ascontiguousarray(probability[box[1] : box[3], box[0] : box[2]]),
        area_px=area,
        mean_probability=total / (area + 1e-6),
    )


def _tight(values: NDArray[np.uint8]) -> BoxXyxy:
    rows, columns = np.flatnonzero(values.any(1)), np.flatnonzero(values.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

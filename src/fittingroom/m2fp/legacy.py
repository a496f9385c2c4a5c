"""The original's own form of a result, exact: every query on its own, parts and people in one list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from fittingroom.m2fp.enlarging import Enlarger
from fittingroom.m2fp.framing import Framing
from fittingroom.m2fp.instances import Instance, find_instances
from fittingroom.m2fp.semantic import SemanticParse

MIN_SEMANTIC_SCORE = 0.5  # of an instance, and of its product with a pixel's probability


class LegacyOutput(TypedDict):
    """Three parallel lists: masks bool (H, W), names as the checkpoint has them, scores in [0, 1]."""

    masks: list[NDArray[np.bool_]]
    labels: list[str]
    scores: list[float]


def legacy_multiple(instances: Sequence[Instance], photo_hw: tuple[int, int], names: Sequence[str]) -> LegacyOutput:
    """Several people: parts, then people, as :func:`find_instances` gives them. `names` end with "Human"."""
    return LegacyOutput(
        masks=[instance.mask(photo_hw) for instance in instances],
        labels=[names[instance.class_id] for instance in instances],
        scores=[instance.score for instance in instances],
    )


def legacy_single(parse: SemanticParse, names: Sequence[str]) -> LegacyOutput:
    """One person: an entry for each class that is there, the background included."""
    return LegacyOutput(
        masks=[parse.label_map == class_id for class_id in parse.class_scores],
        labels=[names[class_id] for class_id in parse.class_scores],
        scores=list(parse.class_scores.values()),
    )


def semantic_map(
    pred_logits: NDArray[np.float32], pred_masks: NDArray[np.float32], framing: Framing, *, human_class: int
) -> NDArray[np.float32]:
    """float32 (human_class, H, W): the map of classes that the original computes for several people and never returns.

    For each class and pixel the mean of score x probability over the instances of the class, of which only products
    above a half count; 0 where there is none. 8 bytes a pixel and class: for comparisons, on small pictures.
    """
    enlarger = Enlarger((pred_masks.shape[1], pred_masks.shape[2]), framing)
    total = np.zeros((human_class, *framing.photo_hw), np.float32)
    count = np.zeros_like(total)
    found = find_instances(pred_logits, pred_masks, framing, human_class=human_class, with_background=True)
    for instance in found:
        if instance.class_id == human_class or instance.score < MIN_SEMANTIC_SCORE:
            continue
        cells = pred_masks[instance.query]
        for tile in enlarger.tiles(cells > 0):  # half a probability times a score is below a half
            product = instance.score / (1 + np.exp(-tile.enlarge(cells[tile.cells])))
            counts = product > MIN_SEMANTIC_SCORE
            here = (instance.class_id, *tile.pixels)
            total[here] += np.where(counts, product, 0)
            count[here] += counts
    return np.asarray(total / np.maximum(count, 1), np.float32)

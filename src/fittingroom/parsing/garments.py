"""One name for one piece of cloth.

The network names every cell for itself, so the two halves of a coat may be called coat and dress. Cells of one person
that look alike and lie near each other ask each other what they are: mean-field inference with a Gaussian kernel over
colour and place, as in Kraehenbuehl and Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge
Potentials", NeurIPS 2011, on a few hundred groups of cells instead of on every one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.labels import LabelSet
from fittingroom.parsing.people import People
from fittingroom.parsing.restore import softmax

GARMENTS = ("upper-clothes", "dress", "coat", "pants", "skirt")


@dataclass(frozen=True)
class GarmentRule:
    """What counts as the same piece of cloth, and how much it counts."""

    colour_reach: float = 8.0  # in CIELAB, lightness halved
    reach: float = 0.3  # of the height of what the person wears
    weight: float = 4.0  # of what the others say, in logits
    rounds: int = 3
    doubt: float = 2.0  # what they agree on is divided by it: many who err alike are no more often right than one
    group_colour: float = 6.0  # cells are put together that differ by no more in any of the three,
    group_size: float = 1 / 24  # and lie in the same square of this share of the height;
    max_groups: int = 400  # of a person: in colourful clothes they are made coarser until they are no more


def with_steady_garments(
    class_logits: NDArray[np.float32],
    people: People,
    picture_rgb: NDArray[np.uint8],
    label_set: LabelSet,
    rule: GarmentRule,
) -> NDArray[np.float32]:
    """Logits (C, h, w) in which cells of the same cloth agree on its name; what is cloth and what is not stays.

    picture_rgb: uint8 (H, W, 3), what the cells show, at any size.
    """
    garment_ids = np.array([label_set.id_of(name) for name in GARMENTS if name in label_set.classes], np.intp)
    if len(garment_ids) < 2:
        return class_logits
    is_worn = np.isin(class_logits.argmax(0), garment_ids)
    height, width = is_worn.shape
    small = cv2.resize(picture_rgb, (width, height), interpolation=cv2.INTER_AREA)
    lab = np.asarray(cv2.cvtColor(np.asarray(small, np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    lab[..., 0] /= 2
    steady = class_logits.copy()
    for person in range(1, len(people.scores) + 1):
        rows, columns = np.nonzero(is_worn & (people.nearest == person))
        if len(rows) < 2:
            continue
        places = np.stack([rows, columns], 1) / float(np.ptp(rows) + 1)
        of_cells = (garment_ids[:, None], rows, columns)  # (G, N)
        steady[of_cells] = _agreed(class_logits[of_cells], lab[rows, columns], places, rule)
    return steady


def _agreed(
    logits: NDArray[np.float32], colours: NDArray[np.float32], places: NDArray[np.float64], rule: GarmentRule
) -> NDArray[np.float32]:
    """Logits (G, N) of the N cells of one person after they have asked each other; the likeliest stays as likely."""
    group, counts = _groups(colours, places, rule)
    features = np.concatenate([colours / rule.colour_reach, places / rule.reach], 1)
    centre = np.stack([np.bincount(group, column) for column in features.T], 1) / counts[:, None]  # (M, 5)
    unary = np.asarray(np.stack([np.bincount(group, row) for row in logits]) / counts, np.float32)  # (G, M)
    squares = (centre**2).sum(1)
    distances = np.maximum(squares[:, None] + squares - 2 * centre @ centre.T, 0)
    kernel = np.exp(-0.5 * distances.astype(np.float32)) * counts.astype(np.float32)
    kernel /= kernel.sum(1, keepdims=True)
    shares = softmax(unary)
    for _ in range(rule.rounds):
        shares = softmax(unary + rule.weight * shares @ kernel.T)
    change = np.log(shares + 1e-6) - unary  # of a group's logits
    agreed = logits + change[:, group]
    agreed = logits.max(0) + (agreed - agreed.max(0)) / rule.doubt
    return np.asarray(agreed, np.float32)


def _groups(
    colours: NDArray[np.float32], places: NDArray[np.float64], rule: GarmentRule
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The group (N,) of each cell, and how many cells are in each of the M groups."""
    coarseness = 1.0
    while True:
        bins = np.concatenate([places / (rule.group_size * coarseness), colours / (rule.group_colour * coarseness)], 1)
        bins = (bins - bins.min(0)).astype(np.intp)
        keys = np.ravel_multi_index(tuple(bins.T), tuple(bins.max(0) + 1))
        _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
        if len(counts) <= rule.max_groups:
            return group, counts
        coarseness *= 1.4

"""Whose pixels of which class were predicted as whose and as what: one table for a photo, and all overlaps from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import ShapeError
from fittingroom.evaluation.confusion import check_label_maps
from fittingroom.labels import IGNORE_ID


@dataclass(frozen=True)
class Overlaps:
    """pixels[t, a, p, b]: known pixels of true person t and class a that were predicted as person p and class b.

    int64 (T + 1, C, P + 1, C); person 0 is nobody, class 0 the background. True people are those with a known pixel, in
    the order of their ids, which `true_person_ids` names. ignored[p, b]: int64 (P + 1, C), predicted pixels where the
    truth is not known.
    """

    pixels: NDArray[np.int64]
    ignored: NDArray[np.int64]
    true_person_ids: tuple[int, ...]

    @classmethod
    def of(
        cls,
        truth: NDArray[np.uint8],
        true_ids: NDArray[np.integer],
        predicted: NDArray[np.uint8],
        predicted_ids: NDArray[np.integer],
        num_classes: int,
    ) -> Overlaps:
        """From label maps and person maps, all (H, W); pixels whose true label is 255 are left out.

        Raises:
            ShapeError: the maps differ in size.
            LabelError: a label map holds an id that is none of the classes.
        """
        check_label_maps(truth, predicted, num_classes)
        if not truth.shape == true_ids.shape == predicted_ids.shape:
            raise ShapeError(
                f"person maps are {true_ids.shape} and {predicted_ids.shape}, label maps {truth.shape}; all must be "
                "(height, width)"
            )
        known = truth != IGNORE_ID
        a, b, p = truth[known].astype(np.int64), predicted[known].astype(np.int64), predicted_ids[known]
        owners = np.where(a > 0, true_ids[known], 0).astype(np.intp)
        is_there = np.bincount(owners, minlength=1) > 0
        is_there[0] = True  # nobody has row 0, even if people cover the photo
        true_count, count = int(is_there.sum()), int(predicted_ids.max(initial=0)) + 1
        t = (np.cumsum(is_there) - 1)[owners]
        cells = ((t * num_classes + a) * count + p) * num_classes + b
        shape = (true_count, num_classes, count, num_classes)
        ignored = predicted_ids[~known].astype(np.int64) * num_classes + predicted[~known]
        return cls(
            np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape),
            np.bincount(ignored, minlength=count * num_classes).reshape(count, num_classes),
            tuple(np.flatnonzero(is_there)[1:].tolist()),
        )

    @cached_property
    def true_areas(self) -> NDArray[np.int64]:
        """(T, C) pixels of each class on each true person."""
        areas: NDArray[np.int64] = self.pixels[1:].sum((2, 3))
        return areas

    @cached_property
    def predicted_areas(self) -> NDArray[np.int64]:
        """(P, C) known pixels of each class on each predicted person."""
        areas: NDArray[np.int64] = self.pixels[:, :, 1:].sum((0, 1))
        return areas

    @cached_property
    def part_ious(self) -> NDArray[np.float64]:
        """(T, P, C) IoU of each class on a true and a predicted person; NaN where neither shows it.

        The background of a person (class 0) is all that is not this person.
        """
        both = np.einsum("tcpc->tpc", self.pixels[1:, :, 1:]).copy()
        either = self.true_areas[:, None] + self.predicted_areas[None] - both
        shared = self.pixels[1:, 1:, 1:, 1:].sum((1, 3))  # (T, P), whatever the classes
        total = self.pixels.sum()
        both[..., 0] = total - self.true_areas.sum(1)[:, None] - self.predicted_areas.sum(1)[None] + shared
        either[..., 0] = total - shared
        return _ratio(both, either)

    @cached_property
    def person_ious(self) -> NDArray[np.float64]:
        """(T, P) IoU of the masks of true and predicted people."""
        shared = self.pixels[1:, 1:, 1:, 1:].sum((1, 3))
        either = self.true_areas.sum(1)[:, None] + self.predicted_areas.sum(1)[None] - shared
        return np.nan_to_num(_ratio(shared, either))

    @cached_property
    def parsing_ious(self) -> NDArray[np.float64]:
        """(T, P) mean of `part_ious` over the classes that either person shows, background included."""
        shown = ~np.isnan(self.part_ious)
        means: NDArray[np.float64] = np.nansum(self.part_ious, axis=2) / np.maximum(shown.sum(2), 1)
        return means

    @cached_property
    def judged_parts(self) -> NDArray[np.bool_]:
        """(P, C) the predicted parts that can be judged: at least half of each lies where the truth is known."""
        judged: NDArray[np.bool_] = (self.predicted_areas > 0) & (self.predicted_areas >= self.ignored[1:])
        judged[:, 0] = False
        return judged

    @cached_property
    def judged_people(self) -> NDArray[np.bool_]:
        """(P,) the predicted people that can be judged, by the same rule."""
        known = self.predicted_areas.sum(1)
        judged: NDArray[np.bool_] = (known > 0) & (known >= self.ignored[1:].sum(1))
        return judged

    def matched_people(self) -> list[tuple[int, int]]:
        """Pairs (true, predicted), counted from 0: each person at most once, the largest IoU first, none without."""
        pairs = []
        ious = self.person_ious.copy()
        while ious.size and ious.max() > 0:
            true, predicted = np.unravel_index(int(ious.argmax()), ious.shape)
            pairs.append((int(true), int(predicted)))
            ious[true, :] = ious[:, predicted] = 0
        return pairs


def _ratio(both: NDArray[np.int64], either: NDArray[np.int64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(both, either, out=np.full(both.shape, np.nan), where=either > 0)
    return ratio

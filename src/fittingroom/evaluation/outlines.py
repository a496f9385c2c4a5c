"""How exactly outlines are drawn: boundary F-score and mean boundary distance.

The outlines of a photo lie where the class or the person changes from a pixel to its right or lower neighbour, whatever
the classes on either side: that a coat is called a shirt is said by the IoU and not counted again here. The F-score
follows Martin, Fowlkes, Malik, TPAMI 2004, with distance to the nearest outline in place of their matching.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.labels import IGNORE_ID, LabelSet

TOLERANCES_PX = (1, 2)
BODY_HEIGHT_MM = 1700
HEAD_CLASSES = ("hat", "hair", "sunglasses", "face")
FOOT_CLASSES = ("left-shoe", "right-shoe")


@dataclass(frozen=True)
class Outlines:
    """Sums over the outlines of any number of photos. Add two to pool their photos.

    drawn, true: pixels of predicted and of true outlines. drawn_near, true_near: int64 (2,), those with an outline of
    the other kind within each of `TOLERANCES_PX`. distance_px: sum over both of the distance to the nearest of the
    other kind. scaled: pixels of both kinds on people who are seen from head to foot; distance_mm: the sum over these.
    """

    drawn: int
    true: int
    drawn_near: NDArray[np.int64]
    true_near: NDArray[np.int64]
    distance_px: float
    scaled: int
    distance_mm: float

    @classmethod
    def empty(cls) -> Outlines:
        """No photos yet."""
        none = np.zeros(len(TOLERANCES_PX), np.int64)
        return cls(0, 0, none, none, 0.0, 0, 0.0)

    @classmethod
    def of(
        cls,
        truth: NDArray[np.uint8],
        true_ids: NDArray[np.integer],
        predicted: NDArray[np.uint8],
        predicted_ids: NDArray[np.integer],
        label_set: LabelSet,
    ) -> Outlines:
        """From label maps and person maps, all (H, W).

        Where the true label is 255 there is no true outline, and a predicted outline that is nearer to such pixels than
        to any true outline is not judged.
        """
        known = truth != IGNORE_ID
        true = _changes(truth, true_ids, known)
        drawn = _changes(predicted, predicted_ids, np.ones_like(known)) & known
        farthest = float(np.hypot(*truth.shape))  # where there is no outline to be near to
        to_true, to_drawn = _distance(true, farthest), _distance(drawn, farthest)
        drawn &= to_true <= _distance(~known, farthest)

        mm_per_px = _scale(truth, true_ids, label_set)  # (H, W), NaN where it is not known
        drawn_scale = mm_per_px[_nearest(true)][drawn] if true.any() else np.full(int(drawn.sum()), np.nan)
        distances = np.concatenate([to_true[drawn], to_drawn[true]])
        scales = np.concatenate([drawn_scale, mm_per_px[true]])
        is_scaled = ~np.isnan(scales)
        return cls(
            int(drawn.sum()),
            int(true.sum()),
            np.array([(to_true[drawn] <= tolerance).sum() for tolerance in TOLERANCES_PX], np.int64),
            np.array([(to_drawn[true] <= tolerance).sum() for tolerance in TOLERANCES_PX], np.int64),
            float(distances.sum()),
            int(is_scaled.sum()),
            float((distances * scales)[is_scaled].sum()),
        )

    def __add__(self, other: Outlines) -> Outlines:
        return Outlines(
            self.drawn + other.drawn,
            self.true + other.true,
            self.drawn_near + other.drawn_near,
            self.true_near + other.true_near,
            self.distance_px + other.distance_px,
            self.scaled + other.scaled,
            self.distance_mm + other.distance_mm,
        )

    def f_score(self, tolerance_px: int) -> float:
        """Harmonic mean of the share of predicted outlines near true ones, and of true ones near predicted ones.

        `tolerance_px` is one of `TOLERANCES_PX`. NaN without any outline.
        """
        which = TOLERANCES_PX.index(tolerance_px)
        if self.drawn + self.true == 0:
            return float("nan")
        precision = self.drawn_near[which] / max(self.drawn, 1)
        recall = self.true_near[which] / max(self.true, 1)
        return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0

    def mean_distance_px(self) -> float:
        """From each pixel of an outline, predicted or true, to the nearest of the other kind; NaN without any."""
        return self.distance_px / (self.drawn + self.true) if self.drawn + self.true else float("nan")

    def mean_distance_mm(self) -> float:
        """The same on people seen from head to foot, taken to be 1.7 m tall; NaN without any."""
        return self.distance_mm / self.scaled if self.scaled else float("nan")


def _changes(labels: NDArray[np.uint8], ids: NDArray[np.integer], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels (H, W) that differ from their right or lower neighbour, where both are known."""
    key = labels.astype(np.int32) * 65536 + ids
    changes = np.zeros(labels.shape, bool)
    changes[:, :-1] = (key[:, 1:] != key[:, :-1]) & known[:, 1:] & known[:, :-1]
    changes[:-1] |= (key[1:] != key[:-1]) & known[1:] & known[:-1]
    return changes


def _distance(marked: NDArray[np.bool_], farthest: float) -> NDArray[np.float32]:
    """(H, W) distance of each pixel to the nearest marked one."""
    if not marked.any():
        return np.full(marked.shape, farthest, np.float32)
    return np.asarray(cv2.distanceTransform((~marked).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _nearest(marked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each pixel the row and column, (H, W) each, of a marked pixel that is nearest to it."""
    _, seeds = cv2.distanceTransformWithLabels(
        (~marked).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(marked)
    place = np.zeros(int(seeds.max()) + 1, np.intp)
    place[seeds[rows, columns]] = np.arange(len(rows))
    return rows[place[seeds]], columns[place[seeds]]


def _scale(truth: NDArray[np.uint8], true_ids: NDArray[np.integer], label_set: LabelSet) -> NDArray[np.float64]:
    """(H, W) millimetres that a pixel is on the person here, or just right of or below it; else NaN."""
    scales = np.full(int(true_ids.max(initial=0)) + 1, np.nan)
    for person_id in range(1, len(scales)):
        height_px = _body_height_px(np.where(true_ids == person_id, truth, 0), label_set)
        if height_px is not None:
            scales[person_id] = BODY_HEIGHT_MM / height_px
    # an outline pixel may be the last one of the background before a person
    owner = true_ids.copy()
    owner[:, :-1] = np.where(owner[:, :-1] > 0, owner[:, :-1], true_ids[:, 1:])
    owner[:-1] = np.where(owner[:-1] > 0, owner[:-1], true_ids[1:])
    owned: NDArray[np.float64] = scales[owner]
    return owned


def _body_height_px(labels: NDArray[np.uint8], label_set: LabelSet) -> int | None:
    """Extent of a person along the way from head to feet; None if the label map (H, W) does not show both."""
    shown = (labels > 0) & (labels != IGNORE_ID)
    head, feet = (_middle_yx(labels, names, label_set) for names in (HEAD_CLASSES, FOOT_CLASSES))
    if head is None or feet is None:
        return None
    stands = abs(feet[0] - head[0]) >= abs(feet[1] - head[1])
    along = np.flatnonzero(shown.any(axis=1 if stands else 0))
    return int(along[-1] - along[0] + 1)


def _middle_yx(labels: NDArray[np.uint8], names: tuple[str, ...], label_set: LabelSet) -> tuple[float, float] | None:
    ids = [label_set.classes.index(name) for name in names if name in label_set.classes]
    rows, columns = np.nonzero(np.isin(labels, ids))
    return (float(rows.mean()), float(columns.mean())) if len(rows) else None

"""How likely a pixel is the old garment although the parse gives it another name.

A dress is seen as a shirt and a skirt, a collar as hair, a hem as the floor. What is likely enough the garment is
covered by a mask, for a piece of it that stays visible is what generators copy. Logistic regressions say how likely,
one for each category and kind of pixel, from what a parse shows anyway: confidence, distance, colours, place on the
body. Their weights are in ``doubt.json``; `fittingroom.training.mask_doubt` fits them, anew for every model that
parses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.bundle.pose_estimate import Point, Pose
from fittingroom.bundle.view import Mask, View
from fittingroom.errors import ConfigError
from fittingroom.labels import LabelSet

Grid = npt.NDArray[np.float32]

KINDS: Mapping[str, tuple[str, ...]] = {
    "background": ("background",),
    "worn": ("upper-clothes", "dress", "coat", "pants", "skirt", "scarf"),
    "head": ("hair", "hat", "sunglasses"),
    "arms": ("left-arm", "right-arm", "glove"),
    "legs": ("left-leg", "right-leg", "socks"),
    "shoes": ("left-shoe", "right-shoe"),
}
"""Kinds of pixels beside the garment, by their classes. The garment's own pixels near a wrist are one more."""
AT_HAND = "garment at the hand"

COSTS: Mapping[str, float] = {"background": 0.2, "worn": 1.0, "head": 3.0, "arms": 8.0, "legs": 1.0, "shoes": 4.0}
"""What it costs to cover a pixel that is not the garment, by its kind."""
HAND_ODDS = 4.0
"""Odds from which a pixel at a hand is covered, whatever its kind: hands are not painted over on a mere suspicion."""
SLEEVE_ODDS = 5.0
"""The same where the parse sees the garment at a hand."""

_CELLS = 150  # of the body's height
_FARTHEST = 0.4
_COLOUR_BINS = 12
_SEEN = ("dress", "skirt", "coat", "pants")
_SKIN = ("face", "torso-skin", "left-arm", "right-arm")
_TOLD_APART = ("upper-clothes", "dress", "coat", "pants", "skirt", "scarf", "glove", "socks", "left-shoe", "right-shoe")

FEATURES: tuple[str, ...] = (
    "always", "confidence", "confidence around", "far", "at the rim", "near", "colour", "colour around",
    "score of the part", "below the hips", "from the hips", "score of the garment", "colour of a sure part",
    "colour of a sure pixel", "at the wrist", "beyond the wrist",
    *(f"shows {name}" for name in _SEEN), *(f"is {name}" for name in _TOLD_APART),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Clues:
    """What speaks for and against the garment, on a grid of cells.

    Attributes:
        step_px: side of a cell in pixels.
        labels: the person's class ids, uint8 (h, w); 0 is the background and everybody else.
        is_garment: bool (h, w), what the parse takes for the garment.
        is_judged: bool (h, w), not other people.
        at_hand: bool (h, w), at a hand or wrist.
        features: float32 (len(FEATURES), h, w).
    """

    step_px: int
    labels: npt.NDArray[np.uint8]
    is_garment: Mask
    is_judged: Mask
    at_hand: Mask
    features: Grid

    def kinds(self, label_set: LabelSet) -> dict[str, Mask]:
        """Cells of each kind, bool (h, w); no cell is of two kinds."""
        found = {}
        for kind, names in KINDS.items():
            is_kind = np.zeros(256, bool)
            is_kind[[label_set.id_of(name) for name in names if name in label_set.classes]] = True
            found[kind] = is_kind[self.labels] & ~self.is_garment & self.is_judged
        return {**found, AT_HAND: self.is_garment & self.at_hand}


@dataclass(frozen=True, eq=False)
class DoubtModel:
    """Weights of the regressions, and from what odds on a pixel counts as the garment.

    Attributes:
        weights: category -> kind -> float64 (len(FEATURES),). Kinds that are not there are never in doubt.
        thresholds: category -> odds at which covering a pixel of cost 1 is worth it.
        made_from: what they were fitted on, for people.
    """

    weights: Mapping[str, Mapping[str, npt.NDArray[np.float64]]]
    thresholds: Mapping[str, float]
    made_from: Mapping[str, object]

    def excess(self, clues: Clues, category: str, label_set: LabelSet) -> Grid:
        """Log of the odds that a cell is the garment, less that of the odds from which on it is covered.

        Float32 (h, w). Positive: to be covered. The garment's own cells away from hands have 1, cells of kinds that are
        never in doubt -10.
        """
        excess = np.where(clues.is_garment, np.float32(1), np.float32(-10))
        for kind, is_kind in clues.kinds(label_set).items():
            weights = self.weights[category].get(kind)
            if weights is None or not is_kind.any():
                continue
            least = COSTS.get(kind, 1.0) * self.thresholds[category]
            log_odds = np.tensordot(weights, clues.features[:, is_kind], 1)
            at_hand = SLEEVE_ODDS if kind == AT_HAND else HAND_ODDS
            excess[is_kind] = log_odds - np.log(np.where(clues.at_hand[is_kind], at_hand, least))
        return excess

    def document(self) -> dict[str, object]:
        """For ``doubt.json``."""
        return {
            "made_from": dict(self.made_from),
            "features": list(FEATURES),
            "thresholds": {category: round(odds, 4) for category, odds in self.thresholds.items()},
            "weights": {
                category: {kind: [round(float(weight), 4) for weight in row] for kind, row in rows.items()}
                for category, rows in self.weights.items()
            },
        }


@lru_cache(maxsize=1)
def bundled_doubt() -> DoubtModel:
    """The model that comes with the package."""
    return read_doubt(Path(__file__).with_name("doubt.json"))


def read_doubt(path: Path) -> DoubtModel:
    """
    Raises:
        ConfigError: not a file that `DoubtModel.document` made, or one of other features.
    """
    try:
        document = json.loads(path.read_bytes())
        if tuple(document["features"]) != FEATURES:
            raise ValueError("made for other features")
        weights = {
            category: {kind: np.array(row, np.float64) for kind, row in rows.items()}
            for category, rows in document["weights"].items()
        }
        return DoubtModel(weights, document["thresholds"], document["made_from"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path}: not a model of doubt ({error}); make it with python -m fittingroom.training.mask_doubt"
        ) from error


def clues_of(view: View, pose: Pose, garment: Mask, at_hands: Mask, photo_rgb: npt.NDArray[np.uint8] | None) -> Clues:
    """Everything that the regressions look at.

    Args:
        view: the parse around the person.
        pose: the person's body points in the view.
        garment: bool (h, w), what the parse takes for the garment.
        at_hands: bool (h, w), hands and what is around wrists.
        photo_rgb: the same window of the photo, uint8 (h, w, 3); without it colours say nothing.
    """
    step = max(1, round(pose.stature_px / _CELLS))
    at = np.s_[step // 2 :: step, step // 2 :: step]
    labels, is_garment = np.ascontiguousarray(view.labels[at]), np.ascontiguousarray(garment[at])
    confidence = view.confidence[at].astype(np.float32) / 255
    away = np.full(labels.shape, _FARTHEST, np.float32)
    if is_garment.any():
        cells = cv2.distanceTransform((~is_garment).view(np.uint8), cv2.DIST_L2, 3)
        away = np.minimum(away, cells * np.float32(step / pose.stature_px))
    colour = np.zeros(labels.shape, np.float32)
    if photo_rgb is not None and is_garment.any():
        is_skin = np.logical_or.reduce([_is_class(labels, name, view.label_set) for name in _SKIN])
        colour = _colour_odds(photo_rgb, labels, is_garment, is_skin | at_hands[at])
    scores = np.ones(256, np.float32)
    for name, score in view.part_scores.items():
        scores[view.label_set.id_of(name)] = score
    part_score = scores[labels]
    garment_score = float(part_score[is_garment].mean()) if is_garment.any() else 0.0
    sure, colour_around, below = _blurred(confidence), _blurred(colour), _below_hips(labels.shape, step, pose)
    wrist, beyond = _from_wrists(labels.shape, step, pose)
    everywhere = np.ones(labels.shape, np.float32)
    features = [
        everywhere, confidence, sure, 10 * away, np.exp(-away / 0.015), np.exp(-away / 0.06), colour, colour_around,
        part_score,
        below, np.abs(below), garment_score * everywhere, part_score * colour_around, sure * colour_around,
        np.exp(-((wrist / 0.025) ** 2)), beyond,
        *(float(name in view.part_scores) * everywhere for name in _SEEN),
        *(_is_class(labels, name, view.label_set) for name in _TOLD_APART),
    ]  # fmt: skip
    is_judged = ~view.is_other[at]
    return Clues(
        step, labels, is_garment, is_judged, np.ascontiguousarray(at_hands[at]), np.stack(features).astype(np.float32)
    )


def _is_class(labels: npt.NDArray[np.uint8], name: str, label_set: LabelSet) -> Mask:
    if name not in label_set.classes:
        return np.zeros(labels.shape, bool)
    is_class: Mask = labels == label_set.id_of(name)
    return is_class


def _colour_odds(
    photo_rgb: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], is_garment: Mask, is_beside: Mask
) -> Grid:
    """Whether a cell's colour is rather one of the garment or of its own class: log of the ratio / 4, in [-1, 1].

    The garment's own cells are compared with the skin and with what is beside them (``is_beside``) instead.
    """
    height, width = labels.shape
    small = cv2.resize(photo_rgb, (width, height), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.int32)
    # a and b of all but neon colours lie within 48 of gray.
    bins = np.stack([lab[..., 0] // 22, (lab[..., 1] - 80) // 8, (lab[..., 2] - 80) // 8]).clip(0, _COLOUR_BINS - 1)
    codes = np.ravel_multi_index(tuple(bins), (_COLOUR_BINS,) * 3)
    of_garment = _histogram(codes[is_garment])
    odds = np.zeros(labels.shape, np.float32)
    for class_id in np.unique(labels):
        is_class = (labels == class_id) & ~is_garment
        own = codes[is_class]
        odds[is_class] = np.log(of_garment[own] / _histogram(own)[own])
    own = codes[is_garment]
    odds[is_garment] = np.log(of_garment[own] / _histogram(codes[is_beside & ~is_garment])[own])
    return np.asarray(odds.clip(-4, 4) / 4, np.float32)


def _histogram(codes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How common each colour is; neighbours lend each other some, and none is impossible."""
    counts = np.bincount(codes, minlength=_COLOUR_BINS**3).astype(np.float64).reshape((_COLOUR_BINS,) * 3)
    for axis in range(3):
        counts = (np.roll(counts, 1, axis) + 2 * counts + np.roll(counts, -1, axis)) / 4
    common = counts.reshape(-1) + 0.02
    return np.asarray(common / common.sum(), np.float64)


def _blurred(grid: npt.NDArray[np.floating]) -> Grid:
    return np.asarray(cv2.GaussianBlur(grid.astype(np.float32), (0, 0), 0.012 * _CELLS), np.float32)


def _below_hips(shape: tuple[int, ...], step: int, pose: Pose) -> Grid:
    """How far each cell is below the hips, in thirds of the body's height; 0 where the hips are not known."""
    hip = pose.point("mid-hip")
    if hip is None:
        return np.zeros(shape, np.float32)
    rows = ((np.arange(shape[0]) + 0.5) * step - hip[1]) / pose.stature_px
    return np.repeat(3 * rows.clip(-0.5, 0.6)[:, None], shape[1], axis=1).astype(np.float32)


def _from_wrists(shape: tuple[int, ...], step: int, pose: Pose) -> tuple[Grid, Grid]:
    """Of each cell, how far the nearer wrist is, as a share of the body's height; and whether it lies beyond that wrist
    as the forearm points: from 1 on the hand to -1 on the forearm, fading with the distance; 0 without an elbow."""
    y, x = (np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5) * step
    nearest, beyond = np.full(shape, 1.0, np.float32), np.zeros(shape, np.float32)
    for side in ("left", "right"):
        wrist, elbow = pose.point(f"{side}-wrist"), pose.point(f"{side}-elbow")
        if wrist is None:
            continue
        away = (np.hypot(x - wrist[0], y - wrist[1]) / pose.stature_px).astype(np.float32)
        is_nearer = away < nearest
        nearest = np.minimum(nearest, away)
        along = _unit(wrist - elbow) if elbow is not None else np.zeros(2)
        ahead = ((x - wrist[0]) * along[0] + (y - wrist[1]) * along[1]) / (0.03 * pose.stature_px)
        beyond = np.where(is_nearer, ahead.clip(-1, 1) * np.exp(-((away / 0.05) ** 2)), beyond).astype(np.float32)
    return nearest, beyond


def _unit(direction: Point) -> Point:
    length = float(np.linalg.norm(direction))
    return direction / length if length > 1 else np.zeros(2)

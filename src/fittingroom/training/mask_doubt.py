"""Fits `fittingroom.bundle.doubt` to a model: what its parses of labelled photos miss of garments.

``python -m fittingroom.training.mask_doubt DATA/street-parsing`` writes ``doubt.json`` beside the module that reads it.
Run it anew whenever the default model changes.

Photos of the split "train" are drawn by a seed. Weights come from logistic regression; thresholds from masks made with
weights that did not see the photo (five parts, each left out once), such that a given share of the garment is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from fittingroom.bundle import doubt
from fittingroom.bundle.agnostic import GARMENTS, agnostic_mask, clues_around
from fittingroom.bundle.doubt import AT_HAND, COSTS, FEATURES, DoubtModel
from fittingroom.bundle.pose_estimate import Pose, pose_of
from fittingroom.data.photos import SOMEBODY_ID, LabelledPhoto, PhotoFiles, find_photos
from fittingroom.errors import ConfigError
from fittingroom.evaluation.agnostic import evaluate_masks, main_person
from fittingroom.imaging import write_bytes_atomically
from fittingroom.labels import CIHP
from fittingroom.parser import Parser
from fittingroom.results import ParseResult, Person

FOLDS = 5
MAX_LEFT = 0.025  # of the garment; photos of val turned out easier than those of train
_RIDGE = 30.0
_FARTHEST = 0.25  # background farther from the garment teaches nothing
_EVERY = {"background": 8}  # there is so much of it that every eighth cell does
_STEPS = 5
_RANGE = (-4.5, -1.0)  # log of the odds in which a threshold is looked for

Weights = dict[str, NDArray[np.float64]]


class Example(NamedTuple):
    """A photo, its truth and its parse."""

    photo: LabelledPhoto
    result: ParseResult


@dataclass(frozen=True)
class Cells:
    """Cells of one kind in one photo: features float32 (N, F), whether they show the garment, bool (N,)."""

    photo: int
    features: NDArray[np.float32]
    is_garment: NDArray[np.bool_]


def cells_of(examples: Sequence[Example], category: str) -> dict[str, list[Cells]]:
    """Cells by kind; those that nobody decided on are left out."""
    found: dict[str, list[Cells]] = {kind: [] for kind in (*COSTS, AT_HAND)}
    for number, example in enumerate(examples):
        person = main_person(example.result, example.photo)
        if person is None:
            continue
        truth = np.isin(example.photo.labels, [CIHP.id_of(name) for name in GARMENTS[category] if name in CIHP.classes])
        view, clues = clues_around(example.result, person, category, example.photo.pixels_rgb)
        if not truth.any() or not clues.is_garment.any():
            continue
        half = clues.step_px // 2
        at = np.s_[half :: clues.step_px, half :: clues.step_px]
        shown, is_judged = view.within(truth)[at], view.within(example.photo.labels)[at] < SOMEBODY_ID
        for kind, is_kind in clues.kinds(CIHP).items():
            wanted = is_kind & is_judged
            if kind == "background":
                wanted &= clues.features[FEATURES.index("far")] < 10 * _FARTHEST
            if wanted.any():
                every = _EVERY.get(kind, 1)
                found[kind].append(Cells(number, clues.features[:, wanted].T[::every], shown[wanted][::every]))
    return found


def fit(cells: dict[str, list[Cells]], *, without: int | None = None) -> Weights:
    """Weights by kind.

    Args:
        cells: of one category.
        without: photos whose number leaves this remainder by FOLDS are left out.
    """
    weights = {}
    for kind, rows in cells.items():
        used = [row for row in rows if without is None or row.photo % FOLDS != without]
        if not used or sum(int(row.is_garment.sum()) for row in used) < 100:
            continue
        # Neighbouring cells say nearly the same: each counts an eighth. Of those at hands there are few.
        weights[kind] = logistic_weights(
            np.concatenate([row.features for row in used]).astype(np.float64),
            np.concatenate([row.is_garment for row in used]),
            counts=1 if kind == AT_HAND else _EVERY.get(kind, 1) / 8,
        )
    return weights


def logistic_weights(
    features: NDArray[np.float64], is_true: NDArray[np.bool_], *, counts: float
) -> NDArray[np.float64]:
    """Weights (F,) of a logistic regression with a ridge, by Newton's method.

    Args:
        features: (N, F); the first is 1 everywhere and has no ridge.
        is_true: (N,).
        counts: how much each row counts against the ridge.
    """
    weights = np.zeros(features.shape[1])
    ridge = np.full(features.shape[1], _RIDGE)
    ridge[0] = 1e-3
    for _ in range(30):
        likely = 1 / (1 + np.exp(-(features @ weights).clip(-30, 30)))
        slope = counts * (features.T @ (likely - is_true)) + ridge * weights
        curve = (features * (counts * likely * (1 - likely))[:, None]).T @ features + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-4:
            break
    return weights


class Case(NamedTuple):
    """An example with its person and true garment, bool (H, W)."""

    example: Example
    person: Person
    pose: Pose
    truth: NDArray[np.bool_]
    fold: int


def cases_of(examples: Sequence[Example], category: str) -> list[Case]:
    """Those that show the person and the garment."""
    found = []
    for number, example in enumerate(examples):
        person = main_person(example.result, example.photo)
        truth = np.isin(example.photo.labels, [CIHP.id_of(name) for name in GARMENTS[category] if name in CIHP.classes])
        if person is not None and truth.any():
            found.append(Case(example, person, pose_of(example.result, person), truth, number % FOLDS))
    return found


def left_of_garments(cases: Sequence[Case], category: str, folds: Sequence[Weights], odds: float) -> float:
    """Mean share of the garment that masks leave, each made with the weights that did not see its photo."""
    leaks = []
    for (photo, result), person, pose, truth, fold in cases:
        model = DoubtModel({category: folds[fold]}, {category: odds}, {})
        try:
            masks = agnostic_mask(result, person, pose, category=category, photo_rgb=photo.pixels_rgb, doubt=model)
        except ConfigError:  # nothing of the category: such photos are left out of bundles
            continue
        leaks.append(np.count_nonzero(truth & ~masks.repaint) / np.count_nonzero(truth))
    return float(np.mean(leaks))


def fitted(examples: Sequence[Example], *, max_left: float = MAX_LEFT) -> DoubtModel:
    """Weights and thresholds for every category."""
    weights: dict[str, Weights] = {}
    thresholds: dict[str, float] = {}
    for category in GARMENTS:
        cells = cells_of(examples, category)
        folds = [fit(cells, without=fold) for fold in range(FOLDS)]
        cases = cases_of(examples, category)
        low, high = _RANGE
        for _ in range(_STEPS):
            middle = (low + high) / 2
            if left_of_garments(cases, category, folds, float(np.exp(middle))) > max_left:
                high = middle
            else:
                low = middle
        weights[category], thresholds[category] = fit(cells), float(np.exp(low))
    return DoubtModel(weights, thresholds, {})


def read_examples(files: Sequence[PhotoFiles], parser: Parser) -> list[Example]:
    """The photos and their parses, as `fittingroom bundle` makes them."""
    photos = [file.read() for file in files]
    return [Example(photo, parser.parse(photo.pixels_rgb, schema="fine")) for photo in photos]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--photos", "count", default=150, show_default=True, help="How many photos of the split train to learn from."
)
@click.option("--seed", default=7, show_default=True, help="Draws them.")
@click.option("--model", default="default", show_default=True, help="A preset or a model's folder.")
@click.option(
    "--max-left", default=MAX_LEFT, show_default=True, help="Share of the garment that may be left, on average."
)
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the network.")
@click.option(
    "--out", default=Path(doubt.__file__).with_name("doubt.json"), type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the model [default: where the package reads it].",
)  # fmt: skip
def main(folder: Path, count: int, seed: int, model: str, max_left: float, threads: int | None, out: Path) -> None:
    """Fit the model of doubt to photos with labels in FOLDER, and measure it on the split val."""
    parser = Parser(model, threads=threads)
    files = find_photos(folder, split="train")
    drawn = np.random.default_rng(seed).permutation(len(files))[:count]
    fit_to = fitted(read_examples([files[int(place)] for place in drawn], parser), max_left=max_left)
    made_from = {
        "model": parser.card.name,
        "sha256": parser.card.sha256,
        "photos": len(drawn),
        "seed": seed,
        "max_left": max_left,
    }
    found = DoubtModel(fit_to.weights, fit_to.thresholds, made_from)
    # A row of weights a line.
    text = re.sub(r"\n {4,}(?=[-\d])|\n {3}(?=\])", " ", json.dumps(found.document(), indent=1))
    write_bytes_atomically(out, (text + "\n").encode())
    click.echo(f"{out}: thresholds {', '.join(f'{name} {odds:.3f}' for name, odds in found.thresholds.items())}")
    photos = (file.read() for file in find_photos(folder, split="val"))
    for name, value in (
        evaluate_masks(lambda rgb: parser.parse(rgb, schema="fine"), photos, doubt=found).as_dict().items()
    ):
        click.echo(f"{name:45} {value:.4f}")


if __name__ == "__main__":
    main()

"""Trains the weights of `fittingroom.tryon.body_points` on label maps with landmarks of BlazePose.

``python -m fittingroom.training.body_points FOLDER --out body_points.npz``. The folder holds ``labels/NNNN.png`` (CIHP
ids), ``pose.npz`` (ids, blazepose (N, 33, 5), face_mesh (N, 468, 2), has_face) and ``manifest.csv``, whose photos with
``split`` val are kept for the measurement.
"""

from __future__ import annotations

import csv
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fittingroom.labels import CIHP, swap_classes
from fittingroom.tryon.body_points import FINE_CELLS, JOINTS, coarse_features, fine_features, joints_from

# BlazePose's index of each of JOINTS.
_BLAZEPOSE = (12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 31, 29, 32, 30)
_MIRRORED = np.array([3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8, 14, 15, 12, 13])
_VIEWS = 6
_RIDGE = 2e-2
_SPREADS = (0.3, 0.15)  # of the places that the closer looks start from, in face heights

Person = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32], float]
"""Label map, joints (16, 2), middle of the face, height of the face."""


def read_people(folder: Path) -> tuple[list[Person], list[Person]]:
    """People for training and for validation."""
    with np.load(folder / "pose.npz") as stored:
        ids, body, mesh, has_face = (stored[name] for name in ("ids", "blazepose", "face_mesh", "has_face"))
    with (folder / "manifest.csv").open(encoding="utf-8") as rows:
        splits = {int(row["id"]): row["split"] for row in csv.DictReader(rows)}
    people: tuple[list[Person], list[Person]] = [], []
    for photo_id, pose, face, seen in zip(ids.tolist(), body, mesh, has_face, strict=True):
        joints = pose[list(_BLAZEPOSE), :2].astype(np.float32)
        if not seen or not np.isfinite(joints).all() or not np.isfinite(face).all():
            continue
        labels = np.array(Image.open(folder / "labels" / f"{photo_id:04d}.png"))
        labels[labels == 255] = 0
        oval = face.astype(np.float32)
        centre, height = oval.mean(axis=0), float(np.ptp(oval[:, 1]))
        people[splits[photo_id] == "val"].append((labels, joints, centre, height))
    return people


def mirrored(person: Person) -> Person:
    """The person in a mirror: left and right change places."""
    labels, joints, centre, height = person
    last = labels.shape[1] - 1
    turned = swap_classes(np.ascontiguousarray(labels[:, ::-1]), CIHP.flip_pairs)
    flip = np.array([-1, 1], np.float32)
    return turned, joints[_MIRRORED] * flip + [last, 0], centre * flip + [last, 0], height


def shaken(person: Person, rng: np.random.Generator) -> Person:
    """The person cut off somewhere below the chest now and then, with the face found a little beside its place."""
    labels, joints, centre, height = person
    if rng.random() < 0.35:
        cut = int(centre[1] + height * rng.uniform(1.6, 7.0))
        labels = labels[: max(cut, 8)]
    moved = centre + rng.normal(0, 0.06, 2).astype(np.float32) * height
    return labels, joints, moved.astype(np.float32), height * float(np.exp(rng.normal(0, 0.07)))


def solve(features: list[NDArray[np.float32]], targets: list[NDArray[np.float32]], ridge: float) -> NDArray[np.float32]:
    """Ridge regression with a constant."""
    x = np.concatenate([np.stack(features), np.ones((len(features), 1), np.float32)], axis=1)
    gram = (x.T @ x).astype(np.float64)
    gram[np.diag_indices_from(gram)] += ridge * len(x)
    weights: NDArray[np.float32] = np.linalg.solve(gram, x.T @ np.stack(targets)).astype(np.float32)
    return weights


def train(people: list[Person], rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights of the first regression and of the two that follow."""
    views = [shaken(view, rng) for person in people for view in (person, mirrored(person)) for _ in range(_VIEWS // 2)]
    features = [coarse_features(labels, centre, height) for labels, _, centre, height in views]
    targets = [((joints - centre) / height).ravel() for _, joints, centre, height in views]
    coarse = solve(features, targets, _RIDGE)
    stages = []
    for cell, spread in zip(FINE_CELLS, _SPREADS, strict=True):
        stage = []
        for row in range(len(JOINTS)):
            near, steps = [], []
            for labels, joints, centre, height in views:
                # About as far off as what came before is on people it was not trained on: more towards the feet.
                reach = spread * (0.5 + 0.12 * float(np.linalg.norm(joints[row] - centre)) / height)
                start = (joints[row] + rng.normal(0, reach, 2) * height).astype(np.float32)
                if start[1] < labels.shape[0]:
                    near.append(fine_features(labels, start, cell * height))
                    steps.append((joints[row] - start) / height)
            stage.append(solve(near, steps, _RIDGE))
        stages.append(np.stack(stage))
    return coarse, np.stack(stages)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path))
def main(folder: Path, out: Path) -> None:
    """Train on the people of FOLDER, print the error on the validation people, write the weights."""
    rng = np.random.default_rng(0)
    people, val = read_people(folder)
    coarse, fine = train(people, rng)
    first, second = [], []
    for labels, joints, centre, height in val:
        guess = joints_from(coarse_features(labels, centre, height), coarse) * height + centre
        first.append(np.linalg.norm(guess - joints, axis=1) / height)
        for row in range(len(JOINTS)):
            for cell, stage in zip(FINE_CELLS, fine, strict=True):
                near = np.append(fine_features(labels, guess[row], cell * height), np.float32(1))
                guess[row] += near @ stage[row] * height
        second.append(np.linalg.norm(guess - joints, axis=1) / height)
    errors = np.stack(second)
    for row, joint in enumerate(JOINTS):
        click.echo(
            f"joint {joint:2d}: median {np.median(np.stack(first)[:, row]):.3f} -> {np.median(errors[:, row]):.3f}, "
            f"90 % below {np.quantile(errors[:, row], 0.9):.3f} face heights"
        )
    spread = np.median(errors, axis=0)
    np.savez_compressed(out, coarse=coarse.astype(np.float16), fine=fine.astype(np.float16), spread=spread)


if __name__ == "__main__":
    main()

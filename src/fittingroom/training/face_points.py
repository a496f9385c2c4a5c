"""Trains the weights of `fittingroom.tryon.face_points` on photos with landmarks of MediaPipe's face mesh.

``python -m fittingroom.training.face_points FOLDER... --out face_points.npz``. Each folder holds ``images/NNNN.jpg``,
``pose.npz`` (ids, face_mesh (N, 468, 2), movenet (N, 17, 3), has_face) and, optionally, ``manifest.csv``, whose photos
with ``split`` val are kept for the measurement.
"""

from __future__ import annotations

import csv
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.tryon.face_points import (
    COUNT,
    CROP_PX,
    EARS,
    FACE_PX,
    Points,
    crop_transform,
    decode,
    face_crop,
    gradient_histogram,
    similarity_to,
)

# Indices of the face mesh, in the order of face_points' ranges; the ears, from MoveNet, are appended.
_MESH = (
    *(33, 160, 158, 133, 153, 144),
    *(263, 387, 385, 362, 380, 373),
    *(46, 53, 52, 65, 55),
    *(276, 283, 282, 295, 285),
    *(168, 6, 4, 2, 98, 327, 48, 278),
    *(61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91),
    *(78, 81, 13, 311, 308, 402, 14, 178),
    *(10, 297, 284, 389, 454, 361, 397, 379, 400, 152, 176, 150, 172, 132, 234, 162, 54, 67),
    *(50, 280, 205, 425),
)
# Where each landmark goes in a mirrored photo.
_MIRRORED = np.array(
    [
        *range(6, 12),
        *range(6),
        *range(17, 22),
        *range(12, 17),
        *(22, 23, 24, 25, 27, 26, 29, 28),
        *(36, 35, 34, 33, 32, 31, 30, 41, 40, 39, 38, 37),
        *(46, 45, 44, 43, 42, 49, 48, 47),
        *(50, 67, 66, 65, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51),
        *(69, 68, 71, 70),
        *(73, 72),
    ]
)
_MODES = 28
_STAGES = 3
_VIEWS = 16  # perturbed views of each face
_SPREADS = (  # of the first look, by stage: centre and scale in face heights, angle in radians
    (0.16, 0.22, 0.28),
    (0.05, 0.07, 0.10),
    (0.03, 0.04, 0.05),
)


def read_faces(folder: Path) -> tuple[list[NDArray[np.uint8]], list[Points], list[bool]]:
    """Photos cut down to the face's surround, landmarks float32 (74, 2) in them, and whether each is for validation."""
    with np.load(folder / "pose.npz") as stored:
        ids, mesh, body, has_face = (stored[name] for name in ("ids", "face_mesh", "movenet", "has_face"))
    splits = {}
    if (folder / "manifest.csv").is_file():
        with (folder / "manifest.csv").open(encoding="utf-8") as rows:
            splits = {int(row["id"]): row["split"] for row in csv.DictReader(rows) if "split" in row}
    photos: list[NDArray[np.uint8]] = []
    shapes: list[Points] = []
    is_val: list[bool] = []
    for photo_id, face, points, seen in zip(ids.tolist(), mesh, body, has_face, strict=True):
        if not seen or not np.isfinite(face).all():
            continue
        bgr = cv2.imread(str(folder / "images" / f"{photo_id:04d}.jpg"))
        if bgr is None:
            continue
        # The points of photos that lie here smaller are those of the 640-pixel version.
        scale = 640 / max(bgr.shape[:2]) if max(bgr.shape[:2]) < 600 else 1.0
        ears = points[[4, 3], :2]
        shape = np.concatenate([face[list(_MESH)].astype(np.float32), ears.astype(np.float32)]) / np.float32(scale)
        if not np.isfinite(shape).all():
            continue
        middle, half = shape[:-2].mean(axis=0), float(np.ptp(shape[:-2, 1])) * 2
        x0, y0 = np.maximum(middle - half, 0).astype(int)
        x1, y1 = (middle + half).astype(int)
        photos.append(np.ascontiguousarray(bgr[y0:y1, x0:x1, ::-1]))
        shapes.append(shape - np.array([x0, y0], np.float32))
        is_val.append(splits.get(photo_id) == "val")
    return photos, shapes, is_val


def mean_and_modes(shapes: NDArray[np.float32]) -> tuple[Points, NDArray[np.float32]]:
    """Mean shape (height 1, centred) and the principal modes of (N, 74, 2) shapes after alignment to it."""
    mean = shapes[0] - shapes[0].mean(axis=0)
    for _ in range(4):
        aligned = np.stack([_aligned(shape, mean) for shape in shapes])
        mean = aligned.mean(axis=0)
        mean = (mean + mean[_MIRRORED] * [-1, 1]) / 2
        mean -= mean.mean(axis=0)
        mean /= np.ptp(mean[:-2, 1])
    flat = (np.stack([_aligned(shape, mean) for shape in shapes]) - mean).reshape(len(shapes), -1)
    _, _, rows = np.linalg.svd(flat, full_matrices=False)
    return mean.astype(np.float32), rows[:_MODES].astype(np.float32)


def _aligned(shape: Points, mean: Points) -> Points:
    a, b, shift = similarity_to(shape, mean)
    return (shape @ np.array([[a, b], [-b, a]], np.float32) + shift).astype(np.float32)


def train(
    photos: list[NDArray[np.uint8]], shapes: list[Points], rng: np.random.Generator
) -> tuple[Points, NDArray[np.float32], list[NDArray[np.float32]]]:
    """Mean shape, modes and the weights of each stage."""
    mirrored = [s[_MIRRORED] * [-1, 1] + [p.shape[1] - 1, 0] for p, s in zip(photos, shapes, strict=True)]
    photos = photos + [np.ascontiguousarray(photo[:, ::-1]) for photo in photos]
    truths = np.stack([*shapes, *mirrored]).astype(np.float32)
    mean, modes = mean_and_modes(truths)
    stages: list[NDArray[np.float32]] = []
    for centre_spread, scale_spread, angle_spread in _SPREADS:
        features, targets = [], []
        for photo, truth in zip(photos, truths, strict=True):
            crops = []
            for _ in range(_VIEWS // 2):
                start = _shaken(truth, mean, centre_spread, scale_spread, angle_spread, rng)
                to_crop = crop_transform(start, mean)
                crops.append(face_crop(photo, to_crop))
                targets.append(_encode(truth @ to_crop[:, :2].T + to_crop[:, 2], mean, modes))
            features.append(gradient_histogram(np.stack(crops)))
        x = np.concatenate(features)
        x = np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)
        gram = (x.T @ x).astype(np.float64)
        gram[np.diag_indices_from(gram)] += len(x) * 2e-4
        stages.append(np.linalg.solve(gram, (x.T @ np.stack(targets)).astype(np.float64)).astype(np.float32))
        click.echo(f"stage {len(stages)}: {len(x)} views")
    return mean, modes, stages


def _shaken(truth: Points, mean: Points, centre: float, scale: float, angle: float, rng: np.random.Generator) -> Points:
    """The mean shape somewhere about the truth, as a stage may find it."""
    a, b, shift = similarity_to(mean, truth)
    size, turn = np.hypot(a, b), np.arctan2(b, a)
    # Upright at the first look, whatever the head's tilt: a mask tells little of it.
    turn = rng.normal(0, angle) * 0.3 if angle > 0.2 and rng.random() < 0.7 else turn + rng.normal(0, angle)
    grown = size * np.exp(rng.normal(0, scale))
    rotation = grown * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray(mean @ rotation + shift + rng.normal(0, centre, 2) * size, np.float32)


def _encode(shape: Points, mean: Points, modes: NDArray[np.float32]) -> NDArray[np.float32]:
    """What `decode` turns back into the shape, as far as the modes reach."""
    placed = (shape - CROP_PX / 2) / FACE_PX
    a, b, shift = similarity_to(mean, placed)
    residual = _aligned_back(placed, a, b, shift) - mean
    return np.concatenate([[a, b], shift, modes @ residual.ravel()]).astype(np.float32)


def _aligned_back(placed: Points, a: float, b: float, shift: Points) -> Points:
    return np.asarray((placed - shift) @ np.array([[a, -b], [b, a]]) / (a * a + b * b), np.float32)


def find(photo: NDArray[np.uint8], start: Points, mean: Points, modes: Points, stages: list[Points]) -> Points:
    """The cascade in training, from a start shape."""
    shape = start
    for weights in stages:
        to_crop = crop_transform(shape, mean)
        step = np.append(gradient_histogram(face_crop(photo, to_crop)[None])[0], np.float32(1)) @ weights
        placed = decode(step, mean, modes)
        shape = np.linalg.solve(to_crop[:, :2], (placed - to_crop[:, 2]).T).T.astype(np.float32)
    return shape


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path))
def main(folders: tuple[Path, ...], out: Path) -> None:
    """Train on the photos of FOLDERS, print the error on the validation photos, write the weights."""
    rng = np.random.default_rng(0)
    photos: list[NDArray[np.uint8]] = []
    shapes: list[Points] = []
    is_val: list[bool] = []
    for folder in folders:
        for whole, part in zip((photos, shapes, is_val), read_faces(folder), strict=True):
            whole.extend(part)  # type: ignore[attr-defined]
    chosen = [i for i, val in enumerate(is_val) if not val]
    mean, modes, stages = train([photos[i] for i in chosen], [shapes[i] for i in chosen], rng)
    errors = []
    for i in (i for i, val in enumerate(is_val) if val):
        start = _shaken(shapes[i], mean, 0.1, 0.12, 0.25, rng)
        found = find(photos[i], start, mean, modes, stages)
        errors.append(np.linalg.norm(found - shapes[i], axis=1) / np.ptp(shapes[i][:-2, 1]))
    table = np.stack(errors)
    eyes = table[:, :12].mean(axis=1)
    lips = table[:, 30:50].mean(axis=1)
    ears = table[:, EARS]
    for name, values in (("eyes", eyes), ("lips", lips), ("all", table.mean(axis=1)), ("ears", ears)):
        click.echo(f"{name}: median {np.median(values):.3f}, 90 % below {np.quantile(values, 0.9):.3f} face heights")
    assert mean.shape == (COUNT, 2)
    np.savez_compressed(
        out,
        mean=mean,
        modes=modes.astype(np.float16),
        stages=np.stack(stages).astype(np.float16),
        spread=np.median(table, axis=0).astype(np.float16),
    )


if __name__ == "__main__":
    main()

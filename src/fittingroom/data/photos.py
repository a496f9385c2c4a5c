"""Folders of labelled photos, by convention.

FOLDER/images/NAME.jpg|png|webp   the photo
FOLDER/labels/NAME.png            class ids, one channel, 255 = ignore
FOLDER/instances/NAME.png         person ids from 1 (optional; without it, a photo shows one person)
FOLDER/labels_ext/NAME.png        finer ids; which of them are carried things is said by the caller (optional)
FOLDER/pose.npz                   points on bodies and faces, see fittingroom.data.landmarks (optional)
FOLDER/manifest.csv               columns id, split, quality, ... (optional; without it, every photo is "train")
FOLDER/classes.txt                lines "id name" (optional; for label sets of your own)
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.data.fine_truth import detail_truth
from fittingroom.data.landmarks import Landmarks, read_landmarks
from fittingroom.errors import ConfigError
from fittingroom.labels import IGNORE_ID
from fittingroom.labels.body_points import BODY_25

SOMEBODY_ID = 254
"""Label of pixels that show a person, though not which class: training learns from them what is not background."""

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def no_points(people: int = 0) -> NDArray[np.float32]:
    """Body points of so many people of whom none is known."""
    return np.zeros((people, len(BODY_25), 3), np.float32)


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo with its truth, all of one size.

    pixels_rgb: uint8 (H, W, 3). labels: uint8 (H, W), 255 = ignore, 254 = somebody.
    person_ids: uint8 (H, W), 0 = nobody.
    carried: bool (H, W), things that move with a person but belong to no class (bags), or None.
    details: uint8 (H, W), see fittingroom.data.fine_truth, or None where nothing is known of them.
    body_points: float32 (P, 25, 3), BODY_25 points of person ids 1..P: x, y and 1 where they are trusted, else 0.
    """

    pixels_rgb: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    person_ids: NDArray[np.uint8]
    carried: NDArray[np.bool_] | None = None
    details: NDArray[np.uint8] | None = None
    body_points: NDArray[np.float32] = field(default_factory=no_points)


@dataclass(frozen=True)
class PhotoFiles:
    """Where one labelled photo lies."""

    name: str
    image: Path
    labels: Path
    instances: Path | None
    labels_ext: Path | None
    carried_ids: tuple[int, ...] = ()
    landmarks: tuple[tuple[int, int], Landmarks] | None = None  # and the size (width, height) that they belong to

    def read(self) -> LabelledPhoto:
        """Decode the photo and its truth.

        Raises:
            ConfigError: a file cannot be decoded, or the sizes differ.
        """
        pixels = cv2.imread(str(self.image), cv2.IMREAD_COLOR_RGB)
        if pixels is None:
            raise ConfigError(f"{self.image}: not a readable picture; remove or replace it")
        size_hw = (pixels.shape[0], pixels.shape[1])
        labels = read_indices(self.labels, size_hw)
        if self.instances is None:
            person_ids = ((labels > 0) & (labels < IGNORE_ID)).astype(np.uint8)
        else:
            person_ids = read_indices(self.instances, size_hw)
        finer = None if self.labels_ext is None else read_indices(self.labels_ext, size_hw)
        carried = np.isin(finer, self.carried_ids) if finer is not None and self.carried_ids else None
        details, points = None, no_points(int(person_ids.max()))
        if self.landmarks is not None:
            (width, height), found = self.landmarks
            found = found.scaled((size_hw[1] / width, size_hw[0] / height))
            details = detail_truth(labels, finer, found)
            points = np.concatenate([found.body[None], points[1:]])
        return LabelledPhoto(np.asarray(pixels, np.uint8), labels, person_ids, carried, details, points)


def read_indices(path: Path, size_hw: tuple[int, int]) -> NDArray[np.uint8]:
    """The values of a one-channel or palette PNG, uint8 (H, W): indices, never colours.

    Raises:
        ConfigError: not a readable picture, one of colours, not of that size, or with a value above 255.
    """
    values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if is_gray_png(path) else _read_with_pillow(path)
    if values is None:
        raise ConfigError(f"{path}: not a readable picture; remove or replace it")
    if values.shape != size_hw:
        raise ConfigError(f"{path}: it is {values.shape}, its photo {size_hw} (height, width); both must have one size")
    if values.max() > 255:
        raise ConfigError(f"{path}: it holds the value {values.max()}; ids up to 255 can be read")
    return np.asarray(values, np.uint8)


def is_gray_png(path: Path) -> bool:
    """Whether byte 25 of the header says "grayscale": then OpenCV, which is faster, keeps the values as they are."""
    with path.open("rb") as file:
        header = file.read(26)
    return len(header) == 26 and header[25] == 0 and header[24] == 8


def _read_with_pillow(path: Path) -> NDArray[Any] | None:
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.mode not in ("P", "L", "1", "I;16", "I"):
                raise ConfigError(
                    f"{path}: a picture of colours ({image.mode}); save the ids as a gray or a palette PNG"
                )
            return np.asarray(image)
    except OSError:
        return None


def find_photos(
    folder: Path,
    *,
    split: str | None = None,
    leave_out_quality: Sequence[str] = (),
    carried_ids: tuple[int, ...] = (),
) -> list[PhotoFiles]:
    """The labelled photos of a folder in the order of their names.

    Raises:
        ConfigError: the folder has no labelled photos (of that split).
    """
    allowed: set[str] | None = set() if split not in (None, "train") else None
    if (folder / "manifest.csv").exists():
        with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
            allowed = {
                row["id"] for row in csv.DictReader(file)
                if (split is None or row["split"] == split) and row.get("quality") not in leave_out_quality
            }  # fmt: skip
    landmarks = read_landmarks(folder / "pose.npz") if (folder / "pose.npz").exists() else {}
    found = []
    for image in sorted((folder / "images").glob("*")):
        labels = folder / "labels" / f"{image.stem}.png"
        if image.suffix.lower() in IMAGE_SUFFIXES and labels.exists() and (allowed is None or image.stem in allowed):
            instances, finer = (folder / kind / f"{image.stem}.png" for kind in ("instances", "labels_ext"))
            found.append(
                PhotoFiles(
                    name=image.stem,
                    image=image,
                    labels=labels,
                    instances=instances if instances.exists() else None,
                    labels_ext=finer if finer.exists() else None,
                    carried_ids=carried_ids,
                    landmarks=landmarks.get(int(image.stem)) if image.stem.isdecimal() else None,
                )
            )
    if not found:
        raise ConfigError(
            f"{folder}: no labelled photos found{f' of split {split!r}' if split else ''}; "
            "expected images/NAME.jpg beside labels/NAME.png"
        )
    return found


def find_pictures(folder: Path) -> list[Path]:
    """The pictures directly in a folder, in the order of their names."""
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in IMAGE_SUFFIXES)


def content_sha256(paths: Iterator[Path]) -> str:
    """One hash over the names and bytes of files, in the order given: says which data made a model."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()

"""Folders of label maps: our training folders, PASCAL VOC, LIP and CIHP, each as its own readers expect it.

Person ids go where the layout has a place for them; VOC and LIP have none, so they get one folder more, which their
readers pass over. Label maps are palette PNGs: the index is the class, 255 is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fittingroom.errors import ConfigError, LabelError, OutputError
from fittingroom.imaging.writing import encode_indexed_png, encode_png16, write_bytes_atomically
from fittingroom.interchange.annotated import (
    AnnotatedPhoto,
    LabelMap,
    PersonMap,
    Reading,
    known_label_set,
    result_of_maps,
)
from fittingroom.interchange.places import below, find_photo, names_below
from fittingroom.labels import CIHP, INDEX_PALETTE, LIP, LabelSet


@dataclass(frozen=True)
class Layout:
    """Where things lie, relative to the dataset's folder.

    Attributes:
        photos, labels, persons: folders.
        name_list: file with the names, one a line; empty where the layout has none.
        classes: file that names the classes, "id name" a line; empty where the layout fixes them.
        label_set: the set that the layout fixes, or None.
        persons_are_added: the layout has no place for person ids; ours is one more folder.
        is_flat: names have no folders in them.
    """

    photos: str
    labels: str
    persons: str
    name_list: str = ""
    classes: str = ""
    label_set: LabelSet | None = None
    persons_are_added: bool = False
    is_flat: bool = True


TRAINING = Layout("images", "labels", "instances", classes="classes.txt", is_flat=False)
VOC = Layout(
    "JPEGImages", "SegmentationClass", "SegmentationPerson",
    name_list="ImageSets/Segmentation/train.txt", classes="classes.txt", persons_are_added=True,
)  # fmt: skip
LIP_LAYOUT = Layout(
    "TrainVal_images/train_images", "TrainVal_parsing_annotations/train_segmentations", "TrainVal_person_ids",
    name_list="train_id.txt", label_set=LIP, persons_are_added=True,
)  # fmt: skip
CIHP_LAYOUT = Layout(
    "Training/Images", "Training/Category_ids", "Training/Human_ids", name_list="Training/train_id.txt", label_set=CIHP
)


def write_training(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write a folder that ``fittingroom train`` and ``evaluate`` read, with the photos where they are at hand."""
    return _write(photos, out, TRAINING)


def write_voc(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write PASCAL VOC's folders for segmentation."""
    return _write(photos, out, VOC)


def write_lip(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write LIP's folders.

    Raises:
        LabelError: the photos' ids are not LIP's; CIHP's differ in id 10.
    """
    return _write(photos, out, LIP_LAYOUT)


def write_cihp(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write CIHP's folders.

    Raises:
        LabelError: the photos' ids are not CIHP's; LIP's differ in id 10.
    """
    return _write(photos, out, CIHP_LAYOUT)


def read_training(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a training folder; without ``instances/``, a photo shows one person."""
    return _read(source, reading, TRAINING)


def read_voc(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of PASCAL VOC's folders; without person ids, a photo shows one person."""
    return _read(source, reading, VOC)


def read_lip(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of LIP's folders; without person ids, a photo shows one person, as LIP's do."""
    return _read(source, reading, LIP_LAYOUT)


def read_cihp(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of CIHP's folders."""
    return _read(source, reading, CIHP_LAYOUT)


def _write(photos: Iterable[AnnotatedPhoto], out: Path, layout: Layout) -> list[str]:
    notes = []
    names: dict[str, str] = {}
    label_set: LabelSet | None = None
    for photo in photos:
        label_set = _checked_set(layout, label_set, photo)
        name = photo.name.replace("/", "-") if layout.is_flat else photo.name
        if names.setdefault(name, photo.name) != photo.name:
            raise OutputError(
                f"{names[name]} and {photo.name} would both be {name} in a layout without subfolders; rename one"
            )
        write_bytes_atomically(
            below(out / layout.labels, name, ".png"), encode_indexed_png(photo.training_labels, INDEX_PALETTE)
        )
        write_bytes_atomically(below(out / layout.persons, name, ".png"), encode_png16(photo.result.person_map))
        if photo.photo is not None:
            target = below(out / layout.photos, name, photo.photo.suffix.lower())
            write_bytes_atomically(target, photo.photo.read_bytes())
        else:
            notes.append(f"{photo.name}: the photo itself is not at hand; put it into {layout.photos}/")
    if layout.name_list:
        write_bytes_atomically(out / layout.name_list, "".join(f"{name}\n" for name in names).encode())
    if layout.classes and label_set is not None:
        lines = (f"{class_id} {name}\n" for class_id, name in enumerate(label_set.classes))
        write_bytes_atomically(out / layout.classes, "".join(lines).encode())
    return notes


def _checked_set(layout: Layout, before: LabelSet | None, photo: AnnotatedPhoto) -> LabelSet:
    label_set = photo.result.label_set
    wanted = layout.label_set or before
    if wanted is not None and label_set.classes != wanted.classes:
        raise LabelError(
            f"{photo.name} has the classes of {label_set.name!r}, expected {wanted.name!r}; convert them first: "
            f"--to-labels {wanted.name}"
        )
    return label_set


def _read(source: Path, reading: Reading, layout: Layout) -> Iterator[AnnotatedPhoto]:
    folder = source / layout.labels
    if not folder.is_dir():
        raise ConfigError(f"{source} has no folder {layout.labels}; check the path and the format")
    label_set = reading.label_set or layout.label_set or _listed_classes(source / layout.classes) or CIHP
    for name, path in names_below(folder, [".png"]):
        label_map = read_ids(path)
        if label_map.max() > 255:
            raise ConfigError(f"{path}: it holds the value {label_map.max()}; class ids go to 254, and 255 is ignored")
        person_path = source / layout.persons / f"{name}.png"
        person_map = (reading.person_maps or {}).get(name)
        if person_path.is_file():
            person_map = read_ids(person_path).astype(np.uint16)
        result, ignored, notes = result_of_maps(label_map.astype(np.uint8), person_map, label_set)
        photo = find_photo(name, "", [reading.photos, source / layout.photos])
        extension = photo.suffix if photo is not None else ".jpg"
        yield AnnotatedPhoto(name, result, extension, photo, ignored, notes)


def read_ids(path: Path) -> LabelMap | PersonMap:
    """The ids of a gray or palette PNG, uint8 or uint16 (H, W).

    Raises:
        ConfigError: not readable, or a picture of colours.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in ("P", "L", "1", "I;16", "I"):
                raise ConfigError(f"{path}: a picture of colours ({image.mode}); save the ids as a gray or palette PNG")
            ids = np.asarray(image)
    except OSError as error:
        raise ConfigError(f"{path}: not a readable picture ({error}); remove or replace it") from error
    return ids.astype(np.uint16) if ids.dtype.itemsize > 1 else ids.astype(np.uint8)


def _listed_classes(path: Path) -> LabelSet | None:
    if not path.is_file():
        return None
    rows = [line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        named = {int(class_id): name.strip() for class_id, name in rows}
        return known_label_set([named[class_id] for class_id in range(len(named))])
    except (KeyError, ValueError) as error:
        raise ConfigError(f'{path}: expected lines "id name" with ids from 0 without gaps, got {error}') from error

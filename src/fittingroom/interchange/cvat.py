"""CVAT's "Segmentation mask 1.1": a ZIP with a picture of classes and a picture of objects for each photo.

::

    labelmap.txt                          name:r,g,b::
    ImageSets/Segmentation/default.txt    one photo's name a line
    SegmentationClass/NAME.png            classes, in the colours of labelmap.txt
    SegmentationObject/NAME.png           objects, in PASCAL VOC's colours; one for each part of each person
    SegmentationPerson/NAME.png           ours: person ids, 16 bits; CVAT passes it over, and leaves it out on export

Beside the ZIP lies NAME.labels.json, the labels of the project for CVAT's "Raw" tab.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image

from fittingroom.errors import ConfigError, LabelError
from fittingroom.imaging.writing import encode_indexed_png, encode_png, encode_png16, write_bytes_atomically
from fittingroom.interchange.annotated import (
    AnnotatedPhoto,
    LabelMap,
    Piece,
    Reading,
    known_label_set,
    result_of_maps,
    result_of_pieces,
)
from fittingroom.interchange.places import find_photo, reported
from fittingroom.labels import INDEX_PALETTE, LabelSet
from fittingroom.results import ParseResult

_LABELMAP, _LIST = "labelmap.txt", "ImageSets/Segmentation/default.txt"
_CLASSES, _OBJECTS, _PERSONS = "SegmentationClass", "SegmentationObject", "SegmentationPerson"
_CVAT_OBJECTS = 255  # CVAT's reader knows so many object colours


def write_cvat(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write the ZIP, and the labels of the project beside it.

    Returns:
        A note for each photo that has more parts than CVAT tells apart.

    Raises:
        LabelError: the photos have different label sets.
        OutputError: a file cannot be written.
    """
    notes, names = [], []
    label_set: LabelSet | None = None
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for photo in photos:
            if label_set is not None and label_set.classes != photo.result.label_set.classes:
                raise LabelError(f"{photo.name} has other classes than the photos before it; one ZIP has one label set")
            label_set = photo.result.label_set
            objects = object_map(photo.result)
            if objects.max() > _CVAT_OBJECTS:
                notes.append(
                    f"{photo.name} has {objects.max()} parts; CVAT tells {_CVAT_OBJECTS} apart and refuses the rest"
                )
            names.append(photo.name)
            archive.writestr(f"{_CLASSES}/{photo.name}.png", encode_indexed_png(photo.result.label_map, INDEX_PALETTE))
            archive.writestr(f"{_OBJECTS}/{photo.name}.png", _object_png(objects))
            archive.writestr(f"{_PERSONS}/{photo.name}.png", encode_png16(photo.result.person_map))
        classes = label_set.classes if label_set is not None else ()
        lines = ["# label:color_rgb:parts:actions"] + [
            f"{name}:{','.join(map(str, INDEX_PALETTE[class_id]))}::" for class_id, name in enumerate(classes)
        ]
        archive.writestr(_LABELMAP, "\n".join(lines) + "\n")
        archive.writestr(_LIST, "".join(f"{name}\n" for name in names))
    write_bytes_atomically(out, buffer.getvalue())
    labels = [
        {
            "name": name,
            "color": "#{:02x}{:02x}{:02x}".format(*INDEX_PALETTE[class_id]),
            "type": "mask",
            "attributes": [],
        }
        for class_id, name in enumerate(classes)
        if class_id
    ]
    write_bytes_atomically(out.with_suffix(".labels.json"), json.dumps(labels, indent=1).encode())
    return notes


def read_cvat(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a ZIP of ours or of CVAT's own.

    CVAT's own has no people; see `result_of_pieces` for how they are found.

    Raises:
        ConfigError: not such a ZIP.
        LabelError: the label map names a class that the label set which was told does not have.
    """
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{source}: not a readable ZIP ({error}); export it again") from error
    with archive, reported(source, 'a "Segmentation mask" export'):
        colours = _read_labelmap(archive.read(_LABELMAP).decode("utf-8-sig"))
        label_set = reading.label_set or _label_set_of(list(colours))
        class_of_colour = {colour: label_set.id_of(name) for name, colour in colours.items()}
        entries = set(archive.namelist())
        for entry in sorted(entry for entry in entries if entry.startswith(f"{_CLASSES}/") and entry.endswith(".png")):
            name = PurePosixPath(entry).relative_to(_CLASSES).with_suffix("").as_posix()
            label_map = _indices(archive.read(entry), class_of_colour, entry)
            person_map = (reading.person_maps or {}).get(name)
            objects_entry, persons_entry = (f"{folder}/{name}.png" for folder in (_OBJECTS, _PERSONS))
            if persons_entry in entries:
                persons = np.asarray(Image.open(io.BytesIO(archive.read(persons_entry))))
                result, ignored, notes = result_of_maps(label_map, persons.astype(np.uint16), label_set)
            elif objects_entry in entries:
                result, notes = result_of_pieces(
                    _pieces(label_map, _rgb(archive.read(objects_entry))),
                    label_map.shape,
                    label_set,
                    person_map=person_map,
                )
                ignored = None
            else:
                result, ignored, notes = result_of_maps(label_map, person_map, label_set)
            photo = find_photo(name, "", [reading.photos, source.parent])
            extension = photo.suffix if photo else ".jpg"
            yield AnnotatedPhoto(name, result, extension, photo, ignored, notes)


def object_map(result: ParseResult) -> npt.NDArray[np.uint32]:
    """A number from 1 for every part of every person, uint32 (H, W); 0 is the background."""
    keys = result.person_map.astype(np.uint32) * 256 + result.label_map
    numbers, objects = np.unique(keys, return_inverse=True)
    first = 0 if numbers[0] == 0 else 1
    return np.asarray(objects.reshape(keys.shape) + first, np.uint32)


def _object_png(objects: npt.NDArray[np.uint32]) -> bytes:
    if objects.max() <= _CVAT_OBJECTS:
        return encode_indexed_png(objects.astype(np.uint8), INDEX_PALETTE)
    return encode_png(voc_colours(objects))


def voc_colours(numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """PASCAL VOC's colours of numbers below 2**24, uint8 (..., 3) RGB; the first 256 are those of `INDEX_PALETTE`."""
    colours = np.zeros((*numbers.shape, 3), np.uint8)
    for bit in range(24):
        colours[..., bit % 3] |= ((numbers >> bit & 1) << (7 - bit // 3)).astype(np.uint8)
    return colours


def _read_labelmap(text: str) -> dict[str, tuple[int, ...]]:
    """Class name -> colour, in the order of the lines."""
    colours: dict[str, tuple[int, ...]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, colour, *_ = line.strip().split(":")
            colours[name] = tuple(int(value) for value in colour.split(","))
    return colours


def _label_set_of(names: list[str]) -> LabelSet:
    # CVAT lists the background first wherever it stood, and labels in the order of its project.
    return known_label_set(["background", *(name for name in names if name != "background")])


def _rgb(encoded: bytes) -> npt.NDArray[np.uint32]:
    """Colours as numbers, uint32 (H, W); of objects it does not matter which."""
    with Image.open(io.BytesIO(encoded)) as image:
        pixels = np.asarray(image.convert("RGB"), np.uint32)
    return np.asarray(pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2], np.uint32)


def _indices(encoded: bytes, class_of_colour: dict[tuple[int, ...], int], entry: str) -> LabelMap:
    pixels = _rgb(encoded)
    colours, at = np.unique(pixels, return_inverse=True)
    packed = {red << 16 | green << 8 | blue: class_id for (red, green, blue), class_id in class_of_colour.items()}
    unknown = [f"({c >> 16}, {c >> 8 & 255}, {c & 255})" for c in colours.tolist() if c not in packed]
    if unknown:
        raise ConfigError(f"{entry} shows the colour {unknown[0]}, which labelmap.txt does not name; export it again")
    classes = np.array([packed[colour] for colour in colours.tolist()], np.uint8)
    return classes[at.reshape(pixels.shape)]


def _pieces(label_map: LabelMap, objects: npt.NDArray[np.uint32]) -> list[Piece]:
    keys = objects.astype(np.uint64) << np.uint64(8) | label_map
    return [
        Piece(int(key & np.uint64(255)), keys == key, None)
        for key in np.unique(keys[label_map > 0])
        if key & np.uint64(255)
    ]

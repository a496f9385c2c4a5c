"""Label Studio: tasks with brush masks. The tool's run lengths are its own, not COCO's.

Four values (RGBA) stand for each pixel, all 0 or all 255. The head holds the number of values (32 bits), the bits of a
value less 1 (5 bits) and four sizes of counts less 1 (4 bits each). Then, until all values are there: one bit that says
whether one value is repeated, two bits that name a size of counts, the count less 1, and one value or as many values as
counted. The form is that of the JavaScript package rle-pack.

A region's ``id`` names its person: ``person-2-coat``. Label Studio keeps it; regions that an annotator adds have other
ids. Beside the tasks lies NAME.config.xml, the labelling interface of the project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import quoteattr

import numpy as np

from fittingroom.errors import ShapeError
from fittingroom.imaging.writing import write_bytes_atomically
from fittingroom.interchange.annotated import (
    AnnotatedPhoto,
    Mask,
    Piece,
    Reading,
    known_label_set,
    label_set_with,
    result_of_pieces,
)
from fittingroom.interchange.places import find_photo, read_json, reported
from fittingroom.labels import LabelSet, mosaic_palette

Json = dict[str, Any]
LOCAL_FILES = "/data/local-files/?d="
"""Where Label Studio's local storage serves files from."""

_COUNT_BITS = (3, 4, 8, 16)
_TAG, _IMAGE = "parts", "image"


def write_label_studio(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write a JSON list of tasks with the parse as a prediction, and the labelling interface beside it.

    Photos are named as Label Studio's local storage serves them (`LOCAL_FILES` and the photo's name); for another
    storage, replace that beginning.
    """
    tasks = []
    label_set: LabelSet | None = None
    for photo in photos:
        label_set = photo.result.label_set
        tasks.append(label_studio_task(photo))
    write_bytes_atomically(out, json.dumps(tasks).encode())
    if label_set is not None:
        write_bytes_atomically(out.with_suffix(".config.xml"), labelling_interface(label_set).encode())
    return []


def label_studio_task(photo: AnnotatedPhoto) -> Json:
    """One task, ready for ``json.dumps``: a person's parts are regions, the scores are the prediction's."""
    result = photo.result
    height, width = result.size_hw
    regions = [
        {
            "id": f"person-{person.id}-{part.label}",
            "type": "brushlabels",
            "from_name": _TAG,
            "to_name": _IMAGE,
            "original_width": width,
            "original_height": height,
            "image_rotation": 0,
            "score": round(part.score, 4),
            "meta": {"text": [f"person {person.id}"]},
            "value": {"format": "rle", "rle": encode_brush(part.mask), "brushlabels": [part.label]},
        }
        for person in result.people
        for part in person.parts.values()
    ]
    score = float(np.mean([person.score for person in result.people])) if result.people else 0.0
    return {
        "data": {
            _IMAGE: LOCAL_FILES + quote(photo.file_name),
            # Label Studio keeps what it does not know: an empty photo still says its size and its classes.
            "size_hw": [height, width],
            "classes": list(result.label_set.classes),
        },
        "predictions": [
            {"model_version": result.model_name or "fittingroom", "score": round(score, 4), "result": regions}
        ],
    }


def labelling_interface(label_set: LabelSet) -> str:
    """The project's labelling interface: a brush for every class."""
    labels = "\n".join(
        f'    <Label value={quoteattr(name)} background="#{red:02x}{green:02x}{blue:02x}"/>'
        for name, (red, green, blue) in zip(label_set.classes, mosaic_palette(label_set).tolist(), strict=True)
        if name != "background"
    )
    return (
        f'<View>\n  <Image name="{_IMAGE}" value="${_IMAGE}" zoom="true" zoomControl="true"/>\n'
        f'  <BrushLabels name="{_TAG}" toName="{_IMAGE}">\n{labels}\n  </BrushLabels>\n</View>\n'
    )


def read_label_studio(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a JSON export ("JSON", not "JSON-MIN"), or of our own tasks.

    A task's last annotation counts, or its prediction where nobody has annotated it. Regions that are no brush masks
    are named in the notes.

    Raises:
        ConfigError: the file is no such export.
        LabelError: a label is not in the label set.
        ShapeError: a mask is damaged.
    """
    tasks = read_json(source)
    with reported(source, "a list of Label Studio's tasks"):
        label_set = _label_set_of(tasks, reading)
    for task in tasks:
        with reported(source, "a list of Label Studio's tasks"):
            yield _annotated(task, label_set, source, reading)


def encode_brush(mask: Mask) -> list[int]:
    """A mask, bool (H, W), as Label Studio's list of bytes."""
    pixels = mask.reshape(-1)
    edges = np.flatnonzero(np.diff(pixels)) + 1
    starts = np.concatenate([[0], edges])
    lengths = 4 * np.diff(starts, append=pixels.size)
    values = np.where(pixels[starts], 255, 0)
    longest = 1 << _COUNT_BITS[-1]
    pieces = -(-lengths // longest)
    runs = np.full(int(pieces.sum()), longest, np.int64)
    runs[np.cumsum(pieces) - 1] = lengths - (pieces - 1) * longest
    values = np.repeat(values, pieces)
    sizes = np.searchsorted(1 << np.array(_COUNT_BITS), runs)
    # 1 bit "repeated", 2 bits size, the count, 8 bits value: the longest takes 27.
    bits_wide = np.zeros((runs.size, 27), np.uint8)
    is_used = np.zeros((runs.size, 27), bool)
    bits_wide[:, 0] = 1
    bits_wide[:, 1], bits_wide[:, 2] = sizes >> 1, sizes & 1
    bits_wide[:, 3:19] = (runs[:, None] - 1) >> np.arange(15, -1, -1) & 1
    bits_wide[:, 19:] = values[:, None] >> np.arange(7, -1, -1) & 1
    is_used[:, :3] = is_used[:, 19:] = True
    # Of the count's 16 bits the lowest are written.
    is_used[:, 3:19] = np.arange(16)[None] >= 16 - np.array(_COUNT_BITS)[sizes][:, None]
    head = _bits(4 * pixels.size, 32) + _bits(7, 5) + [bit for size in _COUNT_BITS for bit in _bits(size - 1, 4)]
    stream = np.concatenate([np.array(head, np.uint8), bits_wide[is_used]])
    return np.packbits(stream).tolist()


def decode_brush(encoded: list[int], size_hw: tuple[int, int]) -> Mask:
    """The mask, bool (H, W), where the last of a pixel's four values is at least 128.

    Raises:
        ShapeError: the bytes end early, or are for another size.
    """
    height, width = size_hw
    stream = _BitStream(bytes(encoded))
    count = stream.read(32)
    value_bits = stream.read(5) + 1
    count_bits = [stream.read(4) + 1 for _ in range(4)]
    if count != 4 * height * width:
        raise ShapeError(f"brush mask holds {count} values; {size_hw} (height, width) needs {4 * height * width}")
    values = np.zeros(count, np.uint8)
    place = 0
    while place < count:
        is_repeated = stream.read(1)
        length = stream.read(count_bits[stream.read(2)]) + 1
        if is_repeated:
            values[place : place + length] = stream.read(value_bits) & 255
        else:
            for offset in range(length):
                value = stream.read(value_bits)
                if place + offset < count:
                    values[place + offset] = value & 255
        place += length
    return np.asarray(values.reshape(height, width, 4)[..., 3] >= 128)


class _BitStream:
    """Numbers of any count of bits, highest bit first, out of bytes."""

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded
        self._place = 0

    def read(self, bits: int) -> int:
        end = self._place + bits
        if end > 8 * len(self._encoded):
            raise ShapeError(f"brush mask ends after {len(self._encoded)} bytes, in the middle of a run; it is damaged")
        window = int.from_bytes(self._encoded[self._place // 8 : -(-end // 8)])
        self._place = end
        return window >> (-end % 8) & (1 << bits) - 1


def _bits(number: int, width: int) -> list[int]:
    return [number >> bit & 1 for bit in range(width - 1, -1, -1)]


def _label_set_of(tasks: list[Json], reading: Reading) -> LabelSet:
    if reading.label_set is not None:
        return reading.label_set
    for task in tasks:
        classes = task["data"].get("classes")
        if isinstance(classes, list):
            return known_label_set([str(name) for name in classes])
    names = {
        name
        for task in tasks
        for region in _regions(task)
        for name in region["value"].get("brushlabels", region["value"].get("labels", ()))
    }
    return label_set_with(names, told=None)


def _regions(task: Json) -> list[Json]:
    annotations = [made for made in task.get("annotations") or () if not made.get("was_cancelled")]
    made = annotations or task.get("predictions") or [{"result": []}]
    return [region for region in made[-1]["result"] if "value" in region]


def _annotated(task: Json, label_set: LabelSet, source: Path, reading: Reading) -> AnnotatedPhoto:
    path = _photo_path(str(task["data"][_IMAGE]))
    name = path.with_suffix("").as_posix()
    regions = _regions(task)
    photo = find_photo(name, path.suffix, [reading.photos, source.parent])
    brushes = [region for region in regions if "rle" in region["value"]]
    size = task["data"].get("size_hw") or (
        (brushes[0]["original_height"], brushes[0]["original_width"]) if brushes else None
    )
    if size is None:
        raise KeyError("size_hw, and no region says the photo's size")
    size_hw = (int(size[0]), int(size[1]))
    pieces = []
    for region in brushes:
        labels = region["value"].get("brushlabels") or region["value"].get("labels")
        owner = re.fullmatch(r"person-(\d+)-.+", str(region.get("id", "")))
        pieces.append(
            Piece(
                label_set.id_of(labels[0]),
                decode_brush(region["value"]["rle"], size_hw),
                int(owner[1]) if owner else None,
                float(region.get("score") or 1.0),
            )
        )
    result, notes = result_of_pieces(pieces, size_hw, label_set, person_map=(reading.person_maps or {}).get(name))
    if len(brushes) < len(regions):
        notes = (*notes, f"{len(regions) - len(brushes)} regions are no brush masks and were left out")
    return AnnotatedPhoto(name, result, path.suffix, photo, notes=notes)


def _photo_path(url: str) -> PurePosixPath:
    """The photo's place in the storage: what follows ``?d=``, or the path of the address."""
    parts = urlsplit(url)
    stored = parse_qs(parts.query).get("d")
    return PurePosixPath((stored[0] if stored else unquote(parts.path)).lstrip("/"))

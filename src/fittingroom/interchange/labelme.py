"""LabelMe: one JSON beside each photo. Parts are shapes; ``group_id`` says whose they are.

As masks (``shape_type: "mask"``, LabelMe 5.2 and newer) they are exact in LabelMe itself; as polygons their corners can
be moved. Polygons run along the edges of the pixels and have a slit from a hole to its surround.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from fittingroom.errors import ShapeError
from fittingroom.export.outlines import fill_rings, polygons_without_holes
from fittingroom.imaging.writing import encode_png, write_bytes_atomically
from fittingroom.interchange.annotated import (
    AnnotatedPhoto,
    Mask,
    Piece,
    Reading,
    known_label_set,
    label_set_with,
    result_of_pieces,
)
from fittingroom.interchange.places import below, find_photo, names_below, read_json, reported
from fittingroom.labels import LabelSet
from fittingroom.results import Part

Json = dict[str, Any]


def write_labelme(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write ``out/NAME.json`` with masks, and ``out/labels.txt`` for ``labelme --labels``."""
    return _write(photos, out, _mask_shapes)


def write_labelme_polygons(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write ``out/NAME.json`` with polygons, and ``out/labels.txt`` for ``labelme --labels``."""
    return _write(photos, out, _polygon_shapes)


def read_labelme(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a folder of LabelMe's JSON files: masks, polygons and rectangles.

    Polygons of one label and one ``group_id`` are united. Shapes of other types are named in the notes.

    Raises:
        ConfigError: a file is not LabelMe's.
        LabelError: a label is not in the label set.
    """
    paths = [
        (name, path, document)
        for name, path in names_below(source, [".json"])
        if isinstance(document := read_json(path), dict) and "shapes" in document
    ]
    label_set = reading.label_set or _label_set_of(source, [document for _, _, document in paths])
    for name, path, document in paths:
        with reported(path, "LabelMe's form"):
            yield _annotated(name, path, document, label_set, reading)


def _write(photos: Iterable[AnnotatedPhoto], out: Path, shapes_of: Callable[[Part], list[Json]]) -> list[str]:
    label_set: LabelSet | None = None
    for photo in photos:
        label_set = photo.result.label_set
        target = below(out, photo.name, ".json")
        height, width = photo.result.size_hw
        document: Json = {
            "version": "5.5.0",
            "flags": {},
            "shapes": [
                {**shape, "label": part.label, "group_id": person.id, "description": "", "flags": {}}
                for person in photo.result.people
                for part in person.parts.values()
                for shape in shapes_of(part)
            ],
            "imagePath": PurePosixPath(photo.file_name).name,
            "imageData": None,
            "imageHeight": height,
            "imageWidth": width,
        }
        write_bytes_atomically(target, json.dumps(document).encode())
    if label_set is not None:
        names = ["_background_", *label_set.classes[1:]]
        write_bytes_atomically(out / "labels.txt", "".join(f"{name}\n" for name in names).encode())
    return []


def _mask_shapes(part: Part) -> list[Json]:
    x0, y0, x1, y1 = part.box_xyxy
    drawn = base64.b64encode(encode_png(part.crop_mask.astype(np.uint8) * 255)).decode()
    # LabelMe's box of a mask includes its last row and column.
    return [{"shape_type": "mask", "points": [[x0, y0], [x1 - 1, y1 - 1]], "mask": drawn}]


def _polygon_shapes(part: Part) -> list[Json]:
    corner = np.array(part.box_xyxy[:2], np.int32)
    return [
        {"shape_type": "polygon", "points": (ring + corner).astype(float).tolist()}
        for ring in polygons_without_holes(part.crop_mask)
    ]


def _label_set_of(source: Path, documents: list[Json]) -> LabelSet:
    listed = source / "labels.txt"
    if listed.is_file():
        names = listed.read_text(encoding="utf-8").split("\n")
        names = [name.strip() for name in names if name.strip() and name.strip() not in ("__ignore__",)]
        return known_label_set(["background" if name == "_background_" else name for name in names])
    return label_set_with((shape["label"] for document in documents for shape in document["shapes"]), told=None)


def _annotated(name: str, path: Path, document: Json, label_set: LabelSet, reading: Reading) -> AnnotatedPhoto:
    size_hw = (int(document["imageHeight"]), int(document["imageWidth"]))
    pieces = []
    left_out = 0
    for shape in document["shapes"]:
        mask = _shape_mask(shape, size_hw)
        if mask is None:
            left_out += 1
            continue
        group = shape.get("group_id")
        pieces.append(Piece(label_set.id_of(shape["label"]), mask, int(group) if group is not None else None))
    result, notes = result_of_pieces(pieces, size_hw, label_set, person_map=(reading.person_maps or {}).get(name))
    if left_out:
        notes = (*notes, f"{left_out} shapes are no masks, polygons or rectangles and were left out")
    extension = PurePosixPath(str(document["imagePath"]).replace("\\", "/")).suffix
    photo = find_photo(name, extension, [reading.photos, path.parent])
    return AnnotatedPhoto(name, result, extension, photo, notes=notes)


def _shape_mask(shape: Json, size_hw: tuple[int, int]) -> Mask | None:
    points = np.asarray(shape["points"], np.float64)
    kind = shape.get("shape_type", "polygon")
    if kind == "polygon":
        return fill_rings([points], size_hw)
    if kind == "rectangle":
        (x0, y0), (x1, y1) = points
        return fill_rings([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)]], size_hw)
    if kind != "mask":
        return None
    with Image.open(io.BytesIO(base64.b64decode(shape["mask"]))) as image:
        crop = np.asarray(image.convert("L")) > 0
    x0, y0 = (int(value) for value in points[0])
    height, width = crop.shape
    if y0 < 0 or x0 < 0 or y0 + height > size_hw[0] or x0 + width > size_hw[1]:
        raise ShapeError(
            f"mask of {shape['label']} at x {x0}, y {y0} is {crop.shape}; it leaves its photo of {size_hw}"
        )
    mask = np.zeros(size_hw, bool)
    mask[y0 : y0 + height, x0 : x0 + width] = crop
    return mask

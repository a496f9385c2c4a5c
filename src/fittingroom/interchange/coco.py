"""COCO: one JSON for all photos. Every part is an annotation, and so is every person; a part names its person.

The parts' categories have the ids of the label set; the whole person is one more category, ``person``, behind them. A
part's ``person_annotation_id`` is the ``id`` of its person's annotation. Masks are RLE or polygons; both give them back
exactly, polygons with a slit without width from a hole to its surround, since COCO's polygons know no holes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from fittingroom.errors import LabelError
from fittingroom.export.outlines import fill_rings, polygons_without_holes
from fittingroom.export.rle import Rle, decode_rle, encode_rle_within
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
from fittingroom.labels import LabelSet
from fittingroom.results import ParseResult, Part, Person

Json = dict[str, Any]
PERSON = "person"


def coco_document(photos: Iterable[AnnotatedPhoto], *, polygons: bool = False) -> Json:
    """The photos as plain dicts and lists in COCO's form, ready for ``json.dumps``.

    Raises:
        LabelError: the photos have different label sets.
    """
    label_set: LabelSet | None = None
    images: list[Json] = []
    annotations: list[Json] = []
    for photo in photos:
        label_set = _same_set(label_set, photo)
        height, width = photo.result.size_hw
        images.append({"id": len(images) + 1, "file_name": photo.file_name, "width": width, "height": height})
        for person in photo.result.people:
            annotations.append(
                _annotation(len(annotations) + 1, len(images), len(label_set), person, photo.result, polygons)
            )
            person_annotation_id = len(annotations)
            for part in person.parts.values():
                drawn = _annotation(len(annotations) + 1, len(images), part.class_id, part, photo.result, polygons)
                annotations.append({**drawn, "person_annotation_id": person_annotation_id})
    classes = label_set.classes if label_set is not None else ()
    return {
        "info": {"description": "People and their parts", "label_set": label_set.name if label_set else ""},
        "licenses": [],
        "categories": [
            {"id": class_id, "name": name, "supercategory": PERSON} for class_id, name in enumerate(classes) if class_id
        ]
        + ([{"id": len(classes), "name": PERSON, "supercategory": ""}] if classes else []),
        "images": images,
        "annotations": annotations,
    }


def write_coco(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write one JSON file with RLE masks; see `coco_document`."""
    write_bytes_atomically(out, json.dumps(coco_document(photos)).encode())
    return []


def write_coco_polygons(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write one JSON file with polygons; see `coco_document`."""
    write_bytes_atomically(out, json.dumps(coco_document(photos, polygons=True)).encode())
    return []


def read_coco(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a COCO file, our own or another's.

    Without a ``person`` category, or without links, people are found as `result_of_pieces` says.

    Raises:
        ConfigError: the file is no JSON, or not COCO's form.
        LabelError: a category is not in the label set that was told.
        ShapeError: a mask is damaged.
    """
    document = read_json(source)
    with reported(source, "COCO"):
        names = {int(category["id"]): str(category["name"]) for category in document["categories"]}
        class_names = {category_id: name for category_id, name in names.items() if name != PERSON}
        label_set = reading.label_set or _label_set_of(class_names)
        class_ids = {category_id: label_set.id_of(name) for category_id, name in class_names.items()}
        of_image: Mapping[int, list[Json]] = defaultdict(list)
        for annotation in document["annotations"]:
            of_image[int(annotation["image_id"])].append(annotation)
        images = sorted(document["images"], key=lambda image: int(image["id"]))
    for image in images:
        with reported(source, "COCO"):
            yield _annotated(image, of_image[int(image["id"])], label_set, class_ids, source, reading)


def _same_set(label_set: LabelSet | None, photo: AnnotatedPhoto) -> LabelSet:
    if label_set is not None and label_set.classes != photo.result.label_set.classes:
        raise LabelError(
            f"{photo.name} has the classes of {photo.result.label_set.name!r}, those before it {label_set.name!r}; "
            "one file has one label set: convert them first"
        )
    return photo.result.label_set


def _annotation(
    annotation_id: int, image_id: int, category_id: int, piece: Person | Part, result: ParseResult, polygons: bool
) -> Json:
    x0, y0, x1, y1 = piece.box_xyxy
    segmentation: Rle | list[list[int]]
    if polygons:
        corner = np.array([x0, y0], np.int32)
        segmentation = [(ring + corner).reshape(-1).tolist() for ring in polygons_without_holes(piece.crop_mask)]
    else:
        segmentation = encode_rle_within(piece.crop_mask, piece.box_xyxy, result.size_hw)
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": category_id,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": piece.area_px,
        "iscrowd": 0,
        "segmentation": segmentation,
        "score": round(piece.score, 4),
    }


def _label_set_of(class_names: Mapping[int, str]) -> LabelSet:
    """The categories as they are numbered where that makes a label set; else a known set that has the names."""
    ids = sorted(class_names)
    if ids and ids == list(range(ids[0], ids[0] + len(ids))) and ids[0] in (0, 1):
        names = [class_names[class_id] for class_id in ids]
        numbered = known_label_set(names if names[0] == "background" else ["background", *names])
        if numbered.name != "custom" or ids[0] == 1:
            return numbered
    return label_set_with(class_names.values(), told=None)


def _annotated(
    image: Json,
    annotations: list[Json],
    label_set: LabelSet,
    class_ids: Mapping[int, int],
    source: Path,
    reading: Reading,
) -> AnnotatedPhoto:
    path = PurePosixPath(str(image["file_name"]).replace("\\", "/"))
    size_hw = (int(image["height"]), int(image["width"]))
    name = path.with_suffix("").as_posix()
    numbers = {int(annotation["id"]): number for number, annotation in enumerate(annotations, start=1)}
    scores = {}
    pieces = []
    for annotation in annotations:
        category_id = int(annotation["category_id"])
        if category_id not in class_ids:
            scores[numbers[int(annotation["id"])]] = float(annotation.get("score", 1.0))
            continue
        owner = annotation.get("person_annotation_id")
        pieces.append(
            Piece(
                class_ids[category_id],
                _mask(annotation["segmentation"], size_hw),
                numbers.get(int(owner)) if owner is not None else None,
                float(annotation.get("score", 1.0)),
            )
        )
    result, notes = result_of_pieces(
        pieces, size_hw, label_set, person_map=(reading.person_maps or {}).get(name), person_scores=scores
    )
    photo = find_photo(name, path.suffix, [reading.photos, source.parent, source.parent / "images"])
    return AnnotatedPhoto(name, result, path.suffix, photo, notes=notes)


def _mask(segmentation: Any, size_hw: tuple[int, int]) -> Mask:
    if isinstance(segmentation, list):
        # COCO's readers unite the polygons of one object.
        mask = np.zeros(size_hw, bool)
        for polygon in segmentation:
            mask |= fill_rings([polygon], size_hw)
        return mask
    if isinstance(segmentation["counts"], str):
        return decode_rle(Rle(size=list(segmentation["size"]), counts=segmentation["counts"]))
    counts = np.asarray(segmentation["counts"], np.int64)  # not compressed
    flat = np.repeat(np.arange(counts.size) % 2 == 1, counts)
    return np.ascontiguousarray(flat.reshape(size_hw[1], size_hw[0]).T)

"""COCO: one JSON for all photos. Every part is an annotation, and so is every person; a part names its person.

The parts' categories have the ids of the label set; the whole person is one more category, ``person``, behind them. A
part's ``person_annotation_id`` is the ``id`` of its person's annotation. Masks are RLE or polygons; both give them back
exactly, polygons with a slit without width from a hole to its surround, since COCO's polygons know no holes.

Details and bags, where a parse has them, are annotations of further categories, whose ``supercategory`` is ``detail``:
they lie over the parts, so leave these categories out where every pixel may have one class only. Body points are the
person's ``keypoints``, 25 of them; COCO has no place for their confidences, ours is ``keypoint_scores``.
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
    Extras,
    Mask,
    Piece,
    Reading,
    known_label_set,
    label_set_with,
    result_of_pieces,
)
from fittingroom.interchange.places import find_photo, read_json, reported
from fittingroom.labels import BODY_25, DETAILS, LabelSet
from fittingroom.results import BoxXyxy, ParseResult, Person

Json = dict[str, Any]
PERSON = "person"
DETAIL = "detail"
BAG = "bag"


def coco_document(photos: Iterable[AnnotatedPhoto], *, polygons: bool = False) -> Json:
    """The photos as plain dicts and lists in COCO's form, ready for ``json.dumps``.

    Raises:
        LabelError: the photos have different label sets.
    """
    label_set: LabelSet | None = None
    images: list[Json] = []
    annotations: list[Json] = []
    extras: set[str] = set()
    for photo in photos:
        label_set = _same_set(label_set, photo)
        says = Extras.of(photo.result).names
        extras.update(says)
        height, width = photo.result.size_hw
        image: Json = {"id": len(images) + 1, "file_name": photo.file_name, "width": width, "height": height}
        images.append({**image, "says": list(says)} if says else image)
        annotations += _annotations_of(photo.result, len(images), len(annotations) + 1, polygons)
    classes = label_set.classes if label_set is not None else ()
    return {
        "info": {"description": "People and their parts", "label_set": label_set.name if label_set else ""},
        "licenses": [],
        "categories": [
            {"id": class_id, "name": name, "supercategory": PERSON} for class_id, name in enumerate(classes) if class_id
        ]
        + ([_person_category(len(classes), has_points="body points" in extras)] if classes else [])
        + (_detail_categories(len(classes)) if extras & {"details", "bags"} else []),
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
        detail_ids = {
            int(category["id"]): str(category["name"])
            for category in document["categories"]
            if category.get("supercategory") == DETAIL and category["name"] in (*DETAILS[1:], BAG)
        }
        class_names = {
            category_id: name for category_id, name in names.items() if name != PERSON and category_id not in detail_ids
        }
        label_set = reading.label_set or _label_set_of(class_names)
        class_ids = {category_id: label_set.id_of(name) for category_id, name in class_names.items()}
        of_image: Mapping[int, list[Json]] = defaultdict(list)
        for annotation in document["annotations"]:
            of_image[int(annotation["image_id"])].append(annotation)
        images = sorted(document["images"], key=lambda image: int(image["id"]))
    for image in images:
        with reported(source, "COCO"):
            found = of_image[int(image["id"])]
            drawn = [annotation for annotation in found if int(annotation["category_id"]) not in detail_ids]
            extras = _extras(image, found, detail_ids, drawn)
            yield _annotated(image, drawn, label_set, class_ids, source, reading, extras)


def _same_set(label_set: LabelSet | None, photo: AnnotatedPhoto) -> LabelSet:
    if label_set is not None and label_set.classes != photo.result.label_set.classes:
        raise LabelError(
            f"{photo.name} has the classes of {photo.result.label_set.name!r}, those before it {label_set.name!r}; "
            "one file has one label set: convert them first"
        )
    return photo.result.label_set


def _person_category(category_id: int, *, has_points: bool) -> Json:
    category: Json = {"id": category_id, "name": PERSON, "supercategory": ""}
    return {**category, "keypoints": list(BODY_25), "skeleton": []} if has_points else category


def _detail_categories(person_category_id: int) -> list[Json]:
    """Behind the person: a category for each detail, and one for bags."""
    return [
        {"id": person_category_id + number, "name": name, "supercategory": DETAIL}
        for number, name in enumerate((*DETAILS[1:], BAG), start=1)
    ]


def _annotations_of(result: ParseResult, image_id: int, first_id: int, polygons: bool) -> list[Json]:
    """Every person, each followed by their parts and details, and then the bags."""
    drawn: list[Json] = []
    person_category_id = len(result.label_set)

    def draw(category_id: int, crop_mask: Mask, box_xyxy: BoxXyxy, **more: Json | int | float | list[Any]) -> None:
        place = {"id": first_id + len(drawn), "image_id": image_id, "category_id": category_id}
        drawn.append({**place, **_shape(crop_mask, box_xyxy, result.size_hw, polygons), **more})

    for person in result.people:
        owner = first_id + len(drawn)
        draw(person_category_id, person.crop_mask, person.box_xyxy, score=round(person.score, 4), **_keypoints(person))
        for part in person.parts.values():
            draw(part.class_id, part.crop_mask, part.box_xyxy, score=round(part.score, 4), person_annotation_id=owner)
        for detail in person.details.values():
            draw(
                person_category_id + detail.class_id, detail.crop_mask, detail.box_xyxy,
                score=round(detail.score, 4), person_annotation_id=owner,
            )  # fmt: skip
    if result.bag_map is not None and result.bag_map.any():
        y, x = np.nonzero(result.bag_map)
        x0, y0, x1, y1 = int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1
        draw(person_category_id + len(DETAILS), result.bag_map[y0:y1, x0:x1], (x0, y0, x1, y1))
    return drawn


def _shape(crop_mask: Mask, box_xyxy: BoxXyxy, size_hw: tuple[int, int], polygons: bool) -> Json:
    x0, y0, x1, y1 = box_xyxy
    segmentation: Rle | list[list[int]]
    if polygons:
        corner = np.array([x0, y0], np.int32)
        segmentation = [(ring + corner).reshape(-1).tolist() for ring in polygons_without_holes(crop_mask)]
    else:
        segmentation = encode_rle_within(np.ascontiguousarray(crop_mask), box_xyxy, size_hw)
    return {
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": int(np.count_nonzero(crop_mask)),
        "iscrowd": 0,
        "segmentation": segmentation,
    }


def _keypoints(person: Person) -> Json:
    """COCO's x, y and v: 0 not seen, 2 seen."""
    if person.body_points is None:
        return {}
    rows = [[round(x, 4), round(y, 4), 2 if seen else 0] for x, y, seen in person.body_points.tolist()]
    return {
        "keypoints": [value for row in rows for value in row],
        "num_keypoints": sum(row[2] > 0 for row in rows),
        "keypoint_scores": [round(row[2], 4) for row in person.body_points.tolist()],
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
    extras: Extras,
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
        pieces, size_hw, label_set,
        person_map=(reading.person_maps or {}).get(name), person_scores=scores, extras=extras,
    )  # fmt: skip
    photo = find_photo(name, path.suffix, [reading.photos, source.parent, source.parent / "images"])
    return AnnotatedPhoto(name, result, path.suffix, photo, notes=notes)


def _extras(image: Json, annotations: list[Json], detail_ids: Mapping[int, str], drawn: list[Json]) -> Extras:
    """Details, bags and body points of one photo; people by the place of their annotation among the drawn."""
    size_hw = (int(image["height"]), int(image["width"]))
    says = image.get("says", ())
    details = np.zeros(size_hw, np.uint8) if "details" in says else None
    confidence = np.full(size_hw, 255, np.uint8) if details is not None else None
    bags = np.zeros(size_hw, bool) if "bags" in says else None
    for annotation in annotations:
        name = detail_ids.get(int(annotation["category_id"]))
        if name == BAG and bags is not None:
            bags |= _mask(annotation["segmentation"], size_hw)
        elif name is not None and details is not None and confidence is not None:
            mask = _mask(annotation["segmentation"], size_hw)
            details[mask] = DETAILS.index(name)
            confidence[mask] = round(255 * float(annotation.get("score", 1.0)))
    points = {}
    for number, annotation in enumerate(drawn, start=1):
        if len(annotation.get("keypoints", ())) == 3 * len(BODY_25):
            rows = np.array(annotation["keypoints"], np.float32).reshape(-1, 3)
            seen = annotation.get("keypoint_scores", (rows[:, 2] > 0).tolist())
            rows[:, 2] = np.where(rows[:, 2] > 0, np.array(seen, np.float32), 0)
            points[number] = rows * (rows[:, 2:] > 0)
    return Extras(details, confidence, bags, points)


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

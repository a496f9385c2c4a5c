"""A result as JSON: people, their parts and details, and every mask as COCO's compressed RLE."""

from collections.abc import Iterable, Sequence
from typing import NotRequired, TypedDict

import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError, ShapeError
from fittingroom.export.rle import Rle, decode_rle, encode_rle, encode_rle_within
from fittingroom.labels import DETAILS, DETAILS_ZH
from fittingroom.results import ParseResult, Part, Person


class PartDocument(TypedDict):
    """One part or detail; its mask lies within that of the person whose list it stands in."""

    label: str
    label_zh: str
    class_id: int
    score: float
    box_xyxy: list[int]
    area_px: int
    rle: Rle


class PersonDocument(TypedDict):
    """One person. ``details`` and ``body_points`` (25 rows x, y, confidence) are there if they were asked for."""

    id: int
    score: float
    box_xyxy: list[int]
    area_px: int
    rle: Rle
    parts: list[PartDocument]
    details: NotRequired[list[PartDocument]]
    body_points: NotRequired[list[list[float]]]


class ModelDocument(TypedDict):
    """Which model parsed."""

    name: str
    sha256: str


class LabelSetDocument(TypedDict):
    """What the class ids mean; the index is the id."""

    name: str
    classes: list[str]
    classes_zh: list[str]


class DetailSetDocument(TypedDict):
    """What the ids of the details mean; the index is the id."""

    details: list[str]
    details_zh: list[str]


class ResultDocument(TypedDict):
    """A whole result. ``detail_set`` and ``bags`` are there if the photo was parsed for them."""

    size_hw: list[int]
    model: ModelDocument
    label_set: LabelSetDocument
    people: list[PersonDocument]
    detail_set: NotRequired[DetailSetDocument]
    bags: NotRequired[Rle]


# Scores carry the 8 bits of the confidence map; more digits would only look exact.
_SCORE_DIGITS = 4


def result_json(result: ParseResult) -> ResultDocument:
    """The result as plain dicts, lists, strings and numbers, ready for ``json.dumps``.

    Boxes are ``[x0, y0, x1, y1]`` in pixels, half-open (COCO's own are ``[x, y, width, height]``: hence the name
    ``box_xyxy``). Masks are COCO's compressed RLE of the whole picture, ``{"size": [height, width], "counts": str}``;
    ``pycocotools.mask.decode`` reads them. Scores are in [0, 1], rounded to 4 digits.
    """
    height, width = result.size_hw
    document = ResultDocument(
        size_hw=[height, width],
        model=ModelDocument(name=result.model_name, sha256=result.model_sha256),
        label_set=LabelSetDocument(
            name=result.label_set.name,
            classes=list(result.label_set.classes),
            classes_zh=list(result.label_set.classes_zh),
        ),
        people=[_person(person, result) for person in result.people],
    )
    if result.detail_map is not None:
        document["detail_set"] = DetailSetDocument(details=list(DETAILS), details_zh=list(DETAILS_ZH))
    if result.bag_map is not None:
        document["bags"] = encode_rle(result.bag_map)
    return document


def _person(person: Person, result: ParseResult) -> PersonDocument:
    document = PersonDocument(
        id=person.id,
        score=round(person.score, _SCORE_DIGITS),
        box_xyxy=list(person.box_xyxy),
        area_px=person.area_px,
        rle=_rle(person, result),
        parts=_parts(person.parts.values(), result.label_set.classes_zh, result),
    )
    if result.detail_map is not None:
        document["details"] = _parts(person.details.values(), DETAILS_ZH, result)
    if person.body_points is not None:
        document["body_points"] = [
            [round(value, _SCORE_DIGITS) for value in row] for row in person.body_points.tolist()
        ]
    return document


def _parts(parts: Iterable[Part], names_zh: Sequence[str], result: ParseResult) -> list[PartDocument]:
    return [
        PartDocument(
            label=part.label,
            label_zh=names_zh[part.class_id],
            class_id=part.class_id,
            score=round(part.score, _SCORE_DIGITS),
            box_xyxy=list(part.box_xyxy),
            area_px=part.area_px,
            rle=_rle(part, result),
        )
        for part in parts
    ]


def maps_from_json(document: ResultDocument) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]:
    """The label map, uint8 (H, W), and the person map, uint16 (H, W), that a document was made from, exactly.

    Raises:
        LabelError: a part's ``class_id`` is not the id of its ``label`` in the document's label set.
        ShapeError: a mask has another size than the document, or its string is damaged.
    """
    height, width = document["size_hw"]
    label_map = np.zeros((height, width), np.uint8)
    person_map = np.zeros((height, width), np.uint16)
    for person in document["people"]:
        for part in person["parts"]:
            mask = _decoded(part, person["id"], document["label_set"]["classes"], (height, width))
            label_map[mask] = part["class_id"]
            person_map[mask] = person["id"]
    return label_map, person_map


def detail_maps_from_json(
    document: ResultDocument,
) -> tuple[npt.NDArray[np.uint8] | None, npt.NDArray[np.bool_] | None]:
    """The detail map, uint8 (H, W), and the bag map, bool (H, W), of a document; None what it does not hold.

    Raises:
        LabelError: a detail's ``class_id`` is not the id of its ``label`` in the document's list of details.
        ShapeError: a mask has another size than the document, or its string is damaged.
    """
    height, width = document["size_hw"]
    detail_map = None
    if "detail_set" in document:
        detail_map = np.zeros((height, width), np.uint8)
        for person in document["people"]:
            for detail in person.get("details", []):
                mask = _decoded(detail, person["id"], document["detail_set"]["details"], (height, width))
                detail_map[mask] = detail["class_id"]
    return detail_map, decode_rle(document["bags"]) if "bags" in document else None


def _decoded(
    part: PartDocument, person_id: int, names: Sequence[str], size_hw: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    class_id = part["class_id"]
    if not 0 < class_id < len(names) or names[class_id] != part["label"]:
        raise LabelError(
            f"part of person {person_id} has class_id {class_id} and label {part['label']!r}; "
            f"the document's label set has {dict(enumerate(names)).get(class_id)!r} there"
        )
    mask = decode_rle(part["rle"])
    if mask.shape != size_hw:
        raise ShapeError(f"mask of {part['label']} is {mask.shape}, the document says {size_hw}")
    return mask


def _rle(piece: Person | Part, result: ParseResult) -> Rle:
    return encode_rle_within(piece.crop_mask, piece.box_xyxy, result.size_hw)

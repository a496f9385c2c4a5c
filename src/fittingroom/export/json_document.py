"""A result as JSON: people, their parts, and every mask as COCO's compressed RLE."""

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError, ShapeError
from fittingroom.export.rle import Rle, decode_rle, encode_rle_within
from fittingroom.results import ParseResult, Part, Person


class PartDocument(TypedDict):
    """One part; its mask lies within that of the person whose list it stands in."""

    label: str
    label_zh: str
    class_id: int
    score: float
    box_xyxy: list[int]
    area_px: int
    rle: Rle


class PersonDocument(TypedDict):
    """One person."""

    id: int
    score: float
    box_xyxy: list[int]
    area_px: int
    rle: Rle
    parts: list[PartDocument]


class ModelDocument(TypedDict):
    """Which model parsed."""

    name: str
    sha256: str


class LabelSetDocument(TypedDict):
    """What the class ids mean; the index is the id."""

    name: str
    classes: list[str]
    classes_zh: list[str]


class ResultDocument(TypedDict):
    """A whole result."""

    size_hw: list[int]
    model: ModelDocument
    label_set: LabelSetDocument
    people: list[PersonDocument]


# Scores carry the 8 bits of the confidence map; more digits would only look exact.
_SCORE_DIGITS = 4


def result_json(result: ParseResult) -> ResultDocument:
    """The result as plain dicts, lists, strings and numbers, ready for ``json.dumps``.

    Boxes are ``[x0, y0, x1, y1]`` in pixels, half-open (COCO's own are ``[x, y, width, height]``: hence the name
    ``box_xyxy``). Masks are COCO's compressed RLE of the whole picture, ``{"size": [height, width], "counts": str}``;
    ``pycocotools.mask.decode`` reads them. Scores are in [0, 1], rounded to 4 digits.
    """
    height, width = result.size_hw
    return ResultDocument(
        size_hw=[height, width],
        model=ModelDocument(name=result.model_name, sha256=result.model_sha256),
        label_set=LabelSetDocument(
            name=result.label_set.name,
            classes=list(result.label_set.classes),
            classes_zh=list(result.label_set.classes_zh),
        ),
        people=[
            PersonDocument(
                id=person.id,
                score=round(person.score, _SCORE_DIGITS),
                box_xyxy=list(person.box_xyxy),
                area_px=person.area_px,
                rle=_rle(person, result),
                parts=[
                    PartDocument(
                        label=part.label,
                        label_zh=result.label_set.classes_zh[part.class_id],
                        class_id=part.class_id,
                        score=round(part.score, _SCORE_DIGITS),
                        box_xyxy=list(part.box_xyxy),
                        area_px=part.area_px,
                        rle=_rle(part, result),
                    )
                    for part in person.parts.values()
                ],
            )
            for person in result.people
        ],
    )


def maps_from_json(document: ResultDocument) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]:
    """The label map, uint8 (H, W), and the person map, uint16 (H, W), that a document was made from, exactly.

    Raises:
        LabelError: a part's ``class_id`` is not the id of its ``label`` in the document's label set.
        ShapeError: a mask has another size than the document, or its string is damaged.
    """
    height, width = document["size_hw"]
    classes = document["label_set"]["classes"]
    label_map = np.zeros((height, width), np.uint8)
    person_map = np.zeros((height, width), np.uint16)
    for person in document["people"]:
        for part in person["parts"]:
            class_id = part["class_id"]
            if not 0 < class_id < len(classes) or classes[class_id] != part["label"]:
                raise LabelError(
                    f"part of person {person['id']} has class_id {class_id} and label {part['label']!r}; "
                    f"the document's label set has {dict(enumerate(classes)).get(class_id)!r} there"
                )
            mask = decode_rle(part["rle"])
            if mask.shape != (height, width):
                raise ShapeError(f"mask of {part['label']} is {mask.shape}, the document says {(height, width)}")
            label_map[mask] = class_id
            person_map[mask] = person["id"]
    return label_map, person_map


def _rle(piece: Person | Part, result: ParseResult) -> Rle:
    return encode_rle_within(piece.crop_mask, piece.box_xyxy, result.size_hw)

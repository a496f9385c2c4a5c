"""Results as ``supervision.Detections``, and back; needs the package supervision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from fittingroom.errors import MissingExtraError, ShapeError
from fittingroom.labels import LabelSet
from fittingroom.results import ParseResult, Part, Person

if TYPE_CHECKING:
    from supervision import Detections

Pieces = Literal["parts", "people"]


def to_detections(result: ParseResult, *, pieces: Pieces = "parts") -> Detections:
    """Every part of every person, or every person, as one ``supervision.Detections`` of N detections.

    ``xyxy`` are boxes (N, 4), ``mask`` bool (N, H, W), ``confidence`` scores, ``class_id`` the ids of the label set
    (the number of its classes for a whole person); ``data["class_name"]`` and ``data["person_id"]`` say what it is and
    whose.

    Raises:
        MissingExtraError: supervision is not installed.
    """
    try:
        import supervision
    except ImportError as error:
        raise MissingExtraError("supervision is not installed; pip install supervision") from error
    found: list[tuple[Person | Part, int, str, int]]
    if pieces == "parts":
        found = [
            (part, part.class_id, part.label, person.id) for person in result.people for part in person.parts.values()
        ]
    else:
        found = [(person, len(result.label_set), "person", person.id) for person in result.people]
    masks = np.zeros((len(found), *result.size_hw), bool)
    for number, (piece, _, _, _) in enumerate(found):
        x0, y0, x1, y1 = piece.box_xyxy
        masks[number, y0:y1, x0:x1] = piece.crop_mask
    return supervision.Detections(
        xyxy=np.array([piece.box_xyxy for piece, _, _, _ in found], np.float32).reshape(-1, 4),
        mask=masks,
        confidence=np.array([piece.score for piece, _, _, _ in found], np.float32),
        class_id=np.array([class_id for _, class_id, _, _ in found], np.int64),
        data={
            "class_name": np.array([label for _, _, label, _ in found], dtype=str),
            "person_id": np.array([person_id for _, _, _, person_id in found], np.int64),
        },
    )


def from_detections(detections: Detections, size_hw: tuple[int, int], label_set: LabelSet) -> ParseResult:
    """The parse that `to_detections` made these of, exactly; where masks overlap, the later one is seen.

    Args:
        detections: parts, with masks, ``class_id`` and ``data["person_id"]``; without it, one person wears everything.
        size_hw: height and width of the photo.
        label_set: what the class ids mean.

    Raises:
        ShapeError: there are no masks, or of another size.
        LabelError: an id is not in the label set.
    """
    label_map = np.zeros(size_hw, np.uint8)
    person_map = np.zeros(size_hw, np.uint16)
    confidence = np.full(size_hw, 255, np.uint8)
    masks, class_ids = detections.mask, detections.class_id
    persons = _person_ids(detections)
    for number in range(len(detections)):
        if masks is None or class_ids is None:
            raise ShapeError("the detections have no masks or no class ids; a parse needs both")
        mask = np.asarray(masks[number], bool)
        if mask.shape != size_hw:
            raise ShapeError(f"mask {number} is {mask.shape}, the photo {size_hw} (height, width)")
        label_map[mask] = class_ids[number]
        person_map[mask] = persons[number]
        if detections.confidence is not None:
            confidence[mask] = round(255 * float(detections.confidence[number]))
    return ParseResult.from_maps(label_map, person_map, confidence, label_set=label_set)


def _person_ids(detections: Detections) -> npt.NDArray[np.int64]:
    given = detections.data.get("person_id")
    return np.ones(len(detections), np.int64) if given is None else np.asarray(given, np.int64)

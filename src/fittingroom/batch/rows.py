"""What a photo becomes: one row, with all people and their parts, or with the reason why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pyarrow as pa

from fittingroom.batch.listing import Listed
from fittingroom.errors import FittingroomError
from fittingroom.export.json_document import PartDocument, PersonDocument, result_json
from fittingroom.results import ParseResult


class PieceRow(TypedDict):
    """A part or a detail; rle is COCO's ``counts``, whose size is the photo's."""

    label: str
    class_id: int
    score: float
    box_xyxy: list[int]
    area_px: int
    rle: str


class PersonRow(TypedDict):
    """One person. details and body_points (25 x (x, y, confidence), one after the other): None unless asked for."""

    id: int
    score: float
    box_xyxy: list[int]
    area_px: int
    rle: str
    parts: list[PieceRow]
    details: list[PieceRow] | None
    body_points: list[float] | None


class Timings(TypedDict):
    """Milliseconds that a photo's stages took, up to the one that failed."""

    read_ms: float | None
    decode_ms: float | None
    parse_ms: float | None
    encode_ms: float | None


class Row(TypedDict):
    """One photo. error says in words what is wrong, error_kind is its class; both None if all went well."""

    id: str
    source: str
    height: int | None
    width: int | None
    people: list[PersonRow]
    bags_rle: str | None
    model_sha256: str
    error: str | None
    error_kind: str | None
    timings: Timings


_BOX = pa.list_(pa.int32(), 4)
_PIECE = pa.struct(
    {
        "label": pa.string(), "class_id": pa.int16(), "score": pa.float32(), "box_xyxy": _BOX, "area_px": pa.int32(),
        "rle": pa.string(),
    }
)  # fmt: skip
_PERSON = pa.struct(
    {
        "id": pa.int32(), "score": pa.float32(), "box_xyxy": _BOX, "area_px": pa.int32(), "rle": pa.string(),
        "parts": pa.list_(_PIECE), "details": pa.list_(_PIECE), "body_points": pa.list_(pa.float32()),
    }
)  # fmt: skip
SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "source": pa.string(),
        "height": pa.int32(),
        "width": pa.int32(),
        "people": pa.list_(_PERSON),
        "bags_rle": pa.string(),
        "model_sha256": pa.string(),
        "error": pa.string(),
        "error_kind": pa.string(),
        "timings": pa.struct({name: pa.float32() for name in Timings.__annotations__}),
    }
)
"""The columns of every file of rows."""


def no_timings() -> Timings:
    """Of a photo that nothing was done with."""
    return Timings(read_ms=None, decode_ms=None, parse_ms=None, encode_ms=None)


def parsed_row(photo: Listed, result: ParseResult, *, model_sha256: str, timings: Timings) -> Row:
    """The row of a photo that was parsed."""
    document = result_json(result)
    height, width = result.size_hw
    return Row(
        id=photo.id,
        source=photo.file,
        height=height,
        width=width,
        people=[_person(person) for person in document["people"]],
        bags_rle=document["bags"]["counts"] if "bags" in document else None,
        model_sha256=model_sha256,
        error=None,
        error_kind=None,
        timings=timings,
    )


def failed_row(photo: Listed, error: Exception | str, *, model_sha256: str, timings: Timings) -> Row:
    """The row of a photo that could not be parsed."""
    if isinstance(error, str):
        reason, kind = error, "ProcessEnded"
    else:
        reason, kind = " ".join(str(error).split()), type(error).__name__
        if not isinstance(error, FittingroomError):
            reason = f"{kind}: {reason} (unexpected: please report it)"
    return Row(
        id=photo.id,
        source=photo.file,
        height=None,
        width=None,
        people=[],
        bags_rle=None,
        model_sha256=model_sha256,
        error=reason,
        error_kind=kind,
        timings=timings,
    )


def table_of(rows: Sequence[Row]) -> pa.Table:
    """The rows as a table of `SCHEMA`."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def _person(person: PersonDocument) -> PersonRow:
    points = person.get("body_points")
    return PersonRow(
        id=person["id"],
        score=person["score"],
        box_xyxy=person["box_xyxy"],
        area_px=person["area_px"],
        rle=person["rle"]["counts"],
        parts=[_piece(part) for part in person["parts"]],
        details=[_piece(detail) for detail in person["details"]] if "details" in person else None,
        body_points=None if points is None else [value for point in points for value in point],
    )


def _piece(part: PartDocument) -> PieceRow:
    return PieceRow(
        label=part["label"],
        class_id=part["class_id"],
        score=part["score"],
        box_xyxy=part["box_xyxy"],
        area_px=part["area_px"],
        rle=part["rle"]["counts"],
    )

"""Photos in, results out: /parse as it always was, /v1/parse, and /v1/render for maps that a person has corrected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import flask
import numpy as np
from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Float, String
from apiflask.validators import OneOf, Range
from flask import Response
from numpy.typing import NDArray

from fittingroom.errors import FittingroomError, LabelError
from fittingroom.imaging import read_photo
from fittingroom.labels import LabelSet
from fittingroom.parsing.pixel_parser import SCHEMAS
from fittingroom.results import ParseResult
from fittingroom.service.answers import (
    JSON,
    ZIP,
    Answer,
    Wish,
    encode_files,
    format_names,
    pack,
    wished_formats,
    zip_of,
)
from fittingroom.service.desk import Desk, Order, Served, label_set_of
from fittingroom.service.problems import CLIENT_LEFT_STATUS, Problem, problem_of
from fittingroom.service.selection import choose
from fittingroom.service.uploads import Upload, read_id_png, read_map_field, read_photo_field, read_photo_fields

_FORMATS = f"One or several of {', '.join(format_names())}, parted by commas; several come as a ZIP."


class PictureQuery(Schema):
    """What is wanted of a result."""

    format = String(load_default="", metadata={"description": _FORMATS + " Without it, Accept decides."})
    parts = String(load_default="", metadata={"description": "Only these classes, parted by commas, as in hair,face."})
    people = String(load_default="", metadata={"description": "Only people with these ids, parted by commas."})
    model = String(load_default="", metadata={"description": "One of /v1/models; by default the first."})
    maps = Boolean(
        load_default=False,
        metadata={"description": "JSON only: add label_png and person_png, gray PNGs of ids in base64."},
    )
    opacity = Float(load_default=0.5, validate=Range(0, 1), metadata={"description": "Of the overlay's tint."})
    outlines = Boolean(load_default=True, metadata={"description": "Whether the overlay shows outlines."})
    names = Boolean(load_default=True, metadata={"description": "Whether the overlay shows names."})


class ParseQuery(PictureQuery):
    """What is wanted of a photo."""

    schema = String(
        load_default="cihp",
        validate=OneOf(SCHEMAS),
        metadata={"description": "fine: details and body points too, if the model knows them (see /v1/models)."},
    )


def parse_blueprint(desk: Desk) -> APIBlueprint:
    """The addresses of this module."""
    blueprint = APIBlueprint("parse", __name__, tag="Parse")

    @blueprint.post("/parse")
    @blueprint.doc(
        summary="A photo's mosaic",
        description="The field image holds a photo; the answer is its mosaic as JPEG. Nothing can be chosen.",
    )
    def parse_to_mosaic() -> Response:
        with desk.queue.admit():
            encoded = read_photo_field(flask.request)
            order = Order(wish=Wish(formats=("mosaic",)))
            (future,) = desk.submit_all([encoded], order)
            return photo_response(desk.wait_for(future), order)

    @blueprint.post("/v1/parse")
    @blueprint.input(ParseQuery, location="query")
    @blueprint.doc(
        summary="People and parts in a photo, or in several",
        description="The field image holds one photo. With several fields images the answer is "
        '{"photos": [...]} in their order, or a ZIP; a photo that cannot be used has a "problem" there.',
    )
    def parse(query_data: dict[str, Any]) -> Response:
        order = order_of(query_data)
        desk.check_order(order)
        with desk.queue.admit() as admission:
            if "images" not in flask.request.files:
                encoded = read_photo_field(flask.request)
                (future,) = desk.submit_all([encoded], order)
                return photo_response(desk.wait_for(future), order)
            uploads = read_photo_fields(flask.request, most=desk.settings.max_photos)
            admission.widen(len(uploads))
            return several_response(several_answers(desk, uploads, order), order)

    @blueprint.post("/v1/render")
    @blueprint.input(PictureQuery, location="query")
    @blueprint.doc(
        summary="A result from maps that were corrected",
        description="The fields image, labels and persons hold the photo and two PNGs of its upright size: class ids "
        "and person ids (0 is nobody). Gaps in the person ids are closed. Scores are 1: a person has looked.",
    )
    def render(query_data: dict[str, Any]) -> Response:
        order = order_of(query_data)
        desk.check_order(order)
        with desk.queue.admit():
            encoded = read_photo_field(flask.request)
            maps = {name: read_map_field(flask.request, name) for name in ("labels", "persons")}
            deadline_s = desk.deadline_s()

            def work() -> dict[str, bytes]:
                photo = read_photo(encoded, limits=desk.limits)
                parser = desk.models.find(order.model, deadline_s=deadline_s)
                labels, persons = (read_id_png(png, name, photo.size_hw) for name, png in maps.items())
                result = corrected_result(labels, persons, label_set_of(parser))
                chosen = choose(result, parts=order.parts, people=order.people)
                return encode_files(chosen, photo.pixels_rgb, order.wish)

            return file_response(pack(desk.in_turn(work), order.wish))

    return blueprint


def order_of(query: dict[str, Any]) -> Order:
    """The order that a query says.

    Raises:
        Problem: a value is not possible.
    """
    people = split(query["people"])
    if not all(person.isascii() and person.isdigit() and 0 < int(person) < 2**16 for person in people):
        raise Problem("wrong-value", f"people is {query['people'][:60]!r}; expected numbers from 1, parted by commas")
    if not math.isfinite(query["opacity"]):
        raise Problem("wrong-value", "opacity is not a number")
    return Order(
        model=query["model"],
        schema=query.get("schema", "cihp"),
        parts=split(query["parts"]),
        people=tuple(int(person) for person in people),
        wish=Wish(
            formats=wished_formats(query["format"], flask.request.accept_mimetypes),
            maps=query["maps"],
            opacity=query["opacity"],
            outlines=query["outlines"],
            names=query["names"],
        ),
    )


def split(text: str) -> tuple[str, ...]:
    """The words of "a,b", each once."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def photo_response(served: Served, order: Order) -> Response:
    """The answer for one photo."""
    response = file_response(pack(served.files, order.wish))
    response.headers["Server-Timing"] = served.stages.server_timing()
    flask.g.people, flask.g.photos = served.people, 1
    return response


def file_response(answer: Answer) -> Response:
    """A body with its media type and a name to save it by."""
    response = Response(answer.body, content_type=answer.media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{answer.file_name}"'
    return response


def several_answers(desk: Desk, uploads: Sequence[Upload], order: Order) -> list[Served | Problem]:
    """Every photo's answer, or what is wrong with it.

    Raises:
        Problem: none of the photos can be used, and this is what is wrong with the first.
    """
    answers: list[Served | Problem] = []
    futures = desk.submit_all([upload.encoded for upload in uploads], order)
    try:
        for future in futures:
            try:
                answers.append(desk.wait_for(future))
            except FittingroomError as error:
                problem = problem_of(error)
                # What does not depend on the photo ends the request: the others would fare no better.
                if problem.status >= CLIENT_LEFT_STATUS:
                    raise
                answers.append(problem)
    finally:
        for future in futures:
            future.cancel()
    first = answers[0]
    if isinstance(first, Problem) and all(isinstance(answer, Problem) for answer in answers):
        raise first
    return answers


def several_response(answers: Sequence[Served | Problem], order: Order) -> Response:
    """One JSON document, or a ZIP with a file or folder for each photo."""
    found = [answer for answer in answers if isinstance(answer, Served)]
    flask.g.people, flask.g.photos = sum(served.people for served in found), len(found)
    if order.wish.formats == ("json",):
        documents = [
            answer.files["result.json"] if isinstance(answer, Served) else problem_entry(answer) for answer in answers
        ]
        return Response(b'{"photos":[' + b",".join(documents) + b"]}", content_type=JSON)
    files: dict[str, bytes] = {}
    for number, answer in enumerate(answers, start=1):
        found_files = answer.files if isinstance(answer, Served) else {"problem.json": problem_entry(answer)}
        files |= in_archive(f"{number:04}", found_files)
    return file_response(Answer(zip_of(files), ZIP, "results.zip"))


def in_archive(name: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """A photo's files by their place in an archive of several photos: "0001-mosaic.jpg", or a folder "0001" of them."""
    separator = "-" if len(files) == 1 else "/"
    return {f"{name}{separator}{file_name}": content for file_name, content in files.items()}


def problem_entry(problem: Problem) -> bytes:
    """What stands in the place of a photo that cannot be used, as JSON."""
    return flask.json.dumps({"problem": problem.document(flask.g.request_id)}).encode()


def corrected_result(labels: NDArray[np.uint16], persons: NDArray[np.uint16], label_set: LabelSet) -> ParseResult:
    """The result that two maps of ids, uint16 (H, W), say; person ids are numbered anew without gaps, in their order.

    Raises:
        ShapeError: the maps disagree on where people are.
        LabelError: a class id is not of the label set.
    """
    if int(labels.max()) > 255:
        raise LabelError(f"the map 'labels' holds the id {labels.max()}; {label_set.name} ends at {len(label_set) - 1}")
    person_ids = np.unique(persons)
    numbers = np.zeros(int(person_ids[-1]) + 1, np.uint16)
    numbers[person_ids[person_ids > 0]] = np.arange(1, np.count_nonzero(person_ids) + 1)
    certain = np.full(labels.shape, 255, np.uint8)
    return ParseResult.from_maps(labels.astype(np.uint8), numbers[persons], certain, label_set=label_set)

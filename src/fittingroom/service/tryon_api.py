"""Trying on over HTTP: the items at hand with their pictures, and a photo with an outfit on."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import cv2
import flask
import numpy as np
from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Integer, String
from apiflask.validators import OneOf, Range
from flask import Response
from numpy.typing import NDArray
from PIL import Image

from fittingroom.errors import ItemError, LabelError
from fittingroom.imaging import read_photo
from fittingroom.imaging.writing import encode_jpeg, encode_png
from fittingroom.labels import CIHP
from fittingroom.parsing.pixel_parser import Schema as LabelSchema
from fittingroom.results import ParseResult
from fittingroom.service.about_api import json_response
from fittingroom.service.answers import JPEG, JSON, PNG
from fittingroom.service.desk import Desk, label_set_of
from fittingroom.service.metrics import Stages
from fittingroom.service.parse_api import corrected_result
from fittingroom.service.problems import Problem
from fittingroom.service.uploads import read_id_png, read_map_field, read_photo_field
from fittingroom.tryon import KINDS, Adjustment, Fitting, Layer, Outfit, wear
from fittingroom.tryon.items import Item
from fittingroom.tryon.outfits import WEARING_ORDER
from fittingroom.tryon.patches import Floats
from fittingroom.tryon.wardrobe import Entry, Wardrobe

SCHEMA: LabelSchema = "fine"
MOST_FITTINGS = 200  # items put on people in one request; a worker is busy with each for up to a quarter of a second
MAX_OUTFIT_BYTES = 100_000
THUMBNAIL_PX = 96
_FORMATS = {"png": PNG, "jpeg": JPEG, "json": JSON}


class ItemsQuery(Schema):
    """Which items to list."""

    kind = String(load_default=None, validate=OneOf(list(KINDS)), metadata={"description": "Only those of one kind."})
    thumbnails = Boolean(
        load_default=False,
        metadata={"description": f"Add small pictures as data: addresses, {THUMBNAIL_PX} pixels."},
    )


class ItemPictureQuery(Schema):
    """How large an item's picture is wanted."""

    size = Integer(
        load_default=512, validate=Range(16, 2048), metadata={"description": "Longer side in pixels, at most."}
    )


class TryOnQuery(Schema):
    """What is wanted of a photo with an outfit on."""

    format = String(
        load_default="",
        validate=OneOf(["", *_FORMATS]),
        metadata={
            "description": "png: the picture, every other pixel as it was. jpeg: smaller. json: reports of every item "
            "and person, and what changed as a transparent PNG. Without it, Accept decides."
        },
    )
    model = String(load_default="", metadata={"description": "One of /v1/models, which parses; by default the first."})


@dataclass(frozen=True)
class _Traced(Adjustment):
    """An adjustment that remembers about which point, and in which unit, the engine applied it: a page that drags an
    item needs both."""

    places: list[tuple[float, float, float]] = field(default_factory=list, compare=False)

    def moved(self, points: Floats, middle: Floats, unit_px: float) -> Floats:
        """As `Adjustment.moved`."""
        self.places.append((float(middle[0]), float(middle[1]), float(unit_px)))
        return super().moved(points, middle, unit_px)


@dataclass(frozen=True)
class _Fitted:
    """An answer's body, and what the log and the metrics want to know."""

    body: bytes
    people: int
    stages: Stages


def tryon_blueprint(desk: Desk, wardrobe: Wardrobe | None = None) -> APIBlueprint:
    """The addresses of this module.

    Args:
        desk: where photos are parsed in turn.
        wardrobe: the items; None: the bundled ones and the user's own, as they are now.
    """
    items = Wardrobe() if wardrobe is None else wardrobe
    entries = {entry.id: entry for entry in items.entries()}
    thumbnails: dict[str, str | None] = {}
    blueprint = APIBlueprint("tryon", __name__, tag="Try on")

    @blueprint.get("/v1/items")
    @blueprint.input(ItemsQuery, location="query")
    @blueprint.doc(
        summary="What can be tried on",
        description="Kinds in the order in which they are put on, the first beneath; and their items.",
    )
    def list_items(query_data: dict[str, Any]) -> Response:
        chosen = items.entries(query_data["kind"])
        documents = [_item_document(entry) for entry in chosen]
        if query_data["thumbnails"]:
            missing = [entry for entry in chosen if entry.id not in thumbnails]
            if missing:
                with desk.queue.admit():
                    thumbnails.update(desk.in_turn(lambda: {entry.id: _thumbnail(entry) for entry in missing}))
            documents = [
                document | {"thumbnail": thumbnails[entry.id]}
                for document, entry in zip(documents, chosen, strict=True)
            ]
        kinds = [{"name": kind, "name_zh": KINDS[kind].name_zh} for kind in WEARING_ORDER]
        return json_response({"kinds": kinds, "items": documents})

    @blueprint.get("/v1/items/<item_id>/picture")
    @blueprint.input(ItemPictureQuery, location="query")
    @blueprint.doc(summary="An item's picture", description="A transparent PNG. What is only a colour has none.")
    def show_item(item_id: str, query_data: dict[str, Any]) -> Response:
        if item_id not in entries:
            raise Problem("not-found", f"there is no item {item_id[:60]!r}", hint="GET /v1/items lists what there is.")
        with desk.queue.admit():
            picture = desk.in_turn(lambda: _picture(entries[item_id], query_data["size"]))
        if picture is None:
            raise Problem(
                "not-found",
                f"item {item_id!r} is a {entries[item_id].kind} and has no picture",
                hint=f"Its colour is {entries[item_id].colour}.",
            )
        response = Response(encode_png(picture), content_type=PNG)
        response.headers["Content-Disposition"] = f'inline; filename="{item_id}.png"'
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response

    @blueprint.post("/v1/tryon")
    @blueprint.input(TryOnQuery, location="query")
    @blueprint.doc(
        summary="A photo with an outfit on",
        description="The field image holds the photo, the field outfit what is put on whom, as JSON. The fields labels "
        "and persons may hold maps as for /v1/render; then the photo is not parsed. A picture is answered if anything "
        "could be put on; why something could not is told by format=json.",
    )
    def try_on(query_data: dict[str, Any]) -> Response:
        format_name = _wished_format(query_data["format"])
        desk.models.check_name(query_data["model"])
        with desk.queue.admit():
            encoded = read_photo_field(flask.request)
            outfit = _known(_read_outfit(flask.request), entries)
            maps = _read_maps(flask.request)
            stages, deadline_s = Stages(), desk.deadline_s()

            def work() -> _Fitted:
                stages.end("wait")
                photo = read_photo(encoded, limits=desk.limits)
                parser = desk.models.find(query_data["model"], deadline_s=deadline_s)
                label_set = label_set_of(parser)
                if label_set.classes != CIHP.classes:
                    raise LabelError(
                        f"the model's classes are those of {label_set.name!r}; trying on needs the {len(CIHP)} of "
                        f"{CIHP.name!r}, choose another model"
                    )
                if maps is None:
                    stages.end("decode")
                    result = parser.parse(photo, schema=SCHEMA)
                    stages.end("parse")
                else:
                    ids = {name: read_id_png(png, name, photo.size_hw) for name, png in maps.items()}
                    result = corrected_result(ids["labels"], ids["persons"], label_set)
                    stages.end("decode")
                traced = _traced(outfit, result)
                fitting = wear(photo.pixels_rgb, result, traced, items)
                stages.end("wear")
                body = _encoded(fitting, traced.layers, result, format_name)
                stages.end("encode")
                return _Fitted(body, len(result.people), stages)

            fitted = desk.in_turn(work)
        desk.metrics.count_photo(fitted.people, fitted.stages)
        flask.g.people, flask.g.photos = fitted.people, 1
        response = Response(fitted.body, content_type=_FORMATS[format_name])
        response.headers["Server-Timing"] = fitted.stages.server_timing()
        suffix = {"png": "png", "jpeg": "jpg", "json": "json"}[format_name]
        response.headers["Content-Disposition"] = f'inline; filename="tryon.{suffix}"'
        return response

    return blueprint


def _item_document(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "name": entry.name,
        "name_zh": entry.name_zh,
        "colour": entry.colour,
        "licence": entry.licence,
    }


def _picture(entry: Entry, size_px: int) -> NDArray[np.uint8] | None:
    """An item from the front, uint8 (h, w, 4), cropped to what is not transparent; None: it has no picture."""
    # Read anew rather than from the wardrobe, which keeps what it has read: a list would fill the memory.
    item = Item.read(entry.sidecar)
    if not item.views:
        return None
    picture = item.front.picture_rgba.copy()
    lens = item.front.lens
    if lens is not None:
        # Lenses without their glass would be holes: a hint of it is enough to tell sunglasses from glasses.
        colour = [int(item.traits.lens_colour[i : i + 2], 16) for i in (1, 3, 5)]  # type: ignore[union-attr]
        opacity = max(item.traits.lens_opacity, 0.08)  # type: ignore[union-attr]
        glass = (lens > 127) & (picture[..., 3] < 128)
        picture[glass] = (*colour, round(255 * opacity))
    rows, columns = (np.flatnonzero((picture[..., 3] > 8).any(axis=axis)) for axis in (1, 0))
    picture = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = size_px / max(picture.shape[:2])
    if scale >= 1:
        return picture
    height, width = picture.shape[:2]
    alpha = picture[..., 3:].astype(np.float32) / 255
    # Premultiplied, so that what a transparent pixel hides does not seep into the edge.
    premultiplied = np.concatenate([picture[..., :3] * alpha, 255 * alpha], axis=2)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(premultiplied, size_wh, interpolation=cv2.INTER_AREA)
    small[..., :3] = small[..., :3] / np.maximum(small[..., 3:] / 255, 1e-3)
    return np.clip(np.rint(small), 0, 255).astype(np.uint8)


def _thumbnail(entry: Entry) -> str | None:
    picture = _picture(entry, THUMBNAIL_PX)
    if picture is None:
        return None
    stream = BytesIO()
    Image.fromarray(picture).save(stream, "WEBP", quality=80)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()


def _wished_format(name: str) -> str:
    """A key of `_FORMATS`.

    Raises:
        Problem: none of the accepted media types can be given.
    """
    if name:
        return name
    accepted = flask.request.accept_mimetypes
    best = accepted.best_match(list(_FORMATS.values())) if accepted else PNG
    if best is None:
        raise Problem("not-acceptable", f"the formats are {', '.join(_FORMATS.values())}; got Accept: {accepted}")
    return next(name for name, media_type in _FORMATS.items() if media_type == best)


def _read_outfit(request: flask.Request) -> Outfit:
    """The outfit in the field ``outfit``, which may be a text or a file.

    Raises:
        Problem: it is missing or too long.
        ItemError: it is not understood, or empty.
    """
    file = request.files.get("outfit")
    text = file.stream.read(MAX_OUTFIT_BYTES + 1) if file is not None else request.form.get("outfit")
    if text is None:
        raise Problem(
            "missing-field",
            "the field 'outfit' is missing",
            hint='As in: curl -F image=@photo.jpg -F \'outfit={"format": 1, "layers": [{"item": "fedora-grey"}]}\'',
        )
    if len(text) > MAX_OUTFIT_BYTES:
        raise ItemError(f"the outfit has more than {MAX_OUTFIT_BYTES} bytes; expected a list of at most 64 layers")
    outfit = Outfit.from_json(text)
    if not outfit.layers:
        raise ItemError("the outfit has no layers; expected at least one")
    return outfit


def _known(outfit: Outfit, entries: dict[str, Entry]) -> Outfit:
    """The outfit itself.

    Raises:
        ItemError: it names an item that is not there. Told before anything waits for it.
    """
    for layer in outfit.layers:
        if layer.item_id not in entries:
            raise ItemError(f"there is no item {layer.item_id[:60]!r}; GET /v1/items lists what there is")
    return outfit


def _read_maps(request: flask.Request) -> dict[str, bytes] | None:
    """Both maps, or None where neither came.

    Raises:
        Problem: one came without the other.
    """
    names = ("labels", "persons")
    if not any(name in request.files or name in request.form for name in names):
        return None
    return {name: read_map_field(request, name) for name in names}


def _traced(outfit: Outfit, result: ParseResult) -> Outfit:
    """The outfit with a layer for every item and person, whose adjustments remember their place.

    Raises:
        ItemError: that is more than one request may ask for, or there is no such person.
    """
    layers: list[Layer] = []
    for layer in outfit.layers:
        people = range(1, len(result.people) + 1) if layer.person == "all" else [layer.person]
        if layer.person != "all" and layer.person > len(result.people):
            raise ItemError(f"there is no person {layer.person}; the photo shows {len(result.people)}")
        a = layer.adjustment
        layers += [Layer(layer.item_id, person, _Traced(a.right, a.down, a.scale, a.angle_deg)) for person in people]
    if len(layers) > MOST_FITTINGS:
        raise ItemError(f"{len(layers)} items would be put on; expected at most {MOST_FITTINGS} in one request")
    return _LongOutfit(tuple(layers))


class _LongOutfit(Outfit):
    """An outfit spelt out for every person: longer than what one person may wear."""

    def __post_init__(self) -> None:
        """Nothing is checked: the outfit that it was made from has been."""


def _encoded(fitting: Fitting, layers: Sequence[Layer], result: ParseResult, format_name: str) -> bytes:
    """
    Raises:
        Problem: a picture is wanted, and nothing could be put on.
    """
    if format_name == "json":
        return flask.json.dumps(_document(fitting, layers, result)).encode()
    if not any(layer.is_worn for layer in fitting.layers):
        reasons = "; ".join(dict.fromkeys(layer.refusal for layer in fitting.layers if layer.refusal))
        raise Problem("not-worn", reasons or ("it shows nothing of it" if result.people else "nobody is in the photo"))
    return encode_png(fitting.photo_rgb) if format_name == "png" else encode_jpeg(fitting.photo_rgb)


def _document(fitting: Fitting, layers: Sequence[Layer], result: ParseResult) -> dict[str, object]:
    """Reports, and the changed pixels: laid over the photo at the box's corner they give the whole picture."""
    x0, y0, x1, y1 = fitting.changed_box_xyxy
    patch = None
    if x1 > x0:
        window = slice(y0, y1), slice(x0, x1)
        shown = fitting.changed[window]
        rgba = np.zeros((*shown.shape, 4), np.uint8)
        rgba[shown, :3] = fitting.photo_rgb[window][shown]
        rgba[shown, 3] = 255
        patch = base64.b64encode(encode_png(rgba)).decode()
    return {
        "size_hw": list(result.size_hw),
        "people": len(result.people),
        "layers": [
            {
                "item": report.item_id,
                "kind": report.kind,
                "person": report.person_id,
                "is_worn": report.is_worn,
                "refusal": report.refusal,
                "warnings": list(report.warnings),
                "changed_px": report.changed_px,
                "place": _place(layer),
            }
            for report, layer in zip(fitting.layers, layers, strict=True)
        ],
        "changed_box_xyxy": [x0, y0, x1, y1],
        "patch_png": patch,
    }


def _place(layer: Layer) -> dict[str, object] | None:
    """Where an item is before the user shifts it: the point about which it turns, and the unit of shifts in pixels."""
    places = layer.adjustment.places if isinstance(layer.adjustment, _Traced) else []
    if not places:
        return None
    x, y, unit_px = places[0]
    return {"middle_xy": [round(x, 1), round(y, 1)], "unit_px": round(unit_px, 2)}

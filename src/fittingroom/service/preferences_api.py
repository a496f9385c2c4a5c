"""Preferences over HTTP: profiles, what they try on and keep, and what to show them next. Only where it is switched on.

A profile's id travels in the header X-Profile, never in an address: addresses end up in the logs of proxies and in the
histories of browsers. A photo and a profile never meet in one request.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Mapping
from typing import Any

import flask
import numpy as np
from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp
from flask import Response

from fittingroom.errors import ItemError, LabelError, PreferencesError
from fittingroom.imaging import read_photo
from fittingroom.labels import CIHP
from fittingroom.preferences import Adviser, Consent, ProfileKey, Store, TryOn, Wish
from fittingroom.preferences.appearance import PARTS, colours_of, part_shares
from fittingroom.preferences.records import OUTCOMES, SOURCES, Look
from fittingroom.preferences.tables import ID_LENGTH
from fittingroom.preferences.tastes import tastes_of
from fittingroom.results import ParseResult
from fittingroom.service.about_api import json_response
from fittingroom.service.answers import JSON, json_bytes
from fittingroom.service.desk import Desk, label_set_of
from fittingroom.service.logs import log_event
from fittingroom.service.parse_api import corrected_result, split
from fittingroom.service.problems import Problem, problem_of
from fittingroom.service.uploads import read_id_png, read_map_field, read_photo_field
from fittingroom.tryon import KINDS, Outfit
from fittingroom.tryon.wardrobe import Wardrobe

MAX_JSON_BYTES = 500_000
MOST_EVENTS = 100  # in one request
MOST_ITEMS = 200  # in one parameter
_ID_FORM = re.compile(rf"[A-Za-z0-9-]{{1,{ID_LENGTH}}}\Z")
_ID_HINT = f"expected 1 to {ID_LENGTH} letters, digits and hyphens"
_ID = Regexp(_ID_FORM, error=_ID_HINT)
_COLOUR = Regexp(r"#[0-9a-f]{6}\Z", error="expected #rrggbb in lower case")


class ProfileHeaders(Schema):
    """Whose it is."""

    profile = String(
        required=True, data_key="X-Profile", metadata={"description": "The id that POST /v1/profiles gave."}
    )


class MaybeProfileHeaders(Schema):
    """Whose it is, if anybody's."""

    profile = String(
        load_default="", data_key="X-Profile", metadata={"description": "A profile's id; without it, nobody's."}
    )


class ConsentSchema(Schema):
    """What a person allows; what is not mentioned is not allowed."""

    history = Boolean(load_default=False, metadata={"description": "Keep what is tried on, kept, rated and saved."})
    appearance = Boolean(
        load_default=False, metadata={"description": "Keep the colours of hair, skin and clothes, never a photo."}
    )
    learning = Boolean(
        load_default=False, metadata={"description": "Count the history in what is recommended to others."}
    )


class ProfileSchema(Schema):
    """A profile to be made or changed."""

    consent = Nested(ConsentSchema, required=True)


class EventSchema(Schema):
    """Something was tried on."""

    item = String(required=True, metadata={"description": "One of /v1/items."})
    outcome = String(load_default="tried", validate=OneOf(OUTCOMES))
    source = String(load_default="api", validate=OneOf(SOURCES))
    part_shares = Dict(
        keys=String(validate=OneOf(CIHP.classes[1:])),
        values=Float(validate=Range(0, 1)),
        load_default=None,
        allow_none=True,
        metadata={"description": "Share of the person's pixels by class, as POST /v1/appearance gives it."},
    )
    id = String(
        load_default="",
        validate=_ID,
        metadata={"description": "Of the caller's choice, at random; sent again, it is the same event."},
    )


class EventsSchema(Schema):
    """Events to be noted, all or none."""

    events = List(Nested(EventSchema), required=True, validate=Length(1, MOST_EVENTS))


class OutcomeSchema(Schema):
    """What became of an event."""

    outcome = String(required=True, validate=OneOf(OUTCOMES))


class LookSchema(Schema):
    """A look to be saved."""

    name = String(load_default="", validate=Length(max=100))
    outfit = Dict(required=True, metadata={"description": "As POST /v1/tryon takes it."})


class RatingSchema(Schema):
    """How much an item is liked."""

    stars = Integer(required=True, strict=True, validate=Range(1, 5), metadata={"description": "5 is a favourite."})


class AppearanceSchema(Schema):
    """Colours that a photo showed."""

    colours = Dict(keys=String(validate=OneOf(PARTS)), values=String(validate=_COLOUR), required=True)


class AppearanceQuery(Schema):
    """Whose colours."""

    person = Integer(load_default=1, validate=Range(1), metadata={"description": "From 1, as /v1/parse counts."})
    model = String(load_default="", metadata={"description": "One of /v1/models, which parses; by default the first."})


class RecommendationsQuery(Schema):
    """What is asked for."""

    count = Integer(load_default=5, validate=Range(1, 50))
    kind = String(load_default="", validate=OneOf(["", *KINDS]), metadata={"description": "Only of this kind."})
    wearing = String(
        load_default="",
        metadata={"description": "Items that are being worn, parted by commas; the rest goes with them."},
    )
    without = String(load_default="", metadata={"description": "Items not to be shown, parted by commas."})


def preferences_blueprint(
    desk: Desk, wardrobe: Wardrobe | None = None, *, store: Store | None = None, is_keeping_up: bool = True
) -> APIBlueprint:
    """The addresses of this module.

    Args:
        desk: where photos are parsed in turn; its settings say where the store is.
        wardrobe: the items; None: the bundled ones and the user's own, as they are now.
        store: None: as the settings say. It is closed when the service ends.
        is_keeping_up: whether a thread counts, sweeps and finishes deletions until then.

    Raises:
        PreferencesError: the store cannot be used.
    """
    items = Wardrobe() if wardrobe is None else wardrobe
    entries = {entry.id: entry for entry in items.entries()}
    store = store or Store.open(desk.settings.preferences)
    adviser = Adviser(store, list(entries.values()), retention_days=desk.settings.preferences_retention_days)
    blueprint = APIBlueprint("preferences", __name__, url_prefix="/v1", tag="Preferences")
    if is_keeping_up:
        keeping_up = threading.Thread(
            target=adviser.keep_up_until, args=(desk.stopping, log_event), name="preferences", daemon=True
        )
        keeping_up.start()

    def known(item_id: str) -> str:
        if item_id not in entries:
            raise ItemError(f"there is no item {item_id[:60]!r}; GET /v1/items lists what there is")
        return item_id

    @blueprint.before_request
    def refuse_long_bodies() -> None:
        is_json = flask.request.mimetype == "application/json"
        if is_json and (flask.request.content_length or 0) > MAX_JSON_BYTES:
            raise Problem("too-large", f"the body has more than {MAX_JSON_BYTES} bytes")

    @blueprint.errorhandler(PreferencesError)
    def answer_trouble(error: PreferencesError) -> Response:
        problem = problem_of(error)
        flask.g.problem = problem.kind
        if problem.status >= 500:
            # Whoever runs the service has to do something about it. The message holds no id.
            log_event("preferences failed", {"request_id": flask.g.request_id, "why": str(error)}, level=logging.ERROR)
        return problem.response(flask.g.request_id)

    # ---- Profiles ----------------------------------------------------------------------------------------------------

    @blueprint.post("/profiles")
    @blueprint.input(ProfileSchema, location="json")
    @blueprint.doc(
        summary="Make a profile",
        description="Its id is a random secret, told this once: whoever has it may read and delete the profile. Send "
        "it as the header X-Profile. No name and no photo belongs to a profile.",
    )
    def make_profile(json_data: dict[str, Any]) -> Response:
        consent = Consent(**json_data["consent"])
        key = store.create_profile(consent, owner=flask.g.owner)
        return created({"id": key.id, "consent": vars(consent)})

    @blueprint.get("/profiles/mine")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.doc(
        summary="What a profile allows, and what has been learned from it",
        description="The lists count different items: tried, and of these kept or rated with four stars or more.",
    )
    def show_profile(headers_data: dict[str, str]) -> Response:
        key = key_of(headers_data)
        profile, history = store.profile(key), store.history(key)
        return json_response(
            {
                "consent": vars(profile.consent),
                "consented_ms": profile.consented_ms,
                "created_ms": profile.created_ms,
                "tastes": tastes_of(history, adviser.recommender().catalogue).as_dict(),
                "ratings": dict(history.stars),
                "colours": dict(history.colours),
            }
        )

    @blueprint.patch("/profiles/mine")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.input(ProfileSchema, location="json")
    @blueprint.doc(summary="Allow more or less", description="What is no longer allowed is deleted at once, for good.")
    def change_consent(headers_data: dict[str, str], json_data: dict[str, Any]) -> Response:
        consent = Consent(**json_data["consent"])
        store.change_consent(key_of(headers_data), consent)
        return json_response({"consent": vars(consent)})

    @blueprint.delete("/profiles/mine")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.doc(
        summary="Delete a profile and everything about it",
        description="When the answer comes, the store's files hold no trace of it any more. 503 with Retry-After means "
        "that it is deleted, but that another process still keeps old pages; they follow by themselves.",
    )
    def delete_profile(headers_data: dict[str, str]) -> Response:
        store.delete_profile(key_of(headers_data))
        return Response(status=204)

    @blueprint.get("/profiles/mine/export")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.doc(summary="Everything that is stored of a profile")
    def export_profile(headers_data: dict[str, str]) -> Response:
        response = json_response(store.export(key_of(headers_data)))
        response.headers["Content-Disposition"] = 'attachment; filename="profile.json"'
        return response

    # ---- What happens ------------------------------------------------------------------------------------------------

    @blueprint.post("/profiles/mine/events")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.input(EventsSchema, location="json")
    @blueprint.doc(summary="Note what was tried on, kept or discarded")
    def add_events(headers_data: dict[str, str], json_data: dict[str, Any]) -> Response:
        events = [
            TryOn(
                known(event["item"]),
                entries[event["item"]].kind,
                event["outcome"],
                event["source"],
                event["part_shares"],
                event["id"],
            )
            for event in json_data["events"]
        ]
        return created({"ids": store.record(key_of(headers_data), events)})

    @blueprint.patch("/profiles/mine/events/<event_id>")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.input(OutcomeSchema, location="json")
    @blueprint.doc(summary="Say what became of something that was tried on")
    def settle_event(event_id: str, headers_data: dict[str, str], json_data: dict[str, Any]) -> Response:
        store.settle(key_of(headers_data), event_id, json_data["outcome"])
        return Response(status=204)

    @blueprint.put("/profiles/mine/ratings/<item_id>")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.input(RatingSchema, location="json")
    @blueprint.doc(summary="Rate an item, or make it a favourite")
    def rate_item(item_id: str, headers_data: dict[str, str], json_data: dict[str, Any]) -> Response:
        store.rate(key_of(headers_data), known(item_id), json_data["stars"])
        return Response(status=204)

    @blueprint.delete("/profiles/mine/ratings/<item_id>")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.doc(summary="Take a rating back")
    def unrate_item(item_id: str, headers_data: dict[str, str]) -> Response:
        store.rate(key_of(headers_data), item_id[:ID_LENGTH], None)
        return Response(status=204)

    @blueprint.get("/profiles/mine/looks")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.doc(summary="Saved looks, the latest first")
    def list_looks(headers_data: dict[str, str]) -> Response:
        return json_response({"looks": [look_document(look) for look in store.looks(key_of(headers_data))]})

    @blueprint.post("/profiles/mine/looks")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.input(LookSchema, location="json")
    @blueprint.doc(summary="Save a look")
    def save_look(headers_data: dict[str, str], json_data: dict[str, Any]) -> Response:
        return created({"id": store.save_look(key_of(headers_data), outfit_text(json_data), name=json_data["name"])})

    @blueprint.put("/profiles/mine/looks/<look_id>")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.input(LookSchema, location="json")
    @blueprint.doc(summary="Save a look under an id of the caller's choice, in place of the one that had it")
    def replace_look(look_id: str, headers_data: dict[str, str], json_data: dict[str, Any]) -> Response:
        if not _ID_FORM.match(look_id):
            raise Problem("wrong-value", f"look_id: {_ID_HINT}")
        store.save_look(key_of(headers_data), outfit_text(json_data), name=json_data["name"], look_id=look_id)
        return Response(status=204)

    @blueprint.delete("/profiles/mine/looks/<look_id>")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.doc(summary="Remove a look")
    def remove_look(look_id: str, headers_data: dict[str, str]) -> Response:
        store.remove_look(key_of(headers_data), look_id)
        return Response(status=204)

    @blueprint.put("/profiles/mine/appearance")
    @blueprint.input(ProfileHeaders, location="headers")
    @blueprint.input(AppearanceSchema, location="json")
    @blueprint.doc(summary="Keep the colours that a photo showed", description="As POST /v1/appearance gives them.")
    def keep_appearance(headers_data: dict[str, str], json_data: dict[str, Any]) -> Response:
        store.remember_appearance(key_of(headers_data), json_data["colours"])
        return Response(status=204)

    # ---- Advice ------------------------------------------------------------------------------------------------------

    @blueprint.post("/appearance")
    @blueprint.input(AppearanceQuery, location="query")
    @blueprint.doc(
        summary="The colours of a person in a photo",
        description="Hair, skin and what is worn, each as the median over its mask; and how much of the person each "
        "part is. Nothing is stored. The fields labels and persons may hold maps as for /v1/render.",
    )
    def find_appearance(query_data: dict[str, Any]) -> Response:
        desk.models.check_name(query_data["model"])
        with desk.queue.admit():
            encoded = read_photo_field(flask.request)
            names = ("labels", "persons")
            has_maps = any(name in flask.request.files or name in flask.request.form for name in names)
            maps = {name: read_map_field(flask.request, name) for name in names} if has_maps else None
            deadline_s = desk.deadline_s()

            def work() -> dict[str, object]:
                photo = read_photo(encoded, limits=desk.limits)
                parser = desk.models.find(query_data["model"], deadline_s=deadline_s)
                if label_set_of(parser).classes != CIHP.classes:
                    raise LabelError(f"the model's classes are not those of {CIHP.name!r}; choose another model")
                if maps is None:
                    result = parser.parse(photo)
                else:
                    ids = {name: read_id_png(png, name, photo.size_hw) for name, png in maps.items()}
                    result = corrected_result(ids["labels"], ids["persons"], CIHP)
                return appearance_document(photo.pixels_rgb, result, query_data["person"])

            return json_response(desk.in_turn(work))

    @blueprint.get("/recommendations")
    @blueprint.input(MaybeProfileHeaders, location="headers")
    @blueprint.input(RecommendationsQuery, location="query")
    @blueprint.doc(
        summary="What to try on next, and why",
        description="With a profile, by what it tried and kept; without one, by what is popular and goes with what is "
        "worn, and nothing is stored. What the profile tried already is not shown again.",
    )
    def recommend(headers_data: dict[str, str], query_data: dict[str, Any]) -> Response:
        wearing, without = (split(query_data[name])[:MOST_ITEMS] for name in ("wearing", "without"))
        for item_id in wearing:
            known(item_id)
        key = key_of(headers_data) if headers_data["profile"] else None
        wish = Wish(count=query_data["count"], kind=query_data["kind"], wearing=wearing, without=without)
        found = adviser.recommend(adviser.history(key), wish)
        return json_response(
            {
                "recommendations": [
                    {
                        "item": one.item_id,
                        "kind": entries[one.item_id].kind,
                        "name": entries[one.item_id].name,
                        "name_zh": entries[one.item_id].name_zh,
                        "score": round(one.score, 4),
                        "reason": one.reason.en,
                        "reason_zh": one.reason.zh,
                        "reason_code": one.reason.code,
                    }
                    for one in found
                ]
            }
        )

    return blueprint


def key_of(headers: Mapping[str, str]) -> ProfileKey:
    """The profile that the request is about.

    Raises:
        NoProfileError: the header holds no profile's id.
    """
    return ProfileKey(headers["profile"], flask.g.owner)


def created(document: dict[str, object]) -> Response:
    """201 with a document."""
    return Response(json_bytes(document), status=201, content_type=JSON)


def outfit_text(document: dict[str, Any]) -> str:
    """A look's outfit as it is stored.

    Raises:
        ItemError: it is no outfit.
    """
    return Outfit.from_json(json.dumps(document["outfit"])).to_json()


def look_document(look: Look) -> dict[str, object]:
    """A look as it is told."""
    return {"id": look.id, "name": look.name, "outfit": json.loads(look.outfit), "saved_ms": look.saved_ms}


def appearance_document(
    photo_rgb: np.ndarray[Any, np.dtype[np.uint8]], result: ParseResult, person: int
) -> dict[str, object]:
    """Colours and shares of one person.

    Raises:
        Problem: there is no such person.
    """
    if person > len(result.people):
        raise Problem("wrong-value", f"person: there is no person {person}; the photo shows {len(result.people)}")
    chosen = result.people[person - 1]
    return {"colours": colours_of(photo_rgb, chosen), "part_shares": dict(part_shares(chosen))}

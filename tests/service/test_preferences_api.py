"""Profiles over HTTP: what may be asked, what is answered, and that nothing of them is left behind, nor ever logged."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fittingroom.labels import CIHP, mosaic_palette
from fittingroom.preferences import Consent
from fittingroom.preferences.colours import oklab_of_hex
from fittingroom.preferences.item_looks import ItemLook
from fittingroom.preferences.store import Store
from fittingroom.service.access import hash_key
from fittingroom.service.app import create_app
from fittingroom.service.logs import JsonFormatter
from fittingroom.service.models import Models
from fittingroom.service.preferences_api import preferences_blueprint
from fittingroom.service.settings import ServiceSettings
from fittingroom.tryon.wardrobe import BUNDLED, Wardrobe

from ..tryon.conftest import Drawn, draw_person, parse_result
from .conftest import png
from .test_tryon_api import KnowingParser

pytest.importorskip("alembic", reason="needs the extra 'preferences': pip install -e .[preferences]")

WARDROBE = Wardrobe([BUNDLED])
ALL = {"history": True, "appearance": True, "learning": True}
OUTFIT = {"format": 1, "layers": [{"item": "fedora-grey", "person": 1}]}
BuildApi = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    photo, labels, points = draw_person()
    return Drawn(photo, parse_result(labels, (labels > 0).astype(np.uint16), [points]))


@pytest.fixture(scope="module")
def looks() -> tuple[ItemLook, ...]:
    """By their declared colours: reading every picture would take a second or two."""
    return tuple(
        ItemLook(one.id, one.kind, one.name, one.name_zh, oklab_of_hex(one.colour)[None], np.ones(1), 0.0)
        for one in WARDROBE.entries()
    )


@pytest.fixture(autouse=True)
def _items_are_looked_at_once(looks: tuple[ItemLook, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fittingroom.preferences.adviser.looks_of", lambda entries: looks)


@pytest.fixture
def build_api(tmp_path: Path, drawn: Drawn) -> Iterator[BuildApi]:
    """Builds a client of a service that remembers; settings are the defaults with the given changes."""
    made: list[tuple[FlaskClient, Store]] = []

    def build(**changes: Any) -> FlaskClient:
        settings = ServiceSettings(models=("drawn",), preferences=str(tmp_path / "store.db"), **changes)
        models = Models(settings.models, lambda name: KnowingParser(drawn.result))
        models.load_all()
        store = Store.open(settings.preferences)
        app = create_app(
            settings,
            models,
            further=[lambda desk: preferences_blueprint(desk, WARDROBE, store=store, is_keeping_up=False)],
        )
        app.testing = False
        made.append((app.test_client(), store))
        return made[-1][0]

    yield build
    for client, store in made:
        assert client.application.extensions["fittingroom"].stop(5)
        store.close()


@pytest.fixture
def api(build_api: BuildApi) -> FlaskClient:
    return build_api()


@pytest.fixture
def profile(api: FlaskClient) -> dict[str, str]:
    """Headers of a profile that allows everything."""
    return headers_of(api.post("/v1/profiles", json={"consent": ALL}))


def headers_of(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 201
    return {"X-Profile": answer.json["id"]}


def note(api: FlaskClient, profile: dict[str, str], *items: str, outcome: str = "kept") -> list[str]:
    events = [{"item": item, "outcome": outcome} for item in items]
    answer = api.post("/v1/profiles/mine/events", json={"events": events}, headers=profile)
    assert answer.status_code == 201
    ids: list[str] = answer.json["ids"]
    return ids


def kind_of(answer: TestResponse) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["type"].rpartition("/")[2]


def test_there_are_no_profiles_unless_they_are_switched_on(client: FlaskClient) -> None:
    assert ServiceSettings().preferences == ""
    assert kind_of(client.post("/v1/profiles", json={"consent": {}})) == (404, "not-found")
    assert kind_of(client.get("/v1/recommendations")) == (404, "not-found")
    assert client.get("/v1/limits").json["has_preferences"] is False


def test_a_visit_from_first_consent_to_advice(api: FlaskClient, profile: dict[str, str]) -> None:
    note(api, profile, "lips-cherry", "lips-classic-red", "lips-brick")
    (undecided,) = note(api, profile, "lips-nude", outcome="tried")
    path = f"/v1/profiles/mine/events/{undecided}"
    assert api.patch(path, json={"outcome": "discarded"}, headers=profile).status_code == 204
    assert api.put("/v1/profiles/mine/ratings/pearls", json={"stars": 5}, headers=profile).status_code == 204
    answer = api.get("/v1/recommendations?kind=lip-colour&count=3", headers=profile).json["recommendations"]
    assert [one["kind"] for one in answer] == ["lip-colour"] * 3
    assert {one["item"] for one in answer}.isdisjoint({"lips-cherry", "lips-classic-red", "lips-brick", "lips-nude"})
    assert "You kept three of four lip colours that you tried" in [one["reason"] for one in answer]
    assert "试过的4种唇色中，你留下了3种" in [one["reason_zh"] for one in answer]
    shown = api.get("/v1/profiles/mine", headers=profile).json
    assert shown["consent"] == ALL
    assert shown["ratings"] == {"pearls": 5}
    assert shown["tastes"]["kinds"][0] == {"name": "lip-colour", "name_zh": "唇色", "tried": 4, "kept": 3}
    assert shown["tastes"]["places"][0] == {"name": "face", "name_zh": "面部", "tried": 4, "kept": 3}


def test_without_a_profile_advice_goes_with_what_is_worn_and_nothing_is_stored(
    api: FlaskClient, tmp_path: Path
) -> None:
    files = [tmp_path / "store.db", tmp_path / "store.db-wal"]
    before = [file.read_bytes() for file in files]
    answer = api.get("/v1/recommendations?wearing=coat-camel&without=beanie-mustard&count=4").json["recommendations"]
    assert len(answer) == 4
    assert {one["item"] for one in answer}.isdisjoint({"coat-camel", "beanie-mustard"})
    assert answer[0]["reason_code"] == "goes-with"
    assert "Camel coat" in answer[0]["reason"]
    assert [file.read_bytes() for file in files] == before


def test_looks_are_saved_listed_replaced_and_removed(api: FlaskClient, profile: dict[str, str]) -> None:
    path = "/v1/profiles/mine/looks"
    look_id = api.post(path, json={"name": "Sunday", "outfit": OUTFIT}, headers=profile).json["id"]
    other = OUTFIT | {"layers": [{"item": "pearls", "person": "all"}]}
    assert api.put(f"{path}/mine-1", json={"outfit": other}, headers=profile).status_code == 204
    looks = api.get(path, headers=profile).json["looks"]
    assert [(look["id"], look["name"], look["outfit"]) for look in looks] == [
        ("mine-1", "", other),
        (look_id, "Sunday", OUTFIT),
    ]
    assert api.delete(f"{path}/{look_id}", headers=profile).status_code == 204
    assert kind_of(api.delete(f"{path}/{look_id}", headers=profile)) == (404, "no-profile")


def test_colours_of_a_photo_are_told_and_kept_only_on_wish(
    api: FlaskClient, profile: dict[str, str], drawn: Drawn
) -> None:
    data = {"image": (io.BytesIO(png(drawn.photo)), "photo.png")}
    found = api.post("/v1/appearance", data=data, content_type="multipart/form-data").json
    assert {"hair", "skin"} <= set(found["colours"])
    assert sum(found["part_shares"].values()) == pytest.approx(1, abs=1e-3)
    assert api.get("/v1/profiles/mine", headers=profile).json["colours"] == {}
    body = {"colours": found["colours"]}
    assert api.put("/v1/profiles/mine/appearance", json=body, headers=profile).status_code == 204
    assert api.get("/v1/profiles/mine", headers=profile).json["colours"] == found["colours"]
    event = {"item": "pearls", "part_shares": found["part_shares"], "source": "page"}
    assert api.post("/v1/profiles/mine/events", json={"events": [event]}, headers=profile).status_code == 201
    (stored,) = api.get("/v1/profiles/mine/export", headers=profile).json["events"]
    assert stored["part_shares"] == found["part_shares"]


def test_corrected_maps_come_instead_of_a_parse(api: FlaskClient, drawn: Drawn) -> None:
    labels = np.zeros(drawn.photo.shape[:2], np.uint8)
    labels[:40, :40] = CIHP.id_of("coat")
    photo = np.full_like(drawn.photo, mosaic_palette(CIHP)[CIHP.id_of("pants")])
    data = {
        "image": (io.BytesIO(png(photo)), "p"),
        "labels": (io.BytesIO(png(labels)), "l"),
        "persons": (io.BytesIO(png((labels > 0).astype(np.uint8))), "p"),
    }
    found = api.post("/v1/appearance", data=data, content_type="multipart/form-data").json
    assert found == {"colours": {"coat": "#ffff00"}, "part_shares": {"coat": 1.0}}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected", "said"),
    [
        ("post", "profiles", {}, (422, "wrong-value"), "consent: Missing"),
        ("post", "profiles", {"consent": {"history": 7}}, (422, "wrong-value"), "consent.history"),
        ("post", "profiles", {"consent": {}, "name": "Ada"}, (422, "wrong-value"), "name: Unknown"),
        ("post", "profiles/mine/events", {"events": []}, (422, "wrong-value"), "events"),
        ("post", "profiles/mine/events", {"events": [{"item": "pearls"}] * 101}, (422, "wrong-value"), "events"),
        ("post", "profiles/mine/events", {"events": [{"item": "nothing"}]}, (422, "wrong-outfit"), "GET /v1/items"),
        ("post", "profiles/mine/events", {"events": [{"item": "pearls", "outcome": "lost"}]}, (422, "wrong-value"),
         "events.0.outcome"),
        ("post", "profiles/mine/events", {"events": [{"item": "pearls", "id": "a b"}]}, (422, "wrong-value"),
         "hyphens"),
        ("post", "profiles/mine/events", {"events": [{"item": "pearls", "part_shares": {"face": 2}}]},
         (422, "wrong-value"), "part_shares"),
        ("patch", "profiles/mine/events/none", {"outcome": "kept"}, (404, "no-profile"), "no such event"),
        ("put", "profiles/mine/ratings/pearls", {"stars": 6}, (422, "wrong-value"), "stars"),
        ("put", "profiles/mine/ratings/nothing", {"stars": 5}, (422, "wrong-outfit"), "GET /v1/items"),
        ("put", "profiles/mine/looks/a%20b", {"outfit": OUTFIT}, (422, "wrong-value"), "look_id"),
        ("post", "profiles/mine/looks", {"outfit": {"format": 9}}, (422, "wrong-outfit"), "expected an outfit"),
        ("put", "profiles/mine/appearance", {"colours": {"hair": "red"}}, (422, "wrong-value"), "#rrggbb"),
        ("put", "profiles/mine/appearance", {"colours": {"soul": "#000000"}}, (422, "wrong-value"), "soul"),
        ("get", "recommendations?count=0", None, (422, "wrong-value"), "count"),
        ("get", "recommendations?kind=car", None, (422, "wrong-value"), "kind"),
        ("get", "recommendations?wearing=nothing", None, (422, "wrong-outfit"), "GET /v1/items"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(
    api: FlaskClient,
    profile: dict[str, str],
    method: str,
    path: str,
    body: object,
    expected: tuple[int, str],
    said: str,
) -> None:
    answer = getattr(api, method)(f"/v1/{path}", headers=profile, **({} if body is None else {"json": body}))
    assert kind_of(answer) == expected
    assert said in answer.json["detail"]


@pytest.mark.parametrize("profile_id", [None, "", "someone", "pf_" + "x" * 32])
def test_without_its_id_nothing_is_told_of_a_profile(api: FlaskClient, profile_id: str | None) -> None:
    headers = {} if profile_id is None else {"X-Profile": profile_id}
    for method, path in (("get", ""), ("get", "/export"), ("get", "/looks"), ("delete", "")):
        answer = getattr(api, method)(f"/v1/profiles/mine{path}", headers=headers)
        assert kind_of(answer) in {(404, "no-profile"), (422, "wrong-value")}
        assert not profile_id or profile_id not in answer.text


def test_what_was_not_allowed_is_refused(api: FlaskClient) -> None:
    headers = headers_of(api.post("/v1/profiles", json={"consent": {}}))
    answer = api.post("/v1/profiles/mine/events", json={"events": [{"item": "pearls"}]}, headers=headers)
    assert kind_of(answer) == (403, "no-consent")
    allow = api.patch("/v1/profiles/mine", json={"consent": {"history": True}}, headers=headers)
    assert allow.json["consent"] == {"history": True, "appearance": False, "learning": False}
    note(api, headers, "pearls")


def test_a_key_sees_its_own_profiles_alone(build_api: BuildApi) -> None:
    api = build_api(api_keys=tuple(f"{name}:{hash_key(name)}" for name in ("alice", "bob")))
    alice, bob = ({"Authorization": f"Bearer {name}"} for name in ("alice", "bob"))
    profile = headers_of(api.post("/v1/profiles", json={"consent": ALL}, headers=alice))
    assert api.get("/v1/profiles/mine", headers=alice | profile).status_code == 200
    assert kind_of(api.get("/v1/profiles/mine", headers=bob | profile)) == (404, "no-profile")
    assert kind_of(api.get("/v1/profiles/mine", headers=profile)) == (401, "key-needed")


def test_after_deletion_neither_the_files_nor_the_log_hold_the_id(
    api: FlaskClient, profile: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Not even where something went wrong inside and its traceback was logged."""
    service_log = logging.getLogger("fittingroom.service")
    monkeypatch.setattr(service_log, "propagate", True)
    caplog.set_level(logging.DEBUG)
    note(api, profile, "pearls")
    (event_id,) = note(api, profile, "fedora-grey", outcome="tried")
    api.post("/v1/profiles/mine/looks", json={"name": "first date", "outfit": OUTFIT}, headers=profile)
    with monkeypatch.context() as broken:
        broken.setattr(Store, "record", lambda self, key, events: self.nothing(key, events))
        failed = api.post("/v1/profiles/mine/events", json={"events": [{"item": "pearls"}]}, headers=profile)
        assert failed.status_code == 500
    for path in ("", "/export", "/looks"):
        assert api.get(f"/v1/profiles/mine{path}", headers=profile).status_code == 200
    exported = api.get("/v1/profiles/mine/export", headers=profile).json
    assert event_id in {event["id"] for event in exported["events"]}
    assert api.delete("/v1/profiles/mine", headers=profile).status_code == 204
    assert kind_of(api.get("/v1/profiles/mine", headers=profile)) == (404, "no-profile")
    secret = profile["X-Profile"]
    traces = [secret, secret[3:], hash_key(secret), event_id, "first date"]
    logged = "\n".join(JsonFormatter().format(record) for record in caplog.records)
    assert "/v1/profiles/mine/export" in logged
    assert "traceback" in logged
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    for trace in traces:
        assert trace not in logged
        assert trace.encode() not in stored
    assert bytes.fromhex(hash_key(secret)) not in stored


def test_a_failing_statement_is_logged_without_what_it_asked_for(
    api: FlaskClient, profile: dict[str, str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("fittingroom.service"), "propagate", True)
    settings = api.application.extensions["fittingroom"].settings
    with Store.open(settings.preferences) as store, store.database.alone() as connection:
        connection.exec_driver_sql("DROP TABLE ratings")
    answer = api.get("/v1/profiles/mine/export", headers=profile)
    assert kind_of(answer) == (503, "store-unusable")
    logged = "\n".join(JsonFormatter().format(record) for record in caplog.records)
    assert "preferences upgrade" in logged
    assert "store.db" not in answer.text
    assert profile["X-Profile"] not in logged + answer.text


def test_a_full_store_is_told_to_the_caller_and_to_the_log(
    api: FlaskClient, profile: dict[str, str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fittingroom.errors import StoreFullError

    def refuse(self: Store, key: object, events: object) -> list[str]:
        raise StoreFullError("no space is left for the store /secret/place; free some space")

    monkeypatch.setattr(logging.getLogger("fittingroom.service"), "propagate", True)
    monkeypatch.setattr(Store, "record", refuse)
    answer = api.post("/v1/profiles/mine/events", json={"events": [{"item": "pearls"}]}, headers=profile)
    assert kind_of(answer) == (507, "store-full")
    assert "/secret/place" not in answer.text
    assert any("/secret/place" in JsonFormatter().format(record) for record in caplog.records)


def test_the_upkeep_runs_beside_the_service_and_ends_with_it(build_api: BuildApi, drawn: Drawn, tmp_path: Path) -> None:
    import threading
    import time

    settings = ServiceSettings(models=("drawn",), preferences=str(tmp_path / "kept.db"), preferences_retention_days=1)
    store = Store.open(settings.preferences, clock_ms=lambda: 10**12)
    store.create_profile(Consent(history=True))
    models = Models(settings.models, lambda name: KnowingParser(drawn.result))
    app = create_app(settings, models, further=[lambda desk: preferences_blueprint(desk, WARDROBE, store=store)])
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        if store.counts()["profiles"] == 0:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the sweeper has not come")
    desk = app.extensions["fittingroom"]
    assert desk.stop(5)
    (upkeep,) = (thread for thread in threading.enumerate() if thread.name == "preferences")
    upkeep.join(30)
    assert not upkeep.is_alive()
    store.close()


def test_every_address_is_documented(api: FlaskClient) -> None:
    paths = api.get("/openapi.json").json["paths"]
    mine = {path for path in paths if path.startswith(("/v1/profiles", "/v1/recommendations", "/v1/appearance"))}
    assert len(mine) == 11
    for path in mine:
        for operation in paths[path].values():
            assert operation["summary"]
            assert operation["tags"] == ["Preferences"]
    (header,) = paths["/v1/profiles/mine/export"]["get"]["parameters"]
    assert (header["in"], header["name"], header["required"]) == ("header", "X-Profile", True)
    assert "204" in paths["/v1/profiles/mine"]["delete"]["responses"]
    body = paths["/v1/profiles/mine/events"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json"}
    assert json.dumps(body)


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        ("{", "application/json", {(400, "bad-request"), (422, "wrong-value")}),
        ("[]", "application/json", {(422, "wrong-value")}),
        ("consent=1", "application/x-www-form-urlencoded", {(415, "not-multipart"), (422, "wrong-value")}),
        (" " * 600_000, "application/json", {(413, "too-large")}),
    ],
)
def test_a_body_that_is_no_such_json_is_refused(
    api: FlaskClient, body: str, media_type: str, expected: set[tuple[int, str]]
) -> None:
    assert kind_of(api.post("/v1/profiles", data=body, content_type=media_type)) in expected

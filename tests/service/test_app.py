"""What holds for every address: health, figures, logs, problems, headers, the document, the page."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from fittingroom.errors import ModelError
from fittingroom.service.app import create_app
from fittingroom.service.desk import Desk
from fittingroom.service.logs import JsonFormatter, TextFormatter
from fittingroom.service.models import Models
from fittingroom.service.problems import KINDS
from fittingroom.service.settings import ServiceSettings

from .conftest import BuildClient, ColourParser, form


def client_of(models: Models, **changes: Any) -> FlaskClient:
    return create_app(ServiceSettings(models=("heads",), **changes), models).test_client()


def test_readiness_waits_for_the_warm_up(parser: ColourParser) -> None:
    models = Models(("heads",), lambda name: parser)
    client = client_of(models)
    assert client.get("/livez").status_code == 200
    early = client.get("/readyz")
    assert (early.status_code, early.json["type"]) == (503, "/problems/starting")
    models.load_all()
    assert client.get("/readyz").json == {"status": "ready"}
    assert parser.seen == 2  # a blank picture in each schema
    client.application.extensions["fittingroom"].stop(1)


def test_models_that_cannot_be_loaded_leave_the_service_unready(photo: bytes) -> None:
    def fail(name: str) -> ColourParser:
        raise ModelError("damaged")

    models = Models(("heads",), fail)
    models.load_all()
    client = client_of(models)
    assert client.get("/readyz").status_code == 503
    assert client.post("/parse", **form(image=photo)).status_code == 503
    client.application.extensions["fittingroom"].stop(1)


def test_metrics_count_requests_stages_and_people(client: FlaskClient, two_people: bytes) -> None:
    client.post("/parse", **form(image=two_people))
    client.get("/nowhere")
    text = client.get("/metrics").text
    for line in (
        'fittingroom_requests_total{method="POST",route="/parse",status="200"} 1.0',
        'fittingroom_requests_total{method="GET",route="none",status="404"} 1.0',
        'fittingroom_stage_seconds_count{stage="parse"} 1.0',
        "fittingroom_people_per_photo_sum 2.0",
        "fittingroom_queue_waiting 0.0",
        "fittingroom_queue_capacity 32.0",
    ):
        assert line in text


def test_a_request_id_is_echoed_if_harmless_and_else_made(client: FlaskClient) -> None:
    assert client.get("/livez", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    made = client.get("/livez", headers={"X-Request-ID": "a b<script>"}).headers["X-Request-ID"]
    assert len(made) == 16
    problem = client.get("/nowhere", headers={"X-Request-ID": "abc-2"})
    assert problem.json["request_id"] == "abc-2"


def test_the_log_tells_of_a_request_but_not_of_its_photo(
    client: FlaskClient, photo: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("fittingroom.service").propagate = True
    with caplog.at_level(logging.INFO, "fittingroom.service"):
        client.post("/parse", data={"image": (io.BytesIO(photo), "grandmother.png")})
        client.get("/v1/jobs/secret-job-id")
    lines = [JsonFormatter().format(record) for record in caplog.records]
    entry = json.loads(lines[0])
    assert (entry["route"], entry["status"], entry["photos"], entry["people"]) == ("/parse", 200, 1, 1)
    assert entry["request_id"]
    text = "\n".join([*lines, *(TextFormatter().format(record) for record in caplog.records)])
    assert "grandmother" not in text
    assert "secret-job-id" not in text
    assert "127.0.0.1" not in text


def test_an_unexpected_error_tells_the_caller_nothing_and_the_log_all(
    client: FlaskClient, parser: ColourParser, photo: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(photo: Any, *, schema: str) -> Any:
        raise ZeroDivisionError("a secret")

    parser.parse = fail  # type: ignore[method-assign]
    logging.getLogger("fittingroom.service").propagate = True
    answer = client.post("/parse", **form(image=photo))
    assert (answer.status_code, answer.json["type"]) == (500, "/problems/internal")
    assert "secret" not in answer.text
    assert any("a secret" in JsonFormatter().format(record) for record in caplog.records)


def test_every_kind_of_problem_is_explained_at_its_type(client: FlaskClient) -> None:
    for kind, expected in KINDS.items():
        answer = client.get(f"/problems/{kind}").json
        assert answer == {"type": f"/problems/{kind}", **expected._asdict()}
        assert answer["hint"].endswith((".", "ADDRESS"))


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.get("/parse")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert "POST" in answer.headers["Allow"]


def test_models_labels_and_limits_are_told(client: FlaskClient) -> None:
    (model,) = client.get("/v1/models").json["models"]
    assert (model["name"], model["is_default"], model["schemas"]) == ("heads", True, ["cihp", "fine"])
    labels = client.get("/v1/labels").json
    own = labels["label_sets"][0]
    assert own["classes"][1] == {"id": 1, "name": "hair", "name_zh": "头发", "colour": "#ff0000"}
    assert {"cihp", "lip", "atr"} <= {label_set["name"] for label_set in labels["label_sets"]}
    limits = client.get("/v1/limits").json
    assert limits["max_photos"] == 16
    assert {"json", "mosaic", "training-data", "all"} <= set(limits["formats"])


def test_the_document_describes_every_address_with_its_body(client: FlaskClient) -> None:
    spec = client.get("/openapi.json").json
    assert {"/parse", "/v1/parse", "/v1/render", "/v1/jobs", "/v1/jobs/{job_id}/events", "/readyz"} <= set(
        spec["paths"]
    )
    for path in ("/parse", "/v1/parse", "/v1/render", "/v1/jobs"):
        operation = spec["paths"][path]["post"]
        assert "multipart/form-data" in operation["requestBody"]["content"]
        assert operation["responses"]["default"]["content"]["application/problem+json"]
    names = [parameter["name"] for parameter in spec["paths"]["/v1/parse"]["post"]["parameters"]]
    assert {"format", "parts", "people", "model", "schema", "maps"} <= set(names)
    assert all("summary" in operation for operations in spec["paths"].values() for operation in operations.values())


def test_the_explorer_asks_nothing_of_other_hosts(client: FlaskClient) -> None:
    page = client.get("/docs")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for path in ("/docs", "/docs/explorer.js", "/docs/explorer.css"):
        text = client.get(path).text
        assert "http://" not in text
        assert "https://" not in text


def test_static_files_are_compressed_and_not_sent_twice(client: FlaskClient) -> None:
    whole = client.get("/docs/explorer.js")
    small = client.get("/docs/explorer.js", headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < len(whole.data)
    again = client.get("/docs/explorer.js", headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert whole.headers["Cache-Control"] == "no-cache"


def test_only_files_of_the_folder_are_sent(client: FlaskClient) -> None:
    for name in ("../app.py", "..%2fapp.py", ".hidden", "nothing.js", "//etc/passwd"):
        assert client.get(f"/docs/{name}").status_code in (404, 308)


def test_answers_of_the_api_are_neither_stored_nor_guessed_at(client: FlaskClient) -> None:
    headers = client.get("/v1/limits").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_further_blueprints_get_the_desk(parser: ColourParser) -> None:
    def try_on(desk: Desk) -> flask.Blueprint:
        blueprint = flask.Blueprint("tryon", __name__)

        @blueprint.post("/v1/tryon")
        def wear() -> str:
            with desk.queue.admit():
                return desk.in_turn(lambda: "a new hat")

        return blueprint

    models = Models(("heads",), lambda name: parser)
    app = create_app(ServiceSettings(models=("heads",)), models, further=[try_on])
    assert app.test_client().post("/v1/tryon").text == "a new hat"
    app.extensions["fittingroom"].stop(1)


def test_one_model_may_be_asked_for_by_name(build_client: BuildClient, photo: bytes) -> None:
    client = build_client(models=("heads", "tails"))
    assert client.post("/v1/parse?model=tails", **form(image=photo)).status_code == 200
    assert [model["is_default"] for model in client.get("/v1/models").json["models"]] == [True, False]

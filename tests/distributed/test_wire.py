from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import flask
import pytest

from fittingroom.distributed.wire import WireAnswer, WireRequest, answer_in_pieces, answer_whole

REQUEST = WireRequest(
    method="POST", path="/a%20b/%E6%B5%B7", query="x=1&y=%26", body=b"hello", remote_address="10.0.0.7",
    headers=(
        ("Host", "shop.example"), ("X-Two", "1"), ("X-Two", "2"), ("Content-Type", "text/plain"),
        ("Connection", "close"),
    ),
)  # fmt: skip


def nobody_left() -> bool:
    return False


@pytest.fixture
def app() -> flask.Flask:
    """Tells what it was asked."""
    app = flask.Flask(__name__)

    @app.post("/<path:path>")
    def echo(path: str) -> flask.Response:
        request = flask.request
        shown = {
            "path": path, "y": request.args["y"], "host": request.host, "two": request.headers["X-Two"],
            "kind": request.content_type, "body": request.get_data(as_text=True), "from": request.remote_addr,
            "connection": request.headers.get("Connection"),
        }  # fmt: skip
        response = flask.jsonify(shown)
        response.headers.add("X-Many", "1")
        response.headers.add("X-Many", "2")
        return response

    return app


def test_the_application_sees_the_request_that_was_sent(app: flask.Flask) -> None:
    answer = answer_whole(app.wsgi_app, REQUEST, has_left=nobody_left)
    assert answer.status == 200
    assert flask.json.loads(answer.body) == {
        "path": "a b/海", "y": "&", "host": "shop.example", "two": "1,2", "kind": "text/plain", "body": "hello",
        "from": "10.0.0.7", "connection": None,
    }  # fmt: skip
    assert [value for name, value in answer.headers if name == "X-Many"] == ["1", "2"]


def test_an_answer_comes_in_the_pieces_it_was_made_in() -> None:
    closed = []

    class Pieces(io.BytesIO):
        def __iter__(self) -> Iterator[bytes]:
            yield from (b"one", b"", b"two")

        def close(self) -> None:
            closed.append(True)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Pieces:
        start_response("201 Created", [("Content-Type", "text/plain"), ("Connection", "close")])
        return Pieces()

    head, *pieces = answer_in_pieces(app, REQUEST, has_left=nobody_left)
    assert head == WireAnswer(201, (("Content-Type", "text/plain"),), b"")
    assert pieces == [b"one", b"two"]
    assert closed


def test_an_answer_may_have_no_body() -> None:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    assert answer_whole(app, REQUEST, has_left=nobody_left) == WireAnswer(204, (), b"")


def test_the_application_may_ask_whether_the_client_has_left() -> None:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [b"left" if environ["waitress.client_disconnected"]() else b"there"]

    assert answer_whole(app, REQUEST, has_left=lambda: True).body == b"left"


@pytest.mark.parametrize(
    ("method", "path", "is_repeatable"),
    [
        ("POST", "/parse", True),
        ("POST", "/v1/tryon", True),
        ("GET", "/v1/jobs/x", True),
        ("POST", "/v1/jobs", False),
        ("DELETE", "/v1/jobs/x", False),
    ],
)
def test_what_changes_nothing_may_be_asked_twice(method: str, path: str, is_repeatable: bool) -> None:
    assert replace(REQUEST, method=method, path=path).is_repeatable is is_repeatable

"""The server on a real socket: streams, clients that leave, trickle or stop early, and its end."""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from fittingroom.errors import ConfigError
from fittingroom.service.app import create_app
from fittingroom.service.models import Models
from fittingroom.service.server import Server
from fittingroom.service.settings import ServiceSettings

from .conftest import ColourParser, multipart

BuildServer = Callable[..., tuple[str, int]]


@pytest.fixture
def build_server(parser: ColourParser, monkeypatch: pytest.MonkeyPatch) -> Iterator[BuildServer]:
    """Starts a server with the default settings and the given changes; gives its host and port."""
    monkeypatch.setattr("fittingroom.service.server.LOOP_S", 0.02)  # so that it ends soon
    started: list[tuple[Server, threading.Thread]] = []

    def build(**changes: Any) -> tuple[str, int]:
        settings = replace(ServiceSettings(models=("heads",), port=0, queue_size=4, max_photos=4), **changes)
        models = Models(settings.models, lambda name: parser)
        models.load_all()
        parser.seen = 0
        server = Server(create_app(settings, models), settings)
        thread = threading.Thread(target=server.run)
        thread.start()
        started.append((server, thread))
        host, _, port = server.url.removeprefix("http://").rpartition(":")
        build.server = server  # type: ignore[attr-defined]
        return host, int(port)

    yield build
    parser.gate.set()
    for server, thread in started:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def post(address: tuple[str, int], path: str, photo: bytes, name: str = "image") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        connection.request("POST", path, *multipart(photo, name))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def test_photos_are_answered(build_server: BuildServer, photo: bytes) -> None:
    status, body = post(build_server(), "/parse", photo)
    assert (status, body[:3]) == (200, b"\xff\xd8\xff")


def test_events_arrive_one_by_one(build_server: BuildServer, parser: ColourParser, photo: bytes) -> None:
    address = build_server()
    parser.gate.clear()
    job = json.loads(post(address, "/v1/jobs", photo, "images")[1])
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", job["links"]["events"])
    answer = connection.getresponse()
    assert answer.readline() == b"retry: 2000\n"
    assert answer.readline() == b"\n"
    assert answer.readline() == b"event: progress\n"  # while the photo is still held
    parser.gate.set()
    assert b"event: finished" in answer.read()
    connection.close()


def test_a_client_that_went_away_is_not_computed_for(
    build_server: BuildServer, parser: ColourParser, photo: bytes
) -> None:
    address = build_server(workers=1)
    desk = build_server.server._desk  # type: ignore[attr-defined]
    parser.gate.clear()
    holder = threading.Thread(target=post, args=(address, "/parse", photo))
    holder.start()
    until(lambda: parser.seen == 1)
    leaver = socket.create_connection(address)
    body, headers = multipart(photo)
    head = f"POST /parse HTTP/1.1\r\nHost: localhost\r\nContent-Type: {headers['Content-Type']}\r\n"
    leaver.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    until(lambda: desk.queue.admitted == 2)
    leaver.close()
    until(lambda: desk.queue.admitted == 1)
    parser.gate.set()
    holder.join()
    assert post(address, "/parse", photo)[0] == 200
    assert parser.seen == 2


def test_a_request_that_trickles_in_is_given_up(build_server: BuildServer) -> None:
    with socket.create_connection(build_server(receive_timeout_s=1.0), timeout=10) as slow:
        slow.sendall(b"POST /parse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
        began_s = time.monotonic()
        assert slow.recv(100) == b""  # closed by the server
        assert 0.5 < time.monotonic() - began_s < 8


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"POST /parse HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /parse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"POST /parse HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
)
def test_what_is_no_proper_http_is_answered_with_a_problem(build_server: BuildServer, head: bytes, status: int) -> None:
    with socket.create_connection(build_server(), timeout=10) as connection:
        connection.sendall(head)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status in (status, 400)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.read())["hint"]


def test_a_body_that_ends_early_costs_nothing(build_server: BuildServer, parser: ColourParser, photo: bytes) -> None:
    address = build_server()
    for _ in range(20):
        with socket.create_connection(address) as connection:
            connection.sendall(b"POST /parse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nhalf")
    assert post(address, "/parse", photo)[0] == 200
    assert parser.seen == 1


def test_stopping_finishes_what_was_accepted_and_refuses_the_rest(
    build_server: BuildServer, parser: ColourParser, photo: bytes
) -> None:
    address = build_server()
    server = build_server.server  # type: ignore[attr-defined]
    parser.gate.clear()
    answers: list[int] = []
    inside = threading.Thread(target=lambda: answers.append(post(address, "/parse", photo)[0]))
    inside.start()
    until(lambda: parser.seen == 1)
    server.stop()

    def is_refused() -> bool:
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            return True
        return False

    until(is_refused)
    parser.gate.set()
    inside.join(10)
    assert answers == [200]


def test_an_address_that_is_taken_is_named(build_server: BuildServer, parser: ColourParser) -> None:
    _, port = build_server()
    settings = ServiceSettings(models=("heads",), port=port)
    app: Flask = create_app(settings, Models(("heads",), lambda name: parser))
    with pytest.raises(ConfigError, match="Choose another with --port"):
        Server(app, settings)
    app.extensions["fittingroom"].stop(1)


def test_several_clients_share_the_server(build_server: BuildServer, photo: bytes) -> None:
    address = build_server(queue_size=32)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(post(address, "/v1/parse", photo)[0])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 12


def test_a_photo_may_come_in_chunks(build_server: BuildServer, photo: bytes) -> None:
    connection = http.client.HTTPConnection(*build_server(), timeout=10)
    body, headers = multipart(photo)
    connection.request("POST", "/parse", iter(io.BytesIO(body)), headers, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()

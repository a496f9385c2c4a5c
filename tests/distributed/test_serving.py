"""The service on two replicas: too much is refused, and nothing is lost when a replica or the models go."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from fittingroom.distributed.settings import ClusterSettings
from fittingroom.imaging import Photo
from fittingroom.results import ParseResult
from fittingroom.service.models import Models
from fittingroom.service.settings import ServiceSettings

from ..service import conftest as service_tests
from ..service.conftest import ColourParser, drawn_photo, multipart, png
from .conftest import pids_of_actors

pytestmark = pytest.mark.slow

SETTINGS = ServiceSettings(models=("heads",), workers=1, queue_size=4, max_photos=4, max_streams=1)
REPLICAS = ClusterSettings(min_replicas=2, max_replicas=2, cpus=0.5)


@dataclass
class SlowParser(ColourParser):
    """Takes its time."""

    def parse(self, photo: Photo, *, schema: str = "cihp") -> ParseResult:
        time.sleep(0.1)
        return super().parse(photo, schema=schema)


def slow_models(settings: ServiceSettings) -> Models:
    return Models(settings.models, lambda name: SlowParser())


@dataclass
class Answer:
    status: int
    retry_after: str | None
    body: bytes


def ask(port: int, method: str = "POST", path: str = "/v1/parse") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body, headers = multipart(png(drawn_photo())) if method == "POST" else (b"", {})
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told = Answer(answer.status, answer.headers.get("Retry-After"), answer.read())
    connection.close()
    return told


@contextmanager
def clients(port: int, count: int) -> Iterator[list[Answer]]:
    """So many clients that ask one request after the other; all their answers, complete when this is left."""
    answers: list[Answer] = []
    ended = threading.Event()

    def ask_on() -> None:
        while not ended.is_set():
            answers.append(ask(port))

    threads = [threading.Thread(target=ask_on) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def wait_for(answers: list[Answer], more: int) -> None:
    """Until so many more have come."""
    enough, deadline_s = len(answers) + more, time.monotonic() + 60
    while len(answers) < enough:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


@pytest.fixture(scope="module")
def port(serve_port: int) -> Iterator[int]:
    from ray import cloudpickle

    from fittingroom.distributed.serving import served_on_ray

    # The replicas do not find the tests.
    for module in (service_tests, sys.modules[__name__]):
        cloudpickle.register_pickle_by_value(module)
    with served_on_ray(replace(SETTINGS, port=serve_port), REPLICAS, address="auto", load=slow_models):
        yield serve_port


def test_too_many_requests_are_told_when_to_come_again(port: int) -> None:
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(port))) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {200, 503}
    for answer in answers:
        if answer.status == 503:
            assert int(answer.retry_after or 0) >= 1
            assert json.loads(answer.body)["type"] == "/problems/queue-full"


def test_no_request_is_lost_while_a_replica_is_killed(port: int) -> None:
    with clients(port, 4) as answers:
        wait_for(answers, 8)
        os.kill(pids_of_actors("ServeReplica:fittingroom:parsers")[0], signal.SIGKILL)
        wait_for(answers, 40)
    assert [answer.body for answer in answers if answer.status != 200] == []


def test_no_request_is_lost_while_the_models_are_exchanged(port: int) -> None:
    from ray import serve

    from fittingroom.distributed.serving import APP_NAME, build_app

    assert names_of_models(port) == ["heads"]
    settings = replace(SETTINGS, port=port, models=("tails", "heads"))
    with clients(port, 3) as answers:
        wait_for(answers, 8)
        serve.run(build_app(settings, REPLICAS, load=slow_models), name=APP_NAME, route_prefix="/")
        wait_for(answers, 8)
    assert [answer.body for answer in answers if answer.status != 200] == []
    assert names_of_models(port) == ["tails", "heads"]


def names_of_models(port: int) -> list[str]:
    models: list[dict[str, Any]] = json.loads(ask(port, "GET", "/v1/models").body)["models"]
    return [model["name"] for model in models]

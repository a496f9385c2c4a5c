"""A replica without Ray: it is an ordinary object."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fittingroom.distributed.replica import Replica
from fittingroom.distributed.settings import service_document
from fittingroom.distributed.wire import WireAnswer, WireRequest
from fittingroom.errors import ConfigError, ModelError, NotReadyError, WorkerError
from fittingroom.service.models import Models
from fittingroom.service.settings import ServiceSettings

from ..service.conftest import CARD, ColourParser, colour_models, drawn_photo, multipart, png

SETTINGS = ServiceSettings(models=("heads",))


def config(**changes: object) -> dict[str, Any]:
    return {"service": service_document(replace(SETTINGS, **changes))}  # type: ignore[arg-type]


@pytest.fixture
def replica() -> Iterator[Replica]:
    replica = Replica(colour_models)
    asyncio.run(replica.reconfigure(config()))
    yield replica
    replica.__del__()


def get(path: str, **changes: Any) -> WireRequest:
    return replace(WireRequest("GET", path, "", (("Host", "localhost"),), b""), **changes)


def post_photo(path: str) -> WireRequest:
    body, headers = multipart(png(drawn_photo(2)))
    return WireRequest("POST", path, "", (("Host", "localhost"), *headers.items()), body)


def test_a_photo_is_answered_as_by_the_service(replica: Replica) -> None:
    answer = asyncio.run(replica.answer(post_photo("/v1/parse")))
    assert answer.status == 200
    assert len(json.loads(answer.body)["people"]) == 2


def test_an_answer_may_come_in_pieces(replica: Replica) -> None:
    async def collected() -> list[WireAnswer | bytes]:
        return [piece async for piece in replica.stream(get("/v1/limits"))]

    head, *body = asyncio.run(collected())
    assert isinstance(head, WireAnswer)
    assert (head.status, head.body) == (200, b"")
    assert json.loads(b"".join(piece for piece in body if isinstance(piece, bytes)))["version"]


def test_pixels_of_a_job_are_parsed(replica: Replica) -> None:
    result = asyncio.run(replica.parse_pixels("heads", drawn_photo(2), "cihp"))
    assert len(result.people) == 2
    assert asyncio.run(replica.card("heads")) == CARD


def test_models_and_settings_are_exchanged_while_it_runs(replica: Replica) -> None:
    asyncio.run(replica.reconfigure(config(models=("tails", "heads"), max_photos=3)))
    models = json.loads(asyncio.run(replica.answer(get("/v1/models"))).body)["models"]
    assert [model["name"] for model in models] == ["tails", "heads"]
    assert json.loads(asyncio.run(replica.answer(get("/v1/limits"))).body)["max_photos"] == 3


def test_models_that_cannot_be_loaded_leave_the_former_ones(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> ColourParser:
        raise ModelError("damaged")

    monkeypatch.setattr(replica, "_load", lambda settings: Models(settings.models, fail))
    with pytest.raises(ModelError, match="damaged"):
        asyncio.run(replica.reconfigure(config(models=("tails",))))
    with pytest.raises(ConfigError, match="unknown setting colour"):
        asyncio.run(replica.reconfigure({"service": {"colour": "red"}}))
    assert asyncio.run(replica.answer(post_photo("/v1/parse"))).status == 200


def test_a_replica_that_has_not_begun_is_not_ready() -> None:
    replica = Replica(colour_models)
    asyncio.run(replica.check_health())
    with pytest.raises(NotReadyError):
        asyncio.run(replica.answer(get("/livez")))


def test_a_replica_with_a_stuck_request_is_ill(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(replica.check_health())
    with replica._counted():
        asyncio.run(replica.check_health())
        now_s = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now_s + 3 * SETTINGS.deadline_s)
        with pytest.raises(WorkerError, match="has been inside for 90 s"):
            asyncio.run(replica.check_health())


def test_only_the_proxy_that_is_named_is_believed(replica: Replica) -> None:
    asyncio.run(replica.reconfigure(config(trusted_proxy="10.0.0.1", rate_limit=1)))

    def status(remote_address: str, client: str) -> int:
        named = (("Host", "localhost"), ("X-Forwarded-For", client))
        return asyncio.run(replica.answer(get("/v1/limits", headers=named, remote_address=remote_address))).status

    assert [status("10.0.0.1", "203.0.113.9"), status("10.0.0.1", "203.0.113.8")] == [200, 200]
    assert [status("10.0.0.2", "203.0.113.7"), status("10.0.0.2", "203.0.113.6")] == [200, 429]

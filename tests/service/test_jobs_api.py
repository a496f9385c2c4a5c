from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient

from fittingroom.service.access import hash_key
from fittingroom.service.jobs import Job, JobStore, photo_name
from fittingroom.service.problems import Problem
from fittingroom.service.uploads import Upload

from .conftest import BuildClient, ColourParser, form


def finished(client: FlaskClient, job: dict[str, Any]) -> dict[str, Any]:
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        state: dict[str, Any] = client.get(job["links"]["self"]).json
        if state["state"] == "finished":
            return state
        time.sleep(0.01)
    raise AssertionError("the job did not finish")


def test_a_job_parses_its_photos_and_gives_one_zip(client: FlaskClient, photo: bytes, two_people: bytes) -> None:
    files = [(io.BytesIO(photo), "/home/me/beach.png"), (io.BytesIO(b"no photo"), "b"), (io.BytesIO(two_people), "")]
    made = client.post("/v1/jobs?format=labels,json", data={"images": files})
    assert made.status_code == 202
    assert made.headers["Location"] == made.json["links"]["self"]
    state = finished(client, made.json)
    assert (state["photos"], state["done"], state["failed"], state["people"]) == (3, 3, 1, 3)
    archive = zipfile.ZipFile(io.BytesIO(client.get(made.json["links"]["result"]).data))
    assert sorted(archive.namelist()) == [
        "0001-beach/labels.png", "0001-beach/result.json", "0003/labels.png", "0003/result.json", "summary.json",
    ]  # fmt: skip
    summary = json.loads(archive.read("summary.json"))
    assert [entry.get("people") for entry in summary["photos"]] == [1, None, 2]
    assert summary["photos"][1]["problem"]["type"] == "/problems/not-a-photo"


def test_results_are_gone_when_they_were_fetched(client: FlaskClient, photo: bytes) -> None:
    job = client.post("/v1/jobs", **form(images=photo)).json
    finished(client, job)
    assert client.get(job["links"]["result"]).status_code == 200
    assert client.get(job["links"]["result"]).status_code == 404


def test_with_a_retention_time_results_stay_until_it_is_over(build_client: BuildClient, photo: bytes) -> None:
    client = build_client(retention_s=60)
    job = client.post("/v1/jobs", **form(images=photo)).json
    finished(client, job)
    assert [client.get(job["links"]["result"]).status_code for _ in range(2)] == [200, 200]


def test_a_running_job_has_no_result_yet_and_can_be_cancelled(
    build_client: BuildClient, parser: ColourParser, photo: bytes
) -> None:
    client = build_client(workers=1)
    parser.gate.clear()
    job = client.post("/v1/jobs", **form(images=[photo] * 3)).json
    early = client.get(job["links"]["result"])
    assert (early.status_code, early.json["type"]) == (409, "/problems/not-finished")
    assert client.post(f"{job['links']['self']}/cancel").json["state"] == "cancelled"
    parser.gate.set()
    archive = zipfile.ZipFile(io.BytesIO(client.get(job["links"]["result"]).data))
    assert json.loads(archive.read("summary.json"))["state"] == "cancelled"
    assert parser.seen <= 1


def test_a_deleted_job_is_forgotten(client: FlaskClient, photo: bytes) -> None:
    job = client.post("/v1/jobs", **form(images=photo)).json
    assert client.delete(job["links"]["self"]).status_code == 204
    assert client.get(job["links"]["self"]).status_code == 404
    assert client.delete(job["links"]["self"]).status_code == 404


def test_a_job_is_its_owners_alone(build_client: BuildClient, photo: bytes) -> None:
    client = build_client(api_keys=tuple(f"{name}:{hash_key(name)}" for name in ("alice", "bob")))
    job = client.post("/v1/jobs", headers={"X-API-Key": "alice"}, **form(images=photo)).json
    for method in (client.get, client.delete):
        assert method(job["links"]["self"], headers={"X-API-Key": "bob"}).status_code == 404
    assert client.delete(job["links"]["self"], headers={"X-API-Key": "alice"}).status_code == 204


def test_events_tell_the_progress_and_end_with_the_job(client: FlaskClient, photo: bytes) -> None:
    job = client.post("/v1/jobs", **form(images=[photo] * 2)).json
    answer = client.get(job["links"]["events"])
    assert answer.content_type.startswith("text/event-stream")
    events = [block.split("\n") for block in answer.text.split("\n\n") if block.startswith("event:")]
    assert events[-1][0] == "event: finished"
    assert json.loads(events[-1][2].removeprefix("data: "))["done"] == 2


def test_only_so_many_jobs_are_watched(build_client: BuildClient, parser: ColourParser, photo: bytes) -> None:
    client = build_client(max_streams=1)
    parser.gate.clear()
    job = client.post("/v1/jobs", **form(images=photo)).json
    watching = client.get(job["links"]["events"], buffered=False)
    next(iter(watching.response))
    assert client.get(job["links"]["events"]).json["type"] == "/problems/too-many-streams"
    watching.close()
    parser.gate.set()
    assert client.get(job["links"]["events"]).status_code == 200


def test_too_many_photos_are_refused(build_client: BuildClient, photo: bytes) -> None:
    assert build_client(max_job_photos=1).post("/v1/jobs", **form(images=[photo] * 2)).status_code == 413


def upload(size: int) -> Upload:
    return Upload(b"x" * size, "a")


def test_jobs_together_hold_no_more_than_allowed() -> None:
    jobs = JobStore(max_bytes=100, retention_s=0)
    first = jobs.create([upload(60)], "")
    with pytest.raises(Problem, match="MiB"):
        jobs.create([upload(60)], "")
    jobs.delete(first)
    jobs.create([upload(60)], "")


def test_old_results_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = JobStore(max_bytes=100, retention_s=5)
    job = jobs.create([upload(1)], "")
    job.cancel()
    later_s = time.time() + 6
    monkeypatch.setattr(time, "time", lambda: later_s)
    jobs.forget_old()
    assert not len(jobs)


def test_a_silent_stream_sends_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fittingroom.service.jobs.LOOK_UP_S", 0.001)
    events = Job([upload(1)], "").events(is_stopping=lambda: False, heartbeat_s=0.0)
    assert [next(events)[:6] for _ in range(3)] == ["retry:", "event:", ": stil"]


@pytest.mark.parametrize(
    ("stem", "name"), [("beach", "0003-beach"), ("", "0003"), ("../a b\n", "0003-a-b"), ("海滩", "0003-海滩")]
)
def test_names_in_the_archive_are_safe(stem: str, name: str) -> None:
    assert photo_name(3, stem) == name

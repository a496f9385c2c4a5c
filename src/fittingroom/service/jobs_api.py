"""Jobs over HTTP: make, watch, fetch, cancel, delete."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import flask
from apiflask import APIBlueprint
from flask import Response

from fittingroom.service.answers import JSON, ZIP, Answer, json_bytes
from fittingroom.service.desk import Desk, Order
from fittingroom.service.jobs import Done, Job, JobStore
from fittingroom.service.metrics import Stages
from fittingroom.service.parse_api import ParseQuery, file_response, in_archive, order_of
from fittingroom.service.problems import Problem, problem_of
from fittingroom.service.uploads import Upload, read_photo_fields

MODELS_WITHIN_S = 600.0  # a job may come while the models are being loaded, and can wait


def jobs_blueprint(desk: Desk) -> APIBlueprint:
    """The addresses of this module."""
    blueprint = APIBlueprint("jobs", __name__, url_prefix="/v1/jobs", tag="Jobs")
    settings = desk.settings
    jobs = JobStore(max_bytes=settings.max_jobs_bytes, retention_s=settings.retention_s)
    streams = threading.BoundedSemaphore(settings.max_streams)
    threading.Thread(target=jobs.sweep_until, args=(desk.stopping,), name="job-sweeper", daemon=True).start()

    @blueprint.post("")
    @blueprint.input(ParseQuery, location="query")
    @blueprint.doc(
        summary="Many photos, parsed without an open connection",
        description="The fields images hold the photos. The answer comes at once: 202, with the address to ask at.",
    )
    def create_job(query_data: dict[str, Any]) -> Response:
        order = order_of(query_data)
        desk.check_order(order)
        uploads = read_photo_fields(flask.request, most=settings.max_job_photos)
        job = jobs.create(uploads, flask.g.owner)
        job.line_up(
            [
                desk.queue.submit(photo_work(desk, job, index, upload, order, flask.g.request_id), in_background=True)
                for index, upload in enumerate(uploads)
            ]
        )
        flask.g.photos = len(uploads)
        response = state_response(job, 202)
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return response

    @blueprint.get("/<job_id>")
    @blueprint.doc(summary="How far a job is")
    def show_job(job_id: str) -> Response:
        return state_response(jobs.find(job_id, flask.g.owner), 200)

    @blueprint.get("/<job_id>/events")
    @blueprint.doc(summary="A job's progress as server-sent events")
    def watch_job(job_id: str) -> Response:
        job = jobs.find(job_id, flask.g.owner)
        if not streams.acquire(blocking=False):
            raise Problem("too-many-streams", f"{settings.max_streams} jobs are being watched", retry_after_s=5)
        response = Response(job.events(is_stopping=desk.stopping.is_set))
        response.call_on_close(streams.release)
        response.content_type = "text/event-stream; charset=utf-8"
        response.headers["X-Accel-Buffering"] = "no"  # nginx would hold the events back
        return response

    @blueprint.get("/<job_id>/result")
    @blueprint.doc(
        summary="A finished job's results as ZIP",
        description="Unless the service keeps results for a time (retention_s), they can be fetched once.",
    )
    def fetch_result(job_id: str) -> Response:
        job = jobs.find(job_id, flask.g.owner)
        response = file_response(Answer(job.archive(), ZIP, "results.zip"))
        if flask.request.method == "GET":
            jobs.fetched(job)
        return response

    @blueprint.post("/<job_id>/cancel")
    @blueprint.doc(summary="Stop a job; what is done can be fetched")
    def cancel_job(job_id: str) -> Response:
        job = jobs.find(job_id, flask.g.owner)
        job.cancel()
        return state_response(job, 200)

    @blueprint.delete("/<job_id>")
    @blueprint.doc(summary="Stop a job and delete its photos and results")
    def delete_job(job_id: str) -> Response:
        jobs.delete(jobs.find(job_id, flask.g.owner))
        return Response(status=204)

    return blueprint


def state_response(job: Job, status: int) -> Response:
    """A job's state as JSON."""
    return Response(json_bytes(job.state()), status=status, content_type=JSON)


def photo_work(desk: Desk, job: Job, index: int, upload: Upload, order: Order, request_id: str) -> Callable[[], None]:
    """What is to be done with one photo of a job."""

    def work() -> None:
        job.begin(len(upload.encoded))
        try:
            served = desk.parse(upload.encoded, order, time.monotonic() + MODELS_WITHIN_S, Stages())
        except Exception as error:  # noqa: BLE001 - whatever one photo does, the others are to be parsed
            done = Done(problem=problem_of(error).document(request_id))
        else:
            done = Done(served.people, in_archive(job.names[index], served.files))
        job.add(index, done)

    return work

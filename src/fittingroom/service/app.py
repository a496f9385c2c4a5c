"""The application factory: every request's way in and out, and the blueprints between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import flask
from apiflask import APIFlask, HTTPError
from flask import Blueprint, Response

from fittingroom.service.about_api import about_blueprint
from fittingroom.service.access import CrossOrigin, HostNames
from fittingroom.service.desk import Desk, arrived_now
from fittingroom.service.jobs_api import jobs_blueprint
from fittingroom.service.logs import log_event, request_id_of
from fittingroom.service.models import Models
from fittingroom.service.openapi import complete_openapi, describe
from fittingroom.service.pages import page_blueprint
from fittingroom.service.parse_api import parse_blueprint
from fittingroom.service.problems import Problem, problem_of
from fittingroom.service.settings import ServiceSettings
from fittingroom.service.uploads import MemoryRequest

BuildBlueprint = Callable[[Desk], Blueprint]
BLUEPRINTS: tuple[BuildBlueprint, ...] = (parse_blueprint, jobs_blueprint, about_blueprint)
# These are asked by people's browsers and by machines that watch over the service, neither of which has a key.
OPEN_ENDPOINTS = ("page.", "about.live", "about.ready", "about.show_problem", "openapi.")
UNMETERED_ENDPOINTS = (*OPEN_ENDPOINTS, "about.metrics")
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


def create_app(settings: ServiceSettings, models: Models, *, further: Sequence[BuildBlueprint] = ()) -> APIFlask:
    """The WSGI application.

    Args:
        settings: see `ServiceSettings`.
        models: what parses; whoever calls this loads them (`Models.load_all`), before or after.
        further: what adds other addresses, trying on for instance: each is called with the desk, where photos are
            parsed in turn, and gives a blueprint.

    Returns:
        The application; its desk is ``app.extensions["fittingroom"]``.
    """
    app = APIFlask(__name__, title="fittingroom", docs_path=None, static_folder=None, json_errors=False)  # type: ignore[arg-type]
    app.request_class = MemoryRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_PARTS"] = settings.max_job_photos + 16
    app.url_map.strict_slashes = False
    desk = Desk(settings, models)
    app.extensions["fittingroom"] = desk
    describe(app, settings)
    for build in (*BLUEPRINTS, *further):
        app.register_blueprint(build(desk))
    app.register_blueprint(page_blueprint())
    app.spec_processor(complete_openapi)  # type: ignore[arg-type]  # it may be given text too, for YAML
    _guard(app, desk)
    _answer_errors(app)
    return app


def _guard(app: APIFlask, desk: Desk) -> None:
    """What happens before and after every request."""
    hosts, cross_origin = HostNames(desk.settings), CrossOrigin(desk.settings.cors_origins)

    @app.before_request
    def let_in() -> Response | None:
        arrived_now()
        flask.g.request_id = request_id_of(flask.request.headers.get("X-Request-ID"))
        hosts.check(flask.request.headers.get("Host", ""))
        if flask.request.method == "OPTIONS":
            return None
        endpoint = flask.request.endpoint or ""
        if not endpoint.startswith(OPEN_ENDPOINTS):
            flask.g.owner = desk.keys.owner_of(flask.request.headers)
        if not endpoint.startswith(UNMETERED_ENDPOINTS):
            desk.rate_limit.take(flask.g.get("owner") or flask.request.remote_addr or "")
        return None

    @app.after_request
    def send_off(response: Response) -> Response:
        headers = response.headers
        headers["X-Request-ID"] = flask.g.get("request_id", "")
        headers.setdefault("Content-Security-Policy", API_POLICY)
        headers.setdefault("Cache-Control", "no-store")
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        is_preflight = flask.request.method == "OPTIONS"
        for name, value in cross_origin.headers(flask.request.headers.get("Origin"), is_preflight=is_preflight).items():
            headers.add(name, value) if name == "Vary" else headers.set(name, value)
        _write_down(desk, response)
        return response


def _write_down(desk: Desk, response: Response) -> None:
    """Count the request and log it: its route rather than its path, which may hold a job's id."""
    duration_s = time.monotonic() - flask.g.get("arrived_s", time.monotonic())
    route = flask.request.url_rule.rule if flask.request.url_rule else "none"
    desk.metrics.count_request(route, flask.request.method, response.status_code, duration_s)
    fields: dict[str, Any] = {
        "request_id": flask.g.get("request_id", ""),
        "method": flask.request.method,
        "route": route,
        "status": response.status_code,
        "ms": round(duration_s * 1e3, 1),
        "bytes_in": flask.request.content_length or 0,
    }
    if flask.g.get("owner"):
        fields["key"] = flask.g.owner
    if "photos" in flask.g:
        fields |= {"photos": flask.g.photos, "people": flask.g.get("people", 0)}
    if "problem" in flask.g:
        fields["problem"] = flask.g.problem
    log_event("request", fields)


def _answer_errors(app: APIFlask) -> None:
    @app.errorhandler(HTTPError)
    def answer_query_error(error: HTTPError) -> Response:
        return answer_error(Problem("wrong-value", _query_text(error.detail) or error.message or ""))

    @app.errorhandler(Exception)
    def answer_error(error: Exception) -> Response:
        problem = problem_of(error)
        flask.g.problem = problem.kind
        if problem.status == 500:
            log_event("error", {"request_id": flask.g.get("request_id", "")}, level=logging.ERROR, error=error)
        response = problem.response(flask.g.get("request_id", ""))
        if problem.kind == "wrong-method":
            response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
        return response


def _query_text(detail: Any) -> str:
    """The first thing that is wrong with a query or a body, in words: "events.0.item: Missing data"."""
    path: list[str] = []
    while isinstance(detail, dict) and detail:
        name, detail = next(iter(detail.items()))
        path.append(str(name))
    text = detail if isinstance(detail, str) else " ".join(map(str, detail or ()))
    return f"{'.'.join(path[1:])}: {text}" if text else ""

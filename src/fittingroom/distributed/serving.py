"""The service on Ray Serve: doors that take requests in, replicas that answer them, one that keeps the jobs.

::

    clients --> doors --+--> parsers   many, as many as it takes: the application of one process, with its engines
                        |      ^
                        +--> jobs      one: the same application; its photos go to the parsers when they have time

Jobs are in memory, as in one process, so there is one place for them. The doors hold a request until it is answered:
when the replica that worked on it is gone, another is asked.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

from fittingroom.distributed.cluster import LOCAL, connect
from fittingroom.distributed.replica import SPARE_THREADS, LoadModels, Replica
from fittingroom.distributed.settings import ClusterSettings, service_document, service_settings
from fittingroom.distributed.wire import Headers, WireAnswer, WireRequest
from fittingroom.engine.card import ModelCard, model_folder, read_card
from fittingroom.errors import ConfigError, LabelError
from fittingroom.imaging import Photo
from fittingroom.parsing.pixel_parser import Schema
from fittingroom.results import ParseResult
from fittingroom.service.logs import log_event, request_id_of, set_up_logging
from fittingroom.service.models import Models, bundled_models
from fittingroom.service.problems import Problem
from fittingroom.service.server import SPARE_BYTES
from fittingroom.service.settings import ServiceSettings

APP_NAME = "fittingroom"
ATTEMPTS = 4  # replicas that are asked, one after the other, for those before are gone
DOOR_REQUESTS = 1000  # that a door holds; they cost memory only
HEALTH_EVERY_S, HEALTH_WITHIN_S = 5.0, 15.0
# Ray's own log of requests would have the ids of jobs in it; the application's has not.
QUIET = {"enable_access_log": False, "log_level": "WARNING"}
GRACE_S = 2.0  # beyond its deadline a replica says so itself
RETRY_AFTER_S = 2
MODELS_WITHIN_S = 120.0  # in which all parsers have exchanged their models


def build_app(settings: ServiceSettings, cluster: ClusterSettings, *, load: LoadModels = bundled_models) -> Any:
    """The application for ``ray.serve.run``.

    Args:
        settings: of the service. ``threads`` 0 means as many as a replica has cores; host, port and proxy are Ray's.
        cluster: how many replicas, and how large.
        load: makes the models of a replica.
    """
    serve = import_module("ray.serve")  # whose types do not know what its decorator gives

    settings = replace(settings, threads=settings.threads or max(1, int(cluster.cpus)))
    config: dict[str, Any] = {"service": service_document(settings)}
    if load is bundled_models:  # names may stay while files change
        config["sha256"] = [read_card(model_folder(name)).sha256 for name in settings.models]
    common: dict[str, Any] = {
        "user_config": config,
        "max_ongoing_requests": settings.queue_size + settings.max_streams + SPARE_THREADS,
        "max_queued_requests": settings.queue_size,
        "health_check_period_s": HEALTH_EVERY_S,
        "health_check_timeout_s": HEALTH_WITHIN_S,
        "graceful_shutdown_timeout_s": settings.shutdown_s,
        "graceful_shutdown_wait_loop_s": 0.2,
        "logging_config": QUIET,
    }
    scale: dict[str, Any] = {"num_replicas": cluster.min_replicas}
    if cluster.max_replicas > cluster.min_replicas:
        scale = {
            "autoscaling_config": {
                "min_replicas": cluster.min_replicas,
                "max_replicas": cluster.max_replicas,
                "target_ongoing_requests": cluster.target_requests,
            }
        }
    parsers = serve.deployment(
        Replica, name="parsers", ray_actor_options={"num_cpus": cluster.cpus}, **scale, **common
    )  # fmt: skip
    bound_parsers = parsers.bind(load)
    # It works on as many photos at a time as all the parsers do.
    jobs = serve.deployment(Replica, name="jobs", num_replicas=1, ray_actor_options={"num_cpus": 0}, **common)
    bound_jobs = jobs.bind(RemoteModels(bound_parsers), worker_factor=cluster.max_replicas)
    doors = serve.deployment(
        Doors, name="doors", num_replicas=cluster.doors, ray_actor_options={"num_cpus": 0},
        **(common | {"max_ongoing_requests": DOOR_REQUESTS, "max_queued_requests": -1}),
    )  # fmt: skip
    return doors.bind(bound_parsers, bound_jobs)


def from_config(args: Mapping[str, Any]) -> Any:
    """The application for a Serve config file: its ``args`` are {"service": {...}, "cluster": {...}}.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    unknown = sorted(set(args) - {"service", "cluster"})
    if unknown:
        raise ConfigError(f"unknown entry {', '.join(unknown)} in args; there are service and cluster")
    return build_app(service_settings(args.get("service", {})), ClusterSettings.of(args.get("cluster", {})))


@contextmanager
def served_on_ray(
    settings: ServiceSettings, cluster: ClusterSettings, *, address: str, load: LoadModels = bundled_models
) -> Iterator[str]:
    """The service, until this is left; gives its URL. Another with other models may replace it at any time.

    Args:
        settings, cluster, load: see `build_app`. The socket is that of Ray's proxies; port 0 takes a free one.
        address: see `fittingroom.distributed.cluster.connect`.

    Raises:
        MissingExtraError, WorkerError: see there.
        ModelError: a model is not there.
    """
    with connect(address):
        serve = import_module("ray.serve")
        port = settings.port or _free_port(settings.host)
        serve.start(
            proxy_location="HeadOnly" if address == LOCAL else "EveryNode",
            http_options={"host": settings.host, "port": port},
            logging_config=QUIET,
        )
        serve.run(build_app(settings, cluster, load=load), name=APP_NAME, route_prefix="/")
        try:
            yield f"http://{'127.0.0.1' if settings.host == '0.0.0.0' else settings.host}:{port}"
        finally:
            serve.delete(APP_NAME)
            if address == LOCAL:
                serve.shutdown()


class Doors:
    """Takes requests in completely, hands each to a replica, and asks another if that one is gone.

    Args:
        parsers, jobs: the other deployments.
    """

    def __init__(self, parsers: Any, jobs: Any) -> None:
        self._parsers, self._jobs = parsers, jobs
        self._settings = ServiceSettings()

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Begin, or exchange the settings: {"service": settings, ...}.

        Raises:
            ConfigError: a setting is not possible.
        """
        self._settings = service_settings(config["service"])
        set_up_logging(self._settings.log)

    async def __call__(self, http: Any) -> Any:
        """Answer a request of Starlette's."""
        from starlette.responses import StreamingResponse

        began_s = time.monotonic()
        try:
            request = await self._received(http)
            if request.path.startswith("/v1/jobs/") and request.path.rstrip("/").endswith("/events"):
                head, pieces = await self._streamed(request)
                response = StreamingResponse(pieces, status_code=head.status)
                response.raw_headers = _raw(head.headers)
                return response
            answer = await self._answered(request, began_s)
        except Problem as problem:
            answer = _answer_of(problem, request_id_of(http.headers.get("x-request-id")))
        return _response_of(answer, asked_id=http.headers.get("x-request-id", ""))

    async def _received(self, http: Any) -> WireRequest:
        """The request with its whole body.

        Raises:
            Problem: it does not arrive in time, or never ends.
        """
        most = self._settings.max_body_bytes + SPARE_BYTES

        async def body() -> bytes:
            pieces, size = [], 0
            async for piece in http.stream():
                size += len(piece)
                if size > most:
                    raise Problem("too-large", f"the body has more than {most} bytes")
                pieces.append(piece)
            return b"".join(pieces)

        try:
            content = await asyncio.wait_for(body(), self._settings.receive_timeout_s)
        except TimeoutError as error:
            raise Problem(
                "too-slow", f"the body was not there after {self._settings.receive_timeout_s:.0f} s"
            ) from error
        scope = http.scope
        host, port = scope.get("server") or ("localhost", 80)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        return WireRequest(
            method=scope["method"],
            path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0],
            query=scope.get("query_string", b"").decode("latin-1"),
            headers=headers,
            body=content,
            remote_address=(scope.get("client") or ("", 0))[0],
            scheme=scope.get("scheme", "http"),
            host=host or "localhost",
            port=port or 80,
        )

    def _handle_for(self, request: WireRequest) -> Any:
        return self._jobs if request.path.startswith("/v1/jobs") else self._parsers

    async def _answered(self, request: WireRequest, began_s: float) -> WireAnswer:
        """A replica's answer.

        Raises:
            Problem: too much waits, no replica is left, or it takes too long.
        """
        from ray.exceptions import RayActorError
        from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError

        deadline_s = began_s + self._settings.deadline_s + GRACE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await asyncio.wait_for(
                    self._handle_for(request).answer.remote(request), max(0.1, deadline_s - time.monotonic())
                )
            except TimeoutError as error:
                raise Problem("deadline", f"no answer within {self._settings.deadline_s:.0f} s") from error
            except BackPressureError as error:
                raise Problem("queue-full", "all replicas are busy", retry_after_s=RETRY_AFTER_S) from error
            except DeploymentUnavailableError as error:
                raise Problem("starting", "no replica is there", retry_after_s=RETRY_AFTER_S) from error
            except RayActorError as error:
                log_event("replica gone", {"attempt": attempt, "repeated": request.is_repeatable})
                if attempt == ATTEMPTS or not request.is_repeatable:
                    raise Problem("starting", "the replica is gone", retry_after_s=RETRY_AFTER_S) from error
        raise AssertionError("unreachable")

    async def _streamed(self, request: WireRequest) -> tuple[WireAnswer, AsyncIterator[bytes]]:
        """Status and headers, and the body as it comes."""
        pieces = self._jobs.options(stream=True).stream.remote(request)
        head = await anext(pieces)
        assert isinstance(head, WireAnswer)

        async def rest() -> AsyncIterator[bytes]:
            try:
                async for piece in pieces:
                    yield piece
            finally:
                pieces.cancel()

        return head, rest()


class RemoteModels:
    """Makes models that are the parsers' in other processes; a `LoadModels`.

    Args:
        parsers: the deployment.
    """

    def __init__(self, parsers: Any) -> None:
        self._parsers = parsers

    def __call__(self, settings: ServiceSettings) -> Models:
        return Models(settings.models, lambda name: RemoteParser(self._parsers, name))


class RemoteParser:
    """A parser in another process; for threads that can wait.

    Args:
        parsers: the deployment.
        name: of the model.
    """

    card: ModelCard

    def __init__(self, parsers: Any, name: str) -> None:
        self._parsers, self._name = parsers, name
        self.card = self._found_card()

    def parse(self, photo: Photo, *, schema: Schema = "cihp") -> ParseResult:
        """See `fittingroom.Parser.parse`; waits as long as the parsers are busy."""
        from ray.exceptions import RayActorError, RayTaskError
        from ray.serve.exceptions import BackPressureError

        for attempt in range(1, ATTEMPTS + 1):
            try:
                result: ParseResult = self._parsers.parse_pixels.remote(self._name, photo.pixels_rgb, schema).result()
            except BackPressureError:
                time.sleep(RETRY_AFTER_S)
            except RayActorError:
                if attempt == ATTEMPTS:
                    raise
            except RayTaskError as error:
                raise error.cause if isinstance(error.cause, Exception) else error from None
            else:
                return result
        return self.parse(photo, schema=schema)

    def _found_card(self) -> ModelCard:
        """The model's card; a parser that has not exchanged its models yet does not know it yet."""
        from ray.exceptions import RayTaskError

        deadline_s = time.monotonic() + MODELS_WITHIN_S
        while True:
            try:
                card: ModelCard = self._parsers.card.remote(self._name).result()
            except RayTaskError as error:
                if not isinstance(error.cause, LabelError) or time.monotonic() > deadline_s:
                    raise
                time.sleep(0.5)
            else:
                return card


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as free:
        free.bind((host, 0))
        return int(free.getsockname()[1])


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _response_of(answer: WireAnswer, *, asked_id: str) -> Any:
    from starlette.responses import Response

    response = Response(answer.body, status_code=answer.status)
    # Ray's proxy repeats the request's id itself.
    response.raw_headers = [pair for pair in _raw(answer.headers) if pair != (b"x-request-id", asked_id.encode())]
    return response


def _answer_of(problem: Problem, request_id: str) -> WireAnswer:
    response = problem.response(request_id)
    headers = (*((name, value) for name, value in response.headers.items()), ("X-Request-ID", request_id))
    return WireAnswer(response.status_code, headers, response.get_data())

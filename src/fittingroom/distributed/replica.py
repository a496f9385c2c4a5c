"""A replica of the service: the application of one process, asked by the doors instead of by a socket."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from werkzeug.middleware.proxy_fix import ProxyFix

from fittingroom.distributed.settings import service_settings
from fittingroom.distributed.wire import WireAnswer, WireRequest, WsgiApp, answer_in_pieces, answer_whole
from fittingroom.engine.card import ModelCard
from fittingroom.errors import NotReadyError, WorkerError
from fittingroom.imaging import Photo
from fittingroom.parsing.pixel_parser import Schema
from fittingroom.results import ParseResult
from fittingroom.service.app import create_app
from fittingroom.service.logs import log_event, set_up_logging
from fittingroom.service.models import Models
from fittingroom.service.settings import ServiceSettings
from fittingroom.service.tryon_api import tryon_blueprint

SPARE_THREADS = 8  # for requests that do not wait in the queue
STUCK_AFTER = 2.0  # times the deadline that a request may be inside; then the replica counts as dead

LoadModels = Callable[[ServiceSettings], Models]


class Replica:
    """The application with its models. Ray calls the methods without an underscore, `reconfigure` first.

    Args:
        load: makes the models, not loaded yet.
        worker_factor: so many times as many photos are worked on at a time as the settings say.
    """

    def __init__(self, load: LoadModels, *, worker_factor: int = 1) -> None:
        self._load, self._worker_factor = load, worker_factor
        self._served: _Served | None = None
        self._inside: dict[object, float] = {}  # request -> when it came

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Begin, or exchange settings and models: {"service": settings, ...}.

        Ray calls this too whenever that part of the configuration changes, for a replica or two at a time; requests go
        to the others meanwhile, or wait. What is inside is answered by what it began with.

        Raises:
            ConfigError: a setting is not possible.
            ModelError: the models cannot be loaded. In these cases the former ones stay.
        """
        if self._served is not None and self._served.config == config:
            return
        settings = service_settings(config["service"])
        set_up_logging(settings.log)
        settings = replace(settings, workers=settings.workers * self._worker_factor)
        new = await asyncio.get_running_loop().run_in_executor(None, _Served, settings, self._load, config)
        former, self._served = self._served, new
        log_event("models loaded", {"models": list(settings.models)})
        if former is not None:
            threading.Thread(target=former.stop, daemon=True).start()

    async def answer(self, request: WireRequest) -> WireAnswer:
        """The answer to a request."""
        served, has_left = self._current, threading.Event()
        with self._counted():
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    served.threads, partial(answer_whole, served.app, request, has_left=has_left.is_set)
                )
            except asyncio.CancelledError:
                has_left.set()
                raise

    async def stream(self, request: WireRequest) -> AsyncIterator[WireAnswer | bytes]:
        """The answer piece by piece, as it comes: first a `WireAnswer` without a body."""
        served, has_left = self._current, threading.Event()
        pieces = answer_in_pieces(served.app, request, has_left=has_left.is_set)
        loop = asyncio.get_running_loop()
        try:
            while (piece := await loop.run_in_executor(served.threads, next, pieces, None)) is not None:
                yield piece
        finally:
            has_left.set()
            loop.run_in_executor(None, _close, pieces)

    async def parse_pixels(self, model: str, pixels_rgb: NDArray[np.uint8], schema: Schema) -> ParseResult:
        """Parse a photo of a job, uint8 (H, W, 3), when no request waits.

        Raises:
            FittingroomError: see `fittingroom.Parser.parse`.
        """
        served = self._current

        def work() -> ParseResult:
            return served.models.find(model).parse(Photo(pixels_rgb, None, "array"), schema=schema)

        return await asyncio.wrap_future(served.desk.queue.submit(work, in_background=True))

    async def card(self, model: str) -> ModelCard:
        """The card of a model.

        Raises:
            LabelError: there is no such model here.
        """
        return self._current.models.find(model).card

    async def check_health(self) -> None:
        """Ray asks this every few seconds, and replaces a replica that raises.

        Raises:
            WorkerError: a request is stuck.
        """
        if self._served is None:
            return
        longest_s = time.monotonic() - min(self._inside.values(), default=time.monotonic())
        if longest_s > STUCK_AFTER * self._served.settings.deadline_s:
            raise WorkerError(f"a request has been inside for {longest_s:.0f} s")

    def __del__(self) -> None:
        served = getattr(self, "_served", None)
        if served is not None:
            served.stop()

    @property
    def _current(self) -> _Served:
        """
        Raises:
            NotReadyError: there are no models yet.
        """
        if self._served is None:
            raise NotReadyError("the replica has not begun")
        return self._served

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """While a request is inside."""
        mark = object()
        self._inside[mark] = time.monotonic()
        try:
            yield
        finally:
            del self._inside[mark]


class _Served:
    """An application and its models, loaded when it is made.

    Raises:
        ModelError: a model cannot be loaded.
    """

    def __init__(self, settings: ServiceSettings, load: LoadModels, config: dict[str, Any]) -> None:
        self.settings, self.config = settings, config
        self.models = load(settings)
        self.models.load_all()
        if self.models.failure is not None:
            raise self.models.failure
        flask_app = create_app(settings, self.models, further=[tryon_blueprint])
        self.desk = flask_app.extensions["fittingroom"]
        self.app: WsgiApp = _behind(settings.trusted_proxy, flask_app.wsgi_app)
        self.threads = ThreadPoolExecutor(settings.queue_size + settings.max_streams + SPARE_THREADS)

    def stop(self) -> None:
        """Answer what is inside, and end."""
        self.desk.stop(self.settings.shutdown_s)
        self.threads.shutdown(wait=False)


def _behind(proxy: str, app: WsgiApp) -> WsgiApp:
    """The application that believes the X-Forwarded headers of one proxy."""
    forwarded = ProxyFix(app, x_for=1, x_proto=1, x_host=1, x_port=1)

    def believe(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return (forwarded if proxy and environ["REMOTE_ADDR"] == proxy else app)(environ, start_response)

    return believe


def _close(pieces: Iterator[Any]) -> None:
    """Close a generator, which may be running in another thread for a moment yet."""
    while True:
        try:
            pieces.close()  # type: ignore[attr-defined]
        except ValueError:
            time.sleep(0.05)
        else:
            return

"""The server: waitress in this process, with a stop that finishes what was accepted.

Waitress reads a request completely before a thread is given to it, so that slow senders cost no thread; it notices when
a client goes away; and it sends each piece of a stream at once, which server-sent events need.
"""

from __future__ import annotations

import signal
import socket
import sys
import time
from types import FrameType
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import ErrorTask

from fittingroom.errors import ConfigError
from fittingroom.service.desk import Desk
from fittingroom.service.logs import log_event, request_id_of
from fittingroom.service.problems import Problem
from fittingroom.service.settings import ServiceSettings

SPARE_THREADS = 8  # for requests that do not wait in the queue
SPARE_BYTES = 16 * 2**20  # so much more than allowed is still read, so that the refusal reaches its sender
LOOP_S = 0.5  # how often the loop looks up when nothing happens
RECEIVE_BYTES = 2**17
_PROBLEM_OF_STATUS = {400: "bad-request", 413: "too-large", 431: "bad-request", 501: "bad-request"}


class ProblemTask(ErrorTask):  # type: ignore[misc]
    """Answers what is no proper HTTP with a problem document."""

    def execute(self) -> None:
        error = self.request.error
        problem = Problem(_PROBLEM_OF_STATUS.get(error.code, "bad-request"), f"{error.reason}: {error.body}")
        response = problem.response(request_id_of(None))
        body = response.get_data()
        self.status = response.status
        self.response_headers.extend(response.headers)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Remembers when a request began to arrive."""

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.begun_s = time.monotonic()


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    error_task_class = ProblemTask
    parser_class = Parser

    @property
    def is_busy(self) -> bool:
        """Whether a request is being received, worked on or answered."""
        return bool(self.requests or self.request is not None or self.total_outbufs_len)

    def give_up_if_slow(self, timeout_s: float) -> None:
        """Close the connection if its request has not arrived in time, however steadily it trickles in."""
        request = self.request
        if request is not None and time.monotonic() - request.begun_s > timeout_s:
            self.will_close = True


class Server:
    """Listens from the moment it is made; `run` answers until `stop` is called.

    Args:
        app: from `create_app`.
        settings: the same that the application was made with.

    Raises:
        ConfigError: the address cannot be listened on.
    """

    def __init__(self, app: Flask, settings: ServiceSettings) -> None:
        self._settings = settings
        self._desk: Desk = app.extensions["fittingroom"]
        self._is_stopping = False
        self._socket = _listen(settings.host, settings.port)
        self._server = create_server(
            app.wsgi_app,
            sockets=[self._socket],
            threads=settings.queue_size + settings.max_streams + SPARE_THREADS,
            ident="fittingroom",
            connection_limit=settings.connections,
            channel_timeout=max(1, round(settings.receive_timeout_s)),
            cleanup_interval=5,
            # With one request more than it works on, waitress goes on listening and so sees a client leave.
            channel_request_lookahead=1,
            max_request_body_size=settings.max_body_bytes + SPARE_BYTES,
            # Photos stay in memory: beyond these sizes waitress would write to the disk.
            inbuf_overflow=settings.max_body_bytes + 2 * SPARE_BYTES,
            outbuf_overflow=2**31 - 1,
            recv_bytes=RECEIVE_BYTES,
            asyncore_use_poll=True,
            **_proxy(settings.trusted_proxy),
        )
        self._server.channel_class = Channel
        self._sockets: dict[int, Any] = self._server._map

    @property
    def url(self) -> str:
        """Where it can be opened on this machine."""
        host, port = self._socket.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def run(self) -> None:
        """Answer requests until `stop` is called; then finish those that have come, and end."""
        while not self._is_stopping:
            wasyncore.loop(timeout=LOOP_S, use_poll=True, map=self._sockets, count=1)
            for channel in list(self._server.active_channels.values()):
                channel.give_up_if_slow(self._settings.receive_timeout_s)
        self._finish()

    def stop(self) -> None:
        """Have `run` end; may be called from any thread and from a signal handler."""
        # Streams end, and /readyz tells a load balancer.
        self._desk.stopping.set()
        self._is_stopping = True

    def stop_on_signals(self) -> None:
        """Have SIGTERM and SIGINT (Ctrl-C) call `stop`; a second one ends the process at once."""

        def handle(number: int, frame: FrameType | None) -> None:
            signal.signal(number, signal.SIG_DFL)
            self.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handle)

    def _finish(self) -> None:
        begun_s = time.monotonic()
        deadline_s = begun_s + self._settings.shutdown_s
        wasyncore.dispatcher.close(self._server)  # new connections are refused from here on
        while (busy := self._close_idle()) and time.monotonic() < deadline_s:
            wasyncore.loop(timeout=0.05, use_poll=True, map=self._sockets, count=1)
        self._desk.stop(max(0.1, deadline_s - time.monotonic()))
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._sockets, ignore_all=True)
        log_event("stopped", {"unanswered": busy, "seconds": round(time.monotonic() - begun_s, 2)})

    def _close_idle(self) -> int:
        """Close connections on which nothing goes on; how many others there are."""
        channels = list(self._server.active_channels.values())
        for channel in channels:
            channel.will_close = channel.will_close or not channel.is_busy
        return sum(channel.is_busy for channel in channels)


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        try:
            if sys.platform != "win32":  # where it would let two programs share the port
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            # From here on a second server is refused the port, and clients wait until `run` answers.
            listening.listen()
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host} port {port}: {error.strerror or error}; is it in use? Choose another with --port"
        ) from error
    return listening


def _proxy(address: str) -> dict[str, Any]:
    if not address:
        return {}
    headers = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"}
    return {"trusted_proxy": address, "trusted_proxy_count": 1, "trusted_proxy_headers": headers}

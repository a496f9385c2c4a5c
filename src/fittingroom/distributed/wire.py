"""A request and its answer on their way between processes, and the WSGI application that answers it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

Headers = tuple[tuple[str, str], ...]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# They are about one connection, and the next one has its own.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
     "upgrade"}
)  # fmt: skip


@dataclass(frozen=True)
class WireRequest:
    """A request that has arrived completely.

    path: as it was sent, with its percent signs. query: without "?". host, port: of the address that was called.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    remote_address: str = ""
    scheme: str = "http"
    host: str = "localhost"
    port: int = 80

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be asked again when whoever worked on it is gone: all but what makes or changes a job."""
        return self.method in ("GET", "HEAD", "OPTIONS") or not self.path.startswith("/v1/jobs")


@dataclass(frozen=True)
class WireAnswer:
    """An answer; its body whole, or the first piece of it."""

    status: int
    headers: Headers
    body: bytes


def environ_of(request: WireRequest, *, has_left: Callable[[], bool]) -> dict[str, Any]:
    """The request as PEP 3333 has it.

    Args:
        request: what was asked.
        has_left: whether its client has gone away; the application asks for it under waitress's name.
    """
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "REMOTE_ADDR": request.remote_address,
        "SERVER_NAME": request.host,
        "SERVER_PORT": str(request.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "waitress.client_disconnected": has_left,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            environ[key] = value
        elif name.lower() not in _HOP_BY_HOP:
            both = f"HTTP_{key}"
            environ[both] = f"{environ[both]},{value}" if both in environ else value
    # The body is here, however it was sent.
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def answer_in_pieces(
    app: WsgiApp, request: WireRequest, *, has_left: Callable[[], bool]
) -> Iterator[WireAnswer | bytes]:
    """What the application answers: first status and headers with an empty body, then the body as it comes."""
    started: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        kept = tuple((name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP)
        started[:] = [(int(status.split()[0]), kept)]

        def write(piece: bytes) -> None:
            raise RuntimeError("write() is not there: give the body as an iterable")

        return write

    pieces = app(environ_of(request, has_left=has_left), start_response)
    try:
        is_begun = False
        for piece in pieces:
            if not is_begun:
                yield WireAnswer(*started[0], b"")
                is_begun = True
            if piece:
                yield piece
        if not is_begun:
            yield WireAnswer(*started[0], b"")
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def answer_whole(app: WsgiApp, request: WireRequest, *, has_left: Callable[[], bool]) -> WireAnswer:
    """What the application answers."""
    pieces = answer_in_pieces(app, request, has_left=has_left)
    head = next(pieces)
    assert isinstance(head, WireAnswer)
    body = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    return WireAnswer(head.status, head.headers, body)

"""Static files: the page at /, its modules at /static/, and the API's explorer at /docs."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

import flask
from flask import Blueprint, Response
from werkzeug.security import safe_join

from fittingroom.service.problems import Problem

HERE = Path(__file__).parent
PAGE_DIR, EXPLORER_DIR = HERE / "page", HERE / "explorer"
# Nothing from elsewhere, nothing inline, nothing that is evaluated. Photos are shown from blobs, maps from data.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".webp": "image/webp",
}
_COMPRESSIBLE = (".js", ".mjs", ".css", ".html", ".svg", ".json", ".webmanifest")


@dataclass(frozen=True)
class _StaticFile:
    """A file as it is sent. modified_ns: when it was last changed, so that a change is seen without a restart."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    etag: str
    modified_ns: int


class StaticFolder:
    """Files of one folder, kept in memory once they were asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _StaticFile] = {}

    def response(self, name: str) -> Response:
        """The file, or 304 if the browser has it.

        Browsers are told to ask each time: names do not change from version to version, and a page must not run with
        modules of another version.

        Raises:
            Problem: there is no such file in the folder.
        """
        file = self._find(name)
        response = Response(content_type=file.media_type)
        response.headers["Cache-Control"] = "no-cache"
        response.set_etag(file.etag)
        if file.gzipped is not None:
            response.vary.add("Accept-Encoding")
        if file.gzipped is not None and flask.request.accept_encodings["gzip"] > 0:
            response.headers["Content-Encoding"] = "gzip"
            response.set_data(file.gzipped)
        else:
            response.set_data(file.body)
        response.make_conditional(flask.request)
        return response

    def _find(self, name: str) -> _StaticFile:
        path_text = safe_join(str(self._folder), name)
        path = Path(path_text) if path_text else None
        if path is None or not path.is_file() or any(part.startswith(".") for part in Path(name).parts):
            raise Problem("not-found", "there is no such file")
        modified_ns = path.stat().st_mtime_ns
        known = self._files.get(name)
        if known is None or known.modified_ns != modified_ns:
            known = self._files[name] = _read(path, modified_ns)
        return known


def page_blueprint() -> Blueprint:
    """The page, its files, and the explorer."""
    blueprint = Blueprint("page", __name__)
    page, explorer = StaticFolder(PAGE_DIR), StaticFolder(EXPLORER_DIR)

    @blueprint.get("/")
    def show_page() -> Response:
        return _as_page(page.response("index.html"))

    @blueprint.get("/static/<path:name>")
    def page_file(name: str) -> Response:
        return _as_page(page.response(name))

    @blueprint.get("/favicon.ico")
    def icon() -> Response:
        return _as_page(page.response("favicon.ico"))

    @blueprint.get("/docs")
    def show_explorer() -> Response:
        return _as_page(explorer.response("index.html"))

    @blueprint.get("/docs/<path:name>")
    def explorer_file(name: str) -> Response:
        return _as_page(explorer.response(name))

    return blueprint


def _as_page(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    return response


def _read(path: Path, modified_ns: int) -> _StaticFile:
    body = path.read_bytes()
    gzipped = gzip.compress(body, mtime=0) if path.suffix in _COMPRESSIBLE else None
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _StaticFile(
        body=body,
        gzipped=gzipped if gzipped is not None and len(gzipped) < len(body) else None,
        media_type=_MEDIA_TYPES.get(path.suffix, guessed),
        etag=hashlib.sha256(body).hexdigest()[:20],
        modified_ns=modified_ns,
    )

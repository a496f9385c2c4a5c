"""Errors as RFC 9457 problem documents: what happened, and what a person can do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from flask import Response
from werkzeug.exceptions import HTTPException

from fittingroom.errors import (
    ClientLeftError,
    ConsentError,
    DeadlineError,
    FittingroomError,
    ItemError,
    LabelError,
    MissingExtraError,
    NoProfileError,
    NotReadyError,
    PhotoDamagedError,
    PhotoError,
    PhotoFormatError,
    PhotoTooLargeError,
    PreferencesError,
    QueueFullError,
    ShapeError,
    StoreBusyError,
    StoreFullError,
    StoreReadOnlyError,
)

PROBLEM_TYPE = "application/problem+json"
CLIENT_LEFT_STATUS = 499  # nobody reads it; it tells these requests apart in the log


class Kind(NamedTuple):
    """What is common to all problems of one kind."""

    status: int
    title: str
    hint: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "bad-request": Kind(400, "The request cannot be understood", "See /docs for what each address takes."),
        "missing-field": Kind(
            400, "A field is missing", "Send multipart/form-data, as in: curl -F image=@photo.jpg ADDRESS"
        ),
        "key-needed": Kind(401, "An API key is needed", "Send the header 'Authorization: Bearer KEY'."),
        "no-consent": Kind(
            403, "The profile does not allow this", "Ask the person; PATCH /v1/profiles/mine changes what is allowed."
        ),
        "no-profile": Kind(
            404, "There is no such profile", "Make one: POST /v1/profiles. Its id goes into the header X-Profile."
        ),
        "not-found": Kind(404, "There is nothing here", "See /docs for the addresses that exist."),
        "wrong-method": Kind(405, "This address does not take that method", "The header Allow names those it takes."),
        "not-acceptable": Kind(
            406, "None of the accepted media types can be given", "Choose with ?format=, or send 'Accept: */*'."
        ),
        "too-slow": Kind(408, "The request took too long to arrive", "Try again, or send a smaller photo."),
        "not-finished": Kind(409, "The job is not finished", "Watch its events, or ask again later."),
        "too-large": Kind(413, "The request is larger than the service takes", "Send fewer or smaller photos."),
        "photo-too-large": Kind(413, "The photo is too large", "Make it smaller; 2000 pixels on the longer side do."),
        "too-many-photos": Kind(413, "Too many photos at once", "Send fewer, or make a job of them: POST /v1/jobs."),
        "not-multipart": Kind(
            415, "The body is not multipart/form-data", "Send it as in: curl -F image=@photo.jpg ADDRESS"
        ),
        "not-a-photo": Kind(415, "The file is not a photo that can be read", "Save it as JPEG or PNG."),
        "wrong-host": Kind(
            421, "The service is not called by that name", "Whoever runs it can name further ones: --allowed-hosts."
        ),
        "photo-damaged": Kind(422, "The photo is damaged", "Save or download it again."),
        "wrong-value": Kind(422, "A parameter has a value that is not possible", "See /docs for what is."),
        "wrong-maps": Kind(422, "The maps do not fit", "Send single-channel PNGs of the upright photo's size."),
        "wrong-outfit": Kind(
            422, "The outfit cannot be put on", "GET /v1/items lists the items, /docs says what an outfit looks like."
        ),
        "not-worn": Kind(422, "Nothing of it can be worn in this photo", "Try a photo that shows more of the person."),
        "too-many-requests": Kind(429, "Too many requests", "Wait as many seconds as Retry-After says."),
        "client-left": Kind(CLIENT_LEFT_STATUS, "The client went away", "Nothing is to be done."),
        "internal": Kind(500, "Something went wrong here", "Tell whoever runs the service the request_id below."),
        "starting": Kind(503, "The service is not ready", "Try again in a few seconds."),
        "queue-full": Kind(503, "Too many photos wait", "Wait as many seconds as Retry-After says, then try again."),
        "too-many-jobs": Kind(503, "The jobs leave no room", "Fetch or delete finished jobs, or wait."),
        "too-many-streams": Kind(503, "Too many jobs are being watched", "Ask for the job's state instead."),
        "store-busy": Kind(503, "The store of preferences is busy", "Wait as many seconds as Retry-After says."),
        "store-read-only": Kind(503, "Preferences cannot be written", "Tell whoever runs the service."),
        "store-unusable": Kind(503, "Preferences cannot be read or written", "Tell whoever runs the service."),
        "deadline": Kind(504, "The result did not come in time", "Try again when less is going on."),
        "store-full": Kind(507, "There is no room for more preferences", "Tell whoever runs the service."),
    }
)
"""Every kind of problem by the last part of its type."""

# What an exception means to whoever sent the request; the first class that fits counts.
_MEANINGS: tuple[tuple[type[FittingroomError], str], ...] = (
    (PhotoTooLargeError, "photo-too-large"),
    (PhotoFormatError, "not-a-photo"),
    (PhotoDamagedError, "photo-damaged"),
    (PhotoError, "photo-damaged"),
    (MissingExtraError, "not-a-photo"),
    (QueueFullError, "queue-full"),
    (NotReadyError, "starting"),
    (DeadlineError, "deadline"),
    (ClientLeftError, "client-left"),
    (LabelError, "wrong-value"),
    (ShapeError, "wrong-maps"),
    (ItemError, "wrong-outfit"),
    (NoProfileError, "no-profile"),
    (ConsentError, "no-consent"),
    (StoreFullError, "store-full"),
    (StoreReadOnlyError, "store-read-only"),
    (StoreBusyError, "store-busy"),
    (PreferencesError, "store-unusable"),
)
_STATUSES = {400: "bad-request", 404: "not-found", 405: "wrong-method", 408: "too-slow", 413: "too-large",
             415: "not-multipart", 422: "wrong-value"}  # fmt: skip


class Problem(Exception):
    """Ends a request with a problem document.

    Args:
        kind: a name from `KINDS`.
        detail: what happened this time.
        hint: what to do, if it is not what the kind says.
        retry_after_s: for the header Retry-After.
    """

    def __init__(self, kind: str, detail: str, *, hint: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.retry_after_s = kind, detail, retry_after_s
        self.hint = hint or KINDS[kind].hint

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind].status

    def document(self, request_id: str) -> dict[str, object]:
        """The members of the problem document."""
        return {
            "type": f"/problems/{self.kind}",
            "title": KINDS[self.kind].title,
            "status": self.status,
            "detail": self.detail,
            "hint": self.hint,
            "request_id": request_id,
        }

    def response(self, request_id: str) -> Response:
        """The whole answer."""
        body = json.dumps(self.document(request_id), ensure_ascii=False)
        response = Response(body, status=self.status, content_type=PROBLEM_TYPE)
        if self.retry_after_s is not None:
            response.headers["Retry-After"] = str(self.retry_after_s)
        if self.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response


def problem_of(error: Exception) -> Problem:
    """What an exception means to whoever sent the request; unexpected ones are "internal" and say no more."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _http_problem(error)
    for error_class, kind in _MEANINGS:
        if isinstance(error, error_class):
            retry_after_s = error.retry_after_s if isinstance(error, QueueFullError) else None
            retry_after_s = 2 if isinstance(error, (NotReadyError, StoreBusyError)) else retry_after_s
            return Problem(kind, _without_advice(error, kind), retry_after_s=retry_after_s)
    return Problem("internal", "an unexpected error; nothing of the photo was kept")


def _without_advice(error: FittingroomError, kind: str) -> str:
    """The message, for photos without its last clause: what to do is said there in Python's terms, here by the hint.
    Where a store is, is nobody's business outside."""
    message = str(error)
    if kind.startswith("store"):
        return "deleted, and soon overwritten" if "overwritten" in message else "nothing of the request was stored"
    return message.rpartition("; ")[0] or message if kind.startswith(("photo", "not-a-photo")) else message


def _http_problem(error: HTTPException) -> Problem:
    status = error.code or 500
    if status not in _STATUSES and 400 <= status < 500:
        return Problem("bad-request", error.description or error.name)
    return Problem(_STATUSES.get(status, "internal"), error.description or error.name)

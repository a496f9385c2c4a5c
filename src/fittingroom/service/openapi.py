"""The parts of /openapi.json that decorators do not say: multipart bodies, media types, problems, keys."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from apiflask import APIFlask

from fittingroom.service.problems import PROBLEM_TYPE
from fittingroom.service.settings import ServiceSettings

_PHOTO = {"type": "string", "contentMediaType": "application/octet-stream", "description": "JPEG, PNG, WebP or AVIF"}
_MAP = {"type": "string", "contentMediaType": "image/png"}
_FIELDS: dict[str, dict[str, Any]] = {
    "/parse": {"image": _PHOTO},
    "/v1/parse": {"image": _PHOTO, "images": {"type": "array", "items": _PHOTO, "description": "In place of image"}},
    "/v1/render": {
        "image": _PHOTO,
        "labels": _MAP | {"description": "Class ids"},
        "persons": _MAP | {"description": "Person ids, 0 is nobody"},
    },
    "/v1/tryon": {
        "image": _PHOTO,
        "outfit": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": '{"format": 1, "layers": [{"item": "fedora-grey", "person": 1}]}; a layer may have '
            "right and down (in widths of what it is worn on), scale, angle_deg; without person it is everybody's",
        },
        "labels": _MAP | {"description": "Class ids; with persons, so that the photo is not parsed"},
        "persons": _MAP | {"description": "Person ids, 0 is nobody"},
    },
    "/v1/jobs": {"images": {"type": "array", "items": _PHOTO}},
    "/v1/appearance": {
        "image": _PHOTO,
        "labels": _MAP | {"description": "Class ids; with persons, so that the photo is not parsed"},
        "persons": _MAP | {"description": "Person ids, 0 is nobody"},
    },
}
_REQUIRED = {
    "/parse": ["image"],
    "/v1/parse": [],
    "/v1/render": ["image", "labels", "persons"],
    "/v1/tryon": ["image", "outfit"],
    "/v1/jobs": ["images"],
    "/v1/appearance": ["image"],
}
_ANY_FORMAT = ("application/json", "image/jpeg", "image/png", "application/x-npz", "application/zip")
_ANSWERS: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("/parse", "post"): ("200", ("image/jpeg",)),
    ("/v1/parse", "post"): ("200", _ANY_FORMAT),
    ("/v1/render", "post"): ("200", _ANY_FORMAT),
    ("/v1/tryon", "post"): ("200", ("image/png", "image/jpeg", "application/json")),
    ("/v1/items/{item_id}/picture", "get"): ("200", ("image/png",)),
    ("/v1/jobs", "post"): ("202", ("application/json",)),
    ("/v1/jobs/{job_id}/events", "get"): ("200", ("text/event-stream",)),
    ("/v1/jobs/{job_id}/result", "get"): ("200", ("application/zip",)),
    ("/v1/jobs/{job_id}", "delete"): ("204", ()),
    ("/metrics", "get"): ("200", ("text/plain",)),
    ("/v1/profiles", "post"): ("201", ("application/json",)),
    ("/v1/profiles/mine", "delete"): ("204", ()),
    ("/v1/profiles/mine/events", "post"): ("201", ("application/json",)),
    ("/v1/profiles/mine/events/{event_id}", "patch"): ("204", ()),
    ("/v1/profiles/mine/looks", "post"): ("201", ("application/json",)),
    ("/v1/profiles/mine/looks/{look_id}", "put"): ("204", ()),
    ("/v1/profiles/mine/looks/{look_id}", "delete"): ("204", ()),
    ("/v1/profiles/mine/ratings/{item_id}", "put"): ("204", ()),
    ("/v1/profiles/mine/ratings/{item_id}", "delete"): ("204", ()),
    ("/v1/profiles/mine/appearance", "put"): ("204", ()),
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "hint", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "Which kind of problem; the address explains it"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened this time"},
        "hint": {"type": "string", "description": "What to do"},
        "request_id": {"type": "string"},
    },
}


def describe(app: APIFlask, settings: ServiceSettings) -> None:
    """Set what the document says of the whole service."""
    app.version = version("fittingroom")
    app.config["DESCRIPTION"] = "People and their parts in photos. Errors are RFC 9457 problem documents."
    app.config["AUTO_SERVERS"] = False  # it would name the host that the first caller used
    app.config["AUTO_404_RESPONSE"] = False
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = False
    app.config["AUTO_OPERATION_ID"] = True
    if settings.api_keys:
        app.security_schemes = {"key": {"type": "http", "scheme": "bearer"}}


def complete_openapi(spec: dict[str, Any]) -> dict[str, Any]:
    """Add what is said in this module; for `APIFlask.spec_processor`."""
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    problem = {"content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if path in _FIELDS and method == "post":
                schema = {"type": "object", "properties": _FIELDS[path], "required": _REQUIRED[path]}
                operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
            status, media_types = _ANSWERS.get((path, method), ("200", ("application/json",)))
            operation["responses"] = {
                status: {"description": "Done", "content": {media_type: {} for media_type in media_types}},
                "default": {"description": "A problem", **problem},
            }
            if "securitySchemes" in spec["components"] and not path.startswith(("/livez", "/readyz", "/problems")):
                operation["security"] = [{"key": []}]
    return spec

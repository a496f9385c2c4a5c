"""What the service is: its models, the classes they tell apart, its limits, and whether it is well."""

from __future__ import annotations

from importlib.metadata import version

from apiflask import APIBlueprint
from flask import Response

from fittingroom.export.writer import FORMATS
from fittingroom.labels import DETAIL_PALETTE, DETAILS, DETAILS_ZH, LABEL_SETS, LabelSet, mosaic_palette
from fittingroom.service.answers import JSON, format_names, json_bytes
from fittingroom.service.desk import Desk, label_set_of
from fittingroom.service.metrics import Metrics
from fittingroom.service.problems import KINDS, Problem


def about_blueprint(desk: Desk) -> APIBlueprint:
    """The addresses of this module."""
    blueprint = APIBlueprint("about", __name__, tag="About")

    @blueprint.get("/v1/models")
    @blueprint.doc(summary="The models that can be asked for")
    def list_models() -> Response:
        return json_response({"models": [model_document(desk, name) for name in desk.models.names]})

    @blueprint.get("/v1/labels")
    @blueprint.doc(summary="Classes, details and colours", description="The first label set is the first model's.")
    def list_labels() -> Response:
        own = label_set_of(desk.models.find(deadline_s=desk.deadline_s()))
        label_sets = [own, *(label_set for label_set in LABEL_SETS.values() if label_set.name != own.name)]
        details = [
            {"id": detail_id, "name": name, "name_zh": DETAILS_ZH[detail_id], "colour": colour_text(colour)}
            for detail_id, (name, colour) in enumerate(zip(DETAILS, DETAIL_PALETTE.tolist(), strict=False))
        ]
        return json_response({"label_sets": [label_set_document(one) for one in label_sets], "details": details})

    @blueprint.get("/v1/limits")
    @blueprint.doc(summary="What the service takes, and the formats it gives")
    def show_limits() -> Response:
        settings = desk.settings
        return json_response(
            {
                "version": version("fittingroom"),
                "formats": list(format_names()),
                "formats_of_schema_fine": [name for name, entry in FORMATS.items() if entry.needs_fine],
                "max_body_bytes": settings.max_body_bytes,
                "max_photo_bytes": settings.max_photo_bytes,
                "max_pixels": settings.max_pixels,
                "max_photos": settings.max_photos,
                "max_job_photos": settings.max_job_photos,
                "deadline_s": settings.deadline_s,
                "retention_s": settings.retention_s,
                "has_preferences": bool(settings.preferences),
            }
        )

    @blueprint.get("/problems/<kind>")
    @blueprint.doc(summary="What a kind of problem means")
    def show_problem(kind: str) -> Response:
        if kind not in KINDS:
            raise Problem("not-found", f"there is no such kind of problem; known are {', '.join(KINDS)}")
        return json_response({"type": f"/problems/{kind}", **KINDS[kind]._asdict()})

    @blueprint.get("/livez")
    @blueprint.doc(summary="Whether the process answers")
    def live() -> Response:
        return json_response({"status": "alive"})

    @blueprint.get("/readyz")
    @blueprint.doc(summary="Whether photos can be parsed", responses={503: "The models are being loaded, or cannot be"})
    def ready() -> Response:
        if desk.stopping.is_set():
            raise Problem("starting", "the service is being stopped")
        desk.models.find()  # raises what is to be said
        return json_response({"status": "ready"})

    @blueprint.get("/metrics")
    @blueprint.doc(summary="Figures for Prometheus")
    def metrics() -> Response:
        return Response(desk.metrics.text(), content_type=Metrics.content_type)

    return blueprint


def json_response(document: dict[str, object]) -> Response:
    """A document as it is."""
    return Response(json_bytes(document), content_type=JSON)


def model_document(desk: Desk, name: str) -> dict[str, object]:
    """What the model's card says that a caller may want to know."""
    parser = desk.models.find(name, deadline_s=desk.deadline_s())
    card = parser.card
    return {
        "name": name,
        "is_default": name == desk.models.names[0],
        "title": card.name,
        "sha256": card.sha256,
        "licence": card.licence,
        "label_set": card.label_set,
        "schemas": list(desk.models.schemas(name)),
        "long_side_px": card.long_side_px,
        "training_data": list(card.training_data),
        "measured": dict(card.measured),
    }


def label_set_document(label_set: LabelSet) -> dict[str, object]:
    """The classes of a label set in the order of their ids, with the colours of the mosaic."""
    colours = mosaic_palette(label_set).tolist()
    return {
        "name": label_set.name,
        "classes": [
            {"id": class_id, "name": name, "name_zh": label_set.classes_zh[class_id], "colour": colour_text(colour)}
            for class_id, (name, colour) in enumerate(zip(label_set.classes, colours, strict=True))
        ],
        "flip_pairs": [list(pair) for pair in label_set.flip_pairs],
    }


def colour_text(rgb: list[int]) -> str:
    """As in CSS, "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)

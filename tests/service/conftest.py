"""An application with a parser that sees colours, without a network."""

from __future__ import annotations

import http.client
import inspect
import io
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import quote

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray
from PIL import Image
from werkzeug.test import Client, TestResponse

from fittingroom.engine.card import ModelCard
from fittingroom.imaging import Photo
from fittingroom.labels import LabelSet
from fittingroom.results import ParseResult
from fittingroom.service.app import create_app
from fittingroom.service.models import Models
from fittingroom.service.settings import ServiceSettings

HEADS = LabelSet("heads", ("background", "hair", "face"), ("背景", "头发", "面部"))
CARD = ModelCard(
    name="heads-1", label_set="heads", classes=HEADS.classes, classes_zh=HEADS.classes_zh, flip_pairs=(),
    long_side_px=64, also_mirrored=False, sha256="0" * 64, licence="Apache-2.0", training_data=("drawn",),
    recipe="none", measured={"mIoU": 1.0},
)  # fmt: skip


@dataclass
class ColourParser:
    """Sees hair in red and a face in green; who stands left of the middle is person 1.

    While `gate` is closed, every photo waits in front of it; `seen` counts those that went in.
    """

    card: ModelCard = CARD
    gate: threading.Event = field(default_factory=threading.Event)
    seen: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    def parse(self, photo: Photo, *, schema: str = "cihp") -> ParseResult:
        self.seen += 1
        assert self.gate.wait(10)
        pixels = photo.pixels_rgb
        labels = np.where(pixels[..., 0] > 128, 1, np.where(pixels[..., 1] > 128, 2, 0)).astype(np.uint8)
        sides = np.where(np.arange(labels.shape[1]) < labels.shape[1] // 2, 1, 2)
        persons = np.where(labels > 0, sides, 0).astype(np.uint16)
        persons = np.searchsorted(np.unique([0, *np.unique(persons)]), persons).astype(np.uint16)
        confidence = np.full(labels.shape, 204, np.uint8)
        return ParseResult.from_maps(labels, persons, confidence, label_set=HEADS, model_name="heads-1")


def drawn_photo(people: int = 1) -> NDArray[np.uint8]:
    """uint8 (16, 24, 3): heads of red hair over a green face, one in each half that shows a person."""
    pixels = np.zeros((16, 24, 3), np.uint8)
    for person in range(people):
        pixels[2:6, 12 * person + 2 : 12 * person + 8] = (255, 0, 0)
        pixels[6:14, 12 * person + 2 : 12 * person + 8] = (0, 255, 0)
    return pixels


def png(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def photo() -> bytes:
    """A PNG of one person."""
    return png(drawn_photo(1))


@pytest.fixture
def two_people() -> bytes:
    """A PNG of two people."""
    return png(drawn_photo(2))


@pytest.fixture
def parser() -> ColourParser:
    return ColourParser()


BuildClient = Callable[..., FlaskClient]


@pytest.fixture(params=["process", pytest.param("ray", marks=pytest.mark.slow)])
def build_client(request: pytest.FixtureRequest, parser: ColourParser) -> Iterator[BuildClient]:
    """Builds a client of an application whose settings are the defaults with the given changes.

    Once in this process, once on Ray: the same tests hold for both. Those that look into the process hold for one.
    """
    if request.param == "ray":
        looks_inside = {"parser", "monkeypatch", "caplog"} & set(inspect.signature(request.function).parameters)
        if looks_inside:
            pytest.skip(f"looks into the process: {', '.join(sorted(looks_inside))}")
        yield request.getfixturevalue("build_ray_client")
        return
    made: list[FlaskClient] = []

    def build(**changes: object) -> FlaskClient:
        settings = replace(ServiceSettings(models=("heads",)), **changes)
        models = Models(settings.models, lambda name: parser)
        models.load_all()
        parser.seen = 0
        app = create_app(settings, models)
        app.testing = False
        made.append(app.test_client())
        return made[-1]

    yield build
    parser.gate.set()
    for client in made:
        assert client.application.extensions["fittingroom"].stop(5)


@dataclass
class Forwarding:
    """A WSGI application that asks a server."""

    host: str
    port: int

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterator[bytes]:
        path = quote(environ["PATH_INFO"].encode("latin-1")) + ("?" if environ["QUERY_STRING"] else "")
        headers = {name[5:].replace("_", "-"): text for name, text in environ.items() if name.startswith("HTTP_")}
        headers["Content-Type"] = environ.get("CONTENT_TYPE", "")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        connection.request(environ["REQUEST_METHOD"], path + environ["QUERY_STRING"], body, headers)
        answer = connection.getresponse()
        start_response(f"{answer.status} {answer.reason}", answer.getheaders())
        try:
            while piece := answer.read1():
                yield piece
        finally:
            connection.close()

    def __getattr__(self, name: str) -> Any:
        pytest.skip(f"looks into the process: the application's {name}")


def colour_models(settings: ServiceSettings) -> Models:
    """Models that are `ColourParser`, in any process."""
    return Models(settings.models, lambda name: ColourParser())


@pytest.fixture(scope="session")
def ray_service(serve_port: int) -> Iterator[tuple[str, int]]:
    """Host and port of the service on Ray."""
    from ray import cloudpickle

    from fittingroom.distributed.serving import served_on_ray
    from fittingroom.distributed.settings import ClusterSettings

    # The replicas do not find the tests.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    cluster = ClusterSettings(max_replicas=1, cpus=0.5)
    settings = ServiceSettings(models=("heads",), port=serve_port)
    with served_on_ray(settings, cluster, address="auto", load=colour_models) as url:
        host, _, port = url.removeprefix("http://").rpartition(":")
        yield host, int(port)


@pytest.fixture
def build_ray_client(ray_service: tuple[str, int]) -> BuildClient:
    """The same as `build_client` for the service on Ray, whose settings are exchanged while it runs."""
    from ray import serve

    from fittingroom.distributed.settings import service_document

    def build(**changes: object) -> FlaskClient:
        config = {"service": service_document(replace(ServiceSettings(models=("heads",)), **changes))}
        for name in ("parsers", "jobs", "doors"):
            serve.get_deployment_handle(name, "fittingroom").reconfigure.remote(config).result(timeout_s=60)
        return cast("FlaskClient", Client(Forwarding(*ray_service), TestResponse))

    return build


@pytest.fixture
def client(build_client: BuildClient) -> FlaskClient:
    return build_client()


def form(**files: bytes | list[bytes]) -> dict[str, object]:
    """Arguments of a test client's post for a multipart body with these files."""
    named = {
        name: [(io.BytesIO(one), "x") for one in (content if isinstance(content, list) else [content])]
        for name, content in files.items()
    }
    return {"data": named, "content_type": "multipart/form-data"}


def multipart(photo: bytes, name: str = "image") -> tuple[bytes, dict[str, str]]:
    """A multipart body with one file, and its headers, as they go over the wire."""
    body = (
        f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n\r\n'.encode()
        + photo
        + b"\r\n--edge--\r\n"
    )
    return body, {"Content-Type": "multipart/form-data; boundary=edge"}

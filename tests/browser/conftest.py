"""The page in a real browser, served by the real service with a parser that sees drawn people."""

from __future__ import annotations

import contextlib
import io
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fittingroom.engine.card import ModelCard
from fittingroom.imaging import Photo
from fittingroom.labels import CIHP, mosaic_palette
from fittingroom.results import ParseResult

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from fittingroom.service.app import BuildBlueprint
    from fittingroom.service.settings import ServiceSettings

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# A machine that is busy otherwise takes its time.
TIMEOUT_MS = 120_000
CARD = ModelCard(
    name="mosaic-1", label_set="cihp", classes=CIHP.classes, classes_zh=CIHP.classes_zh, flip_pairs=CIHP.flip_pairs,
    long_side_px=512, also_mirrored=False, sha256="0" * 64, licence="Apache-2.0", training_data=("drawn",),
    recipe="none", measured={"mIoU": 1.0},
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


class MosaicParser:
    """Sees each class in its mosaic colour; who stands left of the middle is person 1. Sure to four fifths."""

    card = CARD

    def parse(self, photo: Photo, *, schema: str = "cihp") -> ParseResult:
        labels, persons = seen_maps(photo.pixels_rgb)
        confidence = np.full(labels.shape, 204, np.uint8)
        return ParseResult.from_maps(labels, persons, confidence, label_set=CIHP, model_name="mosaic-1")


def seen_maps(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Label map and person map of a drawn picture, uint8 (H, W, 3) RGB."""
    labels = np.zeros(pixels.shape[:2], np.uint8)
    for class_id, colour in enumerate(mosaic_palette(CIHP)):
        # Shoes share a colour: it is read as the left one's.
        if class_id != CIHP.id_of("right-shoe"):
            labels[(pixels == colour).all(axis=2)] = class_id
    sides = np.where(np.arange(labels.shape[1]) < labels.shape[1] // 2, 1, 2)
    persons = np.where(labels > 0, sides, 0)
    return labels, np.searchsorted(np.unique([0, *np.unique(persons)]), persons).astype(np.uint16)


def drawn_people(people: int = 2) -> NDArray[np.uint8]:
    """uint8 (120, 200, 3): up to two people of six parts each; 40 pixels wide shoulders, arms beside them."""
    palette = mosaic_palette(CIHP)
    pixels = np.zeros((120, 200, 3), np.uint8)
    for person in range(people):
        x = 100 * person + 30
        for name, rows, columns in (
            ("hair", slice(10, 20), slice(x + 12, x + 28)),
            ("face", slice(20, 36), slice(x + 12, x + 28)),
            ("upper-clothes", slice(36, 76), slice(x, x + 40)),
            ("right-arm", slice(36, 70), slice(x - 10, x)),
            ("left-arm", slice(36, 70), slice(x + 40, x + 50)),
            ("pants", slice(76, 116), slice(x + 4, x + 36)),
        ):
            pixels[rows, columns] = palette[CIHP.id_of(name)]
    return pixels


def png(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def two_people() -> bytes:
    """A PNG that shows two people."""
    return png(drawn_people(2))


@pytest.fixture(scope="session")
def service_url() -> Iterator[str]:
    """Address of a running service."""
    pytest.importorskip("apiflask", reason="needs the extra 'service': pip install -e .[service]")
    pytest.importorskip("waitress", reason="needs the extra 'service': pip install -e .[service]")
    from fittingroom.service.settings import ServiceSettings
    from fittingroom.service.tryon_api import tryon_blueprint

    with running_service(ServiceSettings(models=("mosaic",), port=0), [tryon_blueprint]) as url:
        yield url


@contextlib.contextmanager
def running_service(settings: ServiceSettings, further: Sequence[BuildBlueprint]) -> Iterator[str]:
    """The address of a service whose parser sees what the colours of a drawing say."""
    from fittingroom.service.app import create_app
    from fittingroom.service.models import Models
    from fittingroom.service.server import Server

    models = Models(settings.models, lambda name: MosaicParser())
    models.load_all()
    server = Server(create_app(settings, models, further=further), settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.url
    server.stop()
    thread.join(30)
    assert not thread.is_alive()


# Of a module: while Playwright runs, there is an event loop, in which Ray and asyncio.run refuse to begin.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser without a window, whose camera shows a test picture."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the extra 'browser': pip install -e .[browser]")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("needs Chromium (apt-get install chromium), which is not there")
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Device:
    """What the page is looked at with; sizes in CSS pixels."""

    width: int = 1440
    height: int = 900
    scheme: str = "light"
    locale: str = "en-US"
    is_phone: bool = False


DESKTOP, PHONE = Device(), Device(width=390, height=844, is_phone=True)
OpenPage = Callable[..., "Page"]


@pytest.fixture
def open_page(chromium: Browser, service_url: str) -> Iterator[OpenPage]:
    """Opens the page; afterwards nothing may have gone wrong in it, nor may it have asked any other server."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []
    # Chromium logs every refused request by itself, and that a test reads a canvas back.
    expected = ("Failed to load resource", "willReadFrequently")

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda message: (
                wrong.append(message.text)
                if message.type in ("error", "warning") and not any(text in message.text for text in expected)
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                wrong.append(f"asked {request.url}")
                if not request.url.startswith((service_url, "blob:", "data:", "chrome"))
                else None
            ),
        )

    def build(device: Device = DESKTOP, *, prepare: Callable[[Page], Any] | None = None) -> Page:
        context = chromium.new_context(
            viewport={"width": device.width, "height": device.height},
            color_scheme=device.scheme,
            locale=device.locale,
            has_touch=device.is_phone,
            is_mobile=device.is_phone,
            device_scale_factor=2 if device.is_phone else 1,
            reduced_motion="reduce",
            permissions=["camera", "clipboard-read", "clipboard-write"],
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        watch(page)
        if prepare:
            prepare(page)
        page.goto(service_url)
        page.wait_for_selector("#theme .icon")
        return page

    yield build
    for context in contexts:
        context.close()
    assert not wrong


def add_photo(page: Page, content: bytes, name: str = "photo.png") -> None:
    """Choose a file as a visitor would."""
    page.set_input_files("#file-input", [{"name": name, "mimeType": "image/png", "buffer": content}])


def add_parsed(page: Page, content: bytes, name: str = "photo.png") -> None:
    """Choose a file and wait for its people."""
    add_photo(page, content, name)
    page.wait_for_selector("#panel-people .person, #panel-people .empty", state="attached")
    frame(page)


def frame(page: Page) -> None:
    """Wait until the page has drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def point_of(page: Page, x: float, y: float, size_wh: tuple[int, int] = (200, 120)) -> tuple[float, float]:
    """Where a pixel of the fitted photo lies in the window, in CSS pixels."""
    box = page.locator("#surface").bounding_box()
    assert box is not None
    room = 2 * min(28, 0.02 * box["width"])
    scale = min((box["width"] - room) / size_wh[0], (box["height"] - room) / size_wh[1])
    left = box["x"] + (box["width"] - size_wh[0] * scale) / 2
    top = box["y"] + (box["height"] - size_wh[1] * scale) / 2
    return left + (x + 0.5) * scale, top + (y + 0.5) * scale


def downloaded(page: Page, key: str) -> tuple[str, bytes]:
    """Name and content of the file that an entry of the download tab gives."""
    page.click("#tab-download")
    with page.expect_download() as waiting:
        page.click(f"#panel-download [data-key='{key}']")
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def read_ids(content: bytes) -> NDArray[Any]:
    """The ids of a map that was downloaded."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def downloaded_maps(page: Page) -> tuple[NDArray[Any], NDArray[Any]]:
    """Label map and person map as the page gives them."""
    return read_ids(downloaded(page, "labels")[1]), read_ids(downloaded(page, "instances")[1])

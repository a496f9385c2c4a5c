"""Maps keep every value on their way into the page and out of it."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fittingroom.labels import INDEX_PALETTE

from .conftest import OpenPage

READ = """async (text) => {
    const { decodePng } = await import('/static/js/png.js');
    const { values, width, height } = await decodePng(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
    return { width, height, values: [...values] };
}"""
WRITE = """async ({ values, width, height, bits }) => {
    const { encodePng } = await import('/static/js/png.js');
    const { indexPalette } = await import('/static/js/label-set.js');
    const array = bits === 16 ? Uint16Array.from(values) : Uint8Array.from(values);
    const blob = await encodePng(array, width, height, bits === 'palette' ? indexPalette() : undefined);
    return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
}"""


def ramps() -> NDArray[np.uint8]:
    """uint8 (40, 53): noise, both ramps, and a plain region, so that an encoder has a use for every row filter."""
    rows, columns = np.mgrid[:40, :53]
    noise = np.random.default_rng(0).integers(0, 256, (40, 53))
    return np.where(rows < 10, noise, np.where(rows < 20, 5 * columns, np.where(rows < 30, 6 * rows, 7))).astype(
        np.uint8
    )


@pytest.mark.parametrize("kind", ["grey", "grey of 16 bits", "palette", "palette of 4 bits", "one pixel"])
def test_a_png_is_read_value_for_value(open_page: OpenPage, kind: str) -> None:
    ids: NDArray[Any] = ramps()
    options: dict[str, Any] = {"optimize": True}
    if kind == "grey of 16 bits":
        ids = ids.astype(np.uint16) * 251
    if kind == "palette of 4 bits":
        ids, options = ids % 16, {"bits": 4}
    if kind == "one pixel":
        ids = ids[:1, :1]
    image = Image.fromarray(ids)
    if kind.startswith("palette"):
        image.putpalette(INDEX_PALETTE.tobytes())
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    read = open_page().evaluate(READ, base64.b64encode(stream.getvalue()).decode())
    assert np.array_equal(np.reshape(read["values"], (read["height"], read["width"])), ids)


@pytest.mark.parametrize("bits", [8, 16, "palette"])
def test_a_png_is_written_value_for_value(open_page: OpenPage, bits: int | str) -> None:
    ids = ramps().astype(np.uint16) * (251 if bits == 16 else 1)
    argument = {"values": ids.ravel().tolist(), "width": 53, "height": 40, "bits": bits}
    with Image.open(io.BytesIO(base64.b64decode(open_page().evaluate(WRITE, argument)))) as image:
        assert image.mode == {8: "L", 16: "I;16", "palette": "P"}[bits]
        if bits == "palette":
            assert image.getpalette() == INDEX_PALETTE.ravel().tolist()
        assert np.array_equal(np.asarray(image), ids)


def test_a_picture_of_three_channels_is_refused(open_page: OpenPage) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (3, 2)).save(stream, "PNG")
    text = base64.b64encode(stream.getvalue()).decode()
    message = open_page().evaluate(f"(text) => ({READ})(text).catch((error) => error.message)", text)
    assert "expected one channel" in message

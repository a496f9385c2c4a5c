"""Recognising formats, opening headers, telling whole files from cut ones."""

import io
import struct
import sys
import threading
import warnings
import zlib

import pytest
from PIL import Image, features

from fittingroom.errors import MissingExtraError, PhotoDamagedError, PhotoFormatError
from fittingroom.imaging.formats import is_complete, open_header, recognise, warnings_silenced


def encoded_as(pillow_format: str) -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((32, 24)).convert("RGB").save(stream, pillow_format)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WebP", "AVIF"])
def test_every_allowed_format_is_recognised_and_its_header_opened(name: str) -> None:
    encoded = encoded_as(name)
    image, header_end = open_header(encoded, recognise(encoded, "photo"), "photo")
    assert recognise(encoded, "photo") == name
    assert image.size == (32, 24)
    assert 0 < header_end <= len(encoded)


@pytest.mark.parametrize(
    ("first_bytes", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0heicmif1", "HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
    ],
)
def test_all_brands_of_a_box_file_are_asked(first_bytes: bytes, name: str) -> None:
    assert recognise(first_bytes, "photo") == name


@pytest.mark.parametrize(
    ("first_bytes", "kind"),
    [
        (encoded_as("GIF"), "a GIF"),
        (encoded_as("TIFF"), "a TIFF or camera raw file"),
        (encoded_as("BMP"), "a BMP"),
        (b"%PDF-1.7", "a PDF"),
        (b"<!DOCTYPE html>", "a web page or an SVG"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a video or another file of the MP4 family"),
        (b"no photo at all", "of an unknown kind"),
        (b"\xff\xd8", "of an unknown kind"),
    ],
)
def test_another_format_is_refused_by_name_with_the_allowed_ones(first_bytes: bytes, kind: str) -> None:
    with pytest.raises(PhotoFormatError) as caught:
        recognise(first_bytes, "photo 'x.jpg'")
    assert str(caught.value).startswith(f"photo 'x.jpg' is {kind} (its {len(first_bytes)} bytes begin with ")
    assert "expected JPEG, PNG, WebP, AVIF or HEIC; save it as one of these" in str(caught.value)


def test_heic_without_the_extra_names_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(MissingExtraError, match=r"pip install fittingroom\[heic\]"):
        open_header(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC", "photo")


def test_avif_with_a_pillow_built_without_it_names_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)
    with pytest.raises(MissingExtraError, match=r"pip install --upgrade 'pillow>=11\.3'"):
        open_header(encoded_as("AVIF"), "AVIF", "photo")


def test_a_header_that_makes_no_sense_is_damaged_and_keeps_its_cause() -> None:
    with pytest.raises(PhotoDamagedError, match="begins like PNG but its header cannot be read: ") as caught:
        open_header(b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG", "photo")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_bytes_behind_the_end_do_no_harm(name: str) -> None:
    encoded = encoded_as(name)
    _, header_end = open_header(encoded, name, "photo")
    assert is_complete(encoded + b"trailing" * 100, name, header_end)


def test_a_preview_in_the_header_does_not_hide_a_missing_jpeg_end() -> None:
    preview = encoded_as("JPEG")
    encoded = encoded_as("JPEG")
    application_segment = b"\xff\xe5" + struct.pack(">H", len(preview) + 2) + preview
    with_preview = encoded[:2] + application_segment + encoded[2:]
    _, header_end = open_header(with_preview, "JPEG", "photo")
    assert is_complete(with_preview, "JPEG", header_end)
    assert not is_complete(with_preview[:-2], "JPEG", header_end)


def test_a_png_with_one_wrong_pixel_byte_is_incomplete_but_metadata_may_be_wrong() -> None:
    encoded = encoded_as("PNG")
    broken_text = struct.pack(">I4s4sI", 4, b"tEXt", b"a\0bc", 12345)
    assert zlib.crc32(b"tEXta\0bc") != 12345
    assert is_complete(encoded[:-12] + broken_text + encoded[-12:], "PNG", 0)
    in_pixels = encoded.index(b"IDAT") + 10
    assert not is_complete(encoded[:in_pixels] + b"!" + encoded[in_pixels + 1 :], "PNG", 0)


def test_silencing_in_many_threads_leaves_the_warning_filters_as_they_were() -> None:
    before = list(warnings.filters)

    def silence_often() -> None:
        for _ in range(200):
            with warnings_silenced():
                warnings.warn("unheard", UserWarning, stacklevel=1)

    threads = [threading.Thread(target=silence_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before

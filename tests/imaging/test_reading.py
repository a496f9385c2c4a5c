"""Photos from every source, and everything that can be wrong with one."""

import contextlib
import io
import os
import random
import struct
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from fittingroom.errors import (
    PhotoDamagedError,
    PhotoError,
    PhotoFormatError,
    PhotoNotFoundError,
    PhotoTooLargeError,
    ShapeError,
)
from fittingroom.imaging import PhotoSource, ReadLimits, read_photo

LOSSLESS = {"PNG": {}, "WebP": {"lossless": True}}
FORMATS = ("JPEG", "PNG", "WebP", "AVIF")


def picture(height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """Smooth, and different in every corner."""
    y, x = np.mgrid[:height, :width]
    return np.stack([255 * x / width, 255 * y / height, 128 + 127 * (x - y) / (height + width)], axis=2).astype(
        np.uint8
    )


def encoded_as(
    pillow_format: str, pixels: NDArray[np.uint8] | None = None, *, orientation: int = 1, lossless: bool = False
) -> bytes:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture() if pixels is None else pixels).save(
        stream, pillow_format, exif=exif, quality=95, lossless=lossless, subsampling="4:4:4"
    )
    return stream.getvalue()


def as_stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The inverse of what a reader does, by the standard's table of first row and first column."""
    swapped = upright.transpose(1, 0, 2)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: swapped,
        6: swapped[::-1],
        7: swapped[::-1, ::-1],
        8: swapped[:, ::-1],
    }[orientation]
    return np.ascontiguousarray(stored)


# ---- every format, every source ----


@pytest.mark.parametrize("pillow_format", FORMATS)
def test_every_format_gives_the_picture_with_its_size_and_name(pillow_format: str, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "me.jpg"
    path.parent.mkdir()
    path.write_bytes(encoded_as(pillow_format))
    photo = read_photo(path)
    assert (photo.format, photo.name, photo.size_hw) == (pillow_format, "me.jpg", (48, 64))
    assert photo.pixels_rgb.dtype == np.uint8
    assert photo.pixels_rgb.flags.c_contiguous
    assert photo.pixels_rgb.flags.writeable
    assert np.abs(photo.pixels_rgb.astype(int) - picture()).max() <= 12


@pytest.mark.parametrize("pillow_format", LOSSLESS)
def test_lossless_formats_round_trip_exactly(pillow_format: str) -> None:
    photo = read_photo(encoded_as(pillow_format, lossless=True))
    np.testing.assert_array_equal(photo.pixels_rgb, picture())


def test_all_sources_of_one_photo_read_the_same(tmp_path: Path) -> None:
    encoded = encoded_as("JPEG", orientation=6)
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded)
    expected = read_photo(encoded).pixels_rgb
    with path.open("rb") as file, Image.open(path) as image:
        for source in (path, str(path), file, io.BytesIO(encoded), bytearray(encoded), memoryview(encoded), image):
            np.testing.assert_array_equal(read_photo(source).pixels_rgb, expected)  # type: ignore[arg-type]


def test_a_jpeg_decodes_to_the_same_pixels_as_with_pillow() -> None:
    for image in (Image.fromarray(picture()), Image.fromarray(picture()).convert("L")):
        for subsampling in (0, 2):
            for progressive in (False, True):
                stream = io.BytesIO()
                image.save(stream, "JPEG", subsampling=subsampling, progressive=progressive)
                expected = np.array(Image.open(stream).convert("RGB"))
                np.testing.assert_array_equal(read_photo(stream.getvalue()).pixels_rgb, expected)


def test_heic_is_read_upright_with_the_extra() -> None:
    pytest.importorskip("pi_heif", reason="the extra heic is not installed")
    # `as_stored(picture(), 6)` at quality 95 with its EXIF orientation; the extra cannot write HEIC
    stored = Path(__file__).with_name("turned.heic").read_bytes()
    photo = read_photo(stored)
    assert (photo.format, photo.size_hw) == ("HEIC", (48, 64))
    assert np.abs(photo.pixels_rgb.astype(int) - picture()).max() <= 16
    for cut in (20, 100, len(stored) // 2, len(stored) - 1):
        with pytest.raises((PhotoDamagedError, PhotoFormatError)):
            read_photo(stored[:cut])


# ---- orientation and colour ----


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("pillow_format", LOSSLESS)
def test_every_orientation_of_the_same_upright_picture_reads_as_the_same_pixels(
    orientation: int, pillow_format: str
) -> None:
    stored = as_stored(picture(), orientation)
    photo = read_photo(encoded_as(pillow_format, stored, orientation=orientation, lossless=True))
    np.testing.assert_array_equal(photo.pixels_rgb, picture())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("pillow_format", ["JPEG", "AVIF"])
def test_every_orientation_of_a_lossy_picture_reads_as_nearly_the_same_pixels(
    orientation: int, pillow_format: str
) -> None:
    stored = as_stored(picture(), orientation)
    photo = read_photo(encoded_as(pillow_format, stored, orientation=orientation))
    assert photo.size_hw == (48, 64)
    assert np.abs(photo.pixels_rgb.astype(int) - picture()).max() <= 12


def test_an_exif_behind_the_pixels_of_a_png_counts_too() -> None:
    encoded = encoded_as("PNG", as_stored(picture(), 8))
    exif = Image.Exif()
    exif[0x0112] = 8
    content = b"eXIf" + exif.tobytes()[6:]
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    start = encoded.index(b"eXIf") - 4
    without = encoded[:start] + encoded[start + 12 + int.from_bytes(encoded[start : start + 4], "big") :]
    np.testing.assert_array_equal(read_photo(without[:-12] + chunk + without[-12:]).pixels_rgb, picture())


def test_a_jpeg_with_a_profile_is_converted_and_turned() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    exif = Image.Exif()
    exif[0x0112] = 3
    for profile, expected in ((srgb, picture()), (swapped, picture()[..., ::-1])):
        stream = io.BytesIO()
        stored = Image.fromarray(as_stored(picture(), 3))
        stored.save(stream, "JPEG", quality=95, subsampling=0, icc_profile=profile, exif=exif)
        assert np.abs(read_photo(stream.getvalue()).pixels_rgb.astype(int) - expected).max() <= 12


def test_a_cmyk_jpeg_shows_the_same_colours() -> None:
    stream = io.BytesIO()
    Image.fromarray(picture()).convert("CMYK").save(stream, "JPEG", quality=95, subsampling=0)
    assert np.abs(read_photo(stream.getvalue()).pixels_rgb.astype(int) - picture()).max() <= 12


def test_broken_exif_does_not_stop_a_good_photo() -> None:
    stream = io.BytesIO()
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\xff\xff\xff\xff"
    Image.fromarray(picture()).save(stream, "JPEG", exif=exif)
    assert read_photo(stream.getvalue()).size_hw == (48, 64)


# ---- arrays and PIL images ----


def test_arrays_of_grey_rgb_and_rgba_are_taken_as_they_are() -> None:
    rgb = picture()
    np.testing.assert_array_equal(read_photo(rgb).pixels_rgb, rgb)
    np.testing.assert_array_equal(read_photo(rgb[..., 0]).pixels_rgb, np.dstack([rgb[..., 0]] * 3))
    np.testing.assert_array_equal(read_photo(rgb[..., :1]).pixels_rgb, np.dstack([rgb[..., 0]] * 3))
    opaque = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    np.testing.assert_array_equal(read_photo(opaque).pixels_rgb, rgb)
    clear = np.dstack([rgb, np.zeros(rgb.shape[:2], np.uint8)])
    assert read_photo(clear).pixels_rgb.min() == 255
    assert (read_photo(rgb).name, read_photo(rgb).format) == (None, "array")


def test_an_array_with_strides_becomes_contiguous() -> None:
    bgr_view = picture()[::2, ::-1, ::-1]
    photo = read_photo(bgr_view)
    assert photo.pixels_rgb.flags.c_contiguous
    np.testing.assert_array_equal(photo.pixels_rgb, bgr_view)


@pytest.mark.parametrize(
    ("array", "advice"),
    [
        (np.zeros((4, 4, 3), np.float32), r"float32; expected uint8 in 0\.\.255; convert values of 0\.\.1"),
        (np.zeros((4, 4, 3), np.uint16), r"uint16; .*array >> 8"),
        (np.zeros((4, 4), bool), "bool; .*a mask is no photo"),
        (np.zeros((4, 4, 3), np.int64), r"int64; .*array\.astype"),
        (np.zeros((3, 48, 64), np.uint8), r"\(3, 48, 64\); .*transpose\(1, 2, 0\)"),
        (np.zeros((1, 48, 64, 3), np.uint8), "pass the photos of a batch one by one"),
        (np.zeros((48, 64, 2), np.uint8), r"\(48, 64, 2\); expected \(height, width\)"),
        (np.zeros((0, 64, 3), np.uint8), "no side zero"),
        (np.zeros(7, np.uint8), r"\(7,\)"),
    ],
)
def test_an_array_that_is_no_photo_is_refused_with_the_remedy(array: NDArray[np.uint8], advice: str) -> None:
    with pytest.raises(ShapeError, match=advice):
        read_photo(array)


def test_a_pil_image_keeps_its_pixels_and_is_not_changed() -> None:
    image = Image.fromarray(picture())
    photo = read_photo(image)
    np.testing.assert_array_equal(photo.pixels_rgb, picture())
    assert photo.format == "PIL"
    photo.pixels_rgb[:] = 0
    np.testing.assert_array_equal(np.array(image), picture())


def test_a_pil_image_of_no_pixels_or_closed_or_cut_is_damaged() -> None:
    closed = Image.fromarray(picture())
    closed.close()
    encoded = encoded_as("JPEG")
    for image in (Image.new("RGB", (0, 5)), closed, Image.open(io.BytesIO(encoded[: len(encoded) // 2]))):
        with pytest.raises(PhotoDamagedError):
            read_photo(image)


# ---- limits ----


def png_header_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def test_a_bomb_is_refused_from_its_header_without_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("decoding began")

    monkeypatch.setattr("fittingroom.imaging.reading._decode", fail)
    start_s = time.perf_counter()
    with pytest.raises(PhotoTooLargeError) as caught:
        read_photo(png_header_of(30_000, 30_000))
    assert time.perf_counter() - start_s < 1
    assert str(caught.value) == (
        "photo is 30000x30000 = 900.0 million pixels; at most 40.0 million are read; "
        "make it smaller or raise ReadLimits.max_pixels"
    )


def test_every_source_and_format_keeps_the_pixel_limit() -> None:
    exactly, one_less = ReadLimits(max_pixels=48 * 64), ReadLimits(max_pixels=48 * 64 - 1)
    sources: list[PhotoSource] = [*(encoded_as(name) for name in FORMATS), picture(), Image.fromarray(picture())]
    for source in sources:
        assert read_photo(source, limits=exactly).size_hw == (48, 64)
        with pytest.raises(PhotoTooLargeError, match=r"64x48 = 0\.0 million pixels"):
            read_photo(source, limits=one_less)


@pytest.mark.parametrize("pillow_format", FORMATS)
def test_above_pillows_own_limits_a_photo_is_read_or_refused_and_warns_nobody(
    pillow_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = encoded_as(pillow_format)
    n_pixels = 48 * 64
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", n_pixels - 1)  # Pillow would warn
    assert read_photo(encoded).size_hw == (48, 64)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", n_pixels // 4)  # Pillow would raise, and may for WebP
    with contextlib.suppress(PhotoTooLargeError):
        assert read_photo(encoded).size_hw == (48, 64)


def test_the_byte_limit_holds(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded_as("PNG"))
    with pytest.raises(PhotoTooLargeError, match=r"a\.png' has \d+ bytes or more; at most 100 "):
        read_photo(tmp_path / "a.png", limits=ReadLimits(max_bytes=100))


@pytest.mark.parametrize("pillow_format", ["PNG", "WebP", "AVIF"])
def test_an_animation_gives_its_first_picture_or_is_refused(pillow_format: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "lime")]
    stream = io.BytesIO()
    frames[0].save(stream, pillow_format, save_all=True, append_images=frames[1:])
    first = read_photo(stream.getvalue()).pixels_rgb[8, 8].astype(int)
    assert np.abs(first - [255, 0, 0]).max() <= 6
    with pytest.raises(PhotoFormatError, match=r'holds 3 pictures; expected one; .*frames="first"'):
        read_photo(stream.getvalue(), limits=ReadLimits(frames="refuse"))
    assert read_photo(encoded_as(pillow_format), limits=ReadLimits(frames="refuse")).size_hw == (48, 64)


def test_a_jpeg_with_a_second_picture_behind_it_is_no_animation() -> None:
    stream = io.BytesIO()
    red = Image.new("RGB", (16, 16), "red")
    red.save(stream, "MPO", save_all=True, append_images=[Image.new("RGB", (16, 16), "blue")])
    photo = read_photo(stream.getvalue(), limits=ReadLimits(frames="refuse"))
    assert photo.format == "JPEG"
    assert np.abs(photo.pixels_rgb[8, 8].astype(int) - [255, 0, 0]).max() <= 6


# ---- bad input ----


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(PhotoDamagedError, match=r"empty\.jpg' is empty \(0 bytes\)"):
        read_photo(tmp_path / "empty.jpg")
    with pytest.raises(PhotoDamagedError, match=r"photo is empty \(0 bytes\)"):
        read_photo(b"")


def test_a_picture_of_zero_width_is_damaged() -> None:
    with pytest.raises(PhotoDamagedError):
        read_photo(png_header_of(0, 10))


def test_the_bytes_decide_and_not_the_ending(tmp_path: Path) -> None:
    (tmp_path / "really-a-jpeg.png").write_bytes(encoded_as("JPEG"))
    assert read_photo(tmp_path / "really-a-jpeg.png").format == "JPEG"
    gif = io.BytesIO()
    Image.fromarray(picture()).save(gif, "GIF")
    (tmp_path / "really-a-gif.jpg").write_bytes(gif.getvalue())
    with pytest.raises(PhotoFormatError, match=r"really-a-gif\.jpg' is a GIF .*expected JPEG, PNG, WebP, AVIF or HEIC"):
        read_photo(tmp_path / "really-a-gif.jpg")


def test_folders_and_missing_files_are_not_found(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.jpg", os.fsencode(tmp_path / "missing.jpg").decode()):
        with pytest.raises(PhotoNotFoundError):
            read_photo(path)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("pillow_format", FORMATS)
def test_a_file_cut_anywhere_is_an_error_and_never_half_a_picture(pillow_format: str, progressive: bool) -> None:
    stream = io.BytesIO()
    Image.fromarray(picture()).save(stream, pillow_format, progressive=progressive)
    encoded = stream.getvalue()
    cuts = {1, 2, 3, 8, 12, 20, 33, 60, *range(100, len(encoded), max(1, len(encoded) // 60))}
    cuts |= {len(encoded) - missing for missing in (1, 2, 3, 4, 5, 11, 12, 13, 30)}
    for cut in cuts:
        with pytest.raises((PhotoDamagedError, PhotoFormatError)):
            read_photo(encoded[:cut])


def test_a_jpeg_whose_second_half_is_zeros_is_damaged() -> None:
    encoded = encoded_as("JPEG")
    half = len(encoded) // 2
    with pytest.raises(PhotoDamagedError, match=r"truncated or altered: its \d+ bytes are not the whole JPEG of 64x48"):
        read_photo(encoded[:half] + bytes(len(encoded) - half))


@pytest.mark.parametrize("pillow_format", FORMATS)
def test_bytes_behind_the_end_do_no_harm(pillow_format: str) -> None:
    encoded = encoded_as(pillow_format)
    expected = read_photo(encoded).pixels_rgb
    np.testing.assert_array_equal(read_photo(encoded + b"\0trailing\xff" * 50).pixels_rgb, expected)


@pytest.mark.parametrize("pillow_format", FORMATS)
def test_mutated_files_are_read_or_refused_but_nothing_else_escapes(pillow_format: str) -> None:
    rng = random.Random(20_240_601)
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(picture(24, 32)).save(stream, pillow_format, exif=exif, icc_profile=srgb)
    encoded = stream.getvalue()
    n_refused = 0
    for _ in range(120):
        mutated = bytearray(encoded)
        for _ in range(rng.choice((1, 2, 8, 40))):
            # Headers deserve more than their share of the bytes.
            end = len(mutated) if rng.random() < 0.5 else min(len(mutated), 200)
            mutated[rng.randrange(end)] = rng.choice((0, 1, 127, 255, rng.randrange(256)))
        if rng.random() < 0.3:
            start = rng.randrange(len(mutated))
            del mutated[start : start + rng.randrange(1, 60)]
        try:
            photo = read_photo(bytes(mutated), limits=ReadLimits(max_pixels=1_000_000))
            assert photo.pixels_rgb.ndim == 3
        except PhotoError:
            n_refused += 1
    assert n_refused > 10


def test_one_photo_read_by_many_threads_is_the_same_every_time() -> None:
    encoded = {name: encoded_as(name, orientation=5) for name in FORMATS}
    expected = {name: read_photo(content).pixels_rgb for name, content in encoded.items()}
    wrong: list[str] = []

    def read_often() -> None:
        for name, content in encoded.items():
            for _ in range(5):
                if not np.array_equal(read_photo(content).pixels_rgb, expected[name]):
                    wrong.append(name)

    threads = [threading.Thread(target=read_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_pillows_global_settings_stay_as_they_were() -> None:
    before = (Image.MAX_IMAGE_PIXELS, sorted(Image.OPEN))
    for name in FORMATS:
        read_photo(encoded_as(name))
    assert (Image.MAX_IMAGE_PIXELS, sorted(Image.OPEN)) == before


def test_the_shared_photographs_are_read(shared_data: Path) -> None:
    photographs = sorted((shared_data / "groups").glob("*.jpg"))
    assert photographs
    for path in photographs[:2]:
        with Image.open(path) as image:
            assert read_photo(path).size_hw == (image.height, image.width)

"""Encoders, and files that are complete or absent."""

import errno
import io
import os
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image

from fittingroom.errors import OutputError, ShapeError
from fittingroom.imaging import (
    encode_indexed_png,
    encode_jpeg,
    encode_png,
    encode_png16,
    read_photo,
    write_bytes_atomically,
)

Y, X = np.mgrid[:24, :32]
RGB = np.stack([8 * X, 10 * Y, 4 * (X + Y)], axis=2).astype(np.uint8)
PALETTE = np.arange(256 * 3).reshape(256, 3).astype(np.uint8)


def opened(encoded: bytes) -> Image.Image:
    return Image.open(io.BytesIO(encoded))


# ---- encoders ----


def test_a_png_of_grey_rgb_or_rgba_gives_its_values_back() -> None:
    for pixels in (RGB, RGB[..., 0], np.dstack([RGB, RGB[..., 0]]), RGB[::2, ::-1]):
        np.testing.assert_array_equal(np.array(opened(encode_png(pixels))), pixels)


def test_a_jpeg_keeps_colours_at_full_resolution() -> None:
    stripes = np.zeros((16, 16, 3), np.uint8)
    stripes[:, ::2] = (255, 0, 0)
    stripes[:, 1::2] = (0, 0, 255)
    image = opened(encode_jpeg(stripes))
    assert image.format == "JPEG"
    assert np.abs(np.array(image).astype(int) - stripes).max() <= 16  # with 4:2:0 every stripe would be purple


def test_a_higher_jpeg_quality_is_nearer_and_larger() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    coarse, fine = encode_jpeg(noise, quality=30), encode_jpeg(noise, quality=98)
    assert len(coarse) < len(fine)
    error_of = [np.abs(read_photo(encoded).pixels_rgb.astype(int) - noise).mean() for encoded in (coarse, fine)]
    assert error_of[0] > error_of[1]


def test_the_indices_of_an_indexed_png_are_the_labels() -> None:
    labels = np.array([[0, 1, 19], [255, 2, 20]], np.uint8)
    image = opened(encode_indexed_png(labels, PALETTE))
    assert image.mode == "P"
    np.testing.assert_array_equal(np.array(image), labels)
    np.testing.assert_array_equal(np.array(image.convert("RGB")), PALETTE[labels])


@pytest.mark.parametrize("n_colours", [1, 2, 3, 16, 17, 256])
def test_a_palette_of_any_length_keeps_labels_and_colours(n_colours: int) -> None:
    labels = np.arange(n_colours, dtype=np.uint8).reshape(1, -1)
    image = opened(encode_indexed_png(labels, PALETTE[:n_colours]))
    np.testing.assert_array_equal(np.array(image), labels)
    np.testing.assert_array_equal(np.array(image.convert("RGB")), PALETTE[labels])


def test_ids_of_16_bits_come_back() -> None:
    ids = np.array([[0, 1, 255], [256, 40_000, 65_535]], np.uint16)
    image = opened(encode_png16(ids))
    assert image.mode == "I;16"
    np.testing.assert_array_equal(np.array(image), ids)


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert encode_png(RGB) == encode_png(RGB.copy())
    assert encode_jpeg(RGB) == encode_jpeg(RGB.copy())


def test_wrong_arrays_are_refused_by_shape_and_dtype() -> None:
    with pytest.raises(ShapeError, match=r"float64 \(24, 32, 3\); expected uint8 \(height, width, 3\)"):
        encode_jpeg(RGB / 255.0)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=r"\(24, 32\)"):
        encode_jpeg(RGB[..., 0])
    with pytest.raises(ShapeError, match=r"\(24, 32, 2\); expected .*\(height, width\) or .*3\) or .*4\)"):
        encode_png(RGB[..., :2])
    with pytest.raises(ShapeError, match="no side zero"):
        encode_png(RGB[:0])
    with pytest.raises(ShapeError, match="expected uint16"):
        encode_png16(RGB[..., 0])  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=r"palette is uint8 \(256, 2\); expected uint8 \(1 to 256, 3\)"):
        encode_indexed_png(RGB[..., 0], PALETTE[:, :2])
    with pytest.raises(ShapeError, match="palette has 20 colours; label 248 needs 249"):
        encode_indexed_png(RGB[..., 0], PALETTE[:20])


def test_what_jpeg_cannot_hold_is_an_output_error() -> None:
    with pytest.raises(OutputError, match=r"\(1, 70000, 3\) cannot be written as JPEG; make it smaller or use PNG"):
        encode_jpeg(np.zeros((1, 70_000, 3), np.uint8))
    with pytest.raises(OutputError, match="quality is 0; expected 1 to 100"):
        encode_jpeg(RGB, quality=0)


# ---- files ----


def test_a_written_file_holds_the_bytes_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_bytes_atomically(tmp_path / "labels" / "deep" / "a.png", b"first")
    write_bytes_atomically(str(tmp_path / "labels" / "deep" / "a.png"), b"second")
    assert [path.name for path in (tmp_path / "labels" / "deep").iterdir()] == ["a.png"]
    assert (tmp_path / "labels" / "deep" / "a.png").read_bytes() == b"second"


@pytest.mark.skipif(os.name != "posix", reason="this system has no file modes")
def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_bytes_atomically(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
    ],
)
def test_a_failed_write_keeps_the_old_file_and_removes_its_own(
    failure: OSError, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")

    def fail(*_: object) -> NoReturn:
        raise failure

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OutputError, match=rf"a\.png' \(3 bytes\): {reason}; check the folder") as caught:
        write_bytes_atomically(target, b"new")
    assert caught.value.__cause__ is failure
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert target.read_bytes() == b"old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_full_device(*_: object) -> io.BufferedWriter:
        return open("/dev/full", "wb")

    monkeypatch.setattr(Path, "open", open_full_device)
    with pytest.raises(OutputError, match="No space left on device"):
        write_bytes_atomically(tmp_path / "a.png", b"x" * 100_000)
    assert not list(tmp_path.iterdir())


def test_an_interrupt_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes_atomically(tmp_path / "a.png", b"new")
    assert not list(tmp_path.iterdir())


def test_a_parent_that_is_a_file_a_folder_as_target_and_a_bad_name_are_output_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    targets = (tmp_path / "file" / "a.png", tmp_path / "folder", tmp_path / "nul\0", tmp_path / ("x" * 300), Path(""))
    for target in targets:
        with pytest.raises(OutputError, match="cannot write"):
            write_bytes_atomically(target, b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="this system has no /dev/null")
def test_a_device_is_never_replaced_by_a_file() -> None:
    with pytest.raises(OutputError, match="is a folder or a device"):
        write_bytes_atomically("/dev/null", b"new")
    assert not Path("/dev/null").is_file()

"""Bytes from paths, open files and memory."""

import io
import os
from pathlib import Path
from typing import NoReturn

import pytest

from fittingroom.errors import PhotoFormatError, PhotoNotFoundError, PhotoTooLargeError
from fittingroom.imaging.sources import fetch_photo


def test_a_path_a_file_and_bytes_give_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"content")
    with path.open("rb") as file:
        assert fetch_photo(file, max_bytes=100) == (b"content", str(path))
    assert fetch_photo(path, max_bytes=100) == (b"content", str(path))
    assert fetch_photo(str(path), max_bytes=100) == (b"content", str(path))
    assert fetch_photo(b"content", max_bytes=100) == (b"content", None)
    assert fetch_photo(io.BytesIO(b"content"), max_bytes=100) == (b"content", None)


def test_a_stream_that_gives_one_byte_at_a_time_is_read_to_its_end() -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1))

    assert fetch_photo(Dripping(b"content"), max_bytes=100)[0] == b"content"


def test_the_byte_limit_is_inclusive_for_every_source(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x" * 10)
    for source in (path, io.BytesIO(b"x" * 10), b"x" * 10):
        assert len(fetch_photo(source, max_bytes=10)[0]) == 10
    for source in (path, io.BytesIO(b"x" * 10), b"x" * 10):
        with pytest.raises(PhotoTooLargeError, match=r"has 10 bytes or more; at most 9 .*raise ReadLimits\.max_bytes"):
            fetch_photo(source, max_bytes=9)


def test_an_endless_stream_is_left_at_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += min(size, 1000)
            return b"x" * min(size, 1000)

    endless = Endless()
    with pytest.raises(PhotoTooLargeError):
        fetch_photo(endless, max_bytes=5000)  # type: ignore[arg-type]
    assert endless.given == 5001


def test_a_large_file_is_refused_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sparse.jpg"
    with path.open("wb") as file:
        file.truncate(2**33)

    def fail(*_: object) -> NoReturn:
        raise AssertionError("the file was opened")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(PhotoTooLargeError, match="8589934592 bytes"):
        fetch_photo(path, max_bytes=2**20)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(PhotoNotFoundError, match=r"gone\.jpg' does not exist; expected a file; check the path"):
        fetch_photo(tmp_path / "gone.jpg", max_bytes=100)


def test_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(PhotoNotFoundError, match="is a folder; expected a file; pass the photos in it one by one"):
        fetch_photo(tmp_path, max_bytes=100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoNotFoundError, match="is a pipe or a device"):
        fetch_photo(tmp_path / "pipe.jpg", max_bytes=100)


def test_a_forbidden_file_names_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(b"x")

    def forbid(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbid)
    with pytest.raises(PhotoNotFoundError, match=r"secret\.jpg' cannot be read: Permission denied") as caught:
        fetch_photo(path, max_bytes=100)
    assert isinstance(caught.value.__cause__, PermissionError)


@pytest.mark.parametrize("path", ["nul\0byte.jpg", "x" * 5000, "file.jpg/inside.jpg"])
def test_an_impossible_path_is_not_found(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.jpg").write_bytes(b"x")
    with pytest.raises(PhotoNotFoundError):
        fetch_photo(path, max_bytes=100)


def test_a_file_opened_as_text_is_refused_with_the_remedy() -> None:
    with pytest.raises(PhotoFormatError, match="reads as str; expected bytes; open it with 'rb'"):
        fetch_photo(io.StringIO("text"), max_bytes=100)  # type: ignore[arg-type]


def test_a_closed_file_and_one_that_fails_are_not_found() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError("peer went away")

    closed = io.BytesIO(b"x")
    closed.close()
    for stream in (Failing(), closed):
        with pytest.raises(PhotoNotFoundError, match="cannot be read"):
            fetch_photo(stream, max_bytes=100)


@pytest.mark.parametrize("source", [None, 3, ["a.jpg", "b.jpg"], {"path": "a.jpg"}])
def test_what_is_no_source_is_refused_by_its_type(source: object) -> None:
    with pytest.raises(PhotoFormatError, match=f"photo is a {type(source).__name__}; expected a path, bytes"):
        fetch_photo(source, max_bytes=100)  # type: ignore[arg-type]

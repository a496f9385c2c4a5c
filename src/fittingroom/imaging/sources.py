"""The bytes of a photo from a path, an open file or memory, never more than the limit."""

import os
import stat
from pathlib import Path
from typing import BinaryIO, Protocol

from fittingroom.errors import PhotoFormatError, PhotoNotFoundError, PhotoTooLargeError

_MIB = 2**20


class _Readable(Protocol):
    def read(self, n_bytes: int, /) -> object: ...


def photo_subject(path: str | None) -> str:
    """How an error names the photo at ``path``, or one without a path."""
    return f"photo {path!r}" if path else "photo"


def fetch_photo(source: str | os.PathLike[str] | bytes | BinaryIO, *, max_bytes: int) -> tuple[bytes, str | None]:
    """The encoded bytes, and the path where the source has one.

    Raises:
        PhotoNotFoundError: no file at the path, a folder, a device, or unreadable.
        PhotoTooLargeError: more than ``max_bytes``; a file's size is asked before it is read.
        PhotoFormatError: no path, bytes or binary file.
    """
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        return _read_file(path, max_bytes), path
    if isinstance(source, (bytes, bytearray, memoryview)):
        _check_size(len(source), photo_subject(None), max_bytes)
        return bytes(source), None
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        stream_path = name if isinstance(name, str) else None  # a pipe's name is its number
        return _read_stream(source, photo_subject(stream_path), max_bytes), stream_path
    raise PhotoFormatError(
        f"photo is a {type(source).__name__}; expected a path, bytes, a file opened with 'rb', "
        "a numpy array or a PIL image; pass several photos one by one"
    )


def _read_file(path: str, max_bytes: int) -> bytes:
    subject = photo_subject(path)
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise PhotoNotFoundError(f"{subject} is a folder; expected a file; pass the photos in it one by one")
        if not stat.S_ISREG(status.st_mode):
            raise PhotoNotFoundError(f"{subject} is a pipe or a device; expected a file; pass it opened with 'rb'")
        _check_size(status.st_size, subject, max_bytes)
        with Path(path).open("rb") as file:
            return _read_stream(file, subject, max_bytes)
    except FileNotFoundError as error:
        raise PhotoNotFoundError(f"{subject} does not exist; expected a file; check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise PhotoNotFoundError(f"{subject} cannot be read: {reason}; check the path and its permissions") from error


def _read_stream(stream: _Readable, subject: str, max_bytes: int) -> bytes:
    wanted = max_bytes + 1  # the one more tells "too large" without reading an endless stream
    chunks: list[bytes] = []
    while wanted > 0:  # a socket or a pipe may give less than it was asked for
        try:
            chunk = stream.read(wanted)
        except Exception as error:  # the stream is the caller's: what it raises is not ours to know
            raise PhotoNotFoundError(f"{subject} cannot be read: {error}; pass a file opened with 'rb'") from error
        if not isinstance(chunk, bytes):
            raise PhotoFormatError(f"{subject} reads as {type(chunk).__name__}; expected bytes; open it with 'rb'")
        if not chunk:
            break
        chunks.append(chunk)
        wanted -= len(chunk)
    encoded = b"".join(chunks)
    _check_size(len(encoded), subject, max_bytes)
    return encoded


def _check_size(n_bytes: int, subject: str, max_bytes: int) -> None:
    if n_bytes > max_bytes:
        raise PhotoTooLargeError(
            f"{subject} has {n_bytes} bytes or more; at most {max_bytes} ({max_bytes / _MIB:.1f} MiB) are read; "
            "save it smaller or raise ReadLimits.max_bytes"
        )

"""Where photos lie and results go: folders of this machine, object stores, and whatever fsspec knows."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyarrow import fs as arrow_fs

from fittingroom.errors import MissingExtraError, OutputError, PhotoNotFoundError

TEMPORARY_PREFIX = ".fittingroom-"
TEMPORARY_SUFFIX = ".tmp"
# Their files appear when they are closed, whole or not at all: a temporary name would only cost a copy.
_OBJECT_STORES = ("s3", "gs", "gcs", "abfs")
_WEB = ("http", "https")  # whose paths are whole addresses


@dataclass(frozen=True)
class Place:
    """A file or a folder: on this machine, or behind an address such as s3://bucket/photos.

    filesystem: what reads and writes it. path: its path there, with "/" between the parts. scheme: "" on this machine,
    else what stands before "://" in its address. query: what stands behind "?", where the address is a store's.
    """

    filesystem: arrow_fs.FileSystem
    path: str
    scheme: str = ""
    query: str = ""

    @property
    def is_local(self) -> bool:
        return not self.scheme

    @property
    def address(self) -> str:
        """What `place_of` makes this place of, in any process."""
        if not self.scheme or self.scheme in _WEB:
            return self.path
        return f"{self.scheme}://{self.path}{'?' if self.query else ''}{self.query}"

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def folder(self) -> Place:
        return replace(self, path=str(PurePosixPath(self.path).parent))

    def at(self, below: str) -> Place:
        """The place below this folder."""
        return replace(self, path=f"{self.path.rstrip('/')}/{below}")

    def kind(self) -> str:
        """ "file", "folder" or "missing".

        Raises:
            PhotoNotFoundError: the store cannot be asked.
        """
        try:
            found = self.filesystem.get_file_info(self.path).type
        except OSError as error:
            raise PhotoNotFoundError(f"cannot look at {self.address}: {one_line(error)}") from error
        return {arrow_fs.FileType.File: "file", arrow_fs.FileType.Directory: "folder"}.get(found, "missing")

    def children(self) -> list[tuple[str, bool, int]]:
        """What is directly in this folder: (name, whether it is a folder, size in bytes), sorted by name.

        Raises:
            PhotoNotFoundError: the folder cannot be read.
        """
        try:
            found = self.filesystem.get_file_info(arrow_fs.FileSelector(self.path))
        except OSError as error:
            raise PhotoNotFoundError(
                f"cannot read folder {self.address}: {one_line(error)}; allow reading it or leave it out"
            ) from error
        return sorted((info.base_name, info.type == arrow_fs.FileType.Directory, info.size or 0) for info in found)

    def open(self) -> pa.NativeFile:
        """The file, for reading anywhere in it.

        Raises:
            PhotoNotFoundError: it is missing or cannot be read.
        """
        try:
            return self.filesystem.open_input_file(self.path)
        except (OSError, ValueError) as error:
            raise PhotoNotFoundError(f"cannot read {self.address}: {one_line(error)}; check the address") from error

    def read(self, *, most: int = -1) -> bytes:
        """The bytes of the file, `most` of them at most.

        Raises:
            PhotoNotFoundError: it is missing or cannot be read.
        """
        with self.open() as file:
            try:
                return bytes(file.read() if most < 0 else file.read(most))
            except OSError as error:
                raise PhotoNotFoundError(f"cannot read {self.address}: {one_line(error)}") from error

    def write_atomically(self, content: bytes) -> None:
        """Write the file so that whoever looks sees all of it or none, also after a power failure; folders are made.

        Raises:
            OutputError: it cannot be written.
        """
        temporary = self.folder.at(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
        try:
            if self.is_local:
                _write_local(Path(temporary.path), Path(self.path), content)
            elif self.scheme in _OBJECT_STORES:
                _write_to(self, content)
            else:
                self.filesystem.create_dir(self.folder.path, recursive=True)
                _write_to(temporary, content)
                self.filesystem.move(temporary.path, self.path)
        except OSError as error:
            raise OutputError(
                f"cannot write {self.address} ({len(content)} bytes): {one_line(error)}; check the place, its "
                "permissions and the free space"
            ) from error

    def remove_temporary_files(self) -> None:
        """Remove what a crash left of files of this folder that were being written."""
        if self.kind() != "folder":
            return
        for name, is_folder, _ in self.children():
            if not is_folder and name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX):
                self.filesystem.delete_file(self.at(name).path)


def place_of(address: str) -> Place:
    """The place that a path or an address means.

    Raises:
        PhotoNotFoundError: the address is not understood, or its store cannot be reached.
        MissingExtraError: what would read it is not installed.
    """
    scheme, separator, rest = address.partition("://")
    if not separator or scheme == "file":
        return Place(arrow_fs.LocalFileSystem(), Path(os.path.abspath(address.removeprefix("file://"))).as_posix())
    # A key in a store may hold "?" itself; what belongs to the store has "=" behind it.
    path, _, query = rest.rpartition("?")
    if scheme not in _OBJECT_STORES or not path or "=" not in query:
        path, query = rest, ""
    store, _, below = path.partition("/")
    if scheme in _WEB:
        return Place(_fsspec_store(f"{scheme}://{store}"), address, scheme)
    try:
        filesystem = _arrow_store(f"{scheme}://{store}{'?' if query else ''}{query}")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        filesystem = _fsspec_store(f"{scheme}://{store}")
    except OSError as error:
        raise PhotoNotFoundError(f"cannot reach {address}: {one_line(error)}") from error
    return Place(filesystem, f"{store}/{below}".rstrip("/"), scheme, query)


def files_below(folder: Place, *, leave_out: str = "") -> Iterator[tuple[Place, int]]:
    """Every file below a folder with its size, in the order of the names; hidden ones are passed over.

    One folder's list is in memory at a time, and those of the folders above it.

    Args:
        folder: where to look.
        leave_out: path of a folder that is passed over.
    """
    for name, is_folder, size in folder.children():
        place = folder.at(name)
        if name.startswith(".") or place.path == leave_out:
            continue
        if is_folder:
            yield from files_below(place, leave_out=leave_out)
        else:
            yield place, size


def one_line(error: BaseException) -> str:
    """What an error says, on one line."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(reason).split())[:300]


@lru_cache(maxsize=64)
def _arrow_store(address: str) -> arrow_fs.FileSystem:
    """What Arrow reads an address with, asked for once: S3 is asked where a bucket lies."""
    return arrow_fs.FileSystem.from_uri(address)[0]


@lru_cache(maxsize=64)
def _fsspec_store(address: str) -> arrow_fs.FileSystem:
    import fsspec

    try:
        filesystem, _ = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise MissingExtraError(f"{address}: {one_line(error)}") from error
    except ValueError as error:
        raise PhotoNotFoundError(
            f"{address}: {one_line(error)}; give a path, or an address such as s3://..."
        ) from error
    return arrow_fs.PyFileSystem(arrow_fs.FSSpecHandler(filesystem))


def _write_local(temporary: Path, target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # the new name must outlast a power failure too
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write_to(place: Place, content: bytes) -> None:
    with place.filesystem.open_output_stream(place.path) as stream:
        stream.write(content)

"""Which photos the sources of a run mean, in an order that depends on the sources alone, each with an id of its own.

A photo's id is its place below the sources: ``beach/a.jpg`` in a folder, ``0001.tar/000017.jpg`` in a TAR,
``photos.parquet#17`` in a Parquet file without a column of ids.
"""

from __future__ import annotations

import glob
import os
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain, groupby
from pathlib import PurePosixPath
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from fittingroom.batch.storage import Place, files_below, one_line, place_of
from fittingroom.errors import ConfigError, FittingroomError, PhotoNotFoundError
from fittingroom.imaging.formats import PHOTO_EXTENSIONS

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")
PARQUET_SUFFIXES = (".parquet", ".pq")

Kind = Literal["file", "member", "cell", "lost"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One photo on the list of a run.

    Attributes:
        id: distinct within the run, as far as the sources' names are.
        kind: a "file" by itself, a "member" of a TAR, a "cell" of a Parquet file; "lost" cannot be read at all.
        file: address of the photo, or of the file that holds it.
        at: where in the TAR its bytes begin, or its row in the Parquet file.
        size_bytes: of the photo; -1 where the list cannot tell.
        detail: the Parquet column; of a lost one, why it is.
    """

    id: str
    kind: Kind
    file: str
    at: int = 0
    size_bytes: int = -1
    detail: str = ""


@dataclass(frozen=True)
class Columns:
    """Which columns of Parquet files hold photos (bytes or addresses) and ids; empty means: find one."""

    photo: str = ""
    id: str = ""


def list_photos(sources: Sequence[str], *, leave_out: Place, columns: Columns) -> Iterator[Listed]:
    """Every photo of the sources, one after the other; little of the list is in memory at a time.

    Args:
        sources: files, folders, patterns (``shards/*.tar``) and addresses (``s3://bucket/photos``). Folders and
            patterns stand for the photos, TARs and Parquet files in them; a file given by itself is a photo unless its
            name says otherwise.
        leave_out: the folder of the results, which are no photos.
        columns: of Parquet files.

    Raises:
        PhotoNotFoundError: a source is missing, or holds nothing.
        ConfigError: a Parquet file has no such columns.
    """
    bases = [_base_of(source) for source in sources]
    root = _common_root(bases)
    for source, base in zip(sources, bases, strict=True):
        files = _files_of(source, base, leave_out)
        first = next(files, None)
        if first is None:
            raise PhotoNotFoundError(
                f"nothing in {source}: expected photos ({', '.join(PHOTO_EXTENSIONS)}), TARs "
                f"({', '.join(TAR_SUFFIXES)}) or Parquet files ({', '.join(PARQUET_SUFFIXES)}); check the path"
            )
        for place, size_bytes in chain([first], files):
            yield from _photos_of(place, size_bytes, _below(root, place), columns)


def has_pattern(source: str) -> bool:
    """Whether a source is a pattern: it has ``*``, ``?`` or ``[``, and there is nothing of that very name."""
    return glob.has_magic(source.partition("://")[2] or source) and place_of(source).kind() == "missing"


def _base_of(source: str) -> Place:
    """The folder below which a source's photos get their ids."""
    if has_pattern(source):
        return place_of(_split_pattern(source)[0])
    place = place_of(source)
    return place if place.kind() == "folder" else place.folder


def _split_pattern(source: str) -> tuple[str, list[str]]:
    """("photos", ["*", "a?.jpg"]) of "photos/*/a?.jpg"."""
    scheme, separator, path = source.rpartition("://")
    parts = (path.replace(os.sep, "/") if not separator else path).split("/")
    first = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    folder = "/".join(parts[:first])
    if not separator and not folder:
        folder = "/" if path.startswith("/") else "."
    segments = [key for key, _ in groupby(parts[first:])] if "**" in parts[first:] else parts[first:]
    return f"{scheme}{separator}{folder}", segments


def _common_root(bases: Sequence[Place]) -> str:
    """The path below which all ids lie; empty where the sources have nothing in common."""
    if len({(base.scheme, base.query) for base in bases}) > 1:
        return ""
    try:
        return os.path.commonpath([base.path for base in bases]).replace(os.sep, "/")
    except ValueError:  # two drives
        return ""


def _below(root: str, place: Place) -> str:
    path = place.path
    if root and path.startswith(root):
        return path[len(root) :].lstrip("/")
    return path.lstrip("/")


def _files_of(source: str, base: Place, leave_out: Place) -> Iterator[tuple[Place, int]]:
    """The files with photos that a source stands for, with their sizes."""
    if has_pattern(source):
        found = _matching(base, _split_pattern(source)[1], leave_out)
    elif (place := place_of(source)).kind() == "folder":
        found = files_below(place, leave_out=leave_out.path)
    else:
        # Taken whatever its name is and even if it is missing: reading it will say what is wrong.
        yield place, -1
        return
    suffixes = (*PHOTO_EXTENSIONS, *TAR_SUFFIXES, *PARQUET_SUFFIXES)
    yield from ((place, size) for place, size in found if place.name.lower().endswith(suffixes))


def _matching(folder: Place, segments: Sequence[str], leave_out: Place) -> Iterator[tuple[Place, int]]:
    """The files below a folder whose path matches the pattern's segments; no folder is looked into that cannot."""
    first, rest = segments[0], segments[1:]
    if first == "**" and rest:
        yield from _matching(folder, rest, leave_out)
    for name, is_folder, size in folder.children():
        place = folder.at(name)
        if name.startswith(".") or place.path == leave_out.path:
            continue
        if first == "**":
            if is_folder:
                yield from _matching(place, segments, leave_out)
            elif not rest:
                yield place, size
        elif fnmatchcase(name, first):
            if rest and is_folder:
                yield from _matching(place, rest, leave_out)
            elif not rest and is_folder:
                yield from files_below(place, leave_out=leave_out.path)
            elif not rest:
                yield place, size


def _photos_of(place: Place, size_bytes: int, below: str, columns: Columns) -> Iterator[Listed]:
    name = place.name.lower()
    if name.endswith(TAR_SUFFIXES):
        return _members(place, below)
    if name.endswith(PARQUET_SUFFIXES):
        return _cells(place, below, columns)
    return iter([Listed(below, "file", place.address, size_bytes=size_bytes)])


def _members(place: Place, below: str) -> Iterator[Listed]:
    """The photos in a TAR. Where it is damaged, one lost photo stands for what cannot be listed."""
    is_compressed = not place.name.lower().endswith(".tar")
    try:
        # Python's tarfile steps from header to header where it can seek.
        with place.open() as file, tarfile.open(fileobj=file, mode="r|gz" if is_compressed else "r:") as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # it would remember all of them
                if member.isreg() and member.name.lower().endswith(PHOTO_EXTENSIONS):
                    name = str(PurePosixPath(member.name)).lstrip("/")
                    yield Listed(f"{below}/{name}", "member", place.address, member.offset_data, member.size)
    except (tarfile.TarError, FittingroomError, OSError, EOFError, zlib.error) as error:
        yield Listed(below, "lost", place.address, detail=f"the TAR cannot be read further: {one_line(error)}")


def _cells(place: Place, below: str, columns: Columns) -> Iterator[Listed]:
    """The photos in a Parquet file, or those that its addresses lead to."""
    try:
        with place.open() as file:
            yield from _cells_of(pq.ParquetFile(file), place, below, columns)
    except (pa.ArrowException, OSError, PhotoNotFoundError) as error:
        yield Listed(below, "lost", place.address, detail=f"the Parquet file cannot be read: {one_line(error)}")


def _cells_of(file: pq.ParquetFile, place: Place, below: str, columns: Columns) -> Iterator[Listed]:
    column, holds_bytes = _photo_column(file.schema_arrow, place, columns.photo)
    id_column = columns.id or next((name for name in ("id", "key", "__key__") if name in file.schema_arrow.names), "")
    if columns.id and columns.id not in file.schema_arrow.names:
        raise _no_column(place, columns.id, file.schema_arrow)
    wanted = [name for name in (id_column, "" if holds_bytes else column) if name]
    row = 0
    if not wanted:
        for row in range(file.metadata.num_rows):
            yield Listed(f"{below}#{row}", "cell", place.address, row, detail=column)
        return
    for batch in file.iter_batches(batch_size=1024, columns=wanted):
        texts = [[None if value is None else str(value) for value in batch.column(name).to_pylist()] for name in wanted]
        for values in zip(*texts, strict=True):
            found = dict(zip(wanted, values, strict=True))
            photo_id = found.get(id_column) or f"{below}#{row}"
            if holds_bytes:
                yield Listed(photo_id, "cell", place.address, row, detail=column)
            elif address := found[column]:
                yield Listed(photo_id, "file", address if _is_whole(address) else place.folder.at(address).address)
            else:
                yield Listed(photo_id, "lost", place.address, detail=f"row {row} has no address in column {column!r}")
            row += 1


def _is_whole(address: str) -> bool:
    """Whether an address means the same wherever it stands."""
    return "://" in address or os.path.isabs(address)


_BYTES_NAMES = ("bytes", "image", "photo", "jpg", "jpeg", "png", "webp", "content", "data")
_ADDRESS_NAMES = ("uri", "url", "address", "path", "file", "file_name", "image", "photo")


def _photo_column(schema: pa.Schema, place: Place, wanted: str) -> tuple[str, bool]:
    """The column of photos, "image.bytes" where it is within another, and whether it holds bytes, not addresses.

    Raises:
        ConfigError: there is none, or not the one that is wanted.
    """
    if wanted:
        if wanted.partition(".")[0] not in schema.names:
            raise _no_column(place, wanted, schema)
        kind = schema.field(wanted.partition(".")[0]).type
        if pa.types.is_struct(kind):
            return (wanted if "." in wanted else f"{wanted}.bytes"), True
        return wanted, _is_bytes(kind)
    for name in _BYTES_NAMES:
        if name in schema.names:
            kind = schema.field(name).type
            if _is_bytes(kind):
                return name, True
            # As the datasets of Hugging Face have it: {bytes, path}.
            if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
                return f"{name}.bytes", True
    for name in _ADDRESS_NAMES:
        if name in schema.names and _is_text(schema.field(name).type):
            return name, False
    raise ConfigError(
        f"{place.address} has no column of photos among {', '.join(schema.names)}; name one with --column (bytes of "
        "photos, or their addresses), or leave the file out with a pattern"
    )


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _no_column(place: Place, name: str, schema: pa.Schema) -> ConfigError:
    return ConfigError(f"{place.address} has no column {name!r}; it has {', '.join(schema.names)}")

"""The bytes of a listed photo, wherever it lies."""

from __future__ import annotations

import gzip
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from fittingroom.batch.listing import Listed
from fittingroom.batch.storage import one_line, place_of
from fittingroom.errors import PhotoDamagedError, PhotoError, PhotoNotFoundError, PhotoTooLargeError

MOST_OPEN = 4  # TARs and Parquet files that stay open for the next photo
ROWS_AT_ONCE = 8  # of a Parquet file, whose photos are in memory together


class _Container(Protocol):
    def bytes_of(self, photo: Listed) -> bytes: ...

    def close(self) -> None: ...


class PhotoReader:
    """Reads photos one after the other; quickest in the order of the list. Not for several threads at a time.

    Args:
        max_bytes: of one photo.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._open: OrderedDict[tuple[str, str], _Container] = OrderedDict()

    def read(self, photo: Listed) -> bytes:
        """The encoded photo.

        Raises:
            PhotoError: it is missing, too large, damaged, or lost with the file that holds it.
        """
        if photo.kind == "lost":
            raise PhotoDamagedError(f"{photo.file}: {photo.detail}")
        if photo.size_bytes > self._max_bytes:
            raise self._too_large(photo, photo.size_bytes)
        try:
            encoded = self._file(photo) if photo.kind == "file" else self._container(photo).bytes_of(photo)
        except (pa.ArrowException, OSError, EOFError, zlib.error, StopIteration) as error:
            self.close()
            raise PhotoDamagedError(f"{photo.file}: {photo.id} cannot be read: {one_line(error)}") from error
        if len(encoded) > self._max_bytes:
            raise self._too_large(photo, len(encoded))
        return encoded

    def close(self) -> None:
        """Close the files that are open."""
        while self._open:
            self._open.popitem()[1].close()

    def _file(self, photo: Listed) -> bytes:
        place = place_of(photo.file)
        if place.is_local and place.kind() != "file":
            raise PhotoNotFoundError(f"{photo.file} is {'missing' if place.kind() == 'missing' else 'a folder'}")
        return place.read(most=self._max_bytes + 1)

    def _container(self, photo: Listed) -> _Container:
        key = (photo.file, photo.detail)
        container = self._open.pop(key, None)
        if container is None:
            container = _Cells(photo) if photo.kind == "cell" else _Tar(photo)
        self._open[key] = container  # the one that was used last is the last to be closed
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        return container

    def _too_large(self, photo: Listed, size_bytes: int) -> PhotoError:
        return PhotoTooLargeError(
            f"{photo.id} has {size_bytes} bytes or more; at most {self._max_bytes} are read; make it smaller"
        )


class _Tar:
    """A TAR that is open. A compressed one is read forwards: going back begins anew."""

    def __init__(self, photo: Listed) -> None:
        file = place_of(photo.file).open()
        self._file: IO[bytes] | gzip.GzipFile = file
        if not photo.file.lower().endswith(".tar"):
            self._file = gzip.GzipFile(fileobj=file)

    def bytes_of(self, photo: Listed) -> bytes:
        self._file.seek(photo.at)
        encoded = bytes(self._file.read(photo.size_bytes))
        if len(encoded) != photo.size_bytes:
            raise PhotoDamagedError(
                f"{photo.file} ends within {photo.id}: {len(encoded)} of {photo.size_bytes} bytes are there"
            )
        return encoded

    def close(self) -> None:
        self._file.close()


class _Cells:
    """A column of a Parquet file that is open, a few rows in memory."""

    def __init__(self, photo: Listed) -> None:
        self._column = photo.detail
        self._source = place_of(photo.file).open()
        self._file = pq.ParquetFile(self._source, pre_buffer=False)
        metadata = self._file.metadata
        counts = (metadata.row_group(number).num_rows for number in range(metadata.num_row_groups))
        self._group_starts = list(accumulate(counts, initial=0))
        self._rows: Iterator[pa.RecordBatch] = iter(())
        self._batch: pa.Array | None = None
        self._first = 0  # row of the batch's first
        self._end = 0  # row after the last of the group that is being read

    def bytes_of(self, photo: Listed) -> bytes:
        if self._batch is None or not self._first <= photo.at < self._end:
            group = bisect_right(self._group_starts, photo.at) - 1
            self._rows = self._file.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=[self._column])
            self._first, self._end = self._group_starts[group], self._group_starts[group + 1]
            self._batch = self._next()
        batch = self._batch
        while photo.at >= self._first + len(batch):
            self._first += len(batch)
            self._batch = batch = self._next()
        value = batch[photo.at - self._first].as_py()
        if value is None:
            raise PhotoDamagedError(f"{photo.file}: row {photo.at} has nothing in column {self._column!r}")
        return bytes(value)

    def close(self) -> None:
        self._source.close()

    def _next(self) -> pa.Array:
        array = next(self._rows).column(0)
        for name in self._column.split(".")[1:]:
            array = array.field(name)
        return array

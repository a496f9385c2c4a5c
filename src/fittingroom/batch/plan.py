"""The plan of a run on disk: what decides its rows, the list of its photos in parts, and which parts are done.

::

    DEST/
      rows/part-000000.parquet   the rows of the photos 0 to N-1 of the list, and so on
      labels/, cutouts/, ...     files of the formats that were asked for
      _run/manifest.json         the settings, and how many photos and parts there are; the list is complete
      _run/list-00000.parquet    the list, a row group for each part
      _run/report.json           written at the end

A part is written whole or not at all, under a name that depends on the list alone. So a part that is there is done, one
that is written twice is the same, and whoever takes the run up again needs nothing but this folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, astuple, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from itertools import count, islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fittingroom.batch.listing import Columns, Listed, list_photos
from fittingroom.batch.rows import Row, table_of
from fittingroom.batch.storage import Place
from fittingroom.errors import ConfigError, PhotoNotFoundError

ROWS = "rows"
RUN = "_run"  # readers of Parquet folders pass over names that begin so
MANIFEST = "manifest.json"
REPORT = "report.json"
MANIFEST_KEY = b"fittingroom.manifest"
COUNTS_KEY = b"fittingroom.counts"
FORMAT = 1
PARTS_IN_FILE = 1024  # of the list
_LISTED = pa.schema(
    {
        "id": pa.string(), "kind": pa.string(), "file": pa.string(), "at": pa.int64(), "size_bytes": pa.int64(),
        "detail": pa.string(),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """All that decides what is in the rows: a run is taken up again only with the same.

    Attributes:
        sources: as they were given.
        photo_column, id_column: of Parquet sources; empty means: found by their names.
        model, model_sha256: the name on the model's card, the hash of its file.
        schema: "cihp" or "fine".
        formats: files beside the rows.
        max_photo_bytes, max_pixels: limits of photos.
        photos_per_part: rows in one file.
        fittingroom: the version.
    """

    sources: tuple[str, ...]
    photo_column: str
    id_column: str
    model: str
    model_sha256: str
    schema: str
    formats: tuple[str, ...]
    max_photo_bytes: int
    max_pixels: int
    photos_per_part: int
    fittingroom: str = field(default_factory=lambda: own_version())

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Counts:
    """What is in some parts. people: in all photos together."""

    photos: int = 0
    failed: int = 0
    people: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.photos + other.photos, self.failed + other.failed, self.people + other.people)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Counts:
        """What is in some rows."""
        total = cls()
        for row in rows:
            total += cls(1, int(row["error"] is not None), len(row["people"]))
        return total


class Plan:
    """A run's plan, once its list is complete.

    Args:
        out: the results' folder.
        settings: what decides the rows.
        photos, parts: how many.
    """

    def __init__(self, out: Place, settings: Settings, *, photos: int, parts: int) -> None:
        self.out, self.settings, self.photos, self.parts = out, settings, photos, parts
        self._list_file: tuple[int, pq.ParquetFile] | None = None

    @classmethod
    def make(cls, out: Place, settings: Settings) -> Plan:
        """List the sources' photos and write the plan. Until that is done there is no plan.

        Raises:
            PhotoNotFoundError: a source is missing or holds nothing.
            ConfigError: a Parquet source has no column of photos.
            OutputError: the plan cannot be written.
        """
        columns = Columns(settings.photo_column, settings.id_column)
        photos = list_photos(settings.sources, leave_out=out, columns=columns)
        photo_count = part_count = 0
        for number in count():
            sink = pa.BufferOutputStream()
            with pq.ParquetWriter(sink, _LISTED, compression="zstd") as writer:
                for part in islice(_parts(photos, settings.photos_per_part), PARTS_IN_FILE):
                    writer.write_table(part, row_group_size=len(part))
                    photo_count, part_count = photo_count + len(part), part_count + 1
            if part_count <= number * PARTS_IN_FILE:
                break
            out.at(f"{RUN}/list-{number:05}.parquet").write_atomically(sink.getvalue().to_pybytes())
        if not photo_count:
            raise PhotoNotFoundError(f"{', '.join(settings.sources)}: the TARs and Parquet files there hold no photos")
        plan = cls(out, settings, photos=photo_count, parts=part_count)
        out.at(f"{RUN}/{MANIFEST}").write_atomically(plan.manifest())
        return plan

    @classmethod
    def read(cls, out: Place) -> Plan | None:
        """The plan in a folder; None if there is none, or its list was not completed.

        Raises:
            ConfigError: it is damaged, or of a newer fittingroom.
        """
        place = out.at(f"{RUN}/{MANIFEST}")
        if place.kind() != "file":
            return None
        try:
            document = json.loads(place.read())
            if document["format"] != FORMAT:
                raise ConfigError(f"{place.address} has format {document['format']}; this fittingroom reads {FORMAT}")
            values = {entry.name: document["settings"][entry.name] for entry in fields(Settings)}
            values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
            return cls(out, Settings(**values), photos=document["photos"], parts=document["parts"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{place.address} is damaged ({error!r}); choose another --out") from error

    def check_settings(self, wanted: Settings) -> None:
        """Refuse to go on with other settings than the run began with.

        Raises:
            ConfigError: some differ; the message names them.
        """
        began, now = self.settings.document(), wanted.document()
        different = [name for name in now if began[name] != now[name]]
        if different:
            then = ", ".join(f"{name} {began[name]!r}" for name in different)
            wanted_text = ", ".join(f"{name} {now[name]!r}" for name in different)
            raise ConfigError(
                f"{self.out.address} holds a run with {then}, this is one with {wanted_text}; "
                "give the same to go on, or choose another --out"
            )

    def manifest(self) -> bytes:
        """The manifest, as it lies in the folder and in every file of rows."""
        document = {
            "format": FORMAT,
            "settings": self.settings.document(),
            "photos": self.photos,
            "parts": self.parts,
        }
        return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()

    def part(self, number: int) -> list[Listed]:
        """The photos of a part, in their order."""
        file_number, group = divmod(number, PARTS_IN_FILE)
        if self._list_file is None or self._list_file[0] != file_number:
            file = self.out.at(f"{RUN}/list-{file_number:05}.parquet").open()
            self._list_file = (file_number, pq.ParquetFile(file))
        return [Listed(**row) for row in self._list_file[1].read_row_group(group).to_pylist()]

    def write_part(self, number: int, rows: Sequence[Row]) -> Counts:
        """Write a part's rows, whole or not at all.

        Raises:
            OutputError: they cannot be written.
        """
        counts = Counts.of(rows)
        metadata = {MANIFEST_KEY: self.manifest(), COUNTS_KEY: json.dumps(asdict(counts)).encode()}
        sink = pa.BufferOutputStream()
        pq.write_table(table_of(rows).replace_schema_metadata(metadata), sink, compression="zstd")
        self.part_place(number).write_atomically(sink.getvalue().to_pybytes())
        return counts

    def part_place(self, number: int) -> Place:
        """Where a part's rows lie."""
        return self.out.at(f"{ROWS}/part-{number:06}.parquet")

    def done(self) -> dict[int, Counts]:
        """The parts that are there, each looked into as far as its footer.

        Raises:
            ConfigError: a file among them is not of this run.
        """
        folder = self.out.at(ROWS)
        if folder.kind() != "folder":
            return {}
        names = {name for name, is_folder, _ in folder.children() if not is_folder and not name.startswith(".")}
        numbers = [number for number in range(self.parts) if self.part_place(number).name in names]
        if len(numbers) != len(names):
            strange = sorted(names - {self.part_place(number).name for number in numbers})
            raise ConfigError(
                f"{folder.address} holds {strange[0]}, which is no part of this run; choose another --out"
            )
        with ThreadPoolExecutor(8) as looking:  # an object store takes its time for each
            return dict(zip(numbers, looking.map(self._counts_of, numbers), strict=True))

    def _counts_of(self, number: int) -> Counts:
        place = self.part_place(number)
        try:
            with place.open() as file:
                metadata = pq.read_metadata(file).metadata or {}
            if metadata.get(MANIFEST_KEY) != self.manifest():
                raise ConfigError(f"{place.address} was written by a run with other settings; choose another --out")
            return Counts(**json.loads(metadata[COUNTS_KEY]))
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, PhotoNotFoundError) as error:
            raise ConfigError(f"{place.address} is damaged ({error}); delete it and go on with --resume") from error


def own_version() -> str:
    """Of this package; "unknown" where it is not installed."""
    try:
        return version("fittingroom")
    except PackageNotFoundError:
        return "unknown"


def _parts(photos: Iterator[Listed], size: int) -> Iterator[pa.Table]:
    """The list in tables of so many photos."""
    while part := list(islice(photos, size)):
        columns = zip(*(astuple(photo) for photo in part), strict=True)
        yield pa.table(dict(zip(_LISTED.names, map(list, columns), strict=True)), schema=_LISTED)

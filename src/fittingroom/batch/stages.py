"""The stages of one photo: read, decode, parse, encode. A photo that fails becomes a row that says why."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fittingroom.batch.listing import Listed
from fittingroom.batch.reading import PhotoReader
from fittingroom.batch.rows import Row, Timings, failed_row, no_timings, parsed_row
from fittingroom.batch.storage import place_of
from fittingroom.engine.devices import Device
from fittingroom.export.writer import FORMATS
from fittingroom.imaging import Photo, ReadLimits, read_photo
from fittingroom.parsing.pixel_parser import Schema
from fittingroom.results import ParseResult

AHEAD = 2  # photos that are read while one is being parsed


class PhotoParser(Protocol):
    """What the stages need of a parser; `fittingroom.Parser` is one."""

    def parse(self, photo: Photo, *, schema: Schema = "cihp") -> ParseResult: ...


@dataclass(frozen=True)
class Work:
    """What is to be done with every photo; small enough to be sent to any process.

    Attributes:
        model: name or folder, the same wherever the work is done.
        model_sha256: of its file, as the rows tell it.
        schema: "cihp", or "fine" for details and body points.
        formats: files to write beside the rows, names of `fittingroom.export.FORMATS`.
        out: address of the results.
        max_photo_bytes, max_pixels: photos beyond these fail.
        device: where the network runs.
        threads: of the network. One, for every core has an engine of its own.
    """

    model: str
    model_sha256: str
    schema: Schema
    formats: tuple[str, ...]
    out: str
    max_photo_bytes: int
    max_pixels: int
    device: Device = "cpu"
    threads: int = 1

    def open(self) -> Stages:
        """Load the model.

        Raises:
            ModelError: there is no such model here, or its file is not the one that the run began with.
        """
        import cv2

        from fittingroom.errors import ModelError
        from fittingroom.parser import Parser

        cv2.setNumThreads(self.threads)
        limits = ReadLimits(max_bytes=self.max_photo_bytes, max_pixels=self.max_pixels)
        parser = Parser(self.model, threads=self.threads, device=self.device, limits=limits)
        if parser.card.sha256 != self.model_sha256:
            raise ModelError(
                f"model {self.model} has sha256 {parser.card.sha256[:12]}... here, the run began with "
                f"{self.model_sha256[:12]}...; put the same model on every machine"
            )
        return Stages(self, parser)


@dataclass(frozen=True)
class Fetched:
    """A listed photo with its bytes, or with the reason why there are none."""

    listed: Listed
    content: bytes | Exception
    read_ms: float


class Stages:
    """The stages with a loaded model. `fetch` may be called from one thread and `finish` from another.

    Args:
        work: what is to be done.
        parser: what parses.
    """

    def __init__(self, work: Work, parser: PhotoParser) -> None:
        self._work, self._parser = work, parser
        self._limits = ReadLimits(max_bytes=work.max_photo_bytes, max_pixels=work.max_pixels)
        self._reader = PhotoReader(max_bytes=work.max_photo_bytes)
        self._out = place_of(work.out)

    def fetch(self, listed: Listed) -> Fetched:
        """The photo's bytes."""
        began_s = time.perf_counter()
        content: bytes | Exception
        try:
            content = self._reader.read(listed)
        except Exception as error:  # noqa: BLE001 - whatever one photo does, the others are to be parsed
            content = error
        return Fetched(listed, content, (time.perf_counter() - began_s) * 1e3)

    def finish(self, fetched: Fetched) -> Row:
        """The photo's row; its files are written.

        Raises:
            OutputError: a file cannot be written: that is not the photo's fault.
        """
        listed, sha = fetched.listed, self._work.model_sha256
        timings = no_timings()
        timings["read_ms"] = fetched.read_ms
        if isinstance(fetched.content, Exception):
            return failed_row(listed, fetched.content, model_sha256=sha, timings=timings)
        files: Mapping[str, bytes] = {}
        try:
            row, files = self._parse(listed, fetched.content, timings)
        except Exception as error:  # noqa: BLE001 - as above
            return failed_row(listed, error, model_sha256=sha, timings=timings)
        for name, content in files.items():
            self._out.at(name).write_atomically(content)
        return row

    def rows(self, photos: Iterable[Listed]) -> Iterator[Row]:
        """The rows of photos in their order; the next ones are read while one is being parsed."""
        with ThreadPoolExecutor(1, thread_name_prefix="read") as reader:
            reading: list[Future[Fetched]] = []
            for listed in photos:
                reading.append(reader.submit(self.fetch, listed))
                if len(reading) > AHEAD:
                    yield self.finish(reading.pop(0).result())
            for fetched in reading:
                yield self.finish(fetched.result())

    def _parse(self, listed: Listed, encoded: bytes, timings: Timings) -> tuple[Row, dict[str, bytes]]:
        began_s = time.perf_counter()
        photo = read_photo(encoded, limits=self._limits)
        timings["decode_ms"], began_s = _lap(began_s)
        result = self._parser.parse(photo, schema=self._work.schema)
        timings["parse_ms"], began_s = _lap(began_s)
        files = encode_files(listed.id, result, photo.pixels_rgb, self._work.formats)
        row = parsed_row(listed, result, model_sha256=self._work.model_sha256, timings=timings)
        timings["encode_ms"], began_s = _lap(began_s)
        return row, files


def encode_files(
    photo_id: str, result: ParseResult, photo_rgb: NDArray[np.uint8], formats: Iterable[str]
) -> dict[str, bytes]:
    """A photo's files: path below the results' folder -> bytes.

    Raises:
        OutputError: the result lacks what a format writes.
    """
    stem = stem_of(photo_id)
    files: dict[str, bytes] = {}
    for name in formats:
        content = FORMATS[name].encode(result, photo_rgb)
        if isinstance(content, bytes):
            files[f"{name}/{stem}{FORMATS[name].suffix}"] = content
        else:
            files.update({f"{name}/{stem}/{part}": encoded for part, encoded in content.items()})
    return files


def stem_of(photo_id: str) -> str:
    """A path that every file system takes, distinct for distinct ids; the id itself where it is harmless."""
    parts = [re.sub(r"[^\w.\-# ]", "_", part).rstrip(". ") for part in photo_id.split("/")]
    stem = "/".join(part for part in parts if part)
    return stem if stem and stem == photo_id else f"{stem or 'photo'}-{sha256(photo_id.encode()).hexdigest()[:8]}"


def _lap(began_s: float) -> tuple[float, float]:
    """Milliseconds since then, and now."""
    now_s = time.perf_counter()
    return (now_s - began_s) * 1e3, now_s

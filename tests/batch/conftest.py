"""Sources of every kind, and a parser that sees colours, without a network."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from fittingroom.batch.here import run_here
from fittingroom.batch.plan import Plan, Settings
from fittingroom.batch.run import Order, Report, Step, run_batch
from fittingroom.batch.stages import Stages, Work
from fittingroom.batch.storage import place_of
from fittingroom.imaging import Photo
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

SETTINGS = Settings(
    sources=(), photo_column="", id_column="", model="colours-1", model_sha256="c" * 64, schema="cihp", formats=(),
    max_photo_bytes=10_000, max_pixels=10_000, photos_per_part=4,
)  # fmt: skip


def encoded(shade: int = 0, side: int = 8) -> bytes:
    """A PNG with red hair over a green face, each a little different."""
    pixels = np.full((side, side, 3), shade, np.uint8)
    pixels[1:3, 2:6], pixels[3:6, 2:6] = (255, 0, shade), (0, 255, shade)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def write_tar(path: Path, members: Iterable[tuple[str, bytes]], mode: str = "w") -> None:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


class ColourParser:
    """Sees hair in red and a face in green; breaks down on photos 13 pixels wide."""

    def parse(self, photo: Photo, *, schema: str = "cihp") -> ParseResult:
        pixels = photo.pixels_rgb
        if pixels.shape[1] == 13:
            raise RuntimeError("unlucky")
        labels = np.where(pixels[..., 0] > 128, CIHP.id_of("hair"), 0).astype(np.uint8)
        labels[pixels[..., 1] > 128] = CIHP.id_of("face")
        persons, confidence = (labels > 0).astype(np.uint16), np.full_like(labels, 204)
        details = np.zeros_like(labels) if schema == "fine" else None
        return ParseResult.from_maps(labels, persons, confidence, label_set=CIHP, detail_map=details)


def run(
    source: str | Sequence[str], out: Path | str, *, resume: bool = False, stop_after: int = -1, **changes: object
) -> Report:
    """A run in this process; with `stop_after` it is given up after so many steps."""
    sources = (source,) if isinstance(source, str) else tuple(source)
    settings = replace(SETTINGS, sources=sources, **changes)  # type: ignore[arg-type]
    place = place_of(str(out))
    work = Work(
        model="colours", model_sha256=settings.model_sha256, schema=settings.schema, formats=settings.formats,  # type: ignore[arg-type]
        out=place.address, max_photo_bytes=settings.max_photo_bytes, max_pixels=settings.max_pixels,
    )  # fmt: skip

    def runner(plan: Plan, parts: Iterable[int]) -> Iterator[Step]:
        for number, step in enumerate(run_here(plan, Stages(work, ColourParser()), parts)):
            if number == stop_after:
                raise KeyboardInterrupt
            yield step

    return run_batch(Order(settings, place, resume), runner)


def rows_in(out: Path | str) -> list[dict[str, object]]:
    """All rows in the order of the parts, without what differs from run to run."""
    place = place_of(str(out)).at("rows")
    rows = []
    for name, _, _ in place.children():
        with place.at(name).open() as file:
            rows += pq.read_table(file).drop_columns(["timings"]).to_pylist()
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten photos in two folders, one of them broken, and a file that is none."""
    root = tmp_path / "photos"
    for number in range(10):
        path = root / ("a" if number < 6 else "b") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"broken" if number == 7 else encoded(number))
    (root / "notes.txt").write_text("no photo")
    return root

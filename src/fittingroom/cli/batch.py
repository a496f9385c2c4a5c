"""``fittingroom batch``: folders, TARs and Parquet files of photos in, Parquet files of results out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fittingroom.cli.options import device_option
from fittingroom.engine.card import PRESETS, model_folder, read_card
from fittingroom.engine.devices import Device
from fittingroom.errors import MissingExtraError
from fittingroom.export.writer import FORMATS, check_formats
from fittingroom.imaging.reading import ReadLimits
from fittingroom.parsing.pixel_parser import SCHEMAS, Schema

if TYPE_CHECKING:
    from fittingroom.batch.plan import Plan
    from fittingroom.batch.progress import Progress
    from fittingroom.batch.run import Runner, Step
    from fittingroom.batch.stages import Work

LIMITS = ReadLimits()
TERMINAL_EVERY_S = 0.5
LOG_EVERY_S = 30.0


def read_formats(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """The names in "labels,cutouts", each once; there may be none.

    Raises:
        OutputError: a name is unknown.
    """
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    check_formats(names)
    return names


@click.command(
    epilog="Exit status: 0 if every photo was parsed, 1 if some could not be (their rows say why), 2 if nothing could "
    "be done or the run was stopped: --resume goes on with it."
)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--out", required=True, metavar="DEST", help="Folder for the results: a path, or s3://bucket/folder.")
@click.option("--resume", is_flag=True, help="Go on with the run that DEST holds, if it holds one.")
@click.option(
    "--ray", "ray_address", is_flag=False, flag_value="local", metavar="[ADDRESS]",
    help="On Ray: the cluster at ADDRESS (auto: the one this machine is in); alone: one started here.",
)  # fmt: skip
@click.option(
    "--format", "formats", default="", metavar="NAME,...", callback=read_formats,
    help=f"Files beside the rows: any of {', '.join(FORMATS)} [default: none].",
)  # fmt: skip
@click.option(
    "--schema", type=click.Choice(SCHEMAS), help="cihp: the classes [default]; fine: details and body points."
)
@click.option("--preset", type=click.Choice(PRESETS), help="The bundled model: accurate [default] or fast.")
@click.option(
    "--model", metavar="NAME|FOLDER", type=click.Path(path_type=Path),
    help="A stored model (`fittingroom models list`) or one of your own instead; on every machine of a cluster.",
)  # fmt: skip
@click.option(
    "--processes", type=click.IntRange(min=1), metavar="N",
    help="Engines at work, one thread each [default: one for each core; of a cluster, all its cores].",
)  # fmt: skip
@click.option("--column", default="", metavar="NAME", help="Parquet: the column of photos, bytes or addresses.")
@click.option("--id-column", default="", metavar="NAME", help="Parquet: the column of ids.")
@click.option(
    "--photos-per-file", default=128, show_default=True, metavar="N", type=click.IntRange(min=1),
    help="Rows in one file: what a stop costs at most, so choose thousands only for millions.",
)  # fmt: skip
@click.option("--max-photo-bytes", default=LIMITS.max_bytes, show_default=True, metavar="N",
              type=click.IntRange(min=1), help="Bytes of one photo.")  # fmt: skip
@click.option("--max-pixels", default=LIMITS.max_pixels, show_default=True, metavar="N", type=click.IntRange(min=1),
              help="Pixels of one photo.")  # fmt: skip
@device_option
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[str, ...],
    out: str,
    resume: bool,
    ray_address: str | None,
    formats: tuple[str, ...],
    schema: Schema | None,
    preset: str | None,
    model: Path | None,
    processes: int | None,
    column: str,
    id_column: str,
    photos_per_file: int,
    max_photo_bytes: int,
    max_pixels: int,
    device: Device,
) -> None:
    """Parse a great many photos into Parquet.

    A SOURCE is a folder, a pattern in quotes ('shards/*.tar'), a TAR of photos (WebDataset), a Parquet file with photos
    as bytes or addresses, or an address (s3://bucket/photos). Rows go to DEST/rows: people, parts, scores, boxes, masks
    as COCO RLE, times, the model's hash, or why a photo could not be parsed.

    A run that was stopped, however it was, goes on with --resume and ends with the rows of one that was not.
    """
    if preset is not None and model is not None:
        raise click.UsageError("--preset and --model exclude each other: give one of them.")
    needs_batch_extra()
    from fittingroom.batch.plan import Settings
    from fittingroom.batch.run import Order, run_batch
    from fittingroom.batch.stages import Work
    from fittingroom.batch.storage import place_of

    if schema is None:
        schema = "fine" if any(FORMATS[name].needs_fine for name in formats) else "cihp"
    model_name = str(model or preset or "default")
    card = read_card(model_folder(model_name))
    destination = place_of(out)
    settings = Settings(
        sources=sources,
        photo_column=column,
        id_column=id_column,
        model=card.name,
        model_sha256=card.sha256,
        schema=schema,
        formats=formats,
        max_photo_bytes=max_photo_bytes,
        max_pixels=max_pixels,
        photos_per_part=photos_per_file,
    )
    work = Work(
        model=str(Path(model_name).resolve()) if Path(model_name).is_dir() else model_name,
        model_sha256=card.sha256,
        schema=schema,
        formats=formats,
        out=destination.address,
        max_photo_bytes=max_photo_bytes,
        max_pixels=max_pixels,
        device=device,
    )
    runner = local_runner(work, processes) if ray_address is None else ray_runner(work, processes, ray_address)
    show = ProgressLine()
    try:
        report = run_batch(Order(settings, destination, resume), runner, tell=show.show)
    except KeyboardInterrupt:
        show.end()
        click.echo("Stopped. What is done stays; the same command with --resume goes on.", err=True)
        ctx.exit(2)
    show.end()
    total = report.total
    click.echo(
        f"{total.photos:,} photos, {total.people:,} people, {total.failed:,} failed: "
        f"{destination.at('rows').address} ({report.now.photos:,} photos in {report.duration_s:.1f} s)"
    )
    if total.failed:
        click.echo("Failed photos have their reason in the column 'error'.", err=True)
    ctx.exit(1 if total.failed else 0)


def local_runner(work: Work, processes: int | None) -> Runner:
    """On the cores of this machine."""
    from fittingroom.batch.processes import cores, run_in_processes

    def run(plan: Plan, parts: Iterable[int]) -> Iterator[Step]:
        # More processes than photos would only be started.
        return run_in_processes(plan, work, parts, processes=min(processes or cores(), plan.photos))

    return run


def ray_runner(work: Work, processes: int | None, address: str) -> Runner:
    """On Ray.

    Raises:
        MissingExtraError: it is not installed.
        WorkerError: there is no cluster at the address.
    """
    from fittingroom.distributed.batch import run_on_ray
    from fittingroom.distributed.cluster import connect

    def run(plan: Plan, parts: Iterable[int]) -> Iterator[Step]:
        with connect(address):
            yield from run_on_ray(plan, work, parts, engines=processes)

    return run


def needs_batch_extra() -> None:
    """
    Raises:
        MissingExtraError: what reads and writes Parquet is not installed.
    """
    missing = [name for name in ("pyarrow", "fsspec") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"batches need {', '.join(missing)}, which is not installed; pip install 'fittingroom[batch]'"
        )


class ProgressLine:
    """Shows how far it is on standard error: on a terminal one line that changes, else a new line now and then."""

    def __init__(self, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._is_terminal = sys.stderr.isatty()
        self._shown_s = -LOG_EVERY_S
        self._width = 0

    def show(self, progress: Progress) -> None:
        """Show it, if it is time to."""
        now_s = self._clock_s()
        if now_s - self._shown_s < (TERMINAL_EVERY_S if self._is_terminal else LOG_EVERY_S):
            return
        self._shown_s = now_s
        line = progress.line()
        if self._is_terminal:
            click.echo("\r" + line.ljust(self._width), nl=False, err=True)
            self._width = len(line)
        else:
            click.echo(line, err=True)

    def end(self) -> None:
        """Leave the line."""
        if self._is_terminal and self._width:
            click.echo(err=True)

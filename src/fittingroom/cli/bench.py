"""``fittingroom bench``: time and memory of parsing, beside other systems."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fittingroom.bundle.programs import PROGRAMS
from fittingroom.cli.extras import needs_preferences_extra
from fittingroom.cli.finding import find_photos

if TYPE_CHECKING:
    from fittingroom.bench.batch import BatchReport
    from fittingroom.bench.batch_kills import KillReport
    from fittingroom.bench.bundle import BundleReport
    from fittingroom.bench.preferences import PreferencesReport
    from fittingroom.bench.report import Report
    from fittingroom.bench.service import ServiceReport


def read_names(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """The names in "a,b", each once."""
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def read_counts(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    """The numbers in "1,2".

    Raises:
        click.BadParameter: something else, or a number below 1.
    """
    names = read_names(ctx, param, value)
    if not names or not all(name.isdigit() and int(name) > 0 for name in names):
        raise click.BadParameter(f"'{value}' is not a list of numbers from 1, as in 1,2.")
    return tuple(int(name) for name in names)


def read_sizes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[tuple[int, int], ...]:
    """The sizes in "1280x720,...", as (height, width).

    Raises:
        click.BadParameter: something else.
    """
    sizes = []
    for name in read_names(ctx, param, value):
        width, _, height = name.partition("x")
        if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
            raise click.BadParameter(f"'{name}' is not WIDTHxHEIGHT, as in 1920x1080.")
        sizes.append((int(height), int(width)))
    return tuple(sizes)


@click.command()
@click.option(
    "--photos", default="samples", show_default=True, metavar="DIR", type=click.Path(path_type=Path),
    help="Folder with a photo of one person.",
)  # fmt: skip
@click.option(
    "--baselines", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the networks of other systems, to measure beside ours.",
)  # fmt: skip
@click.option("--presets", default="default,fast", show_default=True, metavar="NAME,...", callback=read_names,
              help="Presets or model folders.")  # fmt: skip
@click.option("--threads", default="1,2", show_default=True, metavar="N,...", callback=read_counts,
              help="Numbers of threads.")  # fmt: skip
@click.option("--sizes", default="1280x720,1920x1080,4000x3000", show_default=True, metavar="WxH,...",
              callback=read_sizes, help="Sizes of the pictures.")  # fmt: skip
@click.option("--rounds", default=9, show_default=True, type=click.IntRange(min=1), help="Runs of everything.")
@click.option("--service", "of_service", is_flag=True,
              help="The service instead, beside the parser alone: the first preset and number of threads.")  # fmt: skip
@click.option("--requests", default=1000, show_default=True, type=click.IntRange(min=10),
              help="With --service: requests over which memory is watched.")  # fmt: skip
@click.option("--preferences", "of_preferences", is_flag=True,
              help="The store of preferences instead: a recommendation and an event among a great many.")  # fmt: skip
@click.option("--events", default=1_000_000, show_default=True, type=click.IntRange(min=10_000),
              help="With --preferences: events in the store.")  # fmt: skip
@click.option("--batch", "of_batch", is_flag=True,
              help="Batches instead, beside engines alone: the first preset, as many engines as threads.")  # fmt: skip
@click.option("--batch-photos", default=40, show_default=True, type=click.IntRange(min=8),
              help="With --batch: photos of a round.")  # fmt: skip
@click.option("--memory-photos", default=10_000, show_default=True, type=click.IntRange(min=0),
              help="With --batch: small photos over which memory is watched; 0 leaves that out.")  # fmt: skip
@click.option("--ray", "with_ray", is_flag=True, help="With --batch: Ray Data too.")
@click.option("--batch-kills", default=0, metavar="N", type=click.IntRange(min=0),
              help="Batches instead that are killed at random moments, N times: are the rows the same?")  # fmt: skip
@click.option("--bundle", "program", metavar="PROGRAM", type=click.Choice(list(PROGRAMS)),
              help="A try-on bundle instead, beside parsing: the first preset and number of threads.")  # fmt: skip
@click.option("--bundle-photos", default=100, show_default=True, type=click.IntRange(min=1),
              help="With --bundle: how many photos; those of --photos, over and over.")  # fmt: skip
@click.option("--json", "json_path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write all figures there.")  # fmt: skip
def command(
    photos: Path,
    baselines: Path | None,
    presets: tuple[str, ...],
    threads: tuple[int, ...],
    sizes: tuple[tuple[int, int], ...],
    rounds: int,
    of_service: bool,
    requests: int,
    of_preferences: bool,
    events: int,
    of_batch: bool,
    batch_photos: int,
    memory_photos: int,
    with_ray: bool,
    batch_kills: int,
    program: str | None,
    bundle_photos: int,
    json_path: Path | None,
) -> None:
    """Measure time and memory from a photo's bytes to its mosaic's, stage by stage.

    Pictures of one and of six people are made of a sample. Everything runs in a process of its own and by turns, so
    that ratios hold on a machine that has other work too. For times to quote, let it have none.
    """
    from fittingroom.bench.benchmark import Plan, run_benchmark
    from fittingroom.bench.service import ServicePlan, run_service_benchmark, sample_photo
    from fittingroom.imaging import write_bytes_atomically

    def tell(line: str) -> None:
        click.echo(line, err=True)

    report: Report | ServiceReport | PreferencesReport | BatchReport | KillReport | BundleReport
    if program is not None:
        report = bench_bundle(photos, presets[0], threads[0], program, bundle_photos, tell=tell)
    elif batch_kills:
        report = bench_kills(presets[0], batch_kills, tell=tell)
    elif of_batch:
        report = bench_batch(
            photos, presets[0], max(threads), rounds=rounds, batch_photos=batch_photos, memory_photos=memory_photos,
            with_ray=with_ray, tell=tell,
        )  # fmt: skip
    elif of_preferences:
        needs_preferences_extra()
        from fittingroom.bench.preferences import PreferencesPlan, run_preferences_benchmark

        with tempfile.TemporaryDirectory() as folder:
            # A profile has at most a tenth of all events.
            preferences_plan = PreferencesPlan(Path(folder), events, heavy=min(20_000, events // 10))
            report = run_preferences_benchmark(preferences_plan, tell=tell)
    elif of_service:
        photo = sample_photo(photos, presets[0])
        report = run_service_benchmark(
            ServicePlan(photo, presets[0], threads[0], rounds=rounds, memory_requests=requests), tell=tell
        )
    else:
        plan = Plan(photos, baselines, presets, threads, sizes, rounds)
        with tempfile.TemporaryDirectory() as folder:
            report = run_benchmark(plan, Path(folder), tell=tell)
    click.echo(report.text())
    if json_path is not None:
        write_bytes_atomically(json_path, (json.dumps(report.as_dict(), indent=2) + "\n").encode())
        click.echo(f"All figures: {json_path}")


KILL_PHOTOS = 200


def bench_bundle(
    photos: Path, preset: str, threads: int, program: str, count: int, *, tell: Callable[[str], None]
) -> BundleReport:
    """A bundle beside parsing alone."""
    from fittingroom.bench.bundle import BundlePlan, run_bundle_benchmark

    shown = [Path(place.path) for place in find_photos([photos], out_dir=Path("."))]
    with tempfile.TemporaryDirectory() as folder:
        return run_bundle_benchmark(BundlePlan(shown, count, program, preset, threads), Path(folder), tell=tell)


def bench_batch(
    photos: Path,
    preset: str,
    engines: int,
    *,
    rounds: int,
    batch_photos: int,
    memory_photos: int,
    with_ray: bool,
    tell: Callable[[str], None],
) -> BatchReport:
    """Batches beside engines alone."""
    from fittingroom.bench.batch import BatchPlan, run_batch_benchmark
    from fittingroom.bench.service import sample_photo
    from fittingroom.cli.batch import needs_batch_extra

    needs_batch_extra()
    plan = BatchPlan(sample_photo(photos, preset), preset, engines, batch_photos, rounds, memory_photos, with_ray)
    with tempfile.TemporaryDirectory() as folder:
        return run_batch_benchmark(plan, Path(folder), tell=tell)


def bench_kills(preset: str, rounds: int, *, tell: Callable[[str], None]) -> KillReport:
    """Batches that are killed."""
    from fittingroom.cli.batch import needs_batch_extra

    needs_batch_extra()
    from fittingroom.bench.batch import drawn_photos, write_shard
    from fittingroom.bench.batch_kills import run_kill_test

    with tempfile.TemporaryDirectory() as folder:
        shard = Path(folder) / "photos.tar"
        write_shard(shard, [*drawn_photos(KILL_PHOTOS), ("broken.jpg", b"no photo")])
        return run_kill_test(shard, Path(folder), model=preset, rounds=rounds, rng=random.Random(), tell=tell)

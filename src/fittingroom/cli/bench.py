"""``fittingroom bench``: time and memory of parsing, beside other systems."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fittingroom.bench.report import Report


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
    json_path: Path | None,
) -> None:
    """Measure time and memory from a photo's bytes to its mosaic's, stage by stage.

    Pictures of one and of six people are made of a sample. Everything runs in a process of its own and by turns, so
    that ratios hold on a machine that has other work too. For times to quote, let it have none.
    """
    from fittingroom.bench.benchmark import Plan, run_benchmark
    from fittingroom.bench.service import ServicePlan, ServiceReport, run_service_benchmark, sample_photo
    from fittingroom.imaging import write_bytes_atomically

    def tell(line: str) -> None:
        click.echo(line, err=True)

    report: Report | ServiceReport
    if of_service:
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

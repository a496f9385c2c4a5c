"""``fittingroom bundle``: photos and garments in, the folder that a try-on generator reads out."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, get_args

import click

import fittingroom
from fittingroom.bundle import CATEGORIES, PROGRAMS
from fittingroom.bundle.build import REPORT, Plan, Sources, build_bundle
from fittingroom.bundle.frame import Fit
from fittingroom.bundle.pairs import every_pair, named_pairs, read_pairs
from fittingroom.bundle.programs import find_layout
from fittingroom.cli.finding import find_photos
from fittingroom.engine.card import PRESETS
from fittingroom.errors import ConfigError, ModelError
from fittingroom.results import ParseResult

Pixels = TypeVar("Pixels")


@click.command(
    epilog="Exit status: 0 if everything is in the bundle, 1 if something was left out, 2 if nothing was done."
)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO|FOLDER...", type=click.Path(path_type=Path))
@click.option(
    "--garments", required=True, multiple=True, metavar="FOLDER", type=click.Path(path_type=Path),
    help="Garment photos: transparent, before a plain background, or with --garment-masks.",
)  # fmt: skip
@click.option(
    "--for", "program", required=True, type=click.Choice(list(PROGRAMS)), help="The program that will read it."
)
@click.option("--category", required=True, type=click.Choice(CATEGORIES), help="What the garments are.")
@click.option("--out", "out_dir", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The bundle.")
@click.option(
    "--pairs", "pairs_file", type=click.Path(path_type=Path, dir_okay=False),
    help="A photo's and a garment's name a line [default: every photo with every garment].",
)  # fmt: skip
@click.option(
    "--fit", default="pad", show_default=True, type=click.Choice(get_args(Fit)),
    help="Into 768x1024: keep the whole photo, or crop to the person.",
)  # fmt: skip
@click.option("--person", type=click.IntRange(min=1), help="Whom to dress in photos of several [default: the largest].")
@click.option(
    "--poses", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of OpenPose JSON, PHOTO_keypoints.json, in the photos' pixels [default: estimated from the masks].",
)  # fmt: skip
@click.option(
    "--garment-masks", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of gray pictures named like the garments; white is garment.",
)  # fmt: skip
@click.option(
    "--captions", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="CSV: a garment's file name, words for it.",
)  # fmt: skip
@click.option("--preset", type=click.Choice(PRESETS), help="The bundled model: accurate [default] or fast.")
@click.option("--model", metavar="FOLDER", type=click.Path(path_type=Path), help="A model of your own instead.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the network [default: at most 4].")
@click.pass_context
def command(
    ctx: click.Context,
    photos: tuple[Path, ...],
    garments: tuple[Path, ...],
    program: str,
    category: str,
    out_dir: Path,
    pairs_file: Path | None,
    fit: Fit,
    person: int | None,
    poses: Path | None,
    garment_masks: Path | None,
    captions: Path | None,
    preset: str | None,
    model: Path | None,
    threads: int | None,
) -> None:
    """Write the folder that a try-on generator reads.

    Parse maps, agnostic pictures and masks, garment masks, poses and pairs, with names that the program can live with
    (names.csv leads back to yours) and a report of what was measured and what could not be made. A bundle that was
    stopped is taken up again by the same command.
    """
    if preset is not None and model is not None:
        raise click.UsageError("--preset and --model exclude each other: give one of them.")
    layout = find_layout(program, category)
    photo_places = find_photos(photos, out_dir=out_dir)
    garment_places = find_photos(garments, out_dir=out_dir)
    photo_names = [place.path.relative_to(place.path.parents[place.depth - 1]).as_posix() for place in photo_places]
    garment_names = [place.path.relative_to(place.path.parents[place.depth - 1]).as_posix() for place in garment_places]
    if pairs_file is None:
        pairs = every_pair(len(photo_places), len(garment_places))
    else:
        pairs = read_pairs(pairs_file, photo_names, garment_names)
    stems = [[str(Path(name).with_suffix("")) for name in names] for names in (photo_names, garment_names)]
    sources = Sources(
        photos=[Path(place.path) for place in photo_places],
        garments=[Path(place.path) for place in garment_places],
        pairs=named_pairs(pairs, stems[0], stems[1], layout),
        poses=poses,
        garment_masks=garment_masks,
        captions=read_captions(captions) if captions else None,
    )
    parser = fittingroom.Parser(model or preset or "default", threads=threads)
    plan = Plan(program, category, fit, person, model=parser.card.sha256)
    started = time.perf_counter()
    kept = 0
    steps = build_bundle(plan, sources, out_dir, parse=parse_finely(parser.parse))
    count = len({pair.photo for pair in sources.pairs})
    with click.progressbar(steps, length=count, file=sys.stderr, hidden=not sys.stderr.isatty()) as steps_left:
        for step in steps_left:
            kept += step.is_kept
    report = json.loads((out_dir / REPORT).read_text(encoding="utf-8"))
    for failure in report["failures"]:
        click.echo(f"Left out: {failure['file']}: {failure['error']}", err=True)
    for missing in report["not_made"]:
        click.echo(f"Not made: {missing['kind']} ({missing['path']}): {missing['how']}", err=True)
    leak = "" if report["mean_leak"] is None else f", leak {report['mean_leak']:.2%}"
    click.echo(
        f"{out_dir}: {report['pairs']} pairs of {len(report['persons'])} photos and {len(report['garments'])} garments "
        f"for {program} ({category}) in {time.perf_counter() - started:.1f} s"
        f"{f', {kept} photos were done before' if kept else ''}{leak}"
    )
    if report["run"]:
        click.echo(f"Run: {report['run']}")
    ctx.exit(1 if report["failures"] else 0)


def parse_finely(parse: Callable[..., ParseResult]) -> Callable[[Pixels], ParseResult]:
    """The same with details and body points, which make better masks; without them, for models that know none."""
    schema = "fine"

    def finely(photo: Pixels) -> ParseResult:
        nonlocal schema
        if schema == "fine":
            try:
                return parse(photo, schema=schema)
            except ModelError:
                schema = "cihp"
        return parse(photo, schema=schema)

    return finely


def read_captions(path: Path) -> dict[str, str]:
    """
    Raises:
        ConfigError: a row does not have two columns.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row]
    for number, row in enumerate(rows, start=1):
        if len(row) != 2:
            raise ConfigError(
                f"{path}, row {number}: {len(row)} columns; expected a garment's file name and words for it"
            )
    return {name.strip(): words.strip() for name, words in rows}

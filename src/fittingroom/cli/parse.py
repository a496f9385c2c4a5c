"""``fittingroom parse``: photos and folders of photos in, one folder of results per format out."""

from __future__ import annotations

import sys
import time
from pathlib import Path, PurePath
from tempfile import TemporaryFile

import click

import fittingroom
from fittingroom.cli.finding import find_photos
from fittingroom.cli.naming import name_results
from fittingroom.cli.options import device_option
from fittingroom.engine.card import PRESETS
from fittingroom.engine.devices import Device
from fittingroom.errors import FittingroomError, OutputError
from fittingroom.export.writer import FORMATS, check_formats, write_result
from fittingroom.imaging.reading import read_photo
from fittingroom.parsing.pixel_parser import SCHEMAS, Schema
from fittingroom.results import ParseResult, Person

MANY_PHOTOS = 10  # from here on a terminal shows a progress bar in place of a report on each photo


def read_formats(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """The names in "labels,mosaic", each once.

    Raises:
        OutputError: a name is unknown, or there is none.
    """
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    check_formats(names)
    if not names:
        raise OutputError(f"no output format is named; known are {', '.join(FORMATS)}")
    return names


@click.command(
    epilog="Exit status: 0 if every photo was parsed, 1 if some could not be, 2 if nothing could be done at all."
)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO|FOLDER...", type=click.Path(path_type=Path))
@click.option(
    "--out", "out_dir", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder for the results."
)
@click.option(
    "--format",
    "formats",
    default="labels,mosaic",
    show_default=True,
    metavar="NAME,...",
    callback=read_formats,
    help=f"What to write: any of {', '.join(FORMATS)}.",
)
@click.option(
    "--schema",
    type=click.Choice(SCHEMAS),
    help="cihp: the classes [default]; fine: details and body points too (a second look at every head).",
)
@click.option("--preset", type=click.Choice(PRESETS), help="The bundled model: accurate [default] or fast.")
@click.option(
    "--model", metavar="NAME|FOLDER", type=click.Path(path_type=Path),
    help="A stored model (`fittingroom models list`) or one of your own instead.",
)  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the network [default: at most 4].")
@device_option
@click.pass_context
def command(
    ctx: click.Context,
    photos: tuple[Path, ...],
    out_dir: Path,
    formats: tuple[str, ...],
    schema: Schema | None,
    preset: str | None,
    model: Path | None,
    threads: int | None,
    device: Device,
) -> None:
    """Find people and the parts of each in photos.

    Results are DIR/<format>/<name>.<extension>. A photo's name is its place below the FOLDER, without its extension.
    Photos that would share a name carry more of their path: a.jpg and a.png become a-jpg and a-png; 2023/a.jpg and
    2024/a.jpg become 2023/a and 2024/a.
    """
    if preset is not None and model is not None:
        raise click.UsageError("--preset and --model exclude each other: give one of them.")
    if schema is None:
        schema = "fine" if any(FORMATS[name].needs_fine for name in formats) else "cihp"
    names = name_results(find_photos(photos, out_dir=out_dir))
    check_writable(out_dir)
    parser = fittingroom.Parser(model or preset or "default", threads=threads, device=device)
    started = time.perf_counter()
    failures: list[str] = []
    people_count = 0
    has_bar = len(names) >= MANY_PHOTOS and sys.stderr.isatty()
    with click.progressbar(names.items(), file=sys.stderr, hidden=not has_bar, show_pos=True) as photos_left:
        for path, name in photos_left:
            shown_path = shown(path)
            try:
                photo = read_photo(shown_path)
                result = parser.parse(photo, schema=schema)
                write_result(result, photo.pixels_rgb, out_dir=out_dir, stem=name, formats=formats)
            except Exception as error:  # noqa: BLE001 - whatever one photo does, the others are to be parsed
                failures.append(reason_named(error, shown_path))
                continue
            people_count += len(result.people)
            if not has_bar:
                click.echo(report(result, shown_path))
    duration_s = time.perf_counter() - started
    for failure in failures:
        click.echo(f"Failed: {failure}", err=True)
    click.echo(summary(len(names), len(failures), people_count, duration_s))
    if len(failures) < len(names):
        click.echo(f"Results: {', '.join(str(out_dir / name) for name in formats)}")
    ctx.exit(1 if failures else 0)


def check_writable(out_dir: Path) -> None:
    """Make the folder and write to it, before any photo costs time.

    Raises:
        OutputError: one of the two fails.
    """
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out_dir):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write to folder '{out_dir}': {error.strerror}; choose another with --out or allow writing to it"
        ) from error


def shown(path: PurePath) -> str:
    """The path as short as it can be said from the current folder."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def reason_named(error: Exception, path: str) -> str:
    """One line that names the photo and what is wrong with it."""
    reason = " ".join(str(error).split())
    if not isinstance(error, FittingroomError):
        reason = f"{type(error).__name__}: {reason} (unexpected: please report it)"
    return reason if path in reason else f"{path}: {reason}"


def report(result: ParseResult, path: str) -> str:
    """What was found in a photo: a line for the photo and a line for each person."""
    lines = [f"{path}: {count(len(result.people), 'person', 'people')}"]
    lines += [f"  person {person.id} ({person.score:.0%}): {', '.join(shares(person))}" for person in result.people]
    return "\n".join(lines)


def shares(person: Person) -> list[str]:
    """The parts of a person, each with its share of the person's pixels; those below 1 % are only counted."""
    large = [part for part in person.parts.values() if part.area_px >= 0.01 * person.area_px]
    traces = len(person.parts) - len(large)
    named = [f"{part.label} {part.area_px / person.area_px:.0%}" for part in large]
    return named + ([f"traces of {traces} more"] if traces else [])


def summary(photo_count: int, failure_count: int, people_count: int, duration_s: float) -> str:
    parsed = count(photo_count - failure_count, "photo", "photos")
    failed = f"; {failure_count} of {photo_count} failed" if failure_count else ""
    return f"Parsed {parsed} with {count(people_count, 'person', 'people')} in {duration_s:.1f} s{failed}."


def count(number: int, singular: str, plural: str) -> str:
    return f"{number} {singular if number == 1 else plural}"

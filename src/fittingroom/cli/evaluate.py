"""``fittingroom evaluate``: how good a model is on labelled photos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fittingroom.cli.options import device_option

if TYPE_CHECKING:
    from fittingroom.data.photos import PhotoFiles
    from fittingroom.engine.devices import Device
    from fittingroom.m2fp.parser import M2fpParser
    from fittingroom.parsing.pixel_parser import PixelParser, Schema

BY_GROUP = ("photos", "mIoU without glove", "foreground IoU", "PCP50", "IoU face", "IoU hair", "IoU left-arm")
COUNTS = ("photos", "people", "photos left out", "wrists")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--model",
    default="default",
    show_default=True,
    help="A preset, a stored model, or a folder with model.onnx and card.json.",
)
@click.option("--split", help="Of manifest.csv, for instance val [default: all photos].")
@click.option(
    "--schema", type=click.Choice(["cihp", "fine"]), default="cihp", show_default=True,
    help="fine measures details and body points too.",
)  # fmt: skip
@click.option("--long-side", "long_side_px", type=click.IntRange(min=64), help="Input size instead of the card's.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the network [default: at most 4].")
@device_option
@click.option("--by-skin", is_flag=True, help="Tell the figures apart for lighter, medium and darker skin, too.")
@click.option(
    "--agnostic",
    is_flag=True,
    help="Instead, the agnostic masks of try-on bundles, with fine parts; photos of one person.",
)
@click.option("--true-labels", is_flag=True, help="With --agnostic: masks of the true labels instead of a parse.")
@click.option(
    "--baselines", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Folder of older systems' models: tell their foreground IoU too.",
)  # fmt: skip
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures there too."
)
def command(
    folder: Path,
    model: str,
    split: str | None,
    schema: Schema,
    long_side_px: int | None,
    threads: int | None,
    device: Device,
    by_skin: bool,
    agnostic: bool,
    true_labels: bool,
    baselines: Path | None,
    json_path: Path | None,
) -> None:
    """Compare a model's results with the truth in FOLDER.

    FOLDER holds images/ and labels/ and perhaps instances/, or Images/, Category_ids/ and Human_ids/ as CIHP does.
    """
    from fittingroom.engine.onnx_engine import default_threads
    from fittingroom.evaluation.evaluate import evaluate_photos
    from fittingroom.evaluation.layouts import find_truth
    from fittingroom.evaluation.skin_tone import evaluate_by_skin
    from fittingroom.imaging import write_bytes_atomically
    from fittingroom.parser import Parser

    if true_labels and not agnostic:
        raise click.UsageError("--true-labels says what masks are made of: give --agnostic too.")
    parser = Parser(model, threads=threads, device=device)
    pixels = parser.pixel_parser if long_side_px is None else parser.pixel_parser.with_long_side(long_side_px)
    photos = find_truth(folder, split=split)
    if agnostic:
        figures = mask_figures(None if true_labels else pixels, photos)
    elif by_skin:
        of_all, groups = evaluate_by_skin(pixels, photos, schema=schema)
        figures = of_all.as_dict() | {
            f"{group} skin: {name}": value
            for group, of_group in groups.items()
            for name, value in of_group.as_dict().items()
            if name in BY_GROUP
        }
    else:
        figures = evaluate_photos(pixels, photos, schema=schema).as_dict()
    if baselines is not None:
        figures |= baseline_figures(baselines, photos, threads or default_threads())
    width = max(map(len, figures))
    for name, value in figures.items():
        is_count = name.rpartition(": ")[2] in COUNTS
        click.echo(f"{name:{width}}  {value:.{0 if is_count else 3}f}")
    if json_path is not None:
        write_bytes_atomically(json_path, (json.dumps(figures, indent=2) + "\n").encode())


def mask_figures(parser: PixelParser | M2fpParser | None, photos: list[PhotoFiles]) -> dict[str, float]:
    """How good agnostic masks are; without a parser, those of the true labels."""
    from fittingroom.cli.bundle import parse_finely
    from fittingroom.evaluation.agnostic import evaluate_masks

    parse = None if parser is None else parse_finely(parser.parse)
    return evaluate_masks(parse, (files.read() for files in photos)).as_dict()


def baseline_figures(folder: Path, photos: list[PhotoFiles], threads: int) -> dict[str, float]:
    """Foreground IoU of every baseline whose file lies in the folder."""
    from fittingroom.bench.baselines import BASELINE_FILES, load_person_mask
    from fittingroom.evaluation.evaluate import foreground_iou

    return {
        f"foreground IoU of {name}": round(foreground_iou(load_person_mask(folder / file, threads), photos), 4)
        for name, file in BASELINE_FILES.items()
        if (folder / file).exists()
    }

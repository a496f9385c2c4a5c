"""``fittingroom evaluate``: how good a model is on labelled photos."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--model", default="default", show_default=True, help="A preset, or a folder with model.onnx and card.json."
)
@click.option("--split", help="Of manifest.csv, for instance val [default: all photos].")
@click.option("--long-side", "long_side_px", type=click.IntRange(min=64), help="Input size instead of the card's.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the network [default: at most 4].")
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures there too."
)
def command(
    folder: Path, model: str, split: str | None, long_side_px: int | None, threads: int | None, json_path: Path | None
) -> None:
    """Compare a model's label maps with the truth in FOLDER (images/ and labels/)."""
    from fittingroom.data.photos import find_photos
    from fittingroom.evaluation.evaluate import evaluate_photos
    from fittingroom.imaging import write_bytes_atomically
    from fittingroom.parser import Parser

    parser = Parser(model, threads=threads)
    pixels = parser.pixel_parser if long_side_px is None else parser.pixel_parser.with_long_side(long_side_px)
    figures = evaluate_photos(pixels, find_photos(folder, split=split)).as_dict()
    width = max(map(len, figures))
    for name, value in figures.items():
        click.echo(f"{name:{width}}  {value:.3f}" if name != "photos" else f"{name:{width}}  {value:.0f}")
    if json_path is not None:
        write_bytes_atomically(json_path, (json.dumps(figures, indent=2) + "\n").encode())

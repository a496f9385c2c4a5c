"""``fittingroom cutout``: a garment by its name, or a whole outfit, as a transparent picture."""

from __future__ import annotations

import io
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
from PIL import Image

import fittingroom
from fittingroom.engine.card import PRESETS
from fittingroom.errors import OutputError
from fittingroom.export.soft_cutouts import outfit_mask, parts_mask, person_of, soft_cut_out
from fittingroom.imaging.reading import read_photo
from fittingroom.imaging.writing import encode_png, write_bytes_atomically


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.option(
    "--part", "parts", multiple=True, metavar="NAME", help="A part by its name, for instance coat; repeatable."
)
@click.option("--outfit", is_flag=True, help="Everything that the person wears.")
@click.option("--whole", is_flag=True, help="The whole person.")
@click.option("--person", "person_id", default=1, show_default=True, type=click.IntRange(min=1), help="Whose.")
@click.option(
    "--out", "out_file", required=True, metavar="FILE", type=click.Path(path_type=Path), help="FILE.png or FILE.webp."
)
@click.option(
    "--soft", "softness_px", default=1.5, show_default=True, type=click.FloatRange(0, 50), metavar="PX",
    help="Half the width of the soft edge; 0 gives a hard one.",
)  # fmt: skip
@click.option("--full-size", is_flag=True, help="Keep the photo's size instead of cutting to what is shown.")
@click.option("--preset", type=click.Choice(PRESETS), help="The bundled model: accurate [default] or fast.")
@click.option("--model", metavar="FOLDER", type=click.Path(path_type=Path), help="A model of your own instead.")
def command(
    photo: Path,
    parts: tuple[str, ...],
    outfit: bool,
    whole: bool,
    person_id: int,
    out_file: Path,
    softness_px: float,
    full_size: bool,
    preset: str | None,
    model: Path | None,
) -> None:
    """Cut a garment or a whole outfit out of PHOTO, with soft edges.

    People are numbered from the largest on, as `fittingroom parse` does.
    """
    if (bool(parts), outfit, whole).count(True) != 1:
        raise click.UsageError("Say what to cut out: --part NAME, --outfit or --whole, one of them.")
    if preset is not None and model is not None:
        raise click.UsageError("--preset and --model exclude each other: give one of them.")
    if out_file.suffix.lower() not in (".png", ".webp"):
        raise OutputError(f"cannot write {str(out_file)!r}: transparent pictures are .png or .webp")
    read = read_photo(photo)
    result = fittingroom.Parser(model or preset or "default").parse(read)
    person = person_of(result, person_id)
    if whole:
        mask, what = person.mask, "whole"
    elif outfit:
        mask, what = outfit_mask(person), "outfit"
    else:
        names = [name.replace("_", "-").lower() for name in parts]
        mask, what = parts_mask(person, names), ", ".join(names)
    picture = soft_cut_out(mask, read.pixels_rgb, softness_px=softness_px, crop=not full_size)
    write_bytes_atomically(out_file, encoded(picture, out_file.suffix.lower()))
    height, width = picture.shape[:2]
    click.echo(f"{out_file}: {what} of person {person.id}, {width} x {height}, {int(mask.sum())} pixels")


def encoded(picture_rgba: npt.NDArray[np.uint8], extension: str) -> bytes:
    """PNG, or WebP without loss."""
    if extension == ".png":
        return encode_png(picture_rgba)
    buffer = io.BytesIO()
    Image.fromarray(picture_rgba).save(buffer, "WEBP", lossless=True, exact=True)
    return buffer.getvalue()

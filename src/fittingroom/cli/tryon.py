"""``fittingroom tryon``: a photo and an outfit in, the photo with everything on out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import click
import numpy as np
from numpy.typing import NDArray

import fittingroom
from fittingroom.engine.card import PRESETS
from fittingroom.errors import ItemError
from fittingroom.imaging.reading import read_photo
from fittingroom.imaging.writing import encode_jpeg, encode_png, write_bytes_atomically
from fittingroom.results import ParseResult
from fittingroom.tryon.contact_sheet import contact_sheet
from fittingroom.tryon.fitting import LayerReport, wear
from fittingroom.tryon.items import KINDS
from fittingroom.tryon.outfits import WEARING_ORDER, Layer, Outfit
from fittingroom.tryon.styles import STYLES, restyle
from fittingroom.tryon.wardrobe import BUNDLED, USER, Wardrobe

Person = int | Literal["all"]


def read_person(ctx: click.Context, param: click.Parameter, value: str) -> Person:
    """ "all" or a person id from 1 on."""
    if value == "all":
        return "all"
    if value.isdigit() and int(value) >= 1:
        return int(value)
    raise click.BadParameter(f"{value!r}; expected all, or a person's number from 1 on", ctx=ctx, param=param)


_CHOSEN = "fittingroom.tryon.chosen"  # where the ids of each kind are kept while the command line is read


def keep_ids(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> None:
    """Keep the ids of a kind's option for the command."""
    ctx.meta.setdefault(_CHOSEN, {})[str(param.name).replace("_", "-")] = value


def _kind_options(function: Callable[..., None]) -> Callable[..., None]:
    """One option for each kind of item; it may be given several times."""
    for kind in reversed(list(KINDS)):
        option = click.option(
            f"--{kind}",
            metavar="ID",
            multiple=True,
            help=f"Put on this {kind.replace('-', ' ')}.",
            expose_value=False,
            callback=keep_ids,
        )
        function = option(function)
    return function


@click.command(
    epilog="Exit status: 0 if everything is on, 1 if something was refused (the reasons are told), 2 if nothing could "
    "be done at all."
)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...", type=click.Path(path_type=Path))
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="The result: .png (lossless) or .jpg.")
@click.option("--outfit", "outfit_file", metavar="FILE", type=click.Path(path_type=Path), help="An outfit as JSON.")
@click.option("--save-outfit", metavar="FILE", type=click.Path(path_type=Path), help="Write what is put on as JSON.")
@click.option(
    "--person", default="all", show_default=True, metavar="N|all", callback=read_person, help="Whom to put items on."
)
@click.option("--style", "styles", multiple=True, metavar="NAME[:PART,...]", help=f"Restyle: {', '.join(STYLES)}.")
@click.option("--items", "folder", metavar="DIR", type=click.Path(path_type=Path), help="A folder of your own items.")
@click.option(
    "--contact-sheet",
    "sheet",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Every item given on every PHOTO, as one picture.",
)
@click.option("--preset", type=click.Choice(PRESETS), help="The bundled model: accurate [default] or fast.")
@_kind_options
@click.pass_context
def command(
    ctx: click.Context,
    photos: tuple[Path, ...],
    out: Path | None,
    outfit_file: Path | None,
    save_outfit: Path | None,
    person: Person,
    styles: tuple[str, ...],
    folder: Path | None,
    sheet: Path | None,
    preset: str | None,
) -> None:
    """Put items on the people in PHOTO. `fittingroom items list` names them."""
    wardrobe = Wardrobe((BUNDLED, USER, *([folder] if folder else [])))
    outfit = _outfit(outfit_file, ctx.meta[_CHOSEN], person, wardrobe)
    if sheet is not None:
        _write_sheet(sheet, photos, outfit, wardrobe, person, preset)
        return
    if len(photos) != 1 or out is None:
        raise click.UsageError("give one PHOTO and --out FILE, or --contact-sheet FILE.")
    if not outfit.layers and not styles:
        raise click.UsageError("nothing to put on: give --outfit FILE, items such as --hat ID, or --style NAME.")
    if save_outfit is not None:
        outfit.write(save_outfit)
    photo, result = _parsed(photos[0], preset)
    fitting = wear(photo, result, outfit, wardrobe)
    rgb = _restyled(fitting.photo_rgb, result, styles, person)
    _write_picture(out, rgb)
    for layer in fitting.layers:
        click.echo(_line(layer), err=not layer.is_worn)
    click.echo(f"Result: {out}")
    ctx.exit(0 if result.people and all(layer.is_worn for layer in fitting.layers) else 1)


def _outfit(
    outfit_file: Path | None, chosen: Mapping[str, Sequence[str]], person: Person, wardrobe: Wardrobe
) -> Outfit:
    layers = list(Outfit.read(outfit_file).layers) if outfit_file is not None else []
    for kind in WEARING_ORDER:
        for item_id in chosen.get(kind, ()):
            _check_kind(item_id, kind, wardrobe)
            layers.append(Layer(item_id, person))
    return Outfit(tuple(layers))


def _check_kind(item_id: str, kind: str, wardrobe: Wardrobe) -> None:
    entries = {entry.id: entry for entry in wardrobe.entries()}
    if item_id not in entries:
        known = ", ".join(entry.id for entry in wardrobe.entries(kind)) or "none"
        raise ItemError(f"there is no {kind} '{item_id}'; known are {known}")
    if entries[item_id].kind != kind:
        raise ItemError(f"'{item_id}' is of kind {entries[item_id].kind}, not {kind}; give --{entries[item_id].kind}")


def _parsed(path: Path, preset: str | None) -> tuple[NDArray[np.uint8], ParseResult]:
    photo = read_photo(path)
    return photo.pixels_rgb, fittingroom.Parser(preset or "default").parse(photo, schema="fine")


def _restyled(rgb: NDArray[np.uint8], result: ParseResult, styles: Sequence[str], person: Person) -> NDArray[np.uint8]:
    for style in styles:
        name, _, parts = style.partition(":")
        labels = [part for part in parts.split(",") if part] or None
        rgb = restyle(rgb, result, name, labels=labels, person_id=None if person == "all" else person)
    return rgb


def _write_picture(path: Path, rgb: NDArray[np.uint8]) -> None:
    is_jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    write_bytes_atomically(path, encode_jpeg(rgb) if is_jpeg else encode_png(rgb))


def _write_sheet(
    path: Path, photos: Sequence[Path], outfit: Outfit, wardrobe: Wardrobe, person: Person, preset: str | None
) -> None:
    """Items that are given, or one of each kind where none is."""
    ids = list(dict.fromkeys(layer.item_id for layer in outfit.layers))
    if not ids:
        ids = list({entry.kind: entry.id for entry in reversed(wardrobe.entries())}.values())[::-1]
    parsed = (_parsed(photo, preset) for photo in photos)
    person_id = None if person == "all" and len(photos) == 1 else 1 if person == "all" else person
    _write_picture(path, contact_sheet(parsed, [wardrobe[item_id] for item_id in ids], person_id=person_id))
    click.echo(f"Contact sheet: {path}", file=sys.stdout)


def _line(layer: LayerReport) -> str:
    if not layer.is_worn:
        return f"Refused: {layer.item_id} on person {layer.person_id}: {layer.refusal or 'nothing of it can be seen'}"
    warnings = f" ({'; '.join(layer.warnings)})" if layer.warnings else ""
    return f"{layer.item_id} on person {layer.person_id}{warnings}"

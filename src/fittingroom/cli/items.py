"""``fittingroom items``: list what can be tried on, add a picture of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from fittingroom.errors import ItemError
from fittingroom.imaging.writing import encode_png, write_bytes_atomically
from fittingroom.tryon.adding import id_from, landmarks_drawn, make_item
from fittingroom.tryon.items import KINDS
from fittingroom.tryon.wardrobe import BUNDLED, USER, Wardrobe


@click.group()
def command() -> None:
    """List what can be tried on, and add items of your own."""


@command.command("list")
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only items of this kind.")
@click.option("--folder", type=click.Path(path_type=Path), help="A folder of your own items, beside the catalogue.")
def list_items(kind: str | None, folder: Path | None) -> None:
    """One item a line: id, kind, name, Chinese name."""
    wardrobe = Wardrobe((BUNDLED, USER, *([folder] if folder else [])))
    for entry in wardrobe.entries(kind):
        click.echo(f"{entry.id}\t{entry.kind}\t{entry.name}\t{entry.name_zh}")


@command.command("add")
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--kind", required=True, type=click.Choice(list(KINDS)), help="What it is.")
@click.option("--id", "item_id", metavar="ID", help="Its id [default: made of the file's name].")
@click.option("--name", default="", metavar="TEXT", help="Its name in lists.")
@click.option("--licence", default="", metavar="SPDX", help="Licence of the picture.")
@click.option("--folder", default=USER, show_default=True, type=click.Path(path_type=Path), help="Where to keep it.")
@click.option("--replace", is_flag=True, help="Replace an item with this id.")
def add_item(
    picture: Path, kind: str, item_id: str | None, name: str, licence: str, folder: Path, replace: bool
) -> None:
    """Make an item of PICTURE, which shows it flat or hanging, from the front, before something plain.

    A picture without transparency is cut out. The landmarks found are drawn into ID-landmarks.png beside the item;
    correct them in its JSON file where they are wrong.
    """
    chosen = item_id or id_from(picture.stem)
    if (folder / f"{chosen}.json").exists() and not replace:
        raise ItemError(f"there is an item '{chosen}' in {folder} already; give --id NAME, or --replace")
    item = make_item(picture, kind=kind, item_id=chosen, name=name, licence=licence)
    sidecar = item.write(folder)
    shown = folder / f"{chosen}-landmarks.png"
    write_bytes_atomically(shown, encode_png(landmarks_drawn(item)))
    click.echo(f"Added {chosen} ({kind}): {sidecar}")
    for anchor, (x, y) in item.front.anchors.items():
        click.echo(f"  {anchor} {x:.0f},{y:.0f}")
    click.echo(f"Landmarks drawn: {shown}")

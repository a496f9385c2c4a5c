"""Draws the catalogue: ``python catalogue/draw.py [--sheet FILE] [--out FOLDER] [ID...]``.

Needs what fittingroom needs. Without ids everything is drawn, a few minutes on one core; the same pictures every time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from colours import colours
from drawn import Drawn
from dresses import dresses
from glasses import glasses
from hairstyles import hairstyles
from headwear import headwear
from jewellery import earrings, necklaces
from scarves import scarves
from sheet import contact_sheet
from shoes import shoes
from tops import tops
from trousers import trousers

ITEMS = Path(__file__).resolve().parents[1] / "src" / "fittingroom" / "tryon" / "catalogue" / "items"
GROUPS = (tops, dresses, trousers, headwear, scarves, hairstyles, glasses, necklaces, earrings, shoes, colours)


def everything() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    makers: dict[str, Callable[[], Drawn]] = {}
    for group in GROUPS:
        makers |= group()
    return makers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="items to draw (default: all)")
    parser.add_argument("--out", type=Path, default=ITEMS, help="folder for the pictures and sidecars")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet of the folder's items, and draw nothing")
    arguments = parser.parse_args()
    if arguments.sheet is not None:
        contact_sheet(arguments.out, list(everything()), arguments.sheet)
        return
    makers = everything()
    unknown = sorted(set(arguments.ids) - set(makers))
    if unknown:
        parser.error(f"no item is called {', '.join(unknown)}; known: {', '.join(makers)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for item_id in arguments.ids or makers:
        makers[item_id]().write(arguments.out)
        print(item_id, flush=True)


if __name__ == "__main__":
    main()

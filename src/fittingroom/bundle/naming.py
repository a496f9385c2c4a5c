"""Names that every program can live with, and a table back to the originals.

Letters, digits and hyphens only: a space ends a name in a pairs file, VITON-HD cuts results at the first "_", and
HR-VITON looks for files by replacing the word "image" in a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_LONGEST = 60


def plain_names(originals: Sequence[str]) -> list[str]:
    """A name for each original, distinct even where upper and lower case are the same; order and count are kept."""
    taken: set[str] = set()
    names = []
    for original in originals:
        stem = plain_name(original)
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def plain_name(original: str) -> str:
    """One name: ``"Füße/My image_1"`` becomes ``"Fusse-My-img-1"``."""
    folded = unicodedata.normalize("NFKD", original.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "-", folded).strip("-")
    name = re.sub("image", "img", name, flags=re.IGNORECASE)
    return name[:_LONGEST].strip("-") or "photo"


def numbered_names(count: int, *, ending: int, start: int = 1) -> list[str]:
    """Dress Code's names: ``000001_0`` for persons (ending 0), ``000001_1`` for garments (ending 1)."""
    return [f"{number:06d}_{ending}" for number in range(start, start + count)]

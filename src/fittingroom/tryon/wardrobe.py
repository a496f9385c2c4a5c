"""The items at hand: the bundled catalogue and folders of the user's own, read when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fittingroom.errors import ItemError
from fittingroom.tryon.items import KINDS, Item

BUNDLED = Path(__file__).parent / "catalogue" / "items"
USER = Path.home() / ".fittingroom" / "items"


@dataclass(frozen=True)
class Entry:
    """What a list of items says of one."""

    id: str
    kind: str
    name: str
    name_zh: str
    colour: str
    licence: str
    sidecar: Path


class Wardrobe(Mapping[str, Item]):
    """Items by id, ordered by kind and id. Pictures are read at the first access of an item and kept.

    Args:
        folders: later ones win where two hold the same id; a folder that is missing is empty.

    Raises:
        ItemError: a sidecar cannot be read.
    """

    def __init__(self, folders: Iterable[Path] = (BUNDLED, USER)) -> None:
        entries = {}
        for folder in folders:
            for sidecar in sorted(folder.glob("*.json")) if folder.is_dir() else ():
                entry = _entry(sidecar)
                entries[entry.id] = entry
        order = {kind: place for place, kind in enumerate(KINDS)}
        ordered = sorted(entries.values(), key=lambda entry: (order[entry.kind], entry.id))
        self._entries = {entry.id: entry for entry in ordered}
        self._items: dict[str, Item] = {}

    def __getitem__(self, item_id: str) -> Item:
        if item_id not in self._items:
            self._items[item_id] = Item.read(self._entries[item_id].sidecar)
        return self._items[item_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._entries

    def entries(self, kind: str | None = None) -> list[Entry]:
        """What is at hand, without reading a picture; of one kind, or all.

        Raises:
            ItemError: there is no such kind.
        """
        if kind is not None and kind not in KINDS:
            raise ItemError(f"there is no kind {kind!r}; known are {', '.join(KINDS)}")
        return [entry for entry in self._entries.values() if kind in (None, entry.kind)]


def _entry(sidecar: Path) -> Entry:
    try:
        document = json.loads(sidecar.read_text(encoding="utf-8"))
        if document["kind"] not in KINDS:
            raise ItemError(f"{sidecar}: kind is {document['kind']!r}; expected one of {', '.join(KINDS)}")
        return Entry(
            document["id"],
            document["kind"],
            document["name"],
            document.get("name_zh", document["name"]),
            document["colour"],
            document.get("licence", ""),
            sidecar,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, ItemError):
            raise
        raise ItemError(f"{sidecar} cannot be read as an item: {error!r}; remove it or write it anew") from error

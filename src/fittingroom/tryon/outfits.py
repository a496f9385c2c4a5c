"""An outfit: what is worn, in order, by whom; as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fittingroom.errors import ItemError
from fittingroom.imaging.writing import write_bytes_atomically
from fittingroom.tryon.placing import NO_ADJUSTMENT, Adjustment

FORMAT = 1
MAX_LAYERS = 64
_ADJUSTMENT_KEYS = ("right", "down", "scale", "angle_deg")


# What lies beneath comes first: the order in which items are put on where the user gives none.
WEARING_ORDER = (
    *("blush", "eye-shadow", "lip-colour", "nail-colour", "hair-colour", "garment-recolour", "hairstyle"),
    *("trousers", "skirt", "dress", "top", "shoe", "glove", "necklace", "scarf", "earring"),
    *("glasses", "sunglasses", "headscarf", "cap", "hat"),
)


@dataclass(frozen=True)
class Layer:
    """One item on one person or on everybody.

    Attributes:
        item_id: of the catalogue.
        person: person id (1..N), or "all".
        adjustment: how the user moved it.
    """

    item_id: str
    person: int | Literal["all"] = "all"
    adjustment: Adjustment = NO_ADJUSTMENT

    def __post_init__(self) -> None:
        is_id = isinstance(self.person, int) and not isinstance(self.person, bool) and self.person >= 1
        if not is_id and self.person != "all":
            raise ItemError(f'person is {self.person!r}; expected a person id from 1 on, or "all"')


@dataclass(frozen=True)
class Outfit:
    """Layers in the order in which they are put on: the first lies beneath.

    Raises:
        ItemError: more layers than anybody wears.
    """

    layers: tuple[Layer, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        if len(self.layers) > MAX_LAYERS:
            raise ItemError(f"the outfit has {len(self.layers)} layers; expected at most {MAX_LAYERS}")

    def to_json(self) -> str:
        """The outfit as text; `from_json` reads it back."""
        layers = []
        for layer in self.layers:
            entry: dict[str, object] = {"item": layer.item_id, "person": layer.person}
            if layer.adjustment != NO_ADJUSTMENT:
                entry |= {key: getattr(layer.adjustment, key) for key in _ADJUSTMENT_KEYS}
            layers.append(entry)
        return json.dumps({"format": FORMAT, "layers": layers}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Outfit:
        """Read what `to_json` wrote.

        Raises:
            ItemError: it is no outfit, or holds what is not understood.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ItemError(f"the outfit is not JSON: {error}") from error
        if (
            not isinstance(document, dict)
            or document.get("format") != FORMAT
            or not isinstance(document.get("layers"), list)
        ):
            raise ItemError(
                f'expected an outfit {{"format": {FORMAT}, "layers": [{{"item": "id", "person": "all"}}, ...]}}'
            )
        return cls(tuple(_layer(entry) for entry in document["layers"]))

    @classmethod
    def read(cls, path: Path) -> Outfit:
        """Read an outfit's file.

        Raises:
            ItemError: the file cannot be read or is no outfit.
        """
        try:
            return cls.from_json(path.read_bytes())
        except OSError as error:
            raise ItemError(f"cannot read outfit '{path}': {error.strerror}; check the path") from error

    def write(self, path: Path) -> None:
        """Write the outfit to a file.

        Raises:
            OutputError: the file cannot be written.
        """
        write_bytes_atomically(path, self.to_json().encode())


def _layer(entry: Any) -> Layer:
    if not isinstance(entry, dict) or not isinstance(entry.get("item"), str):
        raise ItemError(f'a layer is {entry!r}; expected {{"item": "id", "person": 1 or "all"}}')
    unknown = sorted(set(entry) - {"item", "person", *_ADJUSTMENT_KEYS})
    if unknown:
        raise ItemError(f"a layer holds {', '.join(unknown)}; known are item, person, {', '.join(_ADJUSTMENT_KEYS)}")
    adjustment = Adjustment(**{key: entry[key] for key in _ADJUSTMENT_KEYS if key in entry})
    return Layer(entry["item"], entry.get("person", "all"), adjustment)

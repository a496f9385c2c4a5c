"""What a profile's history says of its taste: where on the body, which kinds, colours and patterns, tried and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from fittingroom.preferences.recommending import Catalogue, Person
from fittingroom.preferences.records import History
from fittingroom.tryon import KINDS

# Where a kind is worn: in English, in Chinese.
_HEAD, _HAIR, _FACE, _EARS = ("head", "头部"), ("hair", "头发"), ("face", "面部"), ("ears", "耳部")
_NECK, _HANDS, _TRUNK = ("neck", "颈部"), ("hands", "手部"), ("upper body", "上身")
_LEGS, _FEET, _CLOTHES = ("legs", "腿部"), ("feet", "脚部"), ("clothes worn already", "已穿的衣服")
PLACES: Mapping[str, tuple[str, str]] = {
    "hat": _HEAD, "cap": _HEAD, "headscarf": _HEAD, "hairstyle": _HAIR, "hair-colour": _HAIR,
    "glasses": _FACE, "sunglasses": _FACE, "lip-colour": _FACE, "eye-shadow": _FACE, "blush": _FACE,
    "earring": _EARS, "necklace": _NECK, "scarf": _NECK, "glove": _HANDS, "nail-colour": _HANDS,
    "top": _TRUNK, "dress": _TRUNK, "skirt": _LEGS, "trousers": _LEGS, "shoe": _FEET, "garment-recolour": _CLOTHES,
}  # fmt: skip


@dataclass(frozen=True)
class Taste:
    """One sort of thing.

    name, name_zh: what it is. tried, kept: how many different items of it were tried, and kept or liked.
    """

    name: str
    name_zh: str
    tried: int
    kept: int


@dataclass(frozen=True)
class Tastes:
    """What was tried and kept, each list with the sort kept most first, then the one tried most.

    Attributes:
        places: parts of the body. kinds: as in `KINDS`. colours: by name. patterns: patterned and plain.
    """

    places: tuple[Taste, ...]
    kinds: tuple[Taste, ...]
    colours: tuple[Taste, ...]
    patterns: tuple[Taste, ...]

    def as_dict(self) -> dict[str, list[dict[str, object]]]:
        """For JSON."""
        return {name: [asdict(taste) for taste in tastes] for name, tastes in vars(self).items()}


def tastes_of(history: History, catalogue: Catalogue) -> Tastes:
    """Sum a history up; items that are no longer in the catalogue are passed over."""
    person = Person.of(history, catalogue)
    seen = [
        (look, bool(kept))
        for look, tried, kept in zip(catalogue.looks, person.tried, person.kept, strict=True)
        if tried
    ]
    return Tastes(
        places=_ranked((PLACES.get(look.kind, ("elsewhere", "其他")), kept) for look, kept in seen),
        kinds=_ranked(((look.kind, KINDS[look.kind].name_zh), kept) for look, kept in seen),
        colours=_ranked(((look.colour_name.en, look.colour_name.zh), kept) for look, kept in seen),
        patterns=_ranked(
            (("patterned", "有花纹") if look.is_patterned else ("plain", "纯色"), kept) for look, kept in seen
        ),
    )


def _ranked(found: Iterable[tuple[tuple[str, str], bool]]) -> tuple[Taste, ...]:
    counts: dict[tuple[str, str], list[int]] = {}
    for names, kept in found:
        count = counts.setdefault(names, [0, 0])
        count[0] += 1
        count[1] += kept
    tastes = (Taste(*names, tried=tried, kept=kept) for names, (tried, kept) in counts.items())
    return tuple(sorted(tastes, key=lambda taste: (-taste.kept, -taste.tried, taste.name)))

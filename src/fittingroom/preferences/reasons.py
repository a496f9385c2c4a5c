"""Why something is recommended, said in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fittingroom.preferences.colours import ColourName, Floats, harmony, name_of
from fittingroom.preferences.item_looks import ItemLook
from fittingroom.tryon import KINDS

Code = Literal["kept-alike", "kept-together", "likes-kind", "goes-with", "popular", "something-new"]

# What somebody wears, as the parser calls it: in English, in Chinese.
GARMENTS: Mapping[str, tuple[str, str]] = {
    "upper-clothes": ("top", "上衣"),
    "dress": ("dress", "连衣裙"),
    "coat": ("coat", "外套"),
    "pants": ("trousers", "裤子"),
    "skirt": ("skirt", "半身裙"),
    "scarf": ("scarf", "围巾"),
    "hat": ("hat", "帽子"),
}
_BODY = {"hair": ("hair", "头发"), "skin": ("skin", "肤色")}
# Two or more of a kind; the word by which Chinese counts it.
_PLURALS: Mapping[str, tuple[str, str]] = {
    "hat": ("hats", "顶"),
    "cap": ("caps", "顶"),
    "headscarf": ("headscarves", "条"),
    "glasses": ("pairs of glasses", "副"),
    "sunglasses": ("pairs of sunglasses", "副"),
    "earring": ("earrings", "对"),
    "necklace": ("necklaces", "条"),
    "scarf": ("scarves", "条"),
    "glove": ("pairs of gloves", "双"),
    "top": ("tops", "件"),
    "dress": ("dresses", "条"),
    "skirt": ("skirts", "条"),
    "trousers": ("pairs of trousers", "条"),
    "shoe": ("pairs of shoes", "双"),
    "hairstyle": ("hairstyles", "款"),
    "hair-colour": ("hair colours", "种"),
    "lip-colour": ("lip colours", "种"),
    "eye-shadow": ("eye shadows", "种"),
    "blush": ("blushes", "种"),
    "nail-colour": ("nail colours", "种"),
    "garment-recolour": ("new colours for clothes", "种"),
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# Colours in which a pattern can be seen, and worn.
_CLOTH = {"hat", "cap", "headscarf", "scarf", "top", "dress", "skirt", "trousers", "garment-recolour"}
GOES_WELL = 0.2  # harmony from which on it is worth saying; what is neutral goes with everything (0.25)
ENOUGH = 2  # kept items of a sort, from which on it is a habit


@dataclass(frozen=True)
class Reason:
    """A sentence in both languages, and a code for programs."""

    code: Code
    en: str
    zh: str


@dataclass(frozen=True)
class Reasoner:
    """Finds words for one person.

    Attributes:
        looks: n items.
        tried, kept: float64 (n,), how often.
        colours: OKLab by part, as the person's photo showed them.
        together: indices of what the person kept or wears.
        worn: indices of what is being worn.
    """

    looks: Sequence[ItemLook]
    tried: Floats
    kept: Floats
    colours: Mapping[str, Floats]
    together: Sequence[int]
    worn: Sequence[int]

    def kept_alike(self, i: int) -> Reason | None:
        """ "You kept three of four green scarves"; the narrowest sort of which enough was kept, or None."""
        look = self.looks[i]
        colour, kind = look.colour_name, look.kind
        same_colour = [j for j, other in enumerate(self.looks) if self.tried[j] and other.colour_name == colour]
        of_kind = [j for j in same_colour if self.looks[j].kind == kind]
        plural, measure = _PLURALS.get(kind, (kind, "件"))
        kind_zh = KINDS[kind].name_zh if kind in KINDS else kind
        pattern = [
            j
            for j, other in enumerate(self.looks)
            if self.tried[j] and other.kind == kind and other.is_patterned and look.is_patterned and kind in _CLOTH
        ]
        sorts = (
            (of_kind, _adjective(colour.en, plural), f"{colour.zh}{kind_zh}", measure),
            (pattern, _adjective("patterned", plural), f"带花纹的{kind_zh}", measure),
            (same_colour, f"{colour.en} things", f"{colour.zh}的单品", "件"),
        )
        for members, sort_en, sort_zh, measure_zh in sorts:
            kept, tried = sum(bool(self.kept[j]) for j in members), len(members)
            if kept >= ENOUGH and kept > tried / 2:
                return Reason(
                    "kept-alike",
                    f"You kept {_of(kept, tried)} {sort_en}",
                    f"试过的{tried}{measure_zh}{sort_zh}中，你留下了{kept}{measure_zh}",
                )
        return None

    def kept_together(self, companion: int) -> Reason:
        """What people who kept another item kept too."""
        other = self.looks[companion]
        if companion in self.worn:
            return Reason(
                "kept-together", f"Often kept together with “{other.name}”, which you are trying on",
                f"常与你正在试穿的“{other.name_zh}”一起被留下",
            )  # fmt: skip
        return Reason(
            "kept-together", f"People who kept “{other.name}”, as you did, kept this too",
            f"和你一样留下“{other.name_zh}”的人，也留下了这一件",
        )  # fmt: skip

    def likes_kind(self, i: int) -> Reason | None:
        """How many of its kind the person kept; None if that is no habit."""
        kind = self.looks[i].kind
        members = [j for j, other in enumerate(self.looks) if self.tried[j] and other.kind == kind]
        kept, tried = sum(bool(self.kept[j]) for j in members), len(members)
        if kept < ENOUGH or kept <= tried / 2:
            return None
        plural, measure = _PLURALS.get(kind, (kind, "件"))
        kind_zh = KINDS[kind].name_zh if kind in KINDS else kind
        return Reason(
            "likes-kind",
            f"You kept {_of(kept, tried)} {plural} that you tried",
            f"试过的{tried}{measure}{kind_zh}中，你留下了{kept}{measure}",
        )

    def goes_with(self, i: int) -> Reason | None:
        """What its colour goes with: what is worn before what the photo showed, clothes before hair and skin."""
        look = self.looks[i]
        beside = [(self.looks[j].main_colour, _worn_words(self.looks[j])) for j in self.worn]
        for words in (GARMENTS, _BODY):
            beside += [
                (self.colours[part], _own_words(name_of(self.colours[part]), *words[part]))
                for part in words
                if part in self.colours
            ]
        fitting = [(float(harmony(look.main_colour, colour)), said) for colour, said in beside]
        fitting = [entry for entry in fitting if entry[0] >= GOES_WELL]
        if not fitting:
            return None
        en, zh = max(fitting, key=lambda entry: entry[0])[1]
        colour = look.colour_name
        return Reason("goes-with", f"Its {colour.en} goes with {en}", f"它的{colour.zh}与{zh}相配")

    def popular(self) -> Reason:
        """Where nothing more personal can be said."""
        return Reason("popular", "Many people keep it", "很多人都留下了它")

    def something_new(self, i: int) -> Reason:
        """Where nobody has kept it yet either."""
        kind = self.looks[i].kind
        plural, _ = _PLURALS.get(kind, (kind, ""))
        kind_zh = KINDS[kind].name_zh if kind in KINDS else kind
        if not any(self.tried[j] for j, other in enumerate(self.looks) if other.kind == kind):
            plural = plural.removeprefix("pairs of ")
            return Reason("something-new", f"You have not tried any {plural} yet", f"你还没有试过{kind_zh}")
        return Reason("something-new", "You have not tried it yet", "你还没有试过这一件")


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _of(kept: int, tried: int) -> str:
    if kept == tried:
        return "both" if tried == 2 else f"all {_number(tried)}"
    return f"{_number(kept)} of {_number(tried)}"


def _adjective(word: str, plural: str) -> str:
    """The adjective goes to the thing: "pairs of green shoes"."""
    return (
        f"pairs of {word} {plural.removeprefix('pairs of ')}" if plural.startswith("pairs of ") else f"{word} {plural}"
    )


def _worn_words(look: ItemLook) -> tuple[str, str]:
    return f"“{look.name}”", f"“{look.name_zh}”"


def _own_words(colour: ColourName, part: str, part_zh: str) -> tuple[str, str]:
    if part == "skin":
        return "your skin", "你的肤色"
    return f"your {colour.en} {part}", f"你的{colour.zh}{part_zh}"

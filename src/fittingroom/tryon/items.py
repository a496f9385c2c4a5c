"""What can be worn: an item's pictures and anchors, and the JSON sidecar that keeps them.

Sides are the wearer's own. A picture shows the item as somebody who faces us wears it, so that ``left_...`` anchors lie
at larger x than ``right_...`` ones. Anchors are (x, y) in pixels of the picture, x to the right and y down.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fittingroom.errors import ItemError
from fittingroom.imaging.writing import encode_png, write_bytes_atomically

FORMAT = 1
MAX_PIXELS = 16_000_000
MIN_SIDE_PX = 8

Rgba = NDArray[np.uint8]
Point = tuple[float, float]
Hem = Literal["waist", "hip", "thigh", "knee", "calf", "ankle"]
Sleeve = Literal["none", "short", "half", "long"]


@dataclass(frozen=True)
class Headwear:
    """hides_hair: what hair vanishes: that above the band's line, all of it (a hijab), or none (a tiara)."""

    hides_hair: Literal["above", "all", "none"] = "above"


@dataclass(frozen=True)
class Eyewear:
    """What the lenses do. The picture holds the frame only; the view's ``lens`` says where glass is.

    Attributes:
        lens_colour: tint, "#rrggbb".
        lens_opacity: at the upper edge of a lens, 0 clear to 1 black out.
        lens_opacity_bottom: at the lower edge; None: as above.
        reflection: strength of the sky's reflex, 0 to 1.
        temple_colour: of the arms towards the ears; None: the item's colour.
        temple_thickness: of the arms at the hinge, in pixels of the picture.
    """

    lens_colour: str = "#ffffff"
    lens_opacity: float = 0.04
    lens_opacity_bottom: float | None = None
    reflection: float = 0.15
    temple_colour: str | None = None
    temple_thickness: float = 10.0


@dataclass(frozen=True)
class Earring:
    """length_share: from hook to lower end, as share of the head's height."""

    length_share: float = 0.12


@dataclass(frozen=True)
class Necklace:
    """drop_share: how far the lowest point hangs below the chain's ends, as share of the neck's width."""

    drop_share: float = 1.1


@dataclass(frozen=True)
class Scarf:
    """A scarf has no field of its own."""


@dataclass(frozen=True)
class Glove:
    """Gloves are painted onto the hands that a photo shows, so they need no picture.

    Attributes:
        material: what the surface looks like.
        cuff: how far up it goes, 0 the wrist to 1 the elbow.
    """

    material: Literal["leather", "knit", "latex", "lace"] = "leather"
    cuff: float = 0.15


@dataclass(frozen=True)
class Top:
    """Cut of a top.

    Attributes:
        sleeve: its length.
        hem: how far down it goes.
        open: worn open: the middle is transparent and shows what is beneath.
        outer: worn over other clothes, and wider than they are.
    """

    sleeve: Sleeve = "short"
    hem: Hem = "hip"
    open: bool = False
    outer: bool = False


@dataclass(frozen=True)
class Dress:
    """Cut of a dress: its sleeves, and how far down it goes."""

    sleeve: Sleeve = "none"
    hem: Hem = "knee"


@dataclass(frozen=True)
class Skirt:
    """hem: how far down it goes."""

    hem: Hem = "knee"


@dataclass(frozen=True)
class Trousers:
    """hem: how far down they go; "thigh" are shorts."""

    hem: Hem = "ankle"


@dataclass(frozen=True)
class Shoe:
    """shaft: height of the shaft, 0 below the ankle to 1 the knee."""

    shaft: float = 0.0


@dataclass(frozen=True)
class Hairstyle:
    """A hairstyle has no field of its own."""


@dataclass(frozen=True)
class HairColour:
    """How hair is dyed.

    Attributes:
        strength: 0 nothing to 1 fully.
        tip_colour: colour of the tips, fading into ``colour`` towards the roots; None: one colour.
    """

    strength: float = 0.9
    tip_colour: str | None = None


@dataclass(frozen=True)
class LipColour:
    """strength: 0 nothing to 1 opaque."""

    strength: float = 0.75


@dataclass(frozen=True)
class EyeShadow:
    """strength: 0 nothing to 1 opaque."""

    strength: float = 0.6


@dataclass(frozen=True)
class Blush:
    """strength: 0 nothing to 1 opaque."""

    strength: float = 0.35


@dataclass(frozen=True)
class NailColour:
    """strength: 0 nothing to 1 opaque."""

    strength: float = 0.9


@dataclass(frozen=True)
class GarmentRecolour:
    """A new colour, pattern or print for what somebody wears already.

    Attributes:
        parts: classes of the CIHP set that change.
        mode: "colour", "pattern" (the picture is a seamless tile) or "print" (the picture is laid on the chest).
        tile_share: width of the tile, as share of the shoulders' width.
        print_share: width of the print, as share of the shoulders' width.
    """

    parts: tuple[str, ...] = ("upper-clothes", "dress", "coat")
    mode: Literal["colour", "pattern", "print"] = "colour"
    tile_share: float = 0.2
    print_share: float = 0.5


Traits: TypeAlias = (
    Headwear
    | Eyewear
    | Earring
    | Necklace
    | Scarf
    | Glove
    | Top
    | Dress
    | Skirt
    | Trousers
    | Shoe
    | Hairstyle
    | HairColour
    | LipColour
    | EyeShadow
    | Blush
    | NailColour
    | GarmentRecolour
)


@dataclass(frozen=True)
class Kind:
    """What an item of a kind must bring.

    Attributes:
        traits: the class of its fields.
        anchors: required anchors of each view that the kind must have; no view: nothing but a colour.
        optional: further anchors that are understood, in any view.
        name_zh: the kind in Chinese.
    """

    traits: type[Traits]
    anchors: Mapping[str, tuple[str, ...]]
    name_zh: str
    optional: tuple[str, ...] = ()


def _both(*names: str) -> tuple[str, ...]:
    return tuple(f"{side}_{name}" for name in names for side in ("left", "right"))


_CUFFS = _both("cuff_outer", "cuff_inner")
_BODICE = (*_both("collar"), "neck", *_both("shoulder", "armpit", "hem"))
_HEADWEAR: Mapping[str, tuple[str, ...]] = {"front": ("left_band", "right_band", "front_band", "crown")}
_EYEWEAR: Mapping[str, tuple[str, ...]] = {"front": (*_both("hinge"), "bridge", *_both("lens"))}

KINDS: Mapping[str, Kind] = {
    "hat": Kind(Headwear, _HEADWEAR, "帽子", ("chin",)),
    "cap": Kind(Headwear, _HEADWEAR, "鸭舌帽", ("chin",)),
    "headscarf": Kind(Headwear, _HEADWEAR, "头巾", ("chin",)),
    "glasses": Kind(Eyewear, _EYEWEAR, "眼镜"),
    "sunglasses": Kind(Eyewear, _EYEWEAR, "太阳镜"),
    "earring": Kind(Earring, {"front": ("hook",)}, "耳环"),
    "necklace": Kind(Necklace, {"front": (*_both("neck"), "lowest")}, "项链"),
    "scarf": Kind(Scarf, {"front": (*_both("neck"), "front", "lowest")}, "围巾"),
    "glove": Kind(Glove, {}, "手套"),
    "top": Kind(Top, {"front": _BODICE}, "上衣", (*_CUFFS, *_both("elbow_outer", "elbow_inner", "waist"))),
    "dress": Kind(
        Dress,
        {"front": (*_BODICE, *_both("waist"))},
        "连衣裙",
        (*_CUFFS, *_both("elbow_outer", "elbow_inner", "hip")),
    ),
    "skirt": Kind(Skirt, {"front": _both("waist", "hem")}, "半身裙", _both("hip")),
    "trousers": Kind(
        Trousers,
        {"front": (*_both("waist"), "crotch", *_both("hem_outer", "hem_inner"))},
        "裤子",
        _both("knee_outer", "knee_inner", "hip"),
    ),
    "shoe": Kind(
        Shoe,
        {
            "front": ("ankle_left", "ankle_right", "toe"),
            "side": ("ankle_back", "ankle_front", "heel", "toe"),
        },
        "鞋",
    ),
    "hairstyle": Kind(Hairstyle, {"front": (*_both("temple"), "hairline", "crown", "chin")}, "发型", _both("tip")),
    "hair-colour": Kind(HairColour, {}, "发色"),
    "lip-colour": Kind(LipColour, {}, "唇色"),
    "eye-shadow": Kind(EyeShadow, {}, "眼影"),
    "blush": Kind(Blush, {}, "腮红"),
    "nail-colour": Kind(NailColour, {}, "指甲油"),
    "garment-recolour": Kind(GarmentRecolour, {}, "服装换色"),
}


@dataclass(frozen=True, eq=False)
class View:
    """An item seen from one direction.

    Attributes:
        picture_rgba: uint8 (h, w, 4), straight alpha.
        anchors: (x, y) in pixels of the picture, by name.
        back_rgba: what lies behind the wearer (a brim's far side, a hood's inside), of the same size; None: nothing.
        lens: where glass is, uint8 (h, w), 255 = glass; None: no glass.
    """

    picture_rgba: Rgba
    anchors: Mapping[str, Point]
    back_rgba: Rgba | None = None
    lens: NDArray[np.uint8] | None = None

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the pictures in pixels."""
        height, width = self.picture_rgba.shape[:2]
        return height, width


@dataclass(frozen=True, eq=False)
class Item:
    """Something that can be worn.

    Attributes:
        id: lower-case letters, digits and hyphens; also the name of its files.
        kind: a key of `KINDS`.
        name: in English; name_zh: in Chinese.
        licence: SPDX identifier of the pictures' licence.
        author: who made the pictures.
        colour: the main colour, "#rrggbb"; what a recolouring kind paints with.
        traits: fields of the kind.
        views: by name: "front", and "side" where the kind has one.
        gloss: 0 matt to 1 mirror.

    Raises:
        ItemError: a field, a picture or an anchor is missing or not understood.
    """

    id: str
    kind: str
    name: str
    name_zh: str
    licence: str
    author: str
    colour: str
    traits: Traits
    views: Mapping[str, View] = field(default_factory=dict)
    gloss: float = 0.0

    def __post_init__(self) -> None:
        _check_item(self)

    @property
    def front(self) -> View:
        """The view from the front.

        Raises:
            ItemError: the item has no picture.
        """
        if "front" not in self.views:
            raise ItemError(f"item '{self.id}' ({self.kind}) has no picture; expected a view named front")
        return self.views["front"]

    @classmethod
    def read(cls, sidecar: Path) -> Item:
        """Read a sidecar and the pictures that it names, which lie beside it.

        Raises:
            ItemError: a file is missing, damaged or too large, or the sidecar is not understood.
        """
        document = _read_document(sidecar)
        kind = KINDS[document["kind"]]
        known = {f.name for f in fields(kind.traits)} | _ITEM_KEYS
        unknown = sorted(set(document) - known)
        if unknown:
            raise ItemError(f"{sidecar}: {', '.join(unknown)} is not known for kind {document['kind']}; remove it")
        try:
            traits = kind.traits(
                **{f.name: _typed(document[f.name]) for f in fields(kind.traits) if f.name in document}
            )
            views = {name: _read_view(entry, sidecar) for name, entry in document.get("views", {}).items()}
            return cls(
                id=document["id"],
                kind=document["kind"],
                name=document["name"],
                name_zh=document.get("name_zh", document["name"]),
                licence=document.get("licence", ""),
                author=document.get("author", ""),
                colour=document["colour"],
                traits=traits,
                views=views,
                gloss=float(document.get("gloss", 0.0)),
            )
        except ItemError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ItemError(f"{sidecar}: {error!r}; see docs/try-on.md for the format of a sidecar") from error

    def write(self, folder: Path) -> Path:
        """Write the pictures as PNG and then the sidecar, whose path is returned.

        Raises:
            OutputError: the folder cannot be written to.
        """
        views = {}
        for name, view in self.views.items():
            stem = self.id if name == "front" else f"{self.id}-{name}"
            pictures = {
                "picture": (f"{stem}.png", view.picture_rgba),
                "back": (f"{stem}-back.png", view.back_rgba),
                "lens": (f"{stem}-lens.png", view.lens),
            }
            entry: dict[str, object] = {}
            for key, (file_name, picture) in pictures.items():
                if picture is not None:
                    write_bytes_atomically(folder / file_name, encode_png(picture))
                    entry[key] = file_name
            entry["anchors"] = {anchor: [round(x, 2), round(y, 2)] for anchor, (x, y) in view.anchors.items()}
            views[name] = entry
        return self.write_sidecar(folder, views)

    def write_sidecar(self, folder: Path, views: Mapping[str, object]) -> Path:
        """Write the sidecar alone, for pictures that were written already in a format of the caller's choice.

        Args:
            folder: where the pictures lie.
            views: what the sidecar says of each view: ``{"picture": file name, "anchors": {...}, ...}``.
        """
        document: dict[str, object] = {
            "format": FORMAT,
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "name_zh": self.name_zh,
            "licence": self.licence,
            "author": self.author,
            "colour": self.colour,
        }
        if self.gloss:
            document["gloss"] = self.gloss
        for trait in fields(self.traits):
            value = getattr(self.traits, trait.name)
            if trait.default is MISSING or value != trait.default:
                document[trait.name] = value
        if views:
            document["views"] = views
        path = folder / f"{self.id}.json"
        write_bytes_atomically(path, (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode())
        return path


_ITEM_KEYS = {"format", "id", "kind", "name", "name_zh", "licence", "author", "colour", "gloss", "views"}


def read_items(folder: Path) -> dict[str, Item]:
    """Every item of a folder by id, ordered by kind (as in `KINDS`) and id.

    Raises:
        ItemError: the folder is missing, an item cannot be read, or two have one id.
    """
    if not folder.is_dir():
        raise ItemError(f"there is no folder '{folder}'; expected one with the sidecars (*.json) of items")
    items = [Item.read(path) for path in sorted(folder.glob("*.json"))]
    order = list(KINDS)
    return {item.id: item for item in sorted(items, key=lambda item: (order.index(item.kind), item.id))}


def rgb_of(colour: str) -> NDArray[np.float32]:
    """ "#rrggbb" as float32 (3,) sRGB in [0, 255].

    Raises:
        ItemError: another notation.
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ItemError(f"colour is {colour!r}; expected #rrggbb, for example #8a2030")
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8).astype(np.float32)


def read_rgba(path: Path) -> Rgba:
    """A PNG or WebP as uint8 (h, w, 4) with straight alpha.

    Raises:
        ItemError: missing, damaged, of another format, or of an impossible size.
    """
    return np.asarray(_open_picture(path).convert("RGBA"))


def _open_picture(path: Path) -> Image.Image:
    try:
        content = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked right below
            image = Image.open(BytesIO(content), formats=("PNG", "WEBP"))
        width, height = image.size
        if min(width, height) < MIN_SIDE_PX or width * height > MAX_PIXELS:
            raise ItemError(
                f"{path} is {width}x{height}; an item's picture has sides of at least {MIN_SIDE_PX} pixels and at "
                f"most {MAX_PIXELS // 1_000_000} million pixels; enlarge or shrink it"
            )
        image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ItemError(f"{path} cannot be read as PNG or WebP: {error}; save it again") from error
    return image


def _read_document(sidecar: Path) -> dict[str, Any]:
    try:
        document = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ItemError(f"{sidecar} cannot be read as JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ItemError(f'{sidecar} is no item of format {FORMAT}; expected {{"format": {FORMAT}, "id": ..., ...}}')
    if document.get("kind") not in KINDS:
        raise ItemError(f"{sidecar}: kind is {document.get('kind')!r}; expected one of {', '.join(KINDS)}")
    return document


def _typed(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read_view(entry: Mapping[str, Any], sidecar: Path) -> View:
    unknown = sorted(set(entry) - {"picture", "back", "lens", "anchors"})
    if unknown:
        raise ItemError(f"{sidecar}: a view holds {', '.join(unknown)}; it has picture, back, lens and anchors")
    paths = {key: _beside(sidecar, entry[key]) for key in ("picture", "back", "lens") if entry.get(key)}
    return View(
        picture_rgba=read_rgba(paths["picture"]),
        anchors={name: (float(x), float(y)) for name, (x, y) in entry.get("anchors", {}).items()},
        back_rgba=read_rgba(paths["back"]) if "back" in paths else None,
        lens=np.asarray(_open_picture(paths["lens"]).convert("L")) if "lens" in paths else None,
    )


def _beside(sidecar: Path, file_name: str) -> Path:
    if Path(file_name).name != file_name:
        raise ItemError(
            f"{sidecar} names the picture {file_name!r}; it must lie beside the sidecar: give its name only"
        )
    return sidecar.parent / file_name


def _check_item(item: Item) -> None:
    def refuse(reason: str) -> None:
        raise ItemError(f"item {item.id!r}: {reason}")

    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item.id):
        refuse("an id is lower-case letters and digits with single hyphens between them")
    if item.kind not in KINDS:
        refuse(f"kind is {item.kind!r}; expected one of {', '.join(KINDS)}")
    kind = KINDS[item.kind]
    if type(item.traits) is not kind.traits:
        refuse(f"fields are those of {type(item.traits).__name__}; kind {item.kind} has {kind.traits.__name__}")
    rgb_of(item.colour)
    _check_traits(item, refuse)
    for name in kind.anchors:
        if name not in item.views:
            refuse(f"kind {item.kind} needs the view {name}; it has {', '.join(item.views) or 'none'}")
    if isinstance(item.traits, GarmentRecolour) and item.traits.mode != "colour" and "front" not in item.views:
        refuse(f"mode {item.traits.mode} needs a picture; expected a view named front")
    for name, view in item.views.items():
        _check_view(name, view, item, kind, refuse)


def _check_traits(item: Item, refuse: Callable[[str], None]) -> None:
    hints = get_type_hints(type(item.traits))
    for trait in fields(item.traits):
        value, hint = getattr(item.traits, trait.name), hints[trait.name]
        if get_origin(hint) is Literal and value not in get_args(hint):
            refuse(f"{trait.name} is {value!r}; expected one of {', '.join(get_args(hint))}")
        if hint in (float, float | None) and value is not None and not isinstance(value, (int, float)):
            refuse(f"{trait.name} is {value!r}; expected a number")
        if hint is bool and not isinstance(value, bool):
            refuse(f"{trait.name} is {value!r}; expected true or false")
        if trait.name.endswith("colour") and value is not None:
            rgb_of(value)


def _check_view(name: str, view: View, item: Item, kind: Kind, refuse: Callable[[str], None]) -> None:
    picture, (height, width) = view.picture_rgba, view.size_hw
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 4 or min(height, width) < MIN_SIDE_PX:
        refuse(
            f"picture of view {name} is {picture.dtype} {picture.shape}; expected uint8 (h, w, 4), sides of at least "
            f"{MIN_SIDE_PX} pixels"
        )
    if not picture[..., 3].any():
        refuse(f"picture of view {name} is wholly transparent")
    for layer_name, layer in (("back", view.back_rgba), ("lens", view.lens)):
        if layer is not None and layer.shape[:2] != view.size_hw:
            refuse(f"{layer_name} of view {name} is {layer.shape[:2]}, the picture is {view.size_hw}; they must agree")
    required = (*kind.anchors.get(name, ()), *_sleeve_anchors(item))
    missing = [anchor for anchor in required if anchor not in view.anchors]
    if missing:
        refuse(f"view {name} lacks the anchors {', '.join(missing)}")
    unknown = sorted(set(view.anchors) - set(required) - set(kind.optional))
    if unknown:
        refuse(f"view {name} has the anchors {', '.join(unknown)}, which kind {item.kind} does not know")
    for anchor, (x, y) in view.anchors.items():
        if not (-width <= x <= 2 * width and -height <= y <= 2 * height):
            refuse(f"anchor {anchor} of view {name} is ({x}, {y}), far outside the picture of {width}x{height}")
        twin = anchor.replace("left", "right")
        if twin != anchor and twin in view.anchors and view.anchors[twin][0] >= x:
            refuse(f"{anchor} lies left of {twin} in view {name}; left is the wearer's left, on the picture's right")


def _sleeve_anchors(item: Item) -> tuple[str, ...]:
    return _CUFFS if isinstance(item.traits, (Top, Dress)) and item.traits.sleeve != "none" else ()

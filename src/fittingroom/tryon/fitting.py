"""Trying things on: photo, parse result and items in, photo and report out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import ItemError, PlacementError
from fittingroom.results import BoxXyxy, ParseResult
from fittingroom.tryon.anchors import FACE
from fittingroom.tryon.bottoms import wear_bottom
from fittingroom.tryon.eyewear import wear_glasses
from fittingroom.tryon.footwear import wear_shoes
from fittingroom.tryon.gloves import wear_gloves
from fittingroom.tryon.headwear import wear_headwear
from fittingroom.tryon.items import Item
from fittingroom.tryon.jewellery import wear_earrings, wear_necklace, wear_scarf
from fittingroom.tryon.make_up import colour_cheeks, colour_eyelids, colour_lips, colour_nails
from fittingroom.tryon.outfits import Layer, Outfit
from fittingroom.tryon.placing import NO_ADJUSTMENT, Adjustment
from fittingroom.tryon.recolour import colour_hair, recolour_garment
from fittingroom.tryon.reduced import SmallAdjustment, bring_back, reduced
from fittingroom.tryon.scene import Scene, Wearer
from fittingroom.tryon.tops import wear_top
from fittingroom.tryon.wigs import wear_hairstyle

Wear = Callable[[Wearer, Item, Adjustment], list[str]]
"""Puts an item on: changes the wearer's scene, returns warnings, raises `PlacementError` before it changes anything."""

WEAR: Mapping[str, Wear] = {
    "hat": wear_headwear,
    "cap": wear_headwear,
    "headscarf": wear_headwear,
    "glasses": wear_glasses,
    "sunglasses": wear_glasses,
    "earring": wear_earrings,
    "necklace": wear_necklace,
    "scarf": wear_scarf,
    "glove": wear_gloves,
    "top": wear_top,
    "dress": wear_top,
    "skirt": wear_bottom,
    "trousers": wear_bottom,
    "shoe": wear_shoes,
    "hairstyle": wear_hairstyle,
    "hair-colour": colour_hair,
    "lip-colour": colour_lips,
    "eye-shadow": colour_eyelids,
    "blush": colour_cheeks,
    "nail-colour": colour_nails,
    "garment-recolour": recolour_garment,
}

# What is large: on close-ups it is put on at a smaller scale.
_CLOTHES = {"top", "dress", "skirt", "trousers"}

# What is worn below the chin: not a pixel of the face changes.
_LEAVES_FACE = {
    *(
        "hair-colour",
        "necklace",
        "scarf",
        "glove",
        "top",
        "dress",
        "skirt",
        "trousers",
        "shoe",
        "nail-colour",
        "garment-recolour",
    ),
}


@dataclass(frozen=True)
class LayerReport:
    """What became of one item on one person.

    Attributes:
        item_id, kind, person_id: what and whose.
        is_worn: False: nothing of it is in the photo.
        refusal: why it is not worn; empty if it is.
        warnings: what is guessed or fits roughly.
        changed_px: pixels that it changed.
    """

    item_id: str
    kind: str
    person_id: int
    is_worn: bool
    refusal: str = ""
    warnings: tuple[str, ...] = ()
    changed_px: int = 0


@dataclass(frozen=True, eq=False)
class Fitting:
    """The photo with everything on.

    Attributes:
        photo_rgb: uint8 (H, W, 3). Outside ``changed`` it equals the input exactly.
        layers: one report for each item and person, in the order in which things were put on.
        changed: where pixels may differ from the input, bool (H, W).
        label_map: CIHP ids of what the photo now shows, uint8 (H, W).
    """

    photo_rgb: NDArray[np.uint8]
    layers: tuple[LayerReport, ...]
    changed: NDArray[np.bool_]
    label_map: NDArray[np.uint8] = field(repr=False)

    @property
    def changed_box_xyxy(self) -> BoxXyxy:
        """Tight box of the changes, half-open; all 0 when nothing changed."""
        rows, columns = np.flatnonzero(self.changed.any(axis=1)), np.flatnonzero(self.changed.any(axis=0))
        if not rows.size:
            return 0, 0, 0, 0
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def try_on(
    photo_rgb: NDArray[np.uint8],
    result: ParseResult,
    item: Item,
    *,
    person_id: int | None = None,
    adjustment: Adjustment = NO_ADJUSTMENT,
) -> Fitting:
    """Put one item on one person, or on everybody.

    Args:
        photo_rgb: the upright photo that was parsed, uint8 (H, W, 3); it is not changed.
        result: what parsing it gave.
        item: what to put on.
        person_id: whose; None: everybody.
        adjustment: the user's correction of the place.

    Returns:
        The photo and what became of the item. Where an item cannot be worn the report says why, and the photo stays.

    Raises:
        ShapeError: the result was not made from a photo of this size.
        ItemError: there is no such person.
    """
    layer = Layer(item.id, "all" if person_id is None else person_id, adjustment)
    return wear(photo_rgb, result, Outfit((layer,)), {item.id: item})


def wear(photo_rgb: NDArray[np.uint8], result: ParseResult, outfit: Outfit, items: Mapping[str, Item]) -> Fitting:
    """Put an outfit on, layer by layer. The same input gives the same output, to the last bit.

    Args:
        photo_rgb: the upright photo that was parsed, uint8 (H, W, 3); it is not changed.
        result: what parsing it gave, in CIHP classes.
        outfit: what to put on whom.
        items: by id; at least those of the outfit.

    Raises:
        ShapeError: the result was not made from a photo of this size.
        ItemError: the outfit names an item or a person that is not there.
    """
    scene = Scene.of(photo_rgb, result)
    planned = [(layer, _item(layer, items), _people(layer, result)) for layer in outfit.layers]
    reports = [
        _put_on(scene, item, person_id, layer.adjustment) for layer, item, people in planned for person_id in people
    ]
    return Fitting(scene.rgb, tuple(reports), scene.changed, scene.labels)


def _item(layer: Layer, items: Mapping[str, Item]) -> Item:
    if layer.item_id not in items:
        known = ", ".join(list(items)[:8]) + (", ..." if len(items) > 8 else "")
        raise ItemError(f"there is no item '{layer.item_id}'; known are {known or 'none'}")
    return items[layer.item_id]


def _people(layer: Layer, result: ParseResult) -> Sequence[int]:
    if layer.person == "all":
        return [person.id for person in result.people]
    if layer.person > len(result.people):
        raise ItemError(f"there is no person {layer.person}; the photo shows {len(result.people)}")
    return [layer.person]


def _worn(wearer: Wearer, item: Item, adjustment: Adjustment) -> list[str]:
    small = reduced(wearer) if item.kind in _CLOTHES else None
    if small is None:
        return WEAR[item.kind](wearer, item, adjustment)
    warnings = WEAR[item.kind](small.wearer, item, SmallAdjustment.of(adjustment, small.scale))
    bring_back(wearer, small)
    return warnings


def _put_on(scene: Scene, item: Item, person_id: int, adjustment: Adjustment) -> LayerReport:
    before, changed_before, persons = scene.rgb.copy(), scene.changed.copy(), scene.persons.copy()
    face = scene.labels == FACE if item.kind in _LEAVES_FACE else None
    scene.layer_box = None
    try:
        warnings = _worn(scene.wearer(person_id), item, adjustment)
    except PlacementError as refusal:
        return LayerReport(item.id, item.kind, person_id, is_worn=False, refusal=str(refusal))
    if scene.layer_box is None:
        return LayerReport(item.id, item.kind, person_id, False, "", tuple(dict.fromkeys(warnings)))
    x0, y0, x1, y1 = scene.layer_box
    window = slice(y0, y1), slice(x0, x1)
    # Soft edges may reach a pixel into what an item must not touch: other people, and the face beneath or beside it.
    kept = (persons[window] != person_id) & (persons[window] != 0)
    if face is not None:
        kept |= face[window]
    scene.rgb[window][kept] = before[window][kept]
    scene.changed[window][kept] = changed_before[window][kept]
    changed = int((scene.rgb[window] != before[window]).any(axis=2).sum())
    return LayerReport(item.id, item.kind, person_id, changed > 0, "", tuple(dict.fromkeys(warnings)), changed)

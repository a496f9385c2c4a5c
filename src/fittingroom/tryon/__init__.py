"""Virtual try-on: items from hats to shoes, worn by the people of a parsed photo.

``try_on(photo_rgb, result, item)`` puts one thing on, ``wear(photo_rgb, result, outfit, items)`` a whole outfit. Both
take a parse result, never a parser, and change nothing that they are given.
"""

from fittingroom.tryon.anchors import Anchor, PersonAnchors, find_anchors
from fittingroom.tryon.fitting import Fitting, LayerReport, try_on, wear
from fittingroom.tryon.items import KINDS, Item, View, read_items
from fittingroom.tryon.light import Light
from fittingroom.tryon.outfits import Layer, Outfit
from fittingroom.tryon.placing import Adjustment

__all__ = [
    "KINDS",
    "Adjustment",
    "Anchor",
    "Fitting",
    "Item",
    "Layer",
    "LayerReport",
    "Light",
    "Outfit",
    "PersonAnchors",
    "View",
    "find_anchors",
    "read_items",
    "try_on",
    "wear",
]

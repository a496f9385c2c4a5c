"""Colours of the classes: the index palette of label PNGs and the palette of the mosaic picture."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from fittingroom.labels.label_set import LabelSet

Colour = tuple[int, int, int]


def _voc_palette() -> npt.NDArray[np.uint8]:
    """PASCAL VOC's colour map: the bits of the id, dealt out to red, green and blue from the top bit down."""
    ids = np.arange(256)
    palette = np.zeros((256, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            # Bit 3k + channel of the id becomes bit 7 - k of the channel.
            if 3 * bit + channel < 8:
                palette[:, channel] |= ((ids >> (3 * bit + channel) & 1) << (7 - bit)).astype(np.uint8)
    palette.setflags(write=False)
    return palette


INDEX_PALETTE: npt.NDArray[np.uint8] = _voc_palette()
"""(256, 3) uint8 RGB, read-only: colours of palette PNGs. The index is the label; the colour is for display only."""

BINDING_COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "background": (0, 0, 0),
        "hair": (255, 0, 0),
        "face": (0, 255, 0),
        "upper-clothes": (0, 0, 255),
        "pants": (255, 255, 0),
        "left-shoe": (255, 0, 255),
        "right-shoe": (255, 0, 255),
    }
)
"""The mosaic's six colours (RGB) that the product's specification fixes; both shoes share one."""

MOSAIC_COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        **BINDING_COLOURS,
        # Found by search: any two classes that can touch stay apart in CIELAB, for normal sight and for simulated
        # protanopia, deuteranopia and tritanopia. The tests hold the distances.
        "hat": (153, 102, 128),
        "glove": (255, 170, 170),
        "sunglasses": (255, 230, 170),
        "dress": (128, 0, 0),
        "coat": (0, 0, 128),
        "socks": (85, 128, 128),
        "torso-skin": (255, 102, 128),
        "scarf": (255, 255, 255),
        "skirt": (153, 85, 0),
        "left-arm": (170, 102, 255),
        "right-arm": (51, 102, 153),
        "left-leg": (170, 230, 153),
        "right-leg": (102, 255, 255),
        # Classes of other sets: those that mean what a CIHP class means take its colour.
        "neck": (255, 102, 128),
        "upper": (0, 0, 255),
        "bottom": (255, 255, 0),
        "jumpsuits": (170, 0, 51),
        "belt": (204, 153, 128),
        "bag": (51, 0, 128),
        "noise": (51, 0, 128),
    }
)
"""Mosaic colour (RGB) of every class name that has one of its own."""


def mosaic_palette(label_set: LabelSet) -> npt.NDArray[np.uint8]:
    """Colours of the mosaic picture for a label set, (N, 3) uint8 RGB in the order of the ids.

    The six binding colours hold wherever the class is in the set, whatever its id. A class that has no colour of its
    own (in a user's own label set) takes the next colour of `INDEX_PALETTE` that is still free.
    """
    spare = _spare_colours(label_set)
    colours = [MOSAIC_COLOURS[name] if name in MOSAIC_COLOURS else next(spare) for name in label_set.classes]
    return np.array(colours, np.uint8)


def _spare_colours(label_set: LabelSet) -> Iterator[Colour]:
    taken = {MOSAIC_COLOURS[name] for name in label_set.classes if name in MOSAIC_COLOURS} | {(0, 0, 0)}
    for red, green, blue in INDEX_PALETTE.tolist():
        if (red, green, blue) not in taken:
            yield red, green, blue

"""Fine parts. A pixel's fine label is a pair (class, detail); the detail only adds to the class and never changes it.

A sleeve may lie on a shirt, a dress or a coat: a detail has several classes that may hold it. "Left" and "right" are
always the person's own.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError
from fittingroom.labels.label_set import LabelSet
from fittingroom.labels.palettes import Colour

_GARMENTS = ("upper-clothes", "dress", "coat")
_WEARS_JEWELLERY = (
    *_GARMENTS, "hat", "hair", "scarf", "face", "torso-skin", "left-arm", "right-arm", "left-leg", "right-leg"
)  # fmt: skip


class _Detail(NamedTuple):
    """Chinese name, classes that may hold it (CIHP's names), colour (RGB)."""

    zh: str
    classes: tuple[str, ...]
    colour: Colour


# The colours were found by search: details that can touch stay as far apart in CIELAB as the mosaic's classes do, for
# colour-blind eyes too, and no two of all are alike. The tests hold the distances.
_TABLE: Mapping[str, _Detail] = MappingProxyType(
    {
        "none": _Detail("无", (), (0, 0, 0)),
        "nose": _Detail("鼻子", ("face",), (255, 204, 102)),
        "lips": _Detail("嘴唇", ("face",), (102, 0, 153)),
        "left-eye": _Detail("左眼", ("face",), (153, 204, 204)),
        "right-eye": _Detail("右眼", ("face",), (204, 0, 204)),
        "left-eyebrow": _Detail("左眉", ("face",), (204, 102, 0)),
        "right-eyebrow": _Detail("右眉", ("face",), (102, 204, 153)),
        "left-ear": _Detail("左耳", ("face",), (102, 0, 102)),
        "right-ear": _Detail("右耳", ("face",), (255, 51, 204)),
        "neck": _Detail("颈部", ("torso-skin",), (204, 255, 0)),
        "left-shoulder": _Detail("左肩", (*_GARMENTS, "torso-skin", "left-arm"), (102, 0, 204)),
        "right-shoulder": _Detail("右肩", (*_GARMENTS, "torso-skin", "right-arm"), (204, 153, 255)),
        "left-hand": _Detail("左手", ("glove", "left-arm"), (255, 153, 0)),
        "right-hand": _Detail("右手", ("glove", "right-arm"), (153, 255, 153)),
        "left-sleeve": _Detail("左袖", _GARMENTS, (204, 204, 255)),
        "right-sleeve": _Detail("右袖", _GARMENTS, (0, 102, 102)),
        "left-trouser-leg": _Detail("左裤腿", ("pants",), (102, 102, 51)),
        "right-trouser-leg": _Detail("右裤腿", ("pants",), (255, 255, 255)),
        "belt": _Detail("腰带", (*_GARMENTS, "pants", "skirt"), (204, 0, 255)),
        "tie": _Detail("领带", (*_GARMENTS, "scarf"), (102, 102, 153)),
        "clear-glasses": _Detail("透明眼镜", ("face",), (0, 0, 255)),
        "jewellery": _Detail("首饰", _WEARS_JEWELLERY, (153, 51, 0)),
    }
)

DETAILS: tuple[str, ...] = tuple(_TABLE)
"""English names; the index is the id in a detail map, 0 is no detail."""

DETAILS_ZH: tuple[str, ...] = tuple(detail.zh for detail in _TABLE.values())
"""Chinese names in the same order."""

DETAIL_CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType({name: row.classes for name, row in _TABLE.items()})
"""Detail -> the classes, by CIHP's names, that may hold it."""

DETAIL_FLIP_PAIRS: tuple[tuple[int, int], ...] = tuple(
    (detail_id, DETAILS.index(name.replace("left-", "right-")))
    for detail_id, name in enumerate(DETAILS)
    if name.startswith("left-")
)
"""Ids ``(left, right)`` that change places when a picture is mirrored; see `fittingroom.labels.swap_classes`."""


def _palette() -> npt.NDArray[np.uint8]:
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(DETAILS)] = [row.colour for row in _TABLE.values()]
    palette.setflags(write=False)
    return palette


DETAIL_PALETTE: npt.NDArray[np.uint8] = _palette()
"""(256, 3) uint8 RGB, read-only: colours of detail PNGs; those of ids that do not exist are black."""


def detail_id(name: str) -> int:
    """Id of a detail in a detail map.

    Raises:
        LabelError: there is no such detail.
    """
    if name not in _TABLE:
        raise LabelError(f"there is no detail {name!r}; they are {', '.join(DETAILS[1:])}")
    return DETAILS.index(name)


@lru_cache(maxsize=16)
def allowed_details(label_set: LabelSet) -> npt.NDArray[np.bool_]:
    """Which details a class may hold, bool (classes, details), read-only: ``[class_id, detail_id]``.

    Every class may hold none. Classes are known by their names, so the table of a set with other names than CIHP's
    allows little.
    """
    allowed = np.zeros((len(label_set), len(DETAILS)), bool)
    allowed[:, 0] = True
    for column, classes in enumerate(DETAIL_CLASSES.values()):
        for class_id, name in enumerate(label_set.classes):
            allowed[class_id, column] |= name in classes
    allowed.setflags(write=False)
    return allowed

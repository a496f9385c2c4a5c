"""What the published checkpoints call their classes, and what we call them."""

from __future__ import annotations

from collections.abc import Sequence

from fittingroom.labels import CIHP, LIP, LabelSet

HUMAN = "Human"

_SHARED = (
    "Background", "Hat", "Hair", "Gloves", "Sunglasses", "UpperClothes", "Dress", "Coat", "Socks", "Pants",
    "Torso-skin", "Scarf", "Skirt", "Face", "Left-arm", "Right-arm", "Left-leg", "Right-leg", "Left-shoe", "Right-shoe",
)  # fmt: skip
MULTIPLE_CLASSES = (*_SHARED, HUMAN)
"""CIHP's twenty in our order, and whole people."""
SINGLE_CLASSES = tuple({"Gloves": "Glove", "Torso-skin": "Jumpsuits"}.get(name, name) for name in _SHARED)
"""LIP's twenty in our order."""


def legacy_names(label_set: LabelSet, *, is_single: bool) -> Sequence[str]:
    """The names for the original's form of a result: the checkpoints' own where the classes are theirs, else ours."""
    if is_single:
        return SINGLE_CLASSES if label_set.classes == LIP.classes else label_set.classes
    return MULTIPLE_CLASSES if label_set.classes == CIHP.classes else (*label_set.classes, HUMAN)

"""A label set: the classes that the ids of a label map mean."""

import difflib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError

IGNORE_ID = 255
"""Id of pixels that training and evaluation leave out; no class may have it."""


@dataclass(frozen=True)
class LabelSet:
    """Classes in the order of their ids; id 0 is the background. "Left" and "right" are the person's own.

    Attributes:
        name: short name, for instance ``"cihp"``.
        classes: English class names; the index is the id. At most 255 of them, since 255 is `IGNORE_ID`.
        classes_zh: Chinese class names in the same order; when left out, the English ones stand in.
        flip_pairs: ids ``(left, right)`` that change places when a picture is mirrored.

    Raises:
        LabelError: a class is named twice, a name is missing, or a pair does not fit the classes.
    """

    name: str
    classes: tuple[str, ...]
    classes_zh: tuple[str, ...] = ()
    flip_pairs: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if not self.classes_zh:
            object.__setattr__(self, "classes_zh", self.classes)
        if not 1 <= len(self.classes) <= IGNORE_ID:
            raise LabelError(f"label set {self.name!r} has {len(self.classes)} classes; 1 to {IGNORE_ID} are possible")
        if self.classes[0] != "background":
            raise LabelError(f"label set {self.name!r}: id 0 is {self.classes[0]!r}; it must be 'background'")
        if len(self.classes_zh) != len(self.classes):
            raise LabelError(
                f"label set {self.name!r} has {len(self.classes)} classes but {len(self.classes_zh)} Chinese names; "
                "give one for each class, or none at all"
            )
        twice = sorted({name for name in self.classes if self.classes.count(name) > 1})
        if twice:
            raise LabelError(f"label set {self.name!r} names {', '.join(twice)} more than once; names must be unique")
        unfit = [name for name in self.classes if not name.isprintable() or not name or set(name) & set('/\\:*?"<>|')]
        if unfit:
            raise LabelError(
                f"label set {self.name!r}: {unfit[0]!r} cannot be part of a file name; "
                'leave out control characters and / \\ : * ? " < > |'
            )
        paired = [class_id for pair in self.flip_pairs for class_id in pair]
        if len(set(paired)) != len(paired) or not all(0 < class_id < len(self.classes) for class_id in paired):
            raise LabelError(
                f"label set {self.name!r}: flip pairs {self.flip_pairs} must name each id at most once, "
                f"from 1 to {len(self.classes) - 1}"
            )

    def __len__(self) -> int:
        return len(self.classes)

    def id_of(self, name: str) -> int:
        """Id of a class.

        Raises:
            LabelError: there is no such class; the message names those that are spelled alike.
        """
        if name in self.classes:
            return self.classes.index(name)
        close = difflib.get_close_matches(name.lower().replace("_", "-"), self.classes, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"its classes are {', '.join(self.classes)}"
        raise LabelError(f"label set {self.name!r} has no class {name!r}; {hint}")

    def swap_left_right(self, label_map: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The same map with left and right ids exchanged; the pixels stay in place.

        Mirroring a picture needs both: ``label_set.swap_left_right(label_map[:, ::-1])``.

        Args:
            label_map: uint8, any shape; `IGNORE_ID` stays as it is.
        """
        return swap_classes(label_map, self.flip_pairs)


def swap_classes(labels: npt.NDArray[np.uint8], pairs: tuple[tuple[int, int], ...]) -> npt.NDArray[np.uint8]:
    """Labels with the two ids of each pair exchanged."""
    table = np.arange(256, dtype=np.uint8)
    for first, second in pairs:
        table[first], table[second] = second, first
    return table[labels]

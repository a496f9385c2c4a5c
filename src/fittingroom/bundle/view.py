"""A parse around one person: all that masks are made from, and no more of the photo than that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.labels import LabelSet
from fittingroom.results import BoxXyxy, ParseResult, Person

Mask = npt.NDArray[np.bool_]
Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True, eq=False)
class View:
    """The window of the maps around one person; all arrays are (h, w) of the window.

    Attributes:
        window_xyxy: in the photo, in pixels, half-open.
        labels: the person's class ids, uint8; 0 is everything else.
        confidence: of each pixel's label times 255, uint8.
        is_background: bool, where nobody is.
        is_other: bool, where other people are.
        bags: bool, where a bag is seen.
        details: by name, bool; the person's alone.
        part_scores: by class name.
        label_set: what the ids mean.
    """

    window_xyxy: BoxXyxy
    labels: npt.NDArray[np.uint8]
    confidence: npt.NDArray[np.uint8]
    is_background: Mask
    is_other: Mask
    bags: Mask
    details: Mapping[str, Mask]
    part_scores: Mapping[str, float]
    label_set: LabelSet

    @classmethod
    def of(cls, result: ParseResult, person: Person, *, reach_px: float) -> View:
        """The person's box, and so many pixels around it."""
        height, width = result.size_hw
        reach = int(np.ceil(reach_px))
        x0, y0, x1, y1 = person.box_xyxy
        window = (max(x0 - reach, 0), max(y0 - reach, 0), min(x1 + reach, width), min(y1 + reach, height))
        at = np.s_[window[1] : window[3], window[0] : window[2]]
        people = result.person_map[at]
        is_person = people == person.id
        return cls(
            window_xyxy=window,
            labels=np.asarray(cv2.copyTo(result.label_map[at], is_person.view(np.uint8)), np.uint8),
            confidence=result.confidence[at],
            is_background=people == 0,
            is_other=(people > 0) & ~is_person,
            bags=np.zeros_like(is_person) if result.bag_map is None else result.bag_map[at],
            details={name: detail.mask[at] for name, detail in person.details.items()},
            part_scores={name: part.score for name, part in person.parts.items()},
            label_set=result.label_set,
        )

    def __call__(self, names: tuple[str, ...]) -> Mask:
        """The person's pixels of some classes; names that the label set does not have are nowhere."""
        table = np.zeros(256, np.uint8)
        table[[self.label_set.id_of(name) for name in names if name in self.label_set.classes]] = 1
        return np.asarray(cv2.LUT(self.labels, table), np.uint8).view(np.bool_)

    def within(self, photo_map: npt.NDArray[Value]) -> npt.NDArray[Value]:
        """The window of another map of the photo, (H, W, ...)."""
        x0, y0, x1, y1 = self.window_xyxy
        return photo_map[y0:y1, x0:x1]

    def in_photo(self, mask: Mask, size_hw: tuple[int, int]) -> Mask:
        """A mask of the window, bool (h, w), in the photo, bool (H, W)."""
        x0, y0, x1, y1 = self.window_xyxy
        pasted = np.zeros(size_hw, bool)
        pasted[y0:y1, x0:x1] = mask
        return pasted

"""A person, and a part of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

BoxXyxy = tuple[int, int, int, int]
"""Pixel box ``(x0, y0, x1, y1)``, half-open: ``map[y0:y1, x0:x1]``."""


@dataclass(frozen=True, eq=False)
class Part:
    """One class, or one detail, on one person.

    Attributes:
        label: class name in the result's label set; for a detail, its name in `fittingroom.labels.DETAILS`.
        class_id: its id there, from 1.
        person_id: the person it belongs to.
        score: in [0, 1]; of a parsed photo, the IoU that the part is expected to have with the truth; of a detail, or
            where no model says more, the mean probability over its pixels.
        box_xyxy: tight box in pixels, half-open.
        area_px: number of pixels, at least 1.
    """

    label: str
    class_id: int
    person_id: int
    score: float
    box_xyxy: BoxXyxy
    area_px: int
    _id_map: npt.NDArray[np.uint8] = field(repr=False)
    _person_map: npt.NDArray[np.uint16] = field(repr=False)

    @property
    def crop_mask(self) -> npt.NDArray[np.bool_]:
        """The mask within the box, bool (y1 - y0, x1 - x0); cut anew at each access."""
        x0, y0, x1, y1 = self.box_xyxy
        is_class: npt.NDArray[np.bool_] = self._id_map[y0:y1, x0:x1] == self.class_id
        is_person: npt.NDArray[np.bool_] = self._person_map[y0:y1, x0:x1] == self.person_id
        return is_class & is_person

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """The mask in the photo, bool (H, W); cut anew at each access."""
        return _pasted(self.crop_mask, self.box_xyxy, self._id_map.shape)


@dataclass(frozen=True, eq=False)
class Person:
    """One person and the parts of that person.

    Attributes:
        id: 1..N, the value in the person map.
        score: confidence in [0, 1].
        box_xyxy: tight box in pixels, half-open.
        area_px: number of pixels, at least 1; the sum over the parts.
        parts: by class name, in the order of the class ids. Only the parts that are there.
        details: by the detail's name, in the order of the ids. Each lies within one part or several; empty unless the
            photo was parsed for details.
        body_points: float32 (25, 3), read-only: x, y in pixels of the photo and a confidence in [0, 1], in the order of
            `fittingroom.labels.BODY_25`; (0, 0, 0) was not seen. None unless the photo was parsed for them.
    """

    id: int
    score: float
    box_xyxy: BoxXyxy
    area_px: int
    parts: Mapping[str, Part]
    _person_map: npt.NDArray[np.uint16] = field(repr=False)
    details: Mapping[str, Part] = field(default_factory=dict)
    body_points: npt.NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def crop_mask(self) -> npt.NDArray[np.bool_]:
        """The mask within the box, bool (y1 - y0, x1 - x0); cut anew at each access."""
        x0, y0, x1, y1 = self.box_xyxy
        mask: npt.NDArray[np.bool_] = self._person_map[y0:y1, x0:x1] == self.id
        return mask

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """The mask in the photo, bool (H, W); cut anew at each access."""
        return _pasted(self.crop_mask, self.box_xyxy, self._person_map.shape)


def _pasted(crop_mask: npt.NDArray[np.bool_], box_xyxy: BoxXyxy, size_hw: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    x0, y0, x1, y1 = box_xyxy
    mask = np.zeros(size_hw, bool)
    mask[y0:y1, x0:x1] = crop_mask
    return mask

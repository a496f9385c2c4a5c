"""What an M2FP network should say about a picture: one mask for the background, each person, and each part of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fittingroom.data.photos import SOMEBODY_ID


@dataclass(frozen=True)
class MaskTargets:
    """Of one picture; N masks.

    classes: int64 (N,). masks: bool (N, H, W). is_known: bool (H, W), False where the truth says nothing.
    """

    classes: Tensor
    masks: Tensor
    is_known: Tensor

    def to(self, device: torch.device) -> MaskTargets:
        """The same on another device."""
        return MaskTargets(self.classes.to(device), self.masks.to(device), self.is_known.to(device))


def mask_targets(
    labels: NDArray[np.uint8], person_ids: NDArray[np.uint8], *, num_classes: int, tells_people_apart: bool
) -> MaskTargets:
    """
    Args:
        labels: uint8 (H, W), 254 = somebody, 255 = ignore.
        person_ids: uint8 (H, W), 0 = nobody.
        num_classes: of the label set; the class after them is that of whole people.
        tells_people_apart: False makes one mask of each class, whoever shows it, and none of people.
    """
    is_known = labels < SOMEBODY_ID
    classes, masks = [], []

    def add(class_id: int, mask: NDArray[np.bool_]) -> None:
        if mask.any():
            classes.append(class_id)
            masks.append(mask)

    add(0, labels == 0)
    everybody = [labels > 0] if not tells_people_apart else [person_ids == p for p in np.unique(person_ids) if p > 0]
    for person in everybody:
        if tells_people_apart:
            add(num_classes, person)
        for class_id in np.unique(labels[person & is_known]):
            if class_id > 0:
                add(int(class_id), person & (labels == class_id))
    stacked = np.stack(masks) if masks else np.zeros((0, *labels.shape), bool)
    return MaskTargets(torch.tensor(classes, dtype=torch.int64), torch.from_numpy(stacked), torch.from_numpy(is_known))

"""Evaluate a parser on a folder of labelled photos, through the code that users run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.data.photos import PhotoFiles
from fittingroom.evaluation.confusion import Confusion
from fittingroom.labels import IGNORE_ID, LabelSet
from fittingroom.parsing.pixel_parser import PixelParser


@dataclass(frozen=True)
class Figures:
    """What was measured on `photos` photos."""

    label_set: LabelSet
    confusion: Confusion
    photos: int

    def as_dict(self) -> dict[str, float]:
        """The figures by name: mIoU, mIoU without glove (where there is such a class), foreground IoU, each class.

        What cannot be said, the IoU of a class that neither truth nor prediction shows, is left out: JSON has no NaN.
        """
        figures = {"photos": float(self.photos), "mIoU": self.confusion.mean_iou()}
        if "glove" in self.label_set.classes:  # too few pixels of it in most sets to say anything
            glove = self.label_set.id_of("glove")
            figures["mIoU without glove"] = self.confusion.mean_iou(leave_out=(glove,))
        figures["foreground IoU"] = self.confusion.foreground_iou()
        figures["pixel accuracy"] = self.confusion.pixel_accuracy()
        for name, iou in zip(self.label_set.classes, self.confusion.iou(), strict=True):
            figures[f"IoU {name}"] = float(iou)
        return {name: round(value, 4) for name, value in figures.items() if not math.isnan(value)}

    def summary(self) -> str:
        """One line."""
        head = [
            f"{name} {value:.3f}" for name, value in self.as_dict().items() if not name.startswith(("IoU", "photos"))
        ]
        classes = [f"{name} {iou:.2f}" for name, iou in zip(self.label_set.classes, self.confusion.iou(), strict=True)]
        return f"{self.photos} photos: {', '.join(head)} | {', '.join(classes)}"


def evaluate_photos(parser: PixelParser, photos: Sequence[PhotoFiles]) -> Figures:
    """Parse every photo and compare with its truth at the truth's resolution."""
    confusion = Confusion.empty(len(parser.label_set))
    for files in photos:
        photo = files.read()
        predicted = parser.parse(photo.pixels_rgb).label_map
        confusion = confusion + Confusion.of(photo.labels, predicted, len(parser.label_set))
    return Figures(parser.label_set, confusion, len(photos))


def foreground_iou(
    person_mask: Callable[[NDArray[np.uint8]], NDArray[np.bool_]], photos: Sequence[PhotoFiles]
) -> float:
    """IoU of person / not person, over all photos, of a function from uint8 (H, W, 3) to bool (H, W)."""
    confusion = Confusion.empty(2)
    for files in photos:
        photo = files.read()
        truth = np.where(photo.labels == IGNORE_ID, IGNORE_ID, photo.labels > 0).astype(np.uint8)
        confusion = confusion + Confusion.of(truth, person_mask(photo.pixels_rgb).astype(np.uint8), 2)
    return confusion.foreground_iou()

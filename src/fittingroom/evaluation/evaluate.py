"""Evaluate a parser on labelled photos, through the code that users run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fittingroom.data.photos import LabelledPhoto, PhotoFiles
from fittingroom.evaluation.body_points import PointHits
from fittingroom.evaluation.calibration import Reliability, ScoreErrors, pixel_reliability
from fittingroom.evaluation.confusion import Confusion
from fittingroom.evaluation.fine_parts import FineParts
from fittingroom.evaluation.instances import Instances
from fittingroom.evaluation.outlines import TOLERANCES_PX, Outlines
from fittingroom.evaluation.overlaps import Overlaps
from fittingroom.labels import IGNORE_ID, LabelSet
from fittingroom.m2fp.parser import M2fpParser
from fittingroom.parsing.pixel_parser import PixelParser, Schema
from fittingroom.results import ParseResult

SUMMARISED = ("mIoU", "mIoU without glove", "foreground IoU", "pixel accuracy", "PCP50", "person link", "PCK")


@dataclass(frozen=True)
class Measures:
    """All that is measured, of any number of photos. Add two to pool their photos.

    pixels: reliability of all pixels; people_pixels: of those that truth or prediction give to a person.
    """

    confusion: Confusion
    instances: Instances
    outlines: Outlines = field(default_factory=Outlines.empty)
    pixels: Reliability = field(default_factory=Reliability.empty)
    people_pixels: Reliability = field(default_factory=Reliability.empty)
    part_scores: ScoreErrors = field(default_factory=lambda: ScoreErrors(0.0, 0))
    points: PointHits = field(default_factory=PointHits.empty)
    fine_parts: FineParts = field(default_factory=FineParts.empty)
    photos: int = 0

    @classmethod
    def empty(cls, num_classes: int) -> Measures:
        """No photos yet."""
        return cls(Confusion.empty(num_classes), Instances.empty(num_classes))

    @classmethod
    def of(cls, photo: LabelledPhoto, result: ParseResult) -> Measures:
        """From one photo and its result, at the photo's size.

        Raises:
            LabelError: the truth holds ids that the result's label set does not have.
        """
        label_set, people = result.label_set, result.people
        maps = (photo.labels, photo.person_ids, result.label_map, result.person_map)
        overlaps = Overlaps.of(*maps, len(label_set))
        all_pixels, people_pixels = pixel_reliability(photo.labels, result.label_map, result.confidence)
        return cls(
            confusion=Confusion(overlaps.pixels.sum((0, 2))),
            instances=Instances.of(overlaps, people),
            outlines=Outlines.of(*maps, label_set),
            pixels=all_pixels,
            people_pixels=people_pixels,
            part_scores=ScoreErrors.of(overlaps, people),
            points=PointHits.of(overlaps, photo.body_points, people),
            fine_parts=FineParts.of(photo, result),
            photos=1,
        )

    def __add__(self, other: Measures) -> Measures:
        return Measures(
            self.confusion + other.confusion,
            self.instances + other.instances,
            self.outlines + other.outlines,
            self.pixels + other.pixels,
            self.people_pixels + other.people_pixels,
            self.part_scores + other.part_scores,
            self.points + other.points,
            self.fine_parts + other.fine_parts,
            self.photos + other.photos,
        )


@dataclass(frozen=True)
class Figures:
    """What was measured, by name."""

    label_set: LabelSet
    measures: Measures

    @property
    def photos(self) -> int:
        """Number of photos."""
        return self.measures.photos

    def as_dict(self) -> dict[str, float]:
        """Every figure that can be said, rounded to 4 digits; what cannot be said is left out: JSON has no NaN.

        Higher is better, except for distances and errors. docs/evaluation.md tells what each is.
        """
        measures, instances = self.measures, self.measures.instances
        figures = {"photos": float(self.photos), "mIoU": measures.confusion.mean_iou()}
        if "glove" in self.label_set.classes:  # too few pixels of it in most sets to say anything
            glove = self.label_set.id_of("glove")
            figures["mIoU without glove"] = measures.confusion.mean_iou(leave_out=(glove,))
        figures |= {
            "foreground IoU": measures.confusion.foreground_iou(),
            "pixel accuracy": measures.confusion.pixel_accuracy(),
            **{f"boundary F {reach} px": measures.outlines.f_score(reach) for reach in TOLERANCES_PX},
            "boundary distance px": measures.outlines.mean_distance_px(),
            "boundary distance mm": measures.outlines.mean_distance_mm(),
            "people": float(instances.bodies.truth_count),
            "APr_vol": instances.apr_vol(),
            "APr_vol, duplicates are hits": instances.apr_vol("hit"),
            "APp_vol": instances.app_vol(),
            "APp50": instances.app(0.5),
            "PCP50": instances.pcp(0.5),
            "APh": instances.aph(),
            "person recall": instances.person_recall(0.5),
            "person link": instances.person_link(),
            "calibration error of pixels": measures.pixels.expected_calibration_error(),
            "calibration error of people's pixels": measures.people_pixels.expected_calibration_error(),
            "score error of parts": measures.part_scores.mean(),
            # a parser that gives no points at all is not a bad one at it
            "PCK": measures.points.pck() if measures.points.found.any() else math.nan,
            "eyes within 4 %": measures.fine_parts.eyes_found(),
            "eye error, median": measures.fine_parts.median_eye_error(),
        }
        for name, iou in zip(self.label_set.classes, measures.confusion.iou(), strict=True):
            figures[f"IoU {name}"] = float(iou)
        for name, iou in measures.fine_parts.iou().items():
            figures[f"IoU of detail {name}"] = iou
        return {name: round(value, 4) for name, value in figures.items() if math.isfinite(value)}

    def summary(self) -> str:
        """One line of the most important."""
        figures = self.as_dict()
        head = [f"{name} {figures[name]:.3f}" for name in SUMMARISED if name in figures]
        ious = self.measures.confusion.iou()
        classes = [f"{name} {iou:.2f}" for name, iou in zip(self.label_set.classes, ious, strict=True)]
        return f"{self.photos} photos: {', '.join(head)} | {', '.join(classes)}"


def evaluate_photos(
    parser: PixelParser | M2fpParser, photos: Sequence[PhotoFiles], *, schema: Schema = "cihp"
) -> Figures:
    """Parse every photo and compare with its truth at the truth's resolution.

    `schema` "fine" measures details and body points too, where their truth is known.
    """
    measures = Measures.empty(len(parser.label_set))
    for files in photos:
        photo = files.read()
        measures = measures + Measures.of(photo, parser.parse(photo.pixels_rgb, schema=schema))
    return Figures(parser.label_set, measures)


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

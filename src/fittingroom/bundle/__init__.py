"""Folders that try-on generators read, made from photos and garments."""

from fittingroom.bundle.agnostic import AgnosticMask, MaskMeasures, agnostic_mask, measure_mask
from fittingroom.bundle.pose_estimate import Pose, pose_of
from fittingroom.bundle.programs import CATEGORIES, PROGRAMS, find_layout

__all__ = [
    "CATEGORIES",
    "PROGRAMS",
    "AgnosticMask",
    "MaskMeasures",
    "Pose",
    "agnostic_mask",
    "find_layout",
    "measure_mask",
    "pose_of",
]

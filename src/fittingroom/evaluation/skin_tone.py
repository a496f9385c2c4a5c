"""Is it as good on darker skin? Figures apart for photos of people of lighter, medium and darker skin.

The tone is the individual typology angle of the face's median colour (Chardon, Cretois and Hourseau, Int. J. Cosmetic
Science, 1991), measured in the photo: shade and coloured light shift it, so a group is a rough one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from fittingroom.data.photos import LabelledPhoto, PhotoFiles
from fittingroom.evaluation.evaluate import Figures, Measures
from fittingroom.m2fp.parser import M2fpParser
from fittingroom.parsing.pixel_parser import PixelParser, Schema

MIN_FACE_PX = 50
# Chardon's six classes in pairs: very light and light, intermediate and tan, brown and dark.
LIGHTER_DEG, DARKER_DEG = 41.0, 10.0


def skin_tone_deg(photo: LabelledPhoto, face_id: int) -> float | None:
    """The individual typology angle of the true faces' median colour, from 90 (light) to -90; None without a face."""
    face = photo.labels == face_id
    if face.sum() < MIN_FACE_PX:
        return None
    lab = cv2.cvtColor(photo.pixels_rgb[face][None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    lightness, _, yellow = np.median(lab, axis=0)
    return math.degrees(math.atan2(float(lightness) - 50, max(float(yellow), 1e-3)))


def skin_group(tone_deg: float) -> str:
    """lighter, medium or darker."""
    if tone_deg > LIGHTER_DEG:
        return "lighter"
    return "medium" if tone_deg > DARKER_DEG else "darker"


def evaluate_by_skin(
    parser: PixelParser | M2fpParser, photos: Sequence[PhotoFiles], *, schema: Schema = "cihp"
) -> tuple[Figures, dict[str, Figures]]:
    """The figures of all photos, and of each group that occurs, lighter first; who shows no face is in no group.

    Raises:
        LabelError: the model's labels have no face.
    """
    face_id = parser.label_set.id_of("face")
    none = Measures.empty(len(parser.label_set))
    everybody, groups = none, dict[str, Measures]()
    for files in photos:
        photo = files.read()
        measures = Measures.of(photo, parser.parse(photo.pixels_rgb, schema=schema))
        everybody = everybody + measures
        tone_deg = skin_tone_deg(photo, face_id)
        if tone_deg is not None:
            name = skin_group(tone_deg)
            groups[name] = groups.get(name, none) + measures
    ordered = [name for name in ("lighter", "medium", "darker") if name in groups]
    return Figures(parser.label_set, everybody), {name: Figures(parser.label_set, groups[name]) for name in ordered}

"""Annotated photos in another label set; what the other set cannot say is named, never guessed in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from fittingroom.interchange.annotated import AnnotatedPhoto, Extras, result_of_maps
from fittingroom.labels import CIHP, LabelSet, convert, describe_conversion
from fittingroom.labels.fine_conversions import convert_fine, lost_details


def translated(
    photo: AnnotatedPhoto, target: LabelSet, *, lossy: bool = False, instead: Mapping[str, str] | None = None
) -> AnnotatedPhoto:
    """The photo with the classes of another label set.

    Where a class becomes background, its pixels belong to nobody any more. Details stay where the class that they lie
    on is still there. Every substitute that was used, and every class that the target has and the source never gives,
    is named in the photo's notes.

    Args:
        photo: what to convert.
        target: the label set wanted.
        lossy: accept the listed substitutes for classes that the target cannot say.
        instead: substitutes of the caller's own; see `fittingroom.labels.convert`.

    Raises:
        LabelError: there is no such conversion, or the photo shows a class that the target cannot say.
    """
    source = photo.result.label_set
    if source.classes == target.classes:
        return photo
    conversion = describe_conversion(source, target)
    details = photo.result.detail_map
    if details is not None and source == CIHP:
        label_map = convert_fine(
            photo.result.label_map, details, target, bag_map=photo.result.bag_map, lossy=lossy, instead=instead
        )
    else:
        label_map = convert(photo.result.label_map, source, target, lossy=lossy, instead=instead)
    # A bag lies over the background: it goes to the nearest person.
    person_map = np.where(label_map > 0, photo.result.person_map, 0)
    result, _, _ = result_of_maps(
        label_map, person_map, target, confidence=photo.result.confidence, extras=Extras.of(photo.result)
    )
    shown = {label for person in photo.result.people for label in person.parts}
    own = instead or {}
    notes = [
        f"{name} became {own.get(name, conversion.substitutes[name].target)}: {conversion.substitutes[name].reason}"
        for name in conversion.unsayable
        if name in shown
    ]
    if conversion.never_given:
        notes.append(f"{target.name}'s {', '.join(conversion.never_given)} cannot be told from {source.name}'s classes")
    if details is not None:
        kept = result.detail_map if result.detail_map is not None else np.zeros_like(details)
        lost = lost_details(np.where(kept == 0, details, 0).astype(np.uint8), target)
        if lost:
            notes.append(f"{target.name} has no class for the details {', '.join(lost)}")
    return replace(photo, result=result, notes=(*photo.notes, *notes))

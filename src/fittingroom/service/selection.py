"""A result with only some of its people and parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fittingroom.errors import LabelError
from fittingroom.results import ParseResult, Part, Person


def choose(result: ParseResult, *, parts: Sequence[str] = (), people: Sequence[int] = ()) -> ParseResult:
    """The result as if nothing but the chosen were in the photo. People keep their ids, so these may have gaps.

    Args:
        result: all of it.
        parts: class names; empty means all.
        people: person ids; empty means all. Ids that nobody has choose nobody.

    Raises:
        LabelError: the label set has no such class.
    """
    if not parts and not people:
        return result
    class_ids = [result.label_set.id_of(name) for name in parts]
    if 0 in class_ids:
        raise LabelError("'background' cannot be chosen; name parts of people")
    keep = np.ones(result.size_hw, bool)
    if people:
        keep &= np.isin(result.person_map, people)
    if parts:
        keep &= np.isin(result.label_map, class_ids)
    person_map = np.where(keep, result.person_map, 0).astype(np.uint16)
    kept_ids = np.flatnonzero(np.bincount(person_map.ravel())[1:]) + 1
    numbers = np.zeros(int(result.person_map.max(initial=0)) + 1, np.uint16)
    numbers[kept_ids] = np.arange(1, len(kept_ids) + 1)
    kept_people = [person for person in result.people if person.id in set(kept_ids.tolist())]
    points = [person.body_points for person in kept_people if person.body_points is not None]
    chosen = ParseResult.from_maps(
        np.where(keep, result.label_map, 0).astype(np.uint8),
        numbers[person_map],
        result.confidence,
        label_set=result.label_set,
        model_name=result.model_name,
        model_sha256=result.model_sha256,
        person_scores=[person.score for person in kept_people],
        detail_map=None if result.detail_map is None else np.where(keep, result.detail_map, 0).astype(np.uint8),
        detail_confidence=result.detail_confidence,
        bag_map=None if result.bag_map is None else np.zeros_like(result.bag_map),
        body_points=points if len(points) == len(kept_people) and points else None,
    )

    def original(piece: Part, person_id: int) -> Part:
        return replace(piece, person_id=person_id, _person_map=person_map)

    def renamed(person: Person, person_id: int) -> Person:
        return replace(
            person,
            id=person_id,
            parts={label: original(part, person_id) for label, part in person.parts.items()},
            details={label: original(part, person_id) for label, part in person.details.items()},
            _person_map=person_map,
        )

    return replace(
        chosen,
        person_map=person_map,
        people=tuple(renamed(person, old.id) for person, old in zip(chosen.people, kept_people, strict=True)),
    )

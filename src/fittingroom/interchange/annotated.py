"""One photo with its parse, on the way between tools; and how loose masks become a parse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels import BODY_25, CIHP, IGNORE_ID, LABEL_SETS, LabelSet, allowed_details
from fittingroom.results import ParseResult

LabelMap = npt.NDArray[np.uint8]
PersonMap = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class AnnotatedPhoto:
    """A photo's parse, and where the photo is.

    Attributes:
        name: the photo's place below its folder without extension, ``"holiday/img_1"``.
        result: its parse. Formats that keep no scores give it a confidence of 1.
        extension: of the photo's file, with its dot, as the format names it.
        photo: the photo's file, where it is at hand.
        ignored: bool (H, W), pixels that nobody decided on (255 in label maps), or None. They are background in result.
        notes: what the reader had to decide, one sentence each.
    """

    name: str
    result: ParseResult
    extension: str = ".jpg"
    photo: Path | None = None
    ignored: Mask | None = None
    notes: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The photo's name in the tool, ``"holiday/img_1.jpg"``."""
        return self.name + self.extension

    @property
    def training_labels(self) -> LabelMap:
        """The label map with ignored pixels at 255, uint8 (H, W)."""
        if self.ignored is None:
            return self.result.label_map
        return np.where(self.ignored, np.uint8(IGNORE_ID), self.result.label_map)


@dataclass(frozen=True)
class Reading:
    """What a reader may be told.

    Attributes:
        label_set: what the class ids or names mean; None: what the format says itself, and CIHP where it is silent.
        photos: folder of the photos; None: where the format says.
        person_maps: by name, uint16 (H, W): people of an earlier parse. A format that has lost whose part is whose
            takes it from here.
    """

    label_set: LabelSet | None = None
    photos: Path | None = None
    person_maps: Mapping[str, PersonMap] | None = None


@dataclass(frozen=True, eq=False)
class Extras:
    """What some forms say beside classes and people.

    Attributes:
        details: ids of `fittingroom.labels.DETAILS`, uint8 (H, W), or None.
        detail_confidence: uint8 (H, W), or None.
        bags: bool (H, W), or None.
        body_points: by the person's number in the form, float32 (25, 3); empty where the form has none.
    """

    details: npt.NDArray[np.uint8] | None = None
    detail_confidence: npt.NDArray[np.uint8] | None = None
    bags: Mask | None = None
    body_points: Mapping[int, npt.NDArray[np.float32]] = field(default_factory=dict)

    @classmethod
    def of(cls, result: ParseResult) -> Extras:
        """Those of a result."""
        points = {person.id: person.body_points for person in result.people if person.body_points is not None}
        return cls(result.detail_map, result.detail_confidence, result.bag_map, points)

    @property
    def names(self) -> tuple[str, ...]:
        """What there is: "details", "bags", "body points"."""
        there = {"details": self.details is not None, "bags": self.bags is not None, "body points": self.body_points}
        return tuple(name for name, is_there in there.items() if is_there)


NO_EXTRAS = Extras()


class Piece(NamedTuple):
    """A mask with a class, as annotation tools have them.

    class_id: in the label set. mask: bool (H, W). person: any number, the same for all parts of a person; None: not
    said. score: in [0, 1].
    """

    class_id: int
    mask: Mask
    person: int | None
    score: float = 1.0


def known_label_set(classes: Sequence[str]) -> LabelSet:
    """The label set with exactly these classes in this order; a new one, named "custom", where none is known."""
    for label_set in LABEL_SETS.values():
        if label_set.classes == tuple(classes):
            return label_set
    pairs = tuple(
        (class_id, list(classes).index(f"right-{name[5:]}"))
        for class_id, name in enumerate(classes)
        if name.startswith("left-") and f"right-{name[5:]}" in classes
    )
    return LabelSet("custom", tuple(classes), flip_pairs=pairs)


def label_set_with(names: Iterable[str], *, told: LabelSet | None) -> LabelSet:
    """A label set that has all these class names, for formats that list only what they show.

    Raises:
        LabelError: the set that was told, or else every set that is known, lacks one of them.
    """
    wanted = {name for name in names if name != "background"}
    candidates = [told] if told is not None else [CIHP, *LABEL_SETS.values()]
    for label_set in candidates:
        if wanted <= set(label_set.classes):
            return label_set
    missing = sorted(wanted - set(candidates[0].classes))
    raise LabelError(
        f"label set {candidates[0].name!r} has no class {', '.join(map(repr, missing))}; name the set that the labels "
        "belong to with --label-set, or rename the labels in the tool"
    )


def result_of_maps(
    label_map: LabelMap,
    person_map: npt.NDArray[np.integer] | None,
    label_set: LabelSet,
    *,
    confidence: npt.NDArray[np.uint8] | None = None,
    person_scores: Sequence[float] | None = None,
    extras: Extras = NO_EXTRAS,
) -> tuple[ParseResult, Mask | None, tuple[str, ...]]:
    """A parse of maps that others have written; ignored pixels, bool (H, W) or None; and notes on what was decided.

    Args:
        label_map: uint8 (H, W), 255 = ignored.
        person_map: any numbers, 0 = nobody; None: everything belongs to one person.
        label_set: what the ids mean.
        confidence: uint8 (H, W); None: 1 everywhere.
        person_scores: one for each person, used only where no person had to be renumbered.
        extras: details and bags stay where the labels allow them, body points go with their person's number.
    """
    notes = []
    ignored: Mask | None = label_map == IGNORE_ID
    if ignored is not None and ignored.any():
        label_map = np.where(ignored, np.uint8(0), label_map)
    else:
        ignored = None
    if person_map is None:
        person_map = (label_map > 0).astype(np.uint16)
    elif person_map.shape != label_map.shape:
        raise ShapeError(
            f"person map is {person_map.shape}, label map is {label_map.shape}; both must have the photo's size"
        )
    is_nobodys = (label_map > 0) & (person_map == 0)
    if is_nobodys.any():
        person_map = nearest_person(person_map, is_nobodys)
        notes.append(f"{int(is_nobodys.sum())} labelled pixels belonged to nobody; each went to the nearest person")
    numbers, renumbered = np.unique(np.where(label_map > 0, person_map, 0), return_inverse=True)
    persons = renumbered.reshape(label_map.shape).astype(np.uint16) + np.uint16(numbers[0] != 0)
    if person_scores is not None and len(person_scores) != int(persons.max()):
        person_scores = None
    if confidence is None:
        confidence = np.full(label_map.shape, 255, np.uint8)
    details = extras.details
    if details is not None:
        details = np.where(allowed_details(label_set)[label_map, details], details, np.uint8(0))
    points = None
    if extras.body_points:
        unknown = np.zeros((len(BODY_25), 3), np.float32)
        points = [extras.body_points.get(int(number), unknown) for number in numbers if number]
    result = ParseResult.from_maps(
        label_map, persons, confidence, label_set=label_set, person_scores=person_scores, detail_map=details,
        detail_confidence=extras.detail_confidence if details is not None else None,
        bag_map=None if extras.bags is None else extras.bags & (label_map == 0), body_points=points,
    )  # fmt: skip
    return result, ignored, tuple(notes)


def result_of_pieces(
    pieces: Sequence[Piece],
    size_hw: tuple[int, int],
    label_set: LabelSet,
    *,
    person_map: PersonMap | None = None,
    person_scores: Mapping[int, float] | None = None,
    extras: Extras = NO_EXTRAS,
) -> tuple[ParseResult, tuple[str, ...]]:
    """A parse of masks; where they overlap, the later one is seen.

    Pieces that do not say whose they are go to the person of ``person_map`` whom they cover most; without it, pieces
    that touch each other or a person's parts belong together. The body points of ``extras`` are by the pieces' numbers
    of people.

    Returns:
        The result, and notes on what had to be decided.
    """
    notes = []
    label_map = np.zeros(size_hw, np.uint8)
    owner_map = np.zeros(size_hw, np.uint32)  # number of the piece, from 1
    confidence = np.full(size_hw, 255, np.uint8)
    covered_twice = 0
    for number, piece in enumerate(pieces, start=1):
        if piece.mask.shape != size_hw:
            raise ShapeError(f"mask of {label_set.classes[piece.class_id]} is {piece.mask.shape}, its photo {size_hw}")
        covered_twice += int(np.count_nonzero(label_map[piece.mask]))
        label_map[piece.mask] = piece.class_id
        owner_map[piece.mask] = number if piece.class_id else 0
        confidence[piece.mask] = round(255 * piece.score)
    if covered_twice:
        notes.append(f"{covered_twice} pixels were covered by more than one shape; the later shape counts")
    person_of = [piece.person for piece in pieces]
    if any(person is None for person in person_of):
        person_of, how = _owners(owner_map, person_of, person_map)
        notes.append(how)
    order = sorted({person for person in person_of if person is not None})
    numbers = {person: number for number, person in enumerate(order, start=1)}
    table = np.array([0, *(numbers[person] if person is not None else 0 for person in person_of)], np.uint16)
    scores = [(person_scores or {}).get(person, -1.0) for person in order]
    result, _, more = result_of_maps(
        label_map,
        table[owner_map],
        label_set,
        confidence=confidence,
        person_scores=scores if scores and min(scores) >= 0 else None,
        extras=replace(
            extras,
            body_points={numbers[person]: row for person, row in extras.body_points.items() if person in numbers},
        ),
    )
    return result, (*notes, *more)


def nearest_person(person_map: npt.NDArray[np.integer], wanted: Mask) -> npt.NDArray[np.uint16]:
    """The person map with the pixels of ``wanted`` given to the nearest person; to person 1 where there is nobody."""
    filled = person_map.astype(np.uint16)
    is_free = (filled == 0).astype(np.uint8)
    if is_free.all():
        filled[wanted] = 1
        return filled
    _, nearest = cv2.distanceTransformWithLabels(is_free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    person_at = np.zeros(int(nearest.max()) + 1, np.uint16)
    is_taken = is_free == 0
    person_at[nearest[is_taken]] = filled[is_taken]
    filled[wanted] = person_at[nearest[wanted]]
    return filled


def _owners(
    owner_map: npt.NDArray[np.uint32], told: Sequence[int | None], person_map: PersonMap | None
) -> tuple[list[int | None], str]:
    """Whose each piece is, and a note on how that was found."""
    people = list(told)
    unknown = [number for number, person in enumerate(told) if person is None]
    if person_map is not None:
        if person_map.shape != owner_map.shape:
            raise ShapeError(f"person map is {person_map.shape}, the photo {owner_map.shape} (height, width)")
        everybody = nearest_person(person_map, owner_map > 0)
        for number in unknown:
            votes = np.bincount(everybody[owner_map == number + 1])
            people[number] = int(votes.argmax()) if votes.size else None
        return people, f"{len(unknown)} shapes did not say whose they are; the earlier parse told"
    count, groups = cv2.connectedComponents((owner_map > 0).astype(np.uint8), connectivity=8)
    fresh = max((person for person in told if person is not None), default=0)
    person_of_group: dict[int, int] = {}
    for number, person in enumerate(told):
        at = groups[owner_map == number + 1]
        if person is not None and at.size:
            person_of_group.setdefault(int(np.bincount(at).argmax()), person)
    for number in unknown:
        at = groups[owner_map == number + 1]
        if at.size:
            group = int(np.bincount(at).argmax())
            people[number] = person_of_group.setdefault(group, fresh + group)
    return people, (
        f"{len(unknown)} shapes did not say whose they are; shapes that touch were taken for one person "
        f"({count - 1} groups); --people-from gives the people of an earlier parse"
    )

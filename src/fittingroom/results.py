"""What parsing a photo gives: a label map, the people in it, and the parts of each person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels import LabelSet

Scalar = TypeVar("Scalar", bound=np.generic)
BoxXyxy = tuple[int, int, int, int]
"""Pixel box ``(x0, y0, x1, y1)``, half-open: ``map[y0:y1, x0:x1]``."""


@dataclass(frozen=True, eq=False)
class Part:
    """One class on one person.

    Attributes:
        label: class name in the result's label set.
        class_id: its id there, from 1.
        person_id: the person it belongs to.
        score: mean probability of the class over the part's pixels, in [0, 1].
        box_xyxy: tight box in pixels, half-open.
        area_px: number of pixels, at least 1.
    """

    label: str
    class_id: int
    person_id: int
    score: float
    box_xyxy: BoxXyxy
    area_px: int
    _label_map: npt.NDArray[np.uint8] = field(repr=False)
    _person_map: npt.NDArray[np.uint16] = field(repr=False)

    @property
    def crop_mask(self) -> npt.NDArray[np.bool_]:
        """The mask within the box, bool (y1 - y0, x1 - x0); cut anew at each access."""
        x0, y0, x1, y1 = self.box_xyxy
        is_class: npt.NDArray[np.bool_] = self._label_map[y0:y1, x0:x1] == self.class_id
        is_person: npt.NDArray[np.bool_] = self._person_map[y0:y1, x0:x1] == self.person_id
        return is_class & is_person

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """The mask in the photo, bool (H, W); cut anew at each access."""
        return _pasted(self.crop_mask, self.box_xyxy, self._label_map.shape)


@dataclass(frozen=True, eq=False)
class Person:
    """One person and the parts of that person.

    Attributes:
        id: 1..N, the value in the person map.
        score: confidence in [0, 1].
        box_xyxy: tight box in pixels, half-open.
        area_px: number of pixels, at least 1; the sum over the parts.
        parts: by class name, in the order of the class ids. Only the parts that are there.
    """

    id: int
    score: float
    box_xyxy: BoxXyxy
    area_px: int
    parts: Mapping[str, Part]
    _person_map: npt.NDArray[np.uint16] = field(repr=False)

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


@dataclass(frozen=True, eq=False)
class ParseResult:
    """A parsed photo. Build one with `from_maps`, which checks it and finds the people.

    Attributes:
        label_map: class ids, uint8 (H, W), read-only; 0 is the background.
        person_map: person ids, uint16 (H, W), read-only; 0 is nobody.
        confidence: probability of each pixel's label times 255, uint8 (H, W), read-only.
        label_set: what the class ids mean.
        people: in the order of their ids.
        model_name: the model that parsed; empty if none did.
        model_sha256: hash of its file; empty if none did.
    """

    label_map: npt.NDArray[np.uint8]
    person_map: npt.NDArray[np.uint16]
    confidence: npt.NDArray[np.uint8]
    label_set: LabelSet
    people: tuple[Person, ...]
    model_name: str = ""
    model_sha256: str = ""

    @classmethod
    def from_maps(
        cls,
        label_map: npt.NDArray[np.uint8],
        person_map: npt.NDArray[np.uint16],
        confidence: npt.NDArray[np.uint8],
        *,
        label_set: LabelSet,
        model_name: str = "",
        model_sha256: str = "",
        person_scores: Sequence[float] | None = None,
    ) -> ParseResult:
        """Check the maps and find every person, part, score and box in one pass.

        The result keeps the arrays without copying them where they are contiguous: do not write to them afterwards.

        Args:
            label_map: class ids, uint8 (H, W).
            person_map: person ids, uint16 (H, W): 0 exactly where ``label_map`` is 0, else 1..N without gaps.
            confidence: probability of each pixel's label times 255, uint8 (H, W).
            label_set: what the class ids mean.
            model_name: the model that parsed.
            model_sha256: hash of its file.
            person_scores: one score in [0, 1] for each person, in the order of the ids; when None, a person's score is
                the mean confidence over the person's pixels.

        Raises:
            ShapeError: a map has the wrong shape or dtype, the maps disagree on where people are, person ids have gaps,
                or there is not one score in [0, 1] for each person.
            LabelError: the label map holds an id that the label set does not have.
        """
        label_map = _read_only(label_map, "label map", np.uint8)
        person_map = _read_only(person_map, "person map", np.uint16)
        confidence = _read_only(confidence, "confidence", np.uint8)
        for name, other in (("person map", person_map), ("confidence", confidence)):
            if other.shape != label_map.shape:
                raise ShapeError(
                    f"{name} is {other.shape}, label map is {label_map.shape}; both must be (height, width). "
                    "Was PIL's (width, height) passed?"
                )
        runs = _Runs.of(label_map, person_map, confidence)
        _check_runs(runs, label_set)
        people = _find_people(runs, label_map, person_map, label_set, person_scores)
        return cls(label_map, person_map, confidence, label_set, people, model_name, model_sha256)

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the photo and of all maps, in pixels."""
        height, width = self.label_map.shape
        return height, width

    def mask(self, label: str) -> npt.NDArray[np.bool_]:
        """Where any person shows the class, bool (H, W); ``mask("background")`` is where nobody is.

        Raises:
            LabelError: the label set has no such class.
        """
        mask: npt.NDArray[np.bool_] = self.label_map == self.label_set.id_of(label)
        return mask

    def check_photo(self, photo_rgb: npt.NDArray[np.uint8]) -> None:
        """Refuse a photo that this result was not made from, as far as its shape tells.

        Raises:
            ShapeError: the photo is not uint8 (H, W, 3) with the height and width of the maps.
        """
        if photo_rgb.dtype != np.uint8 or photo_rgb.shape != (*self.size_hw, 3):
            raise ShapeError(
                f"photo is {photo_rgb.dtype} {photo_rgb.shape}, the result was made from uint8 {(*self.size_hw, 3)} "
                "(height, width, RGB); pass the upright photo that was parsed"
            )


def _read_only(array: npt.NDArray[Scalar], name: str, dtype: type[Scalar]) -> npt.NDArray[Scalar]:
    if array.ndim != 2 or array.dtype != dtype:
        raise ShapeError(
            f"{name} is {array.dtype} {array.shape}; it must be {np.dtype(dtype).name} with two axes (height, width)"
        )
    if array.size == 0:
        raise ShapeError(f"{name} is {array.shape}; height and width must be at least 1")
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


@dataclass(frozen=True)
class _Runs:
    """Horizontal runs of pixels of the same label and person: some thousands where the map has millions of pixels."""

    y: npt.NDArray[np.intp]
    x0: npt.NDArray[np.intp]
    length: npt.NDArray[np.intp]
    label: npt.NDArray[np.uint8]
    person: npt.NDArray[np.uint16]
    confidence_sum: npt.NDArray[np.uint32]

    @staticmethod
    def of(
        label_map: npt.NDArray[np.uint8], person_map: npt.NDArray[np.uint16], confidence: npt.NDArray[np.uint8]
    ) -> _Runs:
        """Runs of the rows between the first and the last that shows anything."""
        rows = np.flatnonzero((label_map.max(axis=1) > 0) | (person_map.max(axis=1) > 0))
        top, bottom = (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, 0)
        width = label_map.shape[1]
        labels, persons = label_map[top:bottom].reshape(-1), person_map[top:bottom].reshape(-1)
        starts = _run_starts(labels, persons, width)
        # A sum over a row at most 2**24 wide fits 32 bits.
        sums = np.add.reduceat(confidence[top:bottom].reshape(-1), starts, dtype=np.uint32) if starts.size else starts
        return _Runs(
            y=starts // width + top,
            x0=starts % width,
            length=np.diff(starts, append=labels.size),
            label=labels[starts],
            person=persons[starts],
            confidence_sum=sums.astype(np.uint32, copy=False),
        )

    def __getitem__(self, chosen: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> _Runs:
        return _Runs(
            self.y[chosen],
            self.x0[chosen],
            self.length[chosen],
            self.label[chosen],
            self.person[chosen],
            self.confidence_sum[chosen],
        )


def _run_starts(labels: npt.NDArray[np.uint8], persons: npt.NDArray[np.uint16], width: int) -> npt.NDArray[np.intp]:
    is_start = np.zeros(labels.size, bool)
    np.not_equal(labels[1:], labels[:-1], out=is_start[1:])
    is_start[1:] |= persons[1:] != persons[:-1]
    is_start[::width] = True
    return np.flatnonzero(is_start)


def _check_runs(runs: _Runs, label_set: LabelSet) -> None:
    highest = int(runs.label.max(initial=0))
    if highest >= len(label_set):
        raise LabelError(
            f"label map holds id {highest}; {label_set.name} has the classes 0 to {len(label_set) - 1}. "
            "Does the map belong to another label set?"
        )
    disagree = (runs.label > 0) != (runs.person > 0)
    if disagree.any():
        first = int(np.argmax(disagree))
        raise ShapeError(
            f"label map and person map disagree on {int(runs.length[disagree].sum())} pixels, first at "
            f"x {runs.x0[first]}, y {runs.y[first]} (label {runs.label[first]}, person {runs.person[first]}); "
            "the person map must be 0 exactly where the label map is 0"
        )


def _find_people(
    runs: _Runs,
    label_map: npt.NDArray[np.uint8],
    person_map: npt.NDArray[np.uint16],
    label_set: LabelSet,
    person_scores: Sequence[float] | None,
) -> tuple[Person, ...]:
    runs = runs[runs.label > 0]
    # Sorted by person, then class: each part, and each person, is one stretch of runs.
    runs = runs[np.argsort(runs.person.astype(np.int64) * 256 + runs.label, kind="stable")]
    is_new_person = np.diff(runs.person, prepend=0) != 0
    is_new_part = is_new_person | (np.diff(runs.label, prepend=0) != 0)
    _check_person_ids(runs.person[is_new_person])

    parts_of: dict[int, dict[str, Part]] = {}
    for stretch in _stretches(runs, np.flatnonzero(is_new_part)):
        label = label_set.classes[stretch.class_id]
        parts_of.setdefault(stretch.person_id, {})[label] = Part(
            label,
            stretch.class_id,
            stretch.person_id,
            stretch.score,
            stretch.box_xyxy,
            stretch.area_px,
            label_map,
            person_map,
        )
    _check_person_scores(person_scores, len(parts_of))
    return tuple(
        Person(
            id=stretch.person_id,
            score=stretch.score if person_scores is None else float(person_scores[stretch.person_id - 1]),
            box_xyxy=stretch.box_xyxy,
            area_px=stretch.area_px,
            parts=parts_of[stretch.person_id],
            _person_map=person_map,
        )
        for stretch in _stretches(runs, np.flatnonzero(is_new_person))
    )


def _check_person_ids(person_ids: npt.NDArray[np.uint16]) -> None:
    if not np.array_equal(person_ids, np.arange(1, person_ids.size + 1)):
        shown = ", ".join(map(str, person_ids[:10].tolist())) + (", ..." if person_ids.size > 10 else "")
        raise ShapeError(f"person map holds the ids {shown}; they must be 1 to {person_ids.size} without gaps")


def _check_person_scores(person_scores: Sequence[float] | None, people_count: int) -> None:
    if person_scores is None:
        return
    if len(person_scores) != people_count or not all(0 <= score <= 1 for score in person_scores):
        raise ShapeError(
            f"person_scores is {list(person_scores)}; expected {people_count} numbers in [0, 1], one for each person"
        )


class _Stretch(NamedTuple):
    """Measures of the runs of one person or part."""

    person_id: int
    class_id: int
    score: float
    box_xyxy: BoxXyxy
    area_px: int


def _stretches(runs: _Runs, firsts: npt.NDArray[np.intp]) -> Iterator[_Stretch]:
    """Measures of each stretch of runs; a stretch goes from one of ``firsts`` to the next."""
    if not firsts.size:
        return
    areas = np.add.reduceat(runs.length, firsts)
    scores = np.add.reduceat(runs.confidence_sum, firsts, dtype=np.int64) / (255 * areas)
    columns = (
        runs.person[firsts],
        runs.label[firsts],
        scores,
        np.minimum.reduceat(runs.x0, firsts),
        np.minimum.reduceat(runs.y, firsts),
        np.maximum.reduceat(runs.x0 + runs.length, firsts),
        np.maximum.reduceat(runs.y, firsts) + 1,
        areas,
    )
    for person_id, class_id, score, x0, y0, x1, y1, area in zip(*(c.tolist() for c in columns), strict=True):
        yield _Stretch(person_id, class_id, score, (x0, y0, x1, y1), area)


def _pasted(crop_mask: npt.NDArray[np.bool_], box_xyxy: BoxXyxy, size_hw: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    x0, y0, x1, y1 = box_xyxy
    mask = np.zeros(size_hw, bool)
    mask[y0:y1, x0:x1] = crop_mask
    return mask

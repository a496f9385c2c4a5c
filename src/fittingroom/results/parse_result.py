"""A parsed photo: its maps, checked against each other, and the people found in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels import BODY_25, DETAILS, LabelSet, allowed_details
from fittingroom.results.pieces import Part, Person
from fittingroom.results.runs import Runs, Stretch, stretches

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, eq=False)
class ParseResult:
    """A parsed photo. Build one with `from_maps`, which checks it and finds the people.

    The label map never depends on the details: leaving ``detail_map`` aside gives the result without them.

    Attributes:
        label_map: class ids, uint8 (H, W), read-only; 0 is the background.
        person_map: person ids, uint16 (H, W), read-only; 0 is nobody.
        confidence: probability of each pixel's label times 255, uint8 (H, W), read-only.
        label_set: what the class ids mean.
        people: in the order of their ids.
        model_name: the model that parsed; empty if none did.
        model_sha256: hash of its file; empty if none did.
        detail_map: ids of `fittingroom.labels.DETAILS`, uint8 (H, W), read-only; 0 is none. None if the photo was not
            parsed for details.
        detail_confidence: probability of each pixel's detail times 255, uint8 (H, W), read-only; None if not given.
        bag_map: bool (H, W), read-only: background pixels that show a bag. None if not looked for.
    """

    label_map: npt.NDArray[np.uint8]
    person_map: npt.NDArray[np.uint16]
    confidence: npt.NDArray[np.uint8]
    label_set: LabelSet
    people: tuple[Person, ...]
    model_name: str = ""
    model_sha256: str = ""
    detail_map: npt.NDArray[np.uint8] | None = field(default=None, repr=False)
    detail_confidence: npt.NDArray[np.uint8] | None = field(default=None, repr=False)
    bag_map: npt.NDArray[np.bool_] | None = field(default=None, repr=False)

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
        part_scores: npt.NDArray[np.float32] | None = None,
        detail_map: npt.NDArray[np.uint8] | None = None,
        detail_confidence: npt.NDArray[np.uint8] | None = None,
        bag_map: npt.NDArray[np.bool_] | None = None,
        body_points: Sequence[npt.NDArray[np.float32]] | None = None,
    ) -> ParseResult:
        """Check the maps and find every person, part, detail, score and box in one pass.

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
            part_scores: float32 (N + 1, classes) in [0, 1], the score of each person's each class, row 0 for nobody;
                when None, a part's score is the mean confidence over the part's pixels.
            detail_map: ids of `fittingroom.labels.DETAILS`, uint8 (H, W); each only on the classes that may hold it
                (`fittingroom.labels.allowed_details`).
            detail_confidence: probability of each pixel's detail times 255, uint8 (H, W), for the scores of details;
                when None, ``confidence`` stands in.
            bag_map: where a bag is seen, bool (H, W); a bag lies over the background, so only where ``label_map`` is 0.
            body_points: for each person, in the order of the ids, float32 (25, 3) in the order of
                `fittingroom.labels.BODY_25`: x, y in the photo and a confidence in [0, 1]; (0, 0, 0) was not seen.

        Raises:
            ShapeError: a map has the wrong shape or dtype, the maps disagree on where people are, person ids have gaps,
                or scores or body points do not fit the people or their ranges.
            LabelError: the label map holds an id that the label set does not have, or the detail map one that is no
                detail or lies on a class that cannot hold it.
        """
        label_map = _read_only(label_map, "label map", np.uint8)
        person_map = _read_only(person_map, "person map", np.uint16, label_map)
        confidence = _read_only(confidence, "confidence", np.uint8, label_map)
        if detail_map is not None:
            detail_map = _read_only(detail_map, "detail map", np.uint8, label_map)
        if detail_confidence is not None:
            detail_confidence = _read_only(detail_confidence, "detail confidence", np.uint8, label_map)
            if detail_map is None:
                raise ShapeError("detail_confidence was given without a detail_map; give both or neither")
        if bag_map is not None:
            bag_map = _read_only(bag_map, "bag map", np.bool_, label_map)
            _check_bags(bag_map, label_map)
        runs = Runs.of(label_map, person_map, confidence, detail_map, detail_confidence)
        _check_runs(runs, label_set)
        runs = runs[runs.label > 0]
        people_count = _count_people(runs)
        _check_person_scores(person_scores, people_count)
        _check_part_scores(part_scores, (people_count + 1, len(label_set)))
        points = _checked_points(body_points, people_count, (label_map.shape[0], label_map.shape[1]))
        people = _find_people(runs, label_map, person_map, detail_map, label_set, person_scores, part_scores, points)
        return cls(
            label_map, person_map, confidence, label_set, people, model_name, model_sha256,
            detail_map, detail_confidence, bag_map,
        )  # fmt: skip

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


def _read_only(
    array: npt.NDArray[Scalar],
    name: str,
    dtype: type[Scalar],
    label_map: npt.NDArray[np.uint8] | None = None,
) -> npt.NDArray[Scalar]:
    """A contiguous view that cannot be written to; of the size of the label map, where that is given."""
    if array.ndim != 2 or array.dtype != dtype:
        raise ShapeError(
            f"{name} is {array.dtype} {array.shape}; it must be {np.dtype(dtype).name} with two axes (height, width)"
        )
    if array.size == 0:
        raise ShapeError(f"{name} is {array.shape}; height and width must be at least 1")
    if label_map is not None and array.shape != label_map.shape:
        raise ShapeError(
            f"{name} is {array.shape}, label map is {label_map.shape}; both must be (height, width). "
            "Was PIL's (width, height) passed?"
        )
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


def _check_bags(bag_map: npt.NDArray[np.bool_], label_map: npt.NDArray[np.uint8]) -> None:
    overlap = bag_map & (label_map > 0)
    if overlap.any():
        y, x = divmod(int(overlap.argmax()), overlap.shape[1])
        raise ShapeError(
            f"bag map and label map overlap on {int(overlap.sum())} pixels, first at x {x}, y {y} "
            f"(label {label_map[y, x]}); a bag lies over the background, clear one of the two maps there"
        )


def _check_runs(runs: Runs, label_set: LabelSet) -> None:
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
    highest = int(runs.detail.max(initial=0))
    if highest >= len(DETAILS):
        raise LabelError(f"detail map holds id {highest}; the details have the ids 0 to {len(DETAILS) - 1}")
    misplaced = ~allowed_details(label_set)[runs.label, runs.detail]
    if misplaced.any():
        first = int(np.argmax(misplaced))
        raise LabelError(
            f"detail map and label map contradict each other on {int(runs.length[misplaced].sum())} pixels, first at "
            f"x {runs.x0[first]}, y {runs.y[first]}: {DETAILS[runs.detail[first]]} cannot lie on "
            f"{label_set.classes[runs.label[first]]}; set the detail to 0 where its class cannot hold it"
        )


def _count_people(runs: Runs) -> int:
    """How many people the runs (of people alone) show."""
    person_ids = np.unique(runs.person)
    if not np.array_equal(person_ids, np.arange(1, person_ids.size + 1)):
        shown = ", ".join(map(str, person_ids[:10].tolist())) + (", ..." if person_ids.size > 10 else "")
        raise ShapeError(f"person map holds the ids {shown}; they must be 1 to {person_ids.size} without gaps")
    return int(person_ids.size)


def _check_person_scores(person_scores: Sequence[float] | None, people_count: int) -> None:
    if person_scores is None:
        return
    if len(person_scores) != people_count or not all(0 <= score <= 1 for score in person_scores):
        raise ShapeError(
            f"person_scores is {list(person_scores)}; expected {people_count} numbers in [0, 1], one for each person"
        )


def _check_part_scores(part_scores: npt.NDArray[np.float32] | None, shape: tuple[int, int]) -> None:
    if part_scores is None:
        return
    if part_scores.shape != shape or not ((part_scores >= 0) & (part_scores <= 1)).all():
        raise ShapeError(
            f"part_scores are {part_scores.shape}; expected {shape} numbers in [0, 1], one row for each person after "
            "one for nobody, one column for each class"
        )


def _checked_points(
    body_points: Sequence[npt.NDArray[np.float32]] | None, people_count: int, size_hw: tuple[int, int]
) -> list[npt.NDArray[np.float32]] | None:
    """Read-only copies."""
    if body_points is None:
        return None
    if len(body_points) != people_count:
        raise ShapeError(
            f"body_points has {len(body_points)} entries; expected {people_count}, one array for each person"
        )
    checked = []
    for person_id, points in enumerate(body_points, start=1):
        if points.dtype != np.float32 or points.shape != (len(BODY_25), 3):
            raise ShapeError(
                f"body points of person {person_id} are {points.dtype} {points.shape}; expected float32 (25, 3): "
                "x, y, confidence in the order of BODY_25"
            )
        height, width = size_hw
        # Not-a-number is not within any range.
        is_valid = ((points >= 0) & (points <= np.array([width, height, 1], np.float32))).all(axis=1)
        is_valid &= (points[:, 2] > 0) | (points == 0).all(axis=1)
        if not is_valid.all():
            row = int(np.argmin(is_valid))
            raise ShapeError(
                f"{BODY_25[row]} of person {person_id} is {tuple(points[row].tolist())}; expected x in [0, {width}], "
                f"y in [0, {height}] and a confidence in (0, 1], or (0, 0, 0) for a point that was not seen"
            )
        kept = points.copy()
        kept.setflags(write=False)
        checked.append(kept)
    return checked


def _find_people(
    runs: Runs,
    label_map: npt.NDArray[np.uint8],
    person_map: npt.NDArray[np.uint16],
    detail_map: npt.NDArray[np.uint8] | None,
    label_set: LabelSet,
    person_scores: Sequence[float] | None,
    part_scores: npt.NDArray[np.float32] | None,
    body_points: Sequence[npt.NDArray[np.float32]] | None,
) -> tuple[Person, ...]:
    def part_of(
        id_map: npt.NDArray[np.uint8], names: Sequence[str], scores: npt.NDArray[np.float32] | None
    ) -> Callable[[Stretch, int], Part]:
        return lambda stretch, class_id: Part(
            names[class_id], class_id, stretch.person_id,
            stretch.mean if scores is None else float(scores[stretch.person_id, class_id]),
            stretch.box_xyxy, stretch.area_px, id_map, person_map,
        )  # fmt: skip

    parts = _parts_by_person(runs, runs.label, runs.confidence_sum, part_of(label_map, label_set.classes, part_scores))
    details: dict[int, dict[str, Part]] = {}
    if detail_map is not None:
        shown = runs[runs.detail > 0]
        details = _parts_by_person(shown, shown.detail, shown.detail_confidence_sum, part_of(detail_map, DETAILS, None))
    runs = runs[np.argsort(runs.person, kind="stable")]
    is_new_person = np.diff(runs.person, prepend=0) != 0
    return tuple(
        Person(
            id=stretch.person_id,
            score=stretch.mean if person_scores is None else float(person_scores[stretch.person_id - 1]),
            box_xyxy=stretch.box_xyxy,
            area_px=stretch.area_px,
            parts=parts[stretch.person_id],
            _person_map=person_map,
            details=details.get(stretch.person_id, {}),
            body_points=None if body_points is None else body_points[stretch.person_id - 1],
        )
        for stretch in stretches(runs, np.flatnonzero(is_new_person), runs.confidence_sum)
    )


def _parts_by_person(
    runs: Runs,
    ids: npt.NDArray[np.uint8],
    confidence_sum: npt.NDArray[np.uint32],
    part_of: Callable[[Stretch, int], Part],
) -> dict[int, dict[str, Part]]:
    """Parts by person id and name; ``ids`` says for each run what it is a part of."""
    # Sorted by person, then id: each part is one stretch of runs.
    keys = runs.person.astype(np.int64) * 256 + ids
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    firsts = np.flatnonzero(np.diff(keys, prepend=-1))
    found: dict[int, dict[str, Part]] = {}
    for stretch, key in zip(stretches(runs[order], firsts, confidence_sum[order]), keys[firsts].tolist(), strict=True):
        part = part_of(stretch, key % 256)
        found.setdefault(stretch.person_id, {})[part.label] = part
    return found

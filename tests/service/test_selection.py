from __future__ import annotations

import numpy as np
import pytest

from fittingroom.errors import LabelError
from fittingroom.labels import LabelSet
from fittingroom.results import ParseResult
from fittingroom.service.selection import choose

LABELS = np.array([[1, 1, 0, 2], [2, 2, 0, 2]], np.uint8)
PERSONS = np.array([[1, 1, 0, 2], [1, 1, 0, 2]], np.uint16)


@pytest.fixture
def result() -> ParseResult:
    label_set = LabelSet("heads", ("background", "hair", "face"))
    confidence = np.full(LABELS.shape, 255, np.uint8)
    return ParseResult.from_maps(LABELS, PERSONS, confidence, label_set=label_set, person_scores=[0.5, 0.75])


def test_nothing_chosen_means_everything(result: ParseResult) -> None:
    assert choose(result) is result


def test_people_keep_their_ids_and_scores(result: ParseResult) -> None:
    (person,) = choose(result, people=[2]).people
    assert (person.id, person.score, person.area_px) == (2, 0.75, 2)
    assert np.array_equal(person.mask, PERSONS == 2)
    assert np.array_equal(person.parts["face"].mask, PERSONS == 2)
    assert person.parts["face"].person_id == 2


def test_who_has_none_of_the_chosen_parts_is_left_out(result: ParseResult) -> None:
    chosen = choose(result, parts=["hair"])
    assert [person.id for person in chosen.people] == [1]
    assert chosen.people[0].box_xyxy == (0, 0, 2, 1)
    assert np.array_equal(chosen.label_map, np.where(LABELS == 1, 1, 0))


def test_nobody_may_be_left(result: ParseResult) -> None:
    chosen = choose(result, people=[7])
    assert chosen.people == ()
    assert not chosen.person_map.any()


@pytest.mark.parametrize("part", ["tail", "background"])
def test_only_parts_of_people_can_be_chosen(result: ParseResult, part: str) -> None:
    with pytest.raises(LabelError):
        choose(result, parts=[part])


def test_details_and_body_points_stay_with_their_person() -> None:
    from fittingroom.labels import CIHP, detail_id

    labels = np.where(LABELS > 0, CIHP.id_of("face"), 0).astype(np.uint8)
    details = np.zeros_like(labels)
    details[1] = np.where(labels[1] > 0, detail_id("nose"), 0)
    points = [np.full((25, 3), value, np.float32) for value in (0.25, 0.5)]
    whole = ParseResult.from_maps(
        labels, PERSONS, np.full(labels.shape, 255, np.uint8), label_set=CIHP, detail_map=details, body_points=points,
        bag_map=labels == 0,
    )  # fmt: skip
    (person,) = choose(whole, people=[2]).people
    assert person.body_points is not None
    assert person.body_points[0, 0] == 0.5
    assert np.array_equal(person.details["nose"].mask, (PERSONS == 2) & (details > 0))

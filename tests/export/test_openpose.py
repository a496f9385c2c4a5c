import json

import pytest

from fittingroom.errors import OutputError
from fittingroom.export.openpose import body_25_json, coco_18_json
from fittingroom.labels import BODY_25, COCO_18
from fittingroom.results import ParseResult


def triples(numbers: list[float]) -> list[list[float]]:
    return [numbers[start : start + 3] for start in range(0, len(numbers), 3)]


def test_body_25_is_all_points_in_their_order(fine_result: ParseResult) -> None:
    document = json.loads(json.dumps(body_25_json(fine_result)))
    assert document["version"] == 1.3
    for person, written in zip(fine_result.people, document["people"], strict=True):
        assert person.body_points is not None
        assert triples(written["pose_keypoints_2d"]) == person.body_points.tolist()
        assert written["person_id"] == [person.id]
        assert written["face_keypoints_2d"] == written["hand_left_keypoints_2d"] == []


def test_a_point_that_was_not_seen_is_three_zeros(fine_result: ParseResult) -> None:
    assert triples(body_25_json(fine_result)["people"][1]["pose_keypoints_2d"])[20] == [0, 0, 0]


def test_coco_18_is_written_in_openposes_order(fine_result: ParseResult) -> None:
    # point i of BODY_25 lies at x = i / 4
    written = triples(coco_18_json(fine_result)["people"][0]["pose_keypoints_2d"])
    assert [round(4 * x) for x, _, _ in written] == [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]


def test_the_hips_stand_where_each_kind_of_reader_looks() -> None:
    assert (BODY_25[9], BODY_25[12]) == ("right-hip", "left-hip")
    assert (COCO_18[8], COCO_18[11]) == ("right-hip", "left-hip")
    assert COCO_18[9] == "right-knee"  # what a reader of BODY_25 would take for a hip


def test_without_body_points_there_is_nothing_to_write(result: ParseResult) -> None:
    with pytest.raises(OutputError, match="has no body points; parse with body_points=True"):
        body_25_json(result)


def test_nobody_is_an_empty_list(nobody: ParseResult) -> None:
    assert body_25_json(nobody)["people"] == coco_18_json(nobody)["people"] == []

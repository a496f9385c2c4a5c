import json

import numpy as np
import pytest
from pycocotools import mask as coco

from fittingroom.errors import LabelError, ShapeError
from fittingroom.export.json_document import detail_maps_from_json, maps_from_json, result_json
from fittingroom.results import ParseResult


def test_the_maps_come_back_exactly_through_text(result: ParseResult) -> None:
    label_map, person_map = maps_from_json(json.loads(json.dumps(result_json(result))))
    assert label_map.dtype == np.uint8
    assert np.array_equal(label_map, result.label_map)
    assert person_map.dtype == np.uint16
    assert np.array_equal(person_map, result.person_map)


def test_the_document_names_size_model_and_classes(result: ParseResult) -> None:
    document = result_json(result)
    assert list(document) == ["size_hw", "model", "label_set", "people"]
    assert document["size_hw"] == [6, 8]
    assert document["model"] == {"name": "drawn", "sha256": "00ff"}
    assert document["label_set"]["name"] == "cihp"
    assert document["label_set"]["classes"][13] == "face"
    assert document["label_set"]["classes_zh"][13] == "面部"


def test_each_person_carries_its_parts(result: ParseResult) -> None:
    people = result_json(result)["people"]
    assert [(person["id"], person["score"]) for person in people] == [(1, 0.9), (2, 0.8)]
    first = people[0]
    assert list(first) == ["id", "score", "box_xyxy", "area_px", "rle", "parts"]
    assert (first["box_xyxy"], first["area_px"]) == ([0, 0, 4, 6], 19)
    face = first["parts"][2]
    assert list(face) == ["label", "label_zh", "class_id", "score", "box_xyxy", "area_px", "rle"]
    assert (face["label"], face["label_zh"], face["class_id"]) == ("face", "面部", 13)
    assert (face["box_xyxy"], face["area_px"]) == ([1, 1, 4, 3], 6)


# pycocotools 2.0.11 does not know numpy 2's copy keyword yet.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_coco_reads_every_mask(result: ParseResult) -> None:
    for person, described in zip(result.people, result_json(result)["people"], strict=True):
        assert np.array_equal(coco.decode(described["rle"]).astype(bool), person.mask)
        for part in described["parts"]:
            assert np.array_equal(coco.decode(part["rle"]).astype(bool), person.parts[part["label"]].mask)


def test_nobody_is_an_empty_list_of_people(nobody: ParseResult) -> None:
    document = result_json(nobody)
    assert document["people"] == []
    label_map, person_map = maps_from_json(document)
    assert label_map.shape == person_map.shape == (6, 8)
    assert not label_map.any()


def test_details_bags_and_body_points_come_back_exactly(fine_result: ParseResult) -> None:
    document = json.loads(json.dumps(result_json(fine_result)))
    detail_map, bag_map = detail_maps_from_json(document)
    assert np.array_equal(detail_map, fine_result.detail_map)
    assert np.array_equal(bag_map, fine_result.bag_map)
    assert document["detail_set"]["details_zh"][14] == "左袖"
    first, second = document["people"]
    assert [(detail["label"], detail["label_zh"]) for detail in first["details"]] == [
        ("nose", "鼻子"), ("left-sleeve", "左袖"),
    ]  # fmt: skip
    assert second["body_points"] == fine_result.people[1].body_points.tolist()


def test_dropping_the_details_leaves_the_coarse_maps(fine_result: ParseResult) -> None:
    document = result_json(fine_result)
    for person in document["people"]:
        del person["details"]
    label_map, person_map = maps_from_json(document)
    assert np.array_equal(label_map, fine_result.label_map)
    assert np.array_equal(person_map, fine_result.person_map)


def test_a_coarse_result_holds_no_details_at_all(result: ParseResult) -> None:
    document = result_json(result)
    assert not {"details", "body_points"} & set(document["people"][0])
    assert detail_maps_from_json(document) == (None, None)


def test_a_class_id_that_contradicts_its_label_is_refused(result: ParseResult) -> None:
    document = result_json(result)
    document["people"][0]["parts"][0]["class_id"] = 13
    with pytest.raises(LabelError, match=r"class_id 13 and label 'hat'; .* has 'face' there"):
        maps_from_json(document)


def test_a_mask_of_another_size_is_refused(result: ParseResult) -> None:
    document = result_json(result)
    document["size_hw"] = [8, 6]
    with pytest.raises(ShapeError, match=r"mask of hat is \(6, 8\), the document says \(8, 6\)"):
        maps_from_json(document)

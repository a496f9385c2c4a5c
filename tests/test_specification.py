import numpy as np
import pytest

import fittingroom
from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult
from fittingroom.specification import generate_color_mask, inference_pipeline, parsing_list

LABELS = np.array([[2, 2, 0, 0], [5, 5, 0, 18], [5, 5, 0, 18]], np.uint8)
PERSONS = np.array([[1, 1, 0, 0], [1, 1, 0, 2], [1, 1, 0, 2]], np.uint16)


@pytest.fixture
def result(monkeypatch: pytest.MonkeyPatch) -> ParseResult:
    """What `fittingroom.parse` gives for the photo ``"photo.jpg"``."""
    result = ParseResult.from_maps(LABELS, PERSONS, np.full((3, 4), 204, np.uint8), label_set=CIHP)
    monkeypatch.setattr(fittingroom, "parse", {"photo.jpg": result}.__getitem__, raising=False)
    return result


@pytest.mark.usefixtures("result")
def test_the_pipeline_gives_three_parallel_lists_with_snake_case_names() -> None:
    output = inference_pipeline("photo.jpg")
    assert list(output) == ["masks", "labels", "scores"]
    assert output["labels"] == ["hair", "upper_clothes", "left_shoe"]
    assert output["scores"] == pytest.approx([0.8, 0.8, 0.8])
    assert [mask.shape for mask in output["masks"]] == [(3, 4)] * 3
    assert np.array_equal(output["masks"][1], LABELS == 5)


@pytest.mark.usefixtures("result")
def test_the_original_list_form_says_the_same_entry_by_entry() -> None:
    entries, output = parsing_list("photo.jpg"), inference_pipeline("photo.jpg")
    assert [list(entry) for entry in entries] == [["label", "score", "mask"]] * 3
    assert [entry["label"] for entry in entries] == output["labels"]
    assert [entry["score"] for entry in entries] == output["scores"]
    assert all(entry["mask"].dtype == bool and entry["mask"].ndim == 2 for entry in entries)


def test_the_list_form_takes_a_result_that_is_at_hand(result: ParseResult) -> None:
    assert [entry["label"] for entry in parsing_list(result)] == ["hair", "upper_clothes", "left_shoe"]


def test_the_class_on_two_people_is_two_entries() -> None:
    label_map = np.array([[2, 0, 2]], np.uint8)
    result = ParseResult.from_maps(label_map, np.array([[1, 0, 2]], np.uint16), label_map, label_set=CIHP)
    assert [(entry["label"], entry["mask"].tolist()) for entry in parsing_list(result)] == [
        ("hair", [[True, False, False]]),
        ("hair", [[False, False, True]]),
    ]


def test_nobody_gives_empty_lists() -> None:
    empty = np.zeros((3, 4), np.uint8)
    result = ParseResult.from_maps(empty, empty.astype(np.uint16), empty, label_set=CIHP)
    assert parsing_list(result) == []


@pytest.mark.usefixtures("result")
def test_the_colour_mask_of_the_pipelines_output_is_the_mosaic() -> None:
    output = inference_pipeline("photo.jpg")
    colours = generate_color_mask(output["masks"], output["labels"])
    assert colours.dtype == np.uint8
    assert colours[:, [0, 2, 3]].tolist() == [
        [[255, 0, 0], [0, 0, 0], [0, 0, 0]],
        [[0, 0, 255], [0, 0, 0], [255, 0, 255]],
        [[0, 0, 255], [0, 0, 0], [255, 0, 255]],
    ]


@pytest.mark.parametrize(
    ("label", "colour"),
    [
        ("background", [0, 0, 0]),
        ("hair", [255, 0, 0]),
        ("face", [0, 255, 0]),
        ("upper_clothes", [0, 0, 255]),
        ("pants", [255, 255, 0]),
        ("left_shoe", [255, 0, 255]),
        ("right_shoe", [255, 0, 255]),
        ("right-shoe", [255, 0, 255]),
    ],
)
def test_the_six_colours_of_the_specification_are_exact(label: str, colour: list[int]) -> None:
    assert generate_color_mask([np.ones((1, 1), bool)], [label]).tolist() == [[colour]]


def test_later_masks_cover_earlier_ones_and_numbers_count_as_masks() -> None:
    masks = [np.array([[1, 1]], np.uint8), np.array([[0, 255]], np.uint8)]
    assert generate_color_mask(masks, ["hair", "face"]).tolist() == [[[255, 0, 0], [0, 255, 0]]]


@pytest.mark.parametrize(
    ("masks", "labels", "message"),
    [
        ([], [], "0 masks and 0 labels"),
        ([np.ones((2, 2), bool)], ["hair", "face"], "1 masks and 2 labels"),
        ([np.ones((2, 2), bool), np.ones((2, 3), bool)], ["hair", "face"], r"mask of face is \(2, 3\)"),
        ([np.ones((2, 2, 1), bool)], ["hair"], r"mask of hair is \(2, 2, 1\)"),
    ],
)
def test_masks_that_do_not_fit_are_refused(masks: list[np.ndarray], labels: list[str], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        generate_color_mask(masks, labels)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(LabelError, match="did you mean left-shoe"):
        generate_color_mask([np.ones((2, 2), bool)], ["left_sho"])

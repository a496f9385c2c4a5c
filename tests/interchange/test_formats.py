import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from fittingroom.errors import ConfigError
from fittingroom.interchange import FORMATS, AnnotatedPhoto, Reading, detect_format, read_dataset, write_dataset
from fittingroom.interchange.translation import translated
from fittingroom.labels import ATR, CIHP, LIP, detail_id
from fittingroom.results import ParseResult

from .conftest import result_of, results, special_cases

Annotated = Callable[[ParseResult], AnnotatedPhoto]


def in_set_of(form: str, result: ParseResult) -> ParseResult:
    """LIP's folders hold LIP's labels."""
    return result_of(result.label_map, result.person_map, LIP) if form == "lip" else result


def round_trip(photo: AnnotatedPhoto, form: str, folder: Path) -> AnnotatedPhoto:
    out = folder / f"out{FORMATS[form].suffix}"
    shutil.rmtree(folder, ignore_errors=True)
    write_dataset([photo], out, form=form)
    (back,) = read_dataset(out, Reading(photos=photo.photo.parent if photo.photo else None), form=form)
    return back


def assert_same(back: AnnotatedPhoto, result: ParseResult) -> None:
    assert back.name == "a"
    assert np.array_equal(back.result.label_map, result.label_map)
    assert np.array_equal(back.result.person_map, result.person_map)
    assert back.notes == ()


@pytest.mark.parametrize("form", FORMATS)
@given(result=results())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_read_back_is_what_was_written(
    form: str, result: ParseResult, annotated: Annotated, tmp_path: Path
) -> None:
    result = in_set_of(form, result)
    assert_same(round_trip(annotated(result), form, tmp_path / "x"), result)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_everything_a_pixel_a_hole_and_thirty_people_come_back(
    form: str, annotated: Annotated, tmp_path: Path
) -> None:
    for number, drawn in enumerate(special_cases()):
        result = in_set_of(form, drawn)
        assert_same(round_trip(annotated(result), form, tmp_path / f"x{number}"), result)


@pytest.mark.parametrize("form", [form for form in FORMATS if not form.endswith(("polygons", "webp"))])
def test_a_form_is_told_by_what_is_in_it(form: str, annotated: Annotated, tmp_path: Path) -> None:
    out = tmp_path / f"out{FORMATS[form].suffix}"
    write_dataset([annotated(in_set_of(form, special_cases()[1]))], out, form=form)
    assert detect_format(out) == form


@pytest.mark.parametrize("form", ["coco", "coco-polygons", "svg", "json", "label-studio"])
def test_scores_come_back(form: str, annotated: Annotated, tmp_path: Path) -> None:
    labels = np.array([[1, 13, 13], [0, 5, 5]], np.uint8)
    people = (labels > 0).astype(np.uint16)
    result = ParseResult.from_maps(labels, people, np.full((2, 3), 102, np.uint8), label_set=CIHP)
    assert round_trip(annotated(result), form, tmp_path / "x").result.people[0].parts["face"].score == 0.4


def test_ignored_pixels_stay_ignored_in_training_data(annotated: Annotated, tmp_path: Path) -> None:
    photo = annotated(special_cases()[2])
    ignored = np.zeros(photo.result.size_hw, bool)
    ignored[0, :3] = True
    back = round_trip(AnnotatedPhoto("a", photo.result, ".png", photo.photo, ignored), "training", tmp_path / "x")
    assert back.ignored is not None
    assert np.array_equal(back.ignored, ignored)
    assert back.training_labels[0].tolist() == [255, 255, 255, 0, 0, 0, 0]


def test_training_reads_what_an_annotation_tool_gave_back(annotated: Annotated, tmp_path: Path) -> None:
    from fittingroom.data.photos import find_photos

    photo = annotated(special_cases()[3])
    write_dataset([photo], tmp_path / "tool.zip", form="cvat")
    write_dataset(
        read_dataset(tmp_path / "tool.zip", Reading(photos=tmp_path / "photos")), tmp_path / "data", form="training"
    )
    (found,) = find_photos(tmp_path / "data")
    truth = found.read()
    assert np.array_equal(truth.labels, photo.result.label_map)
    assert np.array_equal(truth.person_ids, photo.result.person_map)


def test_a_name_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    photo = AnnotatedPhoto("../a", special_cases()[1])
    with pytest.raises(ConfigError, match="leads out of its folder"):
        write_dataset([photo], tmp_path / "out", form="npz")


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"neither": 1}')
    with pytest.raises(ConfigError, match="of no form that is known"):
        detect_format(tmp_path / "x.json")
    (tmp_path / "y.json").write_text('{"annotations": [], "images": []}')
    with pytest.raises(ConfigError, match=r"y\.json: not COCO as it should be \(no entry 'categories'\)"):
        list(read_dataset(tmp_path / "y.json"))
    (tmp_path / "z.zip").write_bytes(b"PK")
    with pytest.raises(ConfigError, match="not a readable ZIP"):
        list(read_dataset(tmp_path / "z.zip"))


def test_one_file_needs_its_ending(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the format cvat is one file; name it with \.zip"):
        write_dataset([], tmp_path / "out", form="cvat")


def finer_result() -> ParseResult:
    """Two people with hands, a sleeve and points; a bag beside them."""
    labels = np.zeros((6, 8), np.uint8)
    labels[1:5, 1:3], labels[1:5, 4:6], labels[5, 1:3] = CIHP.id_of("upper-clothes"), CIHP.id_of("dress"), 14
    people = np.where(labels > 0, 1, 0).astype(np.uint16)
    people[:, 4:] *= 2
    details = np.zeros_like(labels)
    details[1, 1], details[5, 1:3], details[1, 4] = (detail_id(name) for name in ("right-sleeve", "left-hand", "belt"))
    bags = np.zeros(labels.shape, bool)
    bags[2:4, 6] = True
    points = np.zeros((2, 25, 3), np.float32)
    points[0, 4], points[1, 0] = (1.5, 5.25, 0.75), (4.5, 0.5, 0.5)
    return ParseResult.from_maps(
        labels, people, np.full(labels.shape, 255, np.uint8), label_set=CIHP, detail_map=details,
        detail_confidence=np.full(labels.shape, 204, np.uint8), bag_map=bags, body_points=list(points),
    )  # fmt: skip


@pytest.mark.parametrize("form", [form for form, made in FORMATS.items() if made.says])
def test_details_bags_and_body_points_come_back_from_forms_that_can_say_them(
    form: str, annotated: Annotated, tmp_path: Path
) -> None:
    result = finer_result()
    back = round_trip(annotated(result), form, tmp_path / "x")
    assert_same(back, result)
    assert np.array_equal(back.result.detail_map, result.detail_map)
    assert np.array_equal(back.result.bag_map, result.bag_map)
    for person, other in zip(back.result.people, result.people, strict=True):
        assert np.array_equal(person.body_points, other.body_points)
        assert list(person.details) == list(other.details)
    if form != "npz":  # which keeps no score of a detail
        assert back.result.people[0].details["left-hand"].score == 0.8


@pytest.mark.parametrize("form", [form for form, made in FORMATS.items() if not made.says and form != "lip"])
def test_forms_that_cannot_say_them_name_what_is_lost(form: str, annotated: Annotated, tmp_path: Path) -> None:
    notes = write_dataset([annotated(finer_result())], tmp_path / f"out{FORMATS[form].suffix}", form=form)
    assert notes == [
        f"{form} has no place for {name}, which 1 photos have" for name in ("details", "bags", "body points")
    ]


def test_another_label_set_keeps_points_and_the_details_that_its_classes_can_hold(annotated: Annotated) -> None:
    back = translated(annotated(finer_result()), ATR)
    assert set(back.result.people[0].details) == {"right-sleeve", "left-hand"}
    assert not back.result.people[1].details  # the belt is a class of its own there
    assert back.result.people[1].parts["belt"].area_px == 1
    assert np.array_equal(back.result.people[1].body_points, finer_result().people[1].body_points)
    assert not any("no class for the details" in note for note in back.notes)

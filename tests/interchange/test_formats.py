import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from fittingroom.errors import ConfigError
from fittingroom.interchange import FORMATS, AnnotatedPhoto, Reading, detect_format, read_dataset, write_dataset
from fittingroom.labels import CIHP, LIP
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

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fittingroom.errors import OutputError
from fittingroom.export import FORMATS, check_formats, label_png, maps_from_json, write_result
from fittingroom.results import ParseResult


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_each_format_has_its_folder_and_each_file_the_photos_stem(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    coarse = [name for name, format_ in FORMATS.items() if not format_.needs_fine]
    written = write_result(result, photo_rgb, out_dir=tmp_path / "out", stem="a", formats=coarse)
    singles = ["labels/a.png", "instances/a.png", "mosaic/a.jpg", "overlay/a.jpg", "json/a.json", "npz/a.npz"]
    relative = [path.relative_to(tmp_path / "out").as_posix() for path in written]
    assert relative[:6] == singles
    assert relative[6:8] == ["cutouts/a/person-1.png", "cutouts/a/person-1-hat.png"]
    assert files_in(tmp_path / "out") == set(relative)


def test_details_and_body_points_have_formats_of_their_own(
    fine_result: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    write_result(fine_result, photo_rgb, out_dir=tmp_path, stem="a", formats=["details", "openpose"])
    assert files_in(tmp_path) == {"details/a.png", "openpose/a_keypoints.json"}
    people = json.loads((tmp_path / "openpose/a_keypoints.json").read_text())["people"]
    assert [len(person["pose_keypoints_2d"]) for person in people] == [75, 75]


@pytest.mark.parametrize("name", [name for name, format_ in FORMATS.items() if format_.needs_fine])
def test_a_format_of_what_was_not_parsed_for_says_how_to_parse(
    name: str, result: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=r"parse with .*schema='fine'"):
        write_result(result, photo_rgb, out_dir=tmp_path, stem="a", formats=[name])


def test_subfolders_and_dots_in_the_stem_are_kept(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    write_result(result, photo_rgb, out_dir=tmp_path, stem="trip/day.1/me", formats=["labels", "labels"])
    write_result(result, photo_rgb, out_dir=tmp_path, stem="me.v2", formats=["labels"])
    assert files_in(tmp_path) == {"labels/trip/day.1/me.png", "labels/me.v2.png"}


def test_the_json_file_gives_the_maps_back_and_keeps_chinese_readable(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    (path,) = write_result(result, photo_rgb, out_dir=tmp_path, stem="a", formats=["json"])
    text = path.read_text(encoding="utf-8")
    assert "面部" in text
    assert np.array_equal(maps_from_json(json.loads(text))[0], result.label_map)


def test_an_unknown_format_lists_the_known_ones_and_nothing_is_written(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    with pytest.raises(
        OutputError, match="unknown output format 'masks'; known are labels, instances, mosaic, overlay"
    ):
        write_result(result, photo_rgb, out_dir=tmp_path, stem="a", formats=["labels", "masks"])
    assert files_in(tmp_path) == set()
    check_formats(["labels", "npz"])


@pytest.mark.parametrize("stem", ["../a", "a/../../b", "/tmp/a", ""])
def test_a_stem_that_leaves_the_folder_is_refused(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path, stem: str
) -> None:
    with pytest.raises(OutputError, match="cannot name a file"):
        write_result(result, photo_rgb, out_dir=tmp_path, stem=stem, formats=["labels"])


def test_older_files_are_replaced_and_cutouts_of_people_who_are_gone_removed(
    result: ParseResult, nobody: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    write_result(result, photo_rgb, out_dir=tmp_path, stem="a", formats=["labels", "cutouts"])
    (tmp_path / "cutouts/a/person-of-mine.png").write_bytes(b"kept")
    written = write_result(nobody, photo_rgb, out_dir=tmp_path, stem="a", formats=["labels", "cutouts"])
    assert [path.name for path in written] == ["a.png"]
    assert written[0].read_bytes() == label_png(nobody)
    assert files_in(tmp_path / "cutouts") == {"a/person-of-mine.png"}


def test_a_folder_that_cannot_be_made_is_an_output_error(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    (tmp_path / "labels").write_text("in the way")
    with pytest.raises(OutputError, match="labels"):
        write_result(result, photo_rgb, out_dir=tmp_path, stem="a", formats=["labels"])

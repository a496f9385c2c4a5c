from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from fittingroom.cli import main
from fittingroom.cli.parse import count, shares, summary
from fittingroom.errors import ModelError
from fittingroom.export.writer import FORMATS
from fittingroom.imaging.reading import Photo
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult


class FakeParser:
    """Finds one person with hair and face in the middle of every photo; breaks down on pictures 13 pixels wide."""

    def __init__(self, preset: str | Path, *, threads: int | None = None, device: str = "cpu") -> None:
        if preset == Path("no-model"):
            raise ModelError("no model in folder 'no-model': expected model.onnx and card.json")

    def parse(self, photo: Photo, *, schema: str) -> ParseResult:
        height, width = photo.size_hw
        if width == 13:
            raise RuntimeError("unlucky")
        label_map = np.zeros((height, width), np.uint8)
        label_map[1:3, 2:-2] = CIHP.id_of("hair")
        label_map[3:5, 2:-2] = CIHP.id_of("face")
        person_map = (label_map > 0).astype(np.uint16)
        details = np.zeros_like(label_map) if schema == "fine" else None
        confidence_map = np.full_like(label_map, 204)
        return ParseResult.from_maps(label_map, person_map, confidence_map, label_set=CIHP, detail_map=details)


@pytest.fixture(autouse=True)
def fake_parser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("fittingroom.Parser", FakeParser)
    monkeypatch.chdir(tmp_path)


def save_photo(path: str, *, width: int = 8) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, 6), (200, 180, 160)).save(path)


def parse(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["parse", *arguments, "--out", "out"])


def files_in(folder: str) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def test_each_format_gets_a_folder_with_a_file_named_by_the_photos_stem() -> None:
    save_photo("a.jpg")
    outcome = parse("a.jpg", "--format", "labels,instances,mosaic")
    assert outcome.exit_code == 0, outcome.output
    assert files_in("out") == ["instances/a.png", "labels/a.png", "mosaic/a.jpg"]


def test_a_format_of_details_has_them_looked_for_unless_a_coarser_schema_is_asked_for() -> None:
    save_photo("a.jpg")
    assert parse("a.jpg", "--format", "details").exit_code == 0
    assert files_in("out") == ["details/a.png"]
    refused = parse("a.jpg", "--format", "details", "--schema", "cihp")
    assert refused.exit_code == 1
    assert "schema='fine'" in refused.output


def test_what_was_found_and_where_the_results_are_is_said() -> None:
    save_photo("a.jpg")
    lines = parse("a.jpg", "--format", "labels").output.splitlines()
    assert lines[:2] == ["a.jpg: 1 person", "  person 1 (80%): hair 50%, face 50%"]
    assert lines[2].startswith("Parsed 1 photo with 1 person in ")
    assert lines[3] == f"Results: {Path('out', 'labels')}"


def test_subfolders_are_kept_and_photos_of_the_same_stem_are_kept_apart() -> None:
    for path in ("in/a.jpg", "in/a.png", "in/sub/a.jpg"):
        save_photo(path)
    assert parse("in", "--format", "labels").exit_code == 0
    assert files_in("out/labels") == ["a-jpg.png", "a-png.png", "sub/a.png"]


def test_one_bad_file_is_named_and_does_not_stop_the_rest() -> None:
    save_photo("in/a.jpg")
    save_photo("in/z.jpg")
    Path("in/bad.jpg").write_bytes(b"")
    outcome = parse("in", "--format", "labels")
    assert outcome.exit_code == 1
    assert files_in("out/labels") == ["a.png", "z.png"]
    failures = [line for line in outcome.stderr.splitlines() if line]
    assert len(failures) == 1
    assert str(Path("in/bad.jpg")) in failures[0]
    assert "empty" in failures[0]
    assert "Parsed 2 photos with 2 people" in outcome.stdout
    assert "1 of 3 failed" in outcome.stdout


def test_a_missing_photo_fails_alone() -> None:
    save_photo("a.jpg")
    outcome = parse("a.jpg", "missing.jpg", "--format", "labels")
    assert outcome.exit_code == 1
    assert "missing.jpg" in outcome.stderr
    assert files_in("out") == ["labels/a.png"]


def test_an_error_that_nobody_foresaw_does_not_stop_the_rest_either() -> None:
    save_photo("a.jpg", width=13)
    save_photo("b.jpg")
    outcome = parse("a.jpg", "b.jpg", "--format", "labels")
    assert outcome.exit_code == 1
    assert outcome.stderr == "Failed: a.jpg: RuntimeError: unlucky (unexpected: please report it)\n"
    assert files_in("out") == ["labels/b.png"]


def test_where_no_photo_could_be_parsed_no_result_is_promised() -> None:
    outcome = parse("missing.jpg")
    assert outcome.exit_code == 1
    assert "Results" not in outcome.output


def test_a_second_run_does_not_take_results_for_photos() -> None:
    save_photo("a.jpg")
    assert parse(".").exit_code == 0
    before = files_in("out")
    assert parse(".").exit_code == 0
    assert files_in("out") == before


def test_a_folder_without_photos_is_one_line_and_nothing_is_written() -> None:
    Path("empty").mkdir()
    outcome = parse("empty")
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("Error: no photo in folder 'empty'")
    assert outcome.stderr.count("\n") == 1
    assert not Path("out").exists()


def test_an_unknown_format_is_named_with_the_known_ones() -> None:
    save_photo("a.jpg")
    outcome = parse("a.jpg", "--format", "labels,mosiac")
    assert outcome.exit_code == 2
    assert outcome.stderr == f"Error: unknown output format 'mosiac'; known are {', '.join(FORMATS)}\n"


def test_an_output_folder_that_is_a_file_is_one_line() -> None:
    save_photo("a.jpg")
    Path("out").write_text("in the way")
    outcome = parse("a.jpg")
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("Error: cannot write to folder 'out': ")
    assert outcome.stderr.count("\n") == 1


def test_a_model_that_cannot_be_loaded_is_one_line() -> None:
    save_photo("a.jpg")
    outcome = parse("a.jpg", "--model", "no-model")
    assert outcome.exit_code == 2
    assert outcome.stderr == "Error: no model in folder 'no-model': expected model.onnx and card.json\n"


def test_a_preset_and_a_model_exclude_each_other() -> None:
    outcome = parse("a.jpg", "--model", "m", "--preset", "fast")
    assert outcome.exit_code == 2
    assert "exclude each other" in outcome.stderr


def test_help_names_every_format() -> None:
    text = CliRunner().invoke(main, ["parse", "--help"]).output
    assert all(name in text for name in FORMATS)


def test_formats_are_written_once_however_often_they_are_named() -> None:
    save_photo("a.jpg")
    assert parse("a.jpg", "--format", "labels, labels,").output.endswith(f"Results: {Path('out', 'labels')}\n")


def test_no_format_at_all_is_a_usage_error() -> None:
    outcome = parse("a.jpg", "--format", ",")
    assert outcome.exit_code == 2
    assert "no output format is named" in outcome.stderr


@pytest.mark.parametrize(("number", "text"), [(0, "0 photos"), (1, "1 photo"), (2, "2 photos")])
def test_one_is_singular(number: int, text: str) -> None:
    assert count(number, "photo", "photos") == text


def test_parts_of_less_than_one_percent_are_only_counted() -> None:
    label_map = np.full((10, 30), CIHP.id_of("dress"), np.uint8)
    label_map[0, :2] = CIHP.id_of("hat"), CIHP.id_of("scarf")
    result = ParseResult.from_maps(
        label_map, np.ones((10, 30), np.uint16), np.full((10, 30), 255, np.uint8), label_set=CIHP
    )
    assert shares(result.people[0]) == ["dress 99%", "traces of 2 more"]


def test_the_summary_counts_failures_only_when_there_are_some() -> None:
    assert summary(3, 0, 5, 1.25) == "Parsed 3 photos with 5 people in 1.2 s."
    assert summary(3, 2, 1, 1.25) == "Parsed 1 photo with 1 person in 1.2 s; 2 of 3 failed."

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from fittingroom.cli import main
from fittingroom.interchange import AnnotatedPhoto, read_dataset, write_dataset
from fittingroom.labels import CIHP, LIP
from fittingroom.results import ParseResult

LABELS = np.array([[2, 2, 0, 2], [13, 10, 0, 13], [5, 5, 0, 5]], np.uint8)
PERSONS = np.array([[1, 1, 0, 2], [1, 1, 0, 2], [1, 1, 0, 2]], np.uint16)


@pytest.fixture(autouse=True)
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder has coco.json with the photo "trip/a" of two people."""
    monkeypatch.chdir(tmp_path)
    result = ParseResult.from_maps(LABELS, PERSONS, np.full((3, 4), 255, np.uint8), label_set=CIHP)
    write_dataset([AnnotatedPhoto("trip/a", result)], Path("coco.json"), form="coco")


def convert(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["convert", *arguments])


def test_a_dataset_is_turned_into_another_form_and_what_was_done_is_said() -> None:
    outcome = convert("coco.json", "out.zip", "--to", "cvat")
    assert outcome.exit_code == 0, outcome.output
    assert outcome.stdout == "out.zip: 1 photos with 2 people, coco -> cvat\n"
    (back,) = read_dataset(Path("out.zip"))
    assert back.name == "trip/a"
    assert np.array_equal(back.result.person_map, PERSONS)


def test_a_class_that_the_other_set_cannot_say_is_refused_by_name() -> None:
    outcome = convert("coco.json", "out", "--to", "lip", "--to-labels", "lip")
    assert outcome.exit_code == 2
    assert "lip cannot say exactly what cihp calls torso-skin" in outcome.stderr
    assert not Path("out").exists()


def test_an_accepted_substitute_is_named() -> None:
    outcome = convert("coco.json", "out", "--to", "lip", "--to-labels", "lip", "--lossy")
    assert outcome.exit_code == 0, outcome.output
    assert "Note: torso-skin became background" in outcome.stderr
    assert "Note: lip's jumpsuits cannot be told from cihp's classes" in outcome.stderr
    (back,) = read_dataset(Path("out"))
    assert back.name == "trip-a"
    assert back.result.label_set == LIP
    assert np.array_equal(back.result.label_map, np.where(LABELS == 10, 0, LABELS))


def test_ids_of_another_set_are_not_written_into_a_layout_that_fixes_them() -> None:
    outcome = convert("coco.json", "out", "--to", "lip")
    assert outcome.exit_code == 2
    assert "expected 'lip'; convert them first: --to-labels lip" in outcome.stderr


def test_people_that_a_tool_has_lost_come_from_the_earlier_parse() -> None:
    document = json.loads(Path("coco.json").read_text())
    document["annotations"] = [a for a in document["annotations"] if a.pop("person_annotation_id", None)]
    Path("edited.json").write_text(json.dumps(document))
    Path("instances/trip").mkdir(parents=True)
    one_person = np.ones((3, 4), np.uint16)
    Image.fromarray(one_person).save("instances/trip/a.png")
    outcome = convert("edited.json", "out", "--to", "npz", "--people-from", "instances")
    assert outcome.exit_code == 0, outcome.output
    assert "the earlier parse told" in outcome.stderr
    (back,) = read_dataset(Path("out"))
    assert len(back.result.people) == 1


def test_without_an_earlier_parse_shapes_that_touch_are_one_person_and_that_is_said() -> None:
    document = json.loads(Path("coco.json").read_text())
    document["annotations"] = [a for a in document["annotations"] if a.pop("person_annotation_id", None)]
    Path("edited.json").write_text(json.dumps(document))
    outcome = convert("edited.json", "out", "--to", "npz")
    assert "shapes that touch were taken for one person (2 groups)" in outcome.stderr
    (back,) = read_dataset(Path("out"))
    assert np.array_equal(back.result.person_map, PERSONS)


def test_lossy_without_a_label_set_is_a_usage_error() -> None:
    outcome = convert("coco.json", "out", "--to", "npz", "--lossy")
    assert outcome.exit_code == 2
    assert "give --to-labels too" in outcome.stderr


def test_a_missing_dataset_is_one_line() -> None:
    outcome = convert("nowhere", "out", "--to", "npz")
    assert outcome.exit_code == 2
    assert outcome.stderr == "Error: there is no file or folder 'nowhere'; check the path\n"

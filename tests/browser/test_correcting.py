"""A visitor corrects a parse and takes the corrected maps along."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from fittingroom.labels import CIHP

from .conftest import (
    OpenPage,
    add_parsed,
    downloaded,
    downloaded_maps,
    drawn_people,
    frame,
    point_of,
    read_ids,
    seen_maps,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

SEEN_LABELS, SEEN_PERSONS = seen_maps(drawn_people())


def choose_part(page: Page, x: float, y: float) -> None:
    page.click("#tab-correct")
    page.click("label:has([value=pick])")
    page.mouse.click(*point_of(page, x, y))


def use_tool(page: Page, tool: str) -> None:
    page.click("#tab-correct")
    page.click(f"label:has([value={tool}])")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*point_of(page, *start))
    page.mouse.down()
    page.mouse.move(*point_of(page, *end), steps=4)
    page.mouse.up()
    frame(page)


def test_maps_that_nobody_corrected_leave_as_they_came(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    labels, persons = downloaded_maps(page)
    assert np.array_equal(labels, SEEN_LABELS)
    assert np.array_equal(persons, SEEN_PERSONS)


def test_a_part_becomes_another_class_of_another_person(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    choose_part(page, 50, 90)
    page.select_option("[data-key=becomes-part]", label="Skirt")
    page.select_option("[data-key=becomes-person]", label="Person 2")
    page.click("[data-key=change]")
    labels, persons = downloaded_maps(page)
    was_pants = (CIHP.id_of("pants") == SEEN_LABELS) & (SEEN_PERSONS == 1)
    assert np.array_equal(labels, np.where(was_pants, CIHP.id_of("skirt"), SEEN_LABELS))
    assert np.array_equal(persons, np.where(was_pants, 2, SEEN_PERSONS))


def test_swapping_sides_exchanges_left_and_right_of_one_person(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    choose_part(page, 150, 50)
    page.click("[data-key=swap]")
    labels, persons = downloaded_maps(page)
    assert np.array_equal(labels, np.where(SEEN_PERSONS == 2, CIHP.swap_left_right(SEEN_LABELS), SEEN_LABELS))
    assert np.array_equal(persons, SEEN_PERSONS)


def test_the_brush_paints_its_part_and_undo_takes_it_back_exactly(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    use_tool(page, "brush")
    page.select_option("[data-key=brush-part]", label="Hat")
    page.select_option("[data-key=paint-over]", label="the background only")
    drag(page, (40, 8), (60, 8))
    labels, _ = downloaded_maps(page)
    hat = CIHP.id_of("hat")
    assert (labels == hat).sum() > 50
    assert np.array_equal(labels[labels != hat], SEEN_LABELS[labels != hat])
    assert not (SEEN_LABELS[labels == hat]).any()
    page.keyboard.press("Control+z")
    labels, persons = downloaded_maps(page)
    assert np.array_equal(labels, SEEN_LABELS)
    assert np.array_equal(persons, SEEN_PERSONS)
    page.keyboard.press("Control+y")
    assert (downloaded_maps(page)[0] == hat).any()


def test_the_eraser_can_be_kept_to_one_part(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    use_tool(page, "eraser")
    page.select_option("[data-key=erase]", label="this part only")
    page.select_option("[data-key=brush-part]", label="Face")
    drag(page, (30, 30), (70, 30))
    labels, persons = downloaded_maps(page)
    changed = labels != SEEN_LABELS
    assert changed.any()
    assert set(SEEN_LABELS[changed]) == {CIHP.id_of("face")}
    assert not persons[changed].any()


def test_the_space_bar_paints_and_letters_choose_the_tool(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    page.locator("#surface").focus()
    page.keyboard.press("b")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    labels, _ = downloaded_maps(page)
    assert (labels != SEEN_LABELS).sum() > 5


def test_a_person_who_is_given_away_leaves_no_gap_in_the_ids(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    page.click(".person-row >> nth=0 >> .row-open")
    page.click("#tab-correct")
    page.click("[data-key=merge]")
    _, persons = downloaded_maps(page)
    assert np.array_equal(persons, (SEEN_PERSONS > 0).astype(np.uint16))


def test_everything_is_one_archive_of_the_corrected_maps(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people, "two.png")
    choose_part(page, 50, 90)
    page.click("[data-key=remove]")
    name, content = downloaded(page, "everything")
    assert name == "two.zip"
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    names = set(archive.namelist())
    assert {"two-mosaic.jpg", "two-overlay.jpg", "two-labels.png", "two-persons.png", "two.json"} <= names
    assert {"two-training-data.zip", "cutouts/person-1.png", "cutouts/person-2-pants.png"} <= names
    assert "cutouts/person-1-pants.png" not in names
    corrected = np.where((CIHP.id_of("pants") == SEEN_LABELS) & (SEEN_PERSONS == 1), 0, SEEN_LABELS)
    assert np.array_equal(read_ids(archive.read("two-labels.png")), corrected)
    document = json.loads(archive.read("two.json"))
    assert [len(person["parts"]) for person in document["people"]] == [5, 6]


def test_a_cut_out_shows_its_part_and_nothing_else(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people, "two.png")
    with page.expect_download() as waiting:
        page.click("[aria-label='Save Person 2 as a transparent PNG']")
    assert waiting.value.suggested_filename == "two-person-2.png"
    with Image.open(waiting.value.path()) as image:
        pixels = np.asarray(image)
    rows, columns = np.nonzero(SEEN_PERSONS == 2)
    box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    mask = (SEEN_PERSONS == 2)[box]
    assert np.array_equal(pixels[..., 3], np.where(mask, 255, 0))
    assert np.array_equal(pixels[mask, :3], drawn_people()[box][mask])
    assert not pixels[~mask].any()


def test_the_copied_command_does_the_same(open_page: OpenPage, two_people: bytes, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl, which is not there")
    name = """it's "two", perhaps; 2.png"""
    (tmp_path / name).write_bytes(two_people)
    page = open_page()
    add_parsed(page, two_people, name)
    page.click("#tab-download")
    page.select_option("[data-key=curl-format]", "labels")
    page.click("[data-key=copy]")
    page.wait_for_selector(".toast")
    command = page.evaluate("navigator.clipboard.readText()")
    assert shlex.split(command)[0] == "curl"
    subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True)
    (answer,) = (path for path in tmp_path.iterdir() if path.name != name)
    assert np.array_equal(read_ids(answer.read_bytes()), SEEN_LABELS)

"""The commands ``tryon`` and ``items``, with a parser that has parsed already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import fittingroom
from fittingroom.cli import main
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

PHOTO = np.full((120, 90, 3), 140, np.uint8)


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo of a blue jumper and nothing else."""
    labels = np.zeros(PHOTO.shape[:2], np.uint8)
    labels[20:100, 20:70] = CIHP.id_of("upper-clothes")
    result = ParseResult.from_maps(labels, (labels > 0).astype(np.uint16), labels, label_set=CIHP)

    class Parsed:
        def __init__(self, *given: Any) -> None: ...

        def parse(self, photo: Any, *, schema: str) -> ParseResult:
            return result

    monkeypatch.setattr(fittingroom, "Parser", Parsed)
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_list_has_one_item_a_line_with_its_id_first() -> None:
    lines = run("items", "list", "--kind", "hair-colour").output.splitlines()
    assert "hair-copper" in [line.split("\t")[0] for line in lines]
    assert {line.split("\t")[1] for line in lines} == {"hair-colour"}


def test_a_garment_is_recoloured_and_the_outfit_saved(photo: Path) -> None:
    out, outfit = photo.with_name("out.png"), photo.with_name("outfit.json")
    ran = run("tryon", photo, "--garment-recolour", "garment-red", "--out", out, "--save-outfit", outfit)
    assert ran.exit_code == 0, ran.output
    worn = np.asarray(Image.open(out))
    assert np.array_equal(worn[:15], PHOTO[:15])
    assert worn[60, 45, 0] > worn[60, 45, 2] + 40
    again = photo.with_name("again.png")
    assert run("tryon", photo, "--outfit", outfit, "--out", again).exit_code == 0
    assert again.read_bytes() == out.read_bytes()


def test_a_refusal_is_told_and_ends_with_1(photo: Path) -> None:
    ran = run("tryon", photo, "--hat", "fedora-grey", "--out", photo.with_name("out.png"))
    assert ran.exit_code == 1
    assert "Refused: fedora-grey on person 1: the face of person 1 cannot be seen" in ran.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--hat", "no-hat", "--out", "o.png"), "there is no hat 'no-hat'"),
        (("--hat", "hair-copper", "--out", "o.png"), "is of kind hair-colour, not hat"),
        (("--out", "o.png"), "nothing to put on"),
        (("--hat", "fedora-grey"), "give one PHOTO and --out FILE"),
        (("--hat", "fedora-grey", "--out", "o.png", "--person", "0"), "a person's number from 1 on"),
    ],
)
def test_a_command_that_cannot_be_is_refused(photo: Path, arguments: tuple[str, ...], message: str) -> None:
    ran = run("tryon", photo, *arguments)
    assert ran.exit_code == 2
    assert message in " ".join(ran.output.split())


def test_an_item_of_ones_own_is_added_listed_and_not_replaced(tmp_path: Path) -> None:
    rgb = np.full((120, 100, 3), 240, np.uint8)
    rgb[20:110, 25:75] = (150, 30, 40)
    Image.fromarray(rgb).save(tmp_path / "Red Skirt.png")
    arguments = ("items", "add", tmp_path / "Red Skirt.png", "--kind", "skirt", "--folder", tmp_path / "mine")
    assert "Added red-skirt (skirt)" in run(*arguments).output
    assert "red-skirt\tskirt" in run("items", "list", "--folder", tmp_path / "mine").output
    assert "is an item 'red-skirt'" in run(*arguments).output

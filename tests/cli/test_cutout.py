from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from fittingroom.cli import main
from fittingroom.imaging.reading import Photo
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult


class FakeParser:
    """Sees a face over a coat in the middle of every photo."""

    def __init__(self, preset: str | Path) -> None:
        pass

    def parse(self, photo: Photo) -> ParseResult:
        labels = np.zeros(photo.size_hw, np.uint8)
        labels[4:10, 6:14] = CIHP.id_of("face")
        labels[10:24, 4:16] = CIHP.id_of("coat")
        return ParseResult.from_maps(
            labels, (labels > 0).astype(np.uint16), np.full(labels.shape, 204, np.uint8), label_set=CIHP
        )


@pytest.fixture(autouse=True)
def fake_parser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("fittingroom.Parser", FakeParser)
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (20, 30), (90, 120, 150)).save("a.jpg")


def cutout(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["cutout", "a.jpg", *arguments])


@pytest.mark.parametrize("name", ["coat.png", "coat.webp"])
def test_a_garment_is_cut_out_by_its_name(name: str) -> None:
    outcome = cutout("--part", "coat", "--person", "1", "--out", name, "--soft", "0")
    assert outcome.exit_code == 0, outcome.output
    assert outcome.stdout == f"{name}: coat of person 1, 12 x 14, 168 pixels\n"
    with Image.open(name) as picture:
        assert picture.size == (12, 14)


def test_an_outfit_leaves_the_face_out_and_may_keep_the_photos_size() -> None:
    assert cutout("--outfit", "--full-size", "--out", "o.png").exit_code == 0
    alpha = np.asarray(Image.open("o.png"))[..., 3]
    assert alpha.shape == (30, 20)
    assert (alpha >= 128).sum() == 168


def test_a_part_that_is_not_there_is_one_line() -> None:
    outcome = cutout("--part", "hat", "--out", "h.png")
    assert outcome.exit_code == 2
    assert outcome.stderr == "Error: person 1 has no hat; the parts found are coat, face\n"


@pytest.mark.parametrize("arguments", [(), ("--part", "coat", "--outfit")])
def test_one_thing_is_cut_out(arguments: tuple[str, ...]) -> None:
    outcome = cutout(*arguments, "--out", "x.png")
    assert outcome.exit_code == 2
    assert "--part NAME, --outfit or --whole, one of them" in outcome.stderr


def test_a_form_without_transparency_is_refused() -> None:
    assert "transparent pictures are .png or .webp" in cutout("--outfit", "--out", "x.jpg").stderr

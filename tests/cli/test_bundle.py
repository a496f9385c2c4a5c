from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from fittingroom.cli import main
from fittingroom.cli.bundle import parse_finely
from fittingroom.errors import ModelError
from fittingroom.imaging.reading import Photo
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult


class FakeParser:
    """Sees a face over a shirt in every photo."""

    card = SimpleNamespace(sha256="00ff")

    def __init__(self, preset: str | Path, *, threads: int | None = None) -> None:
        pass

    def parse(self, photo: Photo, *, schema: str = "cihp") -> ParseResult:
        assert schema == "fine", "masks see hands and wrists"
        labels = np.zeros(photo.size_hw, np.uint8)
        labels[4:10, 8:14] = CIHP.id_of("face")
        labels[11:26, 5:17] = CIHP.id_of("upper-clothes")
        return ParseResult.from_maps(
            labels, (labels > 0).astype(np.uint16), np.full(labels.shape, 204, np.uint8), label_set=CIHP
        )


@pytest.fixture(autouse=True)
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("fittingroom.Parser", FakeParser)
    monkeypatch.chdir(tmp_path)
    for folder in ("photos", "garments"):
        Path(folder).mkdir()
    Image.new("RGB", (24, 32), (90, 120, 150)).save("photos/anna.jpg")
    Image.new("RGB", (24, 32), (90, 150, 120)).save("photos/bert.jpg")
    shirt = np.full((40, 30, 3), 255, np.uint8)
    shirt[10:30, 8:22] = 60
    Image.fromarray(shirt).save("garments/shirt.png")


def bundle(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["bundle", "photos", "--garments", "garments", "--out", "out", *arguments])


def test_a_bundle_says_what_was_made_what_was_not_and_how_to_run_it() -> None:
    outcome = bundle("--for", "idm-vton", "--category", "upper")
    assert outcome.exit_code == 0, outcome.output
    first, second = outcome.stdout.splitlines()
    assert first.startswith("out: 2 pairs of 2 photos and 1 garments for idm-vton (upper) in ")
    assert first.endswith("leak 0.00%")
    assert "--unpaired" in second
    assert "Not made: DensePose picture" in outcome.stderr
    assert bundle("--for", "idm-vton", "--category", "upper").stdout.count("2 photos were done before") == 1


def test_a_model_that_knows_no_details_is_asked_for_them_once() -> None:
    asked = []

    def coarse(photo: int, *, schema: str) -> str:
        asked.append((photo, schema))
        if schema == "fine":
            raise ModelError("no fine parts")
        return f"parse of {photo}"

    parse = parse_finely(coarse)  # type: ignore[arg-type]
    assert [parse(1), parse(2)] == ["parse of 1", "parse of 2"]
    assert asked == [(1, "fine"), (1, "cihp"), (2, "cihp")]


def test_a_pairs_file_says_who_wears_what() -> None:
    Path("pairs.txt").write_text("bert.jpg shirt\n")
    assert bundle("--for", "catvton", "--category", "upper", "--pairs", "pairs.txt").exit_code == 0
    assert Path("out/test_pairs_unpaired.txt").read_text() == "bert.jpg shirt.jpg\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [("bert.jpg", "line 1: 1 names in 'bert.jpg'"), ("carl shirt", "photo 'carl': there is no photo of that name")],
)
def test_a_pairs_file_that_cannot_be_read_is_one_line(line: str, message: str) -> None:
    Path("pairs.txt").write_text(line)
    outcome = bundle("--for", "catvton", "--category", "upper", "--pairs", "pairs.txt")
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert not Path("out").exists()


def test_a_category_that_the_program_does_not_know_is_refused_before_anything_is_done() -> None:
    outcome = bundle("--for", "viton-hd", "--category", "lower")
    assert outcome.exit_code == 2
    assert "viton-hd knows no garments of the category 'lower', only upper" in outcome.stderr


def test_a_garment_that_cannot_be_told_from_its_background_is_left_out_by_name() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    Image.fromarray(noise).save("garments/noise.png")
    outcome = bundle("--for", "fashn", "--category", "dress")
    assert outcome.exit_code == 1
    assert "Left out: " in outcome.stderr
    assert "the background is not plain" in outcome.stderr
    assert Path("out/pairs.txt").read_text().splitlines() == ["anna.jpg shirt.jpg", "bert.jpg shirt.jpg"]

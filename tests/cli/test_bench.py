from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from fittingroom.bench.benchmark import Plan, run_benchmark
from fittingroom.cli import main
from fittingroom.errors import ModelError, PhotoNotFoundError


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--threads", "1,zero"), "'1,zero' is not a list of numbers from 1"),
        (("--sizes", "1920"), "'1920' is not WIDTHxHEIGHT"),
        (("--sizes", "0x20"), "'0x20' is not WIDTHxHEIGHT"),
    ],
)
def test_what_cannot_be_measured_is_a_usage_error(option: tuple[str, str], message: str) -> None:
    outcome = CliRunner().invoke(main, ["bench", *option])
    assert outcome.exit_code == 2
    assert message in outcome.output


def test_a_benchmark_without_any_model_says_what_is_missing(tmp_path: Path) -> None:
    plan = Plan(tmp_path, None, ("nowhere",), (1,), ((48, 64),), 1)
    with pytest.raises(ModelError, match="nothing to measure: nowhere: no model there"):
        run_benchmark(plan, tmp_path, tell=lambda line: None)


@pytest.mark.slow
def test_a_benchmark_without_a_photo_says_what_is_missing(tmp_path: Path) -> None:
    plan = Plan(tmp_path, None, ("default",), (1,), ((48, 64),), 1)
    with pytest.raises(PhotoNotFoundError, match="no photo of exactly one person"):
        run_benchmark(plan, tmp_path, tell=lambda line: None)


@pytest.mark.slow
def test_a_small_benchmark_measures_what_is_there_and_names_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = np.full((64, 48, 3), 127, np.uint8)
    monkeypatch.setattr("fittingroom.bench.benchmark.photo_of_one", lambda *_: (tmp_path / "a.jpg", photo, photo))
    monkeypatch.setattr("fittingroom.bench.benchmark.cold_start_s", lambda *_: [0.5])
    options = ["--sizes", "96x64", "--threads", "1", "--rounds", "2", "--presets", f"default,{tmp_path / 'gone'}"]
    outcome = CliRunner().invoke(main, ["bench", *options, "--json", str(tmp_path / "bench.json")])
    assert outcome.exit_code == 0, outcome.output
    document = json.loads((tmp_path / "bench.json").read_text())
    assert [(entry["what"], entry["people"]) for entry in document["measurements"]] == [("default", 1), ("default", 6)]
    assert all(len(entry["wall_ms_of_runs"]) == 2 for entry in document["measurements"])
    assert list(document["left_out"]) == [str(tmp_path / "gone")]
    assert "Left out:" in outcome.output

from __future__ import annotations

import json

import pytest

from fittingroom.bench.measure import Measurement, Run, Subject
from fittingroom.bench.report import Ratio, Report, table_lines
from fittingroom.bench.worker import STAGES, Task

FULL_HD = (1080, 1920)


def measured(
    name: str, *stage_ms: float, rounds: tuple[float, ...] = (1,), threads: int = 2, people: int = 1,
    found: int | None = None,
) -> Measurement:  # fmt: skip
    """Runs that take `stage_ms` times each factor of `rounds`, and half as much CPU time; one stage: a baseline."""
    is_baseline = len(stage_ms) == 1
    stages = ("network",) if is_baseline else STAGES
    runs = []
    for factor in rounds:
        wall_ms = {stage: ms * factor for stage, ms in zip(stages, stage_ms, strict=True)}
        runs.append(Run(wall_ms, {stage: ms / 2 for stage, ms in wall_ms.items()}))
    subject = Subject(name, Task(name, is_baseline, "picture.jpg", threads), FULL_HD, people)
    return Measurement(subject, tuple(runs), found, peak_rss_mib=200.0)


def report_of(*measurements: Measurement) -> Report:
    machine: dict[str, object] = {"processor": "Abacus", "cores_allowed": 2, "python": "3.11.7"}
    return Report(machine, {"default": {"sha256": "ab"}}, 3, list(measurements), {"fast": "fast: no model there"})


def test_the_stages_of_a_run_add_up_to_its_total() -> None:
    run = measured("default", 10, 5, 50, 20, 15).runs[0]
    assert (run.total_wall_ms, run.total_cpu_ms) == (100, 50)


def test_end_to_end_is_the_median_of_the_runs_totals() -> None:
    measurement = measured("default", 10, 5, 50, 20, 15, rounds=(1, 9, 2))
    assert measurement.end_to_end_wall_ms == 200
    assert measurement.median_wall_ms("network") == 100


def test_a_ratio_is_taken_round_by_round_so_a_slow_round_does_not_change_it() -> None:
    ours = measured("default", 10, 5, 50, 20, 15, rounds=(1, 7, 1))
    baseline = measured("deeplabv3", 50, rounds=(1, 7, 1))
    ratio = Ratio.of(ours, baseline)
    assert (ratio.wall, ratio.cpu) == pytest.approx((2, 2))


def test_presets_are_compared_with_baselines_and_with_the_default_of_their_own_group() -> None:
    report = report_of(
        measured("default", 10, 5, 50, 20, 15),
        measured("default", 10, 5, 50, 20, 15, people=6),
        measured("fast", 10, 5, 10, 10, 15),
        measured("deeplabv3", 50),
        measured("deeplabv3", 90, threads=1),
    )
    found = [(r.subject.subject.name, r.subject.subject.people, r.reference.subject.name) for r in report.ratios()]
    assert found == [("default", 1, "deeplabv3"), ("default", 6, "deeplabv3"), ("fast", 1, "default"),
                     ("fast", 1, "deeplabv3")]  # fmt: skip


def test_the_text_names_what_was_left_out_and_the_ratio_to_deeplab() -> None:
    text = report_of(measured("default", 10, 5, 50, 20, 15), measured("deeplabv3", 50)).text()
    assert "Left out: fast: no model there" in text
    assert "default, 1920x1080, people 1, threads 2: end to end 100 ms = 2.00 x the forward pass of deeplabv3" in text


def test_the_table_says_when_the_model_found_another_number_of_people() -> None:
    text = report_of(measured("default", 10, 5, 50, 20, 15, people=6, found=5)).text()
    assert "6 (5 found)" in text


def test_a_baseline_has_only_the_stage_network_in_the_table() -> None:
    row = report_of(measured("deeplabv3", 50)).text().splitlines()[4]
    assert row.split() == ["2", "1920x1080", "1", "deeplabv3", "50.0", "50.0", "25.0", "200"]


def test_table_columns_are_aligned_and_names_stand_on_the_left() -> None:
    lines = table_lines([("what", "ms"), ("a", "100.0"), ("long", "2.5")])
    assert lines == ["what     ms", "-----------", "a     100.0", "long    2.5"]


def test_the_json_has_these_keys_and_survives_a_round_trip() -> None:
    report = report_of(measured("default", 10, 5, 50, 20, 15, found=1), measured("deeplabv3", 50))
    report.cold_start_s["default"] = [0.9, 0.8, 1.0]
    document = json.loads(json.dumps(report.as_dict()))
    assert list(document) == [
        "report_version", "machine", "models", "rounds", "left_out", "cold_start_s", "measurements", "ratios",
    ]  # fmt: skip
    assert document["cold_start_s"]["default"] == {"median": 0.9, "all": [0.9, 0.8, 1.0]}
    assert document["measurements"][0] == {
        "what": "default", "threads": 2, "width_px": 1920, "height_px": 1080, "people": 1, "is_baseline": False,
        "people_found": 1, "wall_ms_of_runs": [100], "peak_rss_mib": 200,
        "wall_ms": {"decode": 10, "prepare": 5, "network": 50, "restore": 20, "encode": 15, "end to end": 100},
        "cpu_ms": {"decode": 5, "prepare": 2.5, "network": 25, "restore": 10, "encode": 7.5, "end to end": 50},
    }  # fmt: skip
    assert document["ratios"] == [
        {"what": "default", "threads": 2, "width_px": 1920, "height_px": 1080, "people": 1, "reference": "deeplabv3",
         "wall": 2, "cpu": 2},
    ]  # fmt: skip

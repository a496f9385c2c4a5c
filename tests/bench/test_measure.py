from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fittingroom.bench.benchmark import baseline_subjects
from fittingroom.bench.machine import machine_facts
from fittingroom.bench.measure import Subject, measure_by_turns
from fittingroom.bench.worker import Task


def test_what_cannot_be_run_is_left_out_with_its_reason(tmp_path: Path) -> None:
    subject = Subject("mine", Task("mine", False, str(tmp_path / "no.jpg"), 1), (48, 64), 1)
    measurements, left_out = measure_by_turns([subject], rounds=1)
    assert measurements == []
    assert "no.jpg" in left_out["mine"]


def test_baselines_that_are_not_in_the_folder_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "bodypix_mobilenet_v1_050_stride16.onnx").touch()
    left_out: dict[str, str] = {}
    subjects = baseline_subjects(tmp_path, tmp_path / "a.jpg", 2, (48, 64), left_out)
    assert [subject.name for subject in subjects] == ["bodypix-16"]
    assert list(left_out) == ["deeplabv3", "bodypix-8"]


def test_the_peak_of_memory_keeps_what_was_held_for_a_moment() -> None:
    program = (
        "from fittingroom.bench.machine import peak_rss_mib; before = peak_rss_mib();"
        "held = b'x' * (100 << 20); del held; print(before, peak_rss_mib())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before_mib, after_mib = map(float, done.stdout.split())
    assert after_mib - before_mib > 90


def test_the_facts_name_python_and_the_cores() -> None:
    facts = machine_facts()
    assert str(facts["python"]).startswith("3.")
    assert facts["cores"]

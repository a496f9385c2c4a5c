"""The benchmark of the store, small."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("alembic", reason="needs the extra 'preferences': pip install -e .[preferences]")

from fittingroom.bench.preferences import PreferencesPlan, Run, Timing, run_preferences_benchmark


def test_a_timing_is_the_median_the_tail_and_the_processors_share() -> None:
    timing = Timing.of([Run(i / 1000, i / 2000) for i in range(1, 101)])
    assert (timing.median_ms, timing.worst_ms, timing.cpu_ms) == (50.5, 100.0, 25.25)
    assert timing.p95_ms == pytest.approx(95.05)


@pytest.mark.slow
def test_the_store_is_filled_with_what_was_asked_for_and_everything_is_measured(tmp_path: Path) -> None:
    told: list[str] = []
    report = run_preferences_benchmark(PreferencesPlan(tmp_path, events=30_000, rounds=5, heavy=2000), tell=told.append)
    assert (report.events, report.profiles > 100) == (30_000, True)
    assert len(told) == 4
    assert report.recommendation.median_ms > 0
    assert report.event.median_ms > 0
    assert "30,000 events" in report.text()
    assert report.as_dict()["delete"]

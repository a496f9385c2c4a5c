from __future__ import annotations

from pathlib import Path

import pytest

from fittingroom.batch.listing import Columns, list_photos
from fittingroom.batch.storage import place_of
from fittingroom.bench.batch import BatchPlan, BatchReport, drawn_photos, run_batch_benchmark, write_shard
from fittingroom.bench.batch_kills import KillReport, Kills
from fittingroom.imaging import read_photo


def test_drawn_photos_are_photos_and_no_two_are_alike(tmp_path: Path) -> None:
    photos = dict(drawn_photos(20))
    assert len(set(photos.values())) == 20
    assert read_photo(photos["000019.jpg"]).size_hw == (96, 64)
    write_shard(tmp_path / "t.tar", photos.items())
    listed = list_photos([str(tmp_path / "t.tar")], leave_out=place_of("/nowhere"), columns=Columns())
    assert [photo.id for photo in listed] == [f"t.tar/{name}" for name in photos]


def test_the_report_compares_rates_of_the_same_round() -> None:
    report = BatchReport([10.0, 5.0, 8.0], [0.1] * 3, [9.0, 4.5, 7.2], [0.11] * 3, [4.5, 4.5, 3.6])
    text = report.text()
    assert "in processes     7.20 photos/s (90% of the engines)" in text
    assert "on Ray Data      4.50 photos/s (50% of the processes)" in text
    assert "memory" not in text


def test_a_round_with_other_rows_shows() -> None:
    report = KillReport(201, (Kills(1, 0, is_same=True), Kills(0, 2, is_same=False)))
    assert not report.is_same
    assert report.text() == "1 of 2 rounds ended with the same 201 rows; 3 processes were killed"
    assert report.rounds[1].text() == "killed 0 drivers and 2 engines: OTHER ROWS"


@pytest.mark.slow
def test_batches_are_measured(tmp_path: Path, tiny_model_folder: Path) -> None:
    (_, photo), *_ = drawn_photos(1)
    plan = BatchPlan(
        photo, str(tiny_model_folder), engines=2, photos=12, rounds=1, memory_photos=0, with_ray=False
    )  # fmt: skip
    report = run_batch_benchmark(plan, tmp_path, tell=lambda line: None)
    assert report.alone_rates[0] > 0
    assert report.local_rates[0] > 0
    assert report.local_start_s > 0

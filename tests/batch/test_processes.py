"""Real processes, which are killed."""

from __future__ import annotations

import os
import random
import signal
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fittingroom.batch.plan import Plan
from fittingroom.batch.pool import Ended, ProcessPool
from fittingroom.batch.processes import run_in_processes
from fittingroom.batch.run import Order, Step, run_batch
from fittingroom.batch.stages import Work
from fittingroom.batch.storage import place_of
from fittingroom.bench.batch import drawn_photos, write_shard
from fittingroom.bench.batch_kills import run_kill_test
from fittingroom.engine.card import read_card
from fittingroom.errors import ModelError, WorkerError

from .conftest import SETTINGS, rows_in

pytestmark = pytest.mark.slow

WORKER = """
    import os, signal, time
    from dataclasses import dataclass

    @dataclass
    class Opening:
        fails: bool = False
        dies: bool = False

        def open(self):
            if self.fails:
                raise ValueError("no model")
            if self.dies:
                os._exit(7)
            return self

        def fetch(self, task):
            return task

        def finish(self, task):
            if task == "raise":
                raise ValueError("disk full")
            if task == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            return os.getpid(), task
"""


@pytest.fixture
def opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes workers that answer (their process, the task); some tasks harm them. Other processes can import them."""
    (tmp_path / "pool_worker.py").write_text(textwrap.dedent(WORKER))
    monkeypatch.syspath_prepend(str(tmp_path))
    import pool_worker  # type: ignore[import-not-found]

    yield pool_worker.Opening
    sys.modules.pop("pool_worker", None)


def test_every_task_is_answered_by_one_process_or_the_other(opening: Any) -> None:
    with ProcessPool[int, Any](opening(), processes=2) as pool:
        answers = dict(pool.run(range(50)))
    assert {number: task for number, (_, task) in answers.items()} == {number: number for number in range(50)}
    assert len({pid for pid, _ in answers.values()}) == 2


def test_a_process_that_is_killed_is_replaced_and_its_tasks_are_done(opening: Any) -> None:
    with ProcessPool[int, Any](opening(), processes=2) as pool:
        answers = {}
        for number, answer in pool.run(range(60)):
            answers[number] = answer[1]
            if number in (10, 30):
                os.kill(pool.process_ids[0], signal.SIGKILL)
    assert answers == {number: number for number in range(60)}


def test_a_task_that_ends_every_process_is_given_up_and_the_others_are_not(opening: Any) -> None:
    tasks = [*map(str, range(5)), "die", *map(str, range(5))]
    with ProcessPool[str, Any](opening(), processes=2) as pool:
        answers = dict(pool.run(tasks))
    assert answers.pop(5) == Ended(-9)
    assert [answers[number][1] for number in sorted(answers)] == [task for task in tasks if task != "die"]


def test_an_error_of_the_worker_is_raised_where_the_pool_is(opening: Any) -> None:
    with pytest.raises(ValueError, match="no model"), ProcessPool[int, Any](opening(fails=True), processes=1) as pool:
        list(pool.run([1]))
    with pytest.raises(ValueError, match="disk full"), ProcessPool[str, Any](opening(), processes=1) as pool:
        list(pool.run(["raise"]))


def test_processes_that_end_before_they_begin_are_not_started_for_ever(opening: Any) -> None:
    with (
        pytest.raises(WorkerError, match=r"code 7.*--processes"),
        ProcessPool[int, Any](opening(dies=True), processes=1) as pool,
    ):
        list(pool.run([1]))


def run_tiny(source: Path, out: Path, model: Path, *, processes: int = 2, sha256: str = "") -> None:
    card = read_card(model)
    settings = replace(SETTINGS, sources=(str(source),), model_sha256=sha256 or card.sha256)
    work = Work(str(model), settings.model_sha256, "cihp", (), str(out), settings.max_photo_bytes, settings.max_pixels)

    def runner(plan: Plan, parts: Iterable[int]) -> Iterator[Step]:
        return run_in_processes(plan, work, parts, processes=processes)

    run_batch(Order(settings, place_of(str(out))), runner)


def test_two_processes_give_the_rows_of_one(folder: Path, tmp_path: Path, tiny_model_folder: Path) -> None:
    for processes in (1, 2):
        run_tiny(folder, tmp_path / str(processes), tiny_model_folder, processes=processes)
    rows = rows_in(tmp_path / "1")
    assert len(rows) == 10
    assert [row["id"] for row in rows if row["error"]] == ["b/7.png"]
    assert rows_in(tmp_path / "2") == rows


def test_another_model_than_the_run_began_with_is_refused(
    folder: Path, tmp_path: Path, tiny_model_folder: Path
) -> None:
    with pytest.raises(ModelError, match="the run began with dddddddddddd"):
        run_tiny(folder, tmp_path / "out", tiny_model_folder, sha256="d" * 64)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the processes in /proc")
def test_runs_that_are_killed_at_random_moments_end_with_the_same_rows(tmp_path: Path, tiny_model_folder: Path) -> None:
    shard = tmp_path / "photos.tar"
    photos = list(drawn_photos(120))
    write_shard(shard, [*photos, ("broken.jpg", b"no photo")])
    report = run_kill_test(
        shard, tmp_path / "runs", model=str(tiny_model_folder), rounds=3, rng=random.Random(7), tell=lambda line: None
    )
    assert report.rows == 121
    assert report.is_same
    assert sum(kills.drivers + kills.engines for kills in report.rounds) >= 3

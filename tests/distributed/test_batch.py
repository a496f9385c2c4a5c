"""Batches on a cluster of two nodes, one of which goes away."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fittingroom.batch.plan import Plan
from fittingroom.batch.processes import run_in_processes
from fittingroom.batch.run import Step, run_batch
from fittingroom.batch.storage import place_of
from fittingroom.bench.batch import drawn_photos, order_of, work_of, write_shard
from fittingroom.bench.batch_kills import rows_of
from fittingroom.distributed.batch import Attempt, run_on_ray

from .conftest import pids_of_actors

PHOTOS = 161


def test_an_attempt_counts_how_often_a_part_was_begun(tmp_path: Path) -> None:
    out = place_of(str(tmp_path))
    assert [Attempt(out, 3).begin() for _ in range(3)] == [0, 1, 2]
    assert Attempt(out, 4).begin() == 0
    Attempt(out, 3).end()
    Attempt(out, 3).end()
    assert Attempt(out, 3).begin() == 0


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ray") / "photos.tar"
    write_shard(path, [*drawn_photos(PHOTOS - 1), ("broken.jpg", b"no photo")])
    return path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Ray's, of its own settings
def test_ray_gives_the_rows_of_this_machine_though_actors_and_a_node_go_away(
    ray_cluster: Any, shard: Path, tmp_path: Path, tiny_model_folder: Path
) -> None:
    model = str(tiny_model_folder)

    def run_here(plan: Plan, parts: Iterable[int]) -> Iterator[Step]:
        return run_in_processes(plan, work_of(plan, model), parts, processes=2)

    def run_disturbed(plan: Plan, parts: Iterable[int]) -> Iterator[Step]:
        node = ray_cluster.add_node(num_cpus=1, object_store_memory=80 * 2**20)
        for number, step in enumerate(run_on_ray(plan, work_of(plan, model), parts, engines=3)):
            if number == 5:
                os.kill(pids_of_actors("PartDoer")[0], signal.SIGKILL)
            if number == 15:
                ray_cluster.remove_node(node, allow_graceful=False)
            yield step

    run_batch(order_of(model, shard, tmp_path / "here", photos_per_part=4), run_here)
    report = run_batch(order_of(model, shard, tmp_path / "ray", photos_per_part=4), run_disturbed)
    rows = rows_of(tmp_path / "ray")
    assert rows == rows_of(tmp_path / "here")
    assert len({row["id"] for row in rows}) == report.total.photos == PHOTOS
    assert not list((tmp_path / "ray" / "_run").glob("begun-*"))

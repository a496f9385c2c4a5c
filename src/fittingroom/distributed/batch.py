"""A run on Ray Data: parts of the list in, actors with an engine each, a step for each part out.

A part is the unit: an actor reads and parses its photos straight from where they lie and writes its rows, just as
`fittingroom.batch.here` does, so that neither photos nor rows go through Ray's store. A part may be done twice without
harm, for its name depends on the list alone; so Ray may start an actor anew, or give its part to another, whenever a
process or a machine is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from fittingroom.batch.here import run_here
from fittingroom.batch.plan import RUN, Counts, Plan
from fittingroom.batch.processes import run_in_processes
from fittingroom.batch.run import Step
from fittingroom.batch.stages import Work
from fittingroom.batch.storage import Place, place_of
from fittingroom.errors import ConfigError

MOST_BLOCKS = 10_000  # Ray's own book-keeping costs memory for each
CAREFUL_FROM = 2  # times that a part was begun and not finished; from then on its photos are parsed in a process apart


def run_on_ray(plan: Plan, work: Work, parts: Iterable[int], *, engines: int | None) -> Iterator[Step]:
    """Parse the parts' photos and write the parts on the cluster that this program is connected to.

    Args:
        plan, work: what is to be done. Results must lie where every machine reaches them.
        parts: numbers of the parts that are not done.
        engines: how many, each with a core; None: as many as the cluster has cores.

    Raises:
        ray.exceptions.RayError: it fails for another reason than the end of a process or a machine.
    """
    import ray
    from ray.data import ActorPoolStrategy, DataContext

    logging.getLogger("ray.data").setLevel(logging.ERROR)  # it would tell of plans and progress that are told here
    numbers = list(parts)
    DataContext.get_current().enable_progress_bars = False
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    actors = min(engines or int(resources.get("CPU", 1)), len(numbers))
    listed = ray.data.from_items(
        [{"part": number} for number in numbers], override_num_blocks=min(len(numbers), MOST_BLOCKS)
    )
    done = listed.map(
        PartDoer,  # type: ignore[arg-type]  # an actor is given as its class
        fn_constructor_args=(work, plan.out.address),
        compute=ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=2),
        num_cpus=1,
        num_gpus=1 if work.device == "cuda" else 0,
    )
    for row in done.iter_rows():
        yield Step(Counts(row["photos"], row["failed"], row["people"]), parts_written=1)


class PartDoer:
    """The actor.

    Args:
        work: what is to be done with every photo.
        out: address of the results.

    Raises:
        ConfigError: the plan cannot be seen from here.
        ModelError: the model is not here, or another one is.
    """

    def __init__(self, work: Work, out: str) -> None:
        plan = Plan.read(place_of(out))
        if plan is None:
            raise ConfigError(f"{out} cannot be seen from every machine; use a shared folder, or s3://...")
        self._work, self._plan = work, plan
        self._stages = work.open()

    def __call__(self, row: dict[str, int]) -> dict[str, int]:
        """{"part": its number} in, what it holds out; its rows are written."""
        number = int(row["part"])
        attempt = Attempt(self._plan.out, number)
        if attempt.begin() < CAREFUL_FROM:
            steps = run_here(self._plan, self._stages, [number])
        else:  # one of its photos may end every process that touches it; this finds out which
            steps = run_in_processes(self._plan, self._work, [number], processes=1)
        counts = sum((step.photos for step in steps), Counts())
        attempt.end()
        return {"part": number, **asdict(counts)}


class Attempt:
    """How often a part was begun, kept beside the results: whoever ended while doing it cannot tell."""

    def __init__(self, out: Place, number: int) -> None:
        self._place = out.at(f"{RUN}/begun-{number:06}")

    def begin(self) -> int:
        """How often it was begun before; from now on once more."""
        before = int(self._place.read()) if self._place.kind() == "file" else 0
        self._place.write_atomically(str(before + 1).encode())
        return before

    def end(self) -> None:
        """It is done."""
        if self._place.kind() == "file":
            self._place.filesystem.delete_file(self._place.path)

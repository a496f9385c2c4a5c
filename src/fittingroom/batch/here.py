"""A run in this very process, one photo after the other: the plainest way, which all others must equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fittingroom.batch.plan import Counts, Plan
from fittingroom.batch.run import Step
from fittingroom.batch.stages import Stages


def run_here(plan: Plan, stages: Stages, parts: Iterable[int]) -> Iterator[Step]:
    """Parse the parts' photos and write the parts; a step for each photo and each part.

    Raises:
        OutputError: a part or a file cannot be written.
    """
    for number in parts:
        rows = []
        for row in stages.rows(plan.part(number)):
            rows.append(row)
            yield Step(Counts.of([row]))
        plan.write_part(number, rows)
        yield Step(parts_written=1)

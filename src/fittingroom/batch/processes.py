"""A run on the cores of this machine: a process and an engine for each."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fittingroom.batch.listing import Listed
from fittingroom.batch.plan import Counts, Plan
from fittingroom.batch.pool import Ended, ProcessPool
from fittingroom.batch.rows import Row, failed_row, no_timings
from fittingroom.batch.run import Step
from fittingroom.batch.stages import Work


@dataclass
class _Part:
    """A part some of whose photos are out. rows: those that are back."""

    number: int
    first: int
    photos: list[Listed]
    rows: dict[int, Row] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return len(self.rows) == len(self.photos)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_in_processes(plan: Plan, work: Work, parts: Iterable[int], *, processes: int) -> Iterator[Step]:
    """Parse the parts' photos and write the parts; a step for each photo and each part.

    Photos go to whichever process is free, in the order of the list; so few parts are open at a time, and in memory are
    their rows, and a few photos in each process.

    Args:
        plan, work: what is to be done.
        parts: numbers of the parts that are not done.
        processes: how many engines.

    Raises:
        ModelError, WorkerError: the processes cannot begin.
        OutputError: a part or a file cannot be written.
    """
    is_open: deque[_Part] = deque()

    def photos() -> Iterator[Listed]:
        first = 0
        for number in parts:
            is_open.append(_Part(number, first, plan.part(number)))
            yield from is_open[-1].photos
            first += len(is_open[-1].photos)

    pool: ProcessPool[Listed, Row]
    with ProcessPool(work, processes=processes) as pool:
        for number, answer in pool.run(photos()):
            part = next(part for part in is_open if part.first <= number < part.first + len(part.photos))
            row = _ended_row(part.photos[number - part.first], answer, work) if isinstance(answer, Ended) else answer
            part.rows[number - part.first] = row
            yield Step(Counts.of([row]))
            if part.is_complete:
                is_open.remove(part)
                plan.write_part(part.number, [part.rows[index] for index in range(len(part.photos))])
                yield Step(parts_written=1)


def _ended_row(photo: Listed, ended: Ended, work: Work) -> Row:
    reason = (
        f"the process ended with code {ended.exit_code} each time it worked on this photo; it may need more memory "
        "than there is"
    )
    return failed_row(photo, reason, model_sha256=work.model_sha256, timings=no_timings())

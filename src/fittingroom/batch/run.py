"""A run from its sources to its report; what does the work is handed in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field

from fittingroom.batch.plan import MANIFEST, REPORT, ROWS, RUN, Counts, Plan, Settings
from fittingroom.batch.progress import Progress
from fittingroom.batch.storage import Place
from fittingroom.errors import ConfigError


@dataclass(frozen=True)
class Step:
    """Something was done: some photos, or parts were written."""

    photos: Counts = field(default_factory=Counts)
    parts_written: int = 0


Runner = Callable[[Plan, Iterable[int]], Iterator[Step]]
"""Does the parts of a plan whose numbers it is given, each of them written in the end."""


@dataclass(frozen=True)
class Order:
    """What is wanted. out: where the results go. resume: go on with the run that is there, if one is."""

    settings: Settings
    out: Place
    resume: bool = False


@dataclass(frozen=True)
class Report:
    """What came of a run.

    Attributes:
        total: in all parts.
        now: what this run did of it.
        duration_s: how long this run took.
    """

    total: Counts
    now: Counts
    duration_s: float


def run_batch(order: Order, runner: Runner, *, tell: Callable[[Progress], None] = lambda progress: None) -> Report:
    """Plan, or take up a plan; have the parts done that are not; report.

    Args:
        order: what is wanted.
        runner: does the work.
        tell: called after every step.

    Raises:
        ConfigError: the folder holds a run and `resume` is not asked for, or a run with other settings.
        PhotoNotFoundError: a source is missing or empty.
        OutputError: the results cannot be written.
    """
    plan = find_plan(order)
    done = plan.done()
    before = sum(done.values(), Counts())
    progress = Progress(plan.photos, before)
    tell(progress)
    todo = [number for number in range(plan.parts) if number not in done]
    written = 0
    for step in runner(plan, todo) if todo else ():
        progress.add(step.photos)
        written += step.parts_written
        tell(progress)
    assert written == len(todo), f"{written} parts of {len(todo)} were written"
    report = Report(progress.done, progress.now, progress.duration_s)
    document = {**asdict(report.total), "parts": plan.parts, "seconds_of_last_run": round(report.duration_s, 1)}
    order.out.at(f"{RUN}/{REPORT}").write_atomically((json.dumps(document, indent=2) + "\n").encode())
    return report


def find_plan(order: Order) -> Plan:
    """The plan that is there, if it may be taken up, or a new one; see `run_batch`."""
    out = order.out
    plan = Plan.read(out)
    if plan is None:
        if out.kind() == "file":
            raise ConfigError(f"{out.address} is a file; choose a folder with --out")
        # A list that was not completed may lie there, and nothing else.
        strange = [name for name, _, _ in out.children() if name != RUN] if out.kind() == "folder" else []
        if strange:
            raise ConfigError(f"{out.address} is not empty and holds no run ({strange[0]}); choose another --out")
        return Plan.make(out, order.settings)
    if not order.resume:
        raise ConfigError(
            f"{out.address} holds a run already ({RUN}/{MANIFEST}); go on with it by --resume, or choose another --out"
        )
    plan.check_settings(order.settings)
    for folder in (ROWS, RUN):
        out.at(folder).remove_temporary_files()
    return plan

"""Measuring several things by turns, so that what slows the machine for a while slows them alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any

from fittingroom.bench.worker import Task
from fittingroom.errors import FittingroomError

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Subject:
    """One thing to be measured: a preset or a baseline, on a picture of so many people."""

    name: str
    task: Task
    size_hw: tuple[int, int]
    people: int


@dataclass(frozen=True)
class Run:
    """One run: milliseconds by stage, in order."""

    wall_ms: dict[str, float]
    cpu_ms: dict[str, float]

    @property
    def total_wall_ms(self) -> float:
        return sum(self.wall_ms.values())

    @property
    def total_cpu_ms(self) -> float:
        return sum(self.cpu_ms.values())


@dataclass(frozen=True)
class Measurement:
    """All runs of a subject. people_found: by the model itself, None for a baseline."""

    subject: Subject
    runs: tuple[Run, ...]
    people_found: int | None
    peak_rss_mib: float

    def median_wall_ms(self, stage: str) -> float | None:
        """None if the subject has no such stage."""
        return median(run.wall_ms[stage] for run in self.runs) if stage in self.runs[0].wall_ms else None

    def median_cpu_ms(self, stage: str) -> float | None:
        """None if the subject has no such stage."""
        return median(run.cpu_ms[stage] for run in self.runs) if stage in self.runs[0].cpu_ms else None

    @property
    def end_to_end_wall_ms(self) -> float:
        return median(run.total_wall_ms for run in self.runs)

    @property
    def end_to_end_cpu_ms(self) -> float:
        return median(run.total_cpu_ms for run in self.runs)


class Worker:
    """A measuring process (see fittingroom.bench.worker), loaded and warmed up."""

    def __init__(self, task: Task) -> None:
        """
        Raises:
            FittingroomError: the process could not do the task.
        """
        # numpy's threads are counted when it is imported, so this must be said before the process begins
        environment = os.environ | {name: str(task.threads) for name in THREAD_VARIABLES}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fittingroom.bench.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )  # fmt: skip
        try:
            self.people: int | None = self._ask(json.dumps(asdict(task)))["people"]
        except BaseException:
            self.close()
            raise

    def run(self) -> Run:
        """One run."""
        answer = self._ask("run")
        return Run(answer["wall_ms"], answer["cpu_ms"])

    def finish(self) -> float:
        """End the process; the peak of its memory in MiB."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return float(self._read()["peak_rss_mib"])

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                stream.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer, or that there is none, says why
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise FittingroomError(f"the measuring process ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise FittingroomError(answer["error"])
        return answer


def measure_by_turns(subjects: Sequence[Subject], rounds: int) -> tuple[list[Measurement], dict[str, str]]:
    """Run every subject once in each round.

    Returns:
        One measurement for each subject that could be run, in their order; the others' names with the reason.
    """
    with ExitStack() as stack:
        workers: list[tuple[Subject, Worker]] = []
        left_out: dict[str, str] = {}
        for subject in subjects:
            try:
                workers.append((subject, stack.enter_context(Worker(subject.task))))
            except FittingroomError as error:
                left_out[subject.name] = str(error)
        runs: list[list[Run]] = [[] for _ in workers]
        for _ in range(rounds):
            for (_, worker), so_far in zip(workers, runs, strict=True):
                so_far.append(worker.run())
        measurements = [
            Measurement(subject, tuple(so_far), worker.people, worker.finish())
            for (subject, worker), so_far in zip(workers, runs, strict=True)
        ]
    return measurements, left_out


def cold_start_s(photo: Path, model: str, rounds: int) -> list[float]:
    """Seconds that a fresh Python takes to start, import, load the model, parse one photo and end.

    The files are in the system's cache after the first time, which is not counted.
    """
    program = "import sys, fittingroom; fittingroom.parse(sys.argv[1], model=sys.argv[2])"
    seconds = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", program, str(photo), model], check=True, stdin=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return seconds[1:]

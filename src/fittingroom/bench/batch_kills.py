"""Batches that are killed at random moments: whatever ends, the rows are those of a run that nothing happened to.

A round runs ``fittingroom batch`` as a user does, kills the driver or one of its engines (SIGKILL) now and then, and
takes the run up again until it ends. Needs Linux's /proc to find the engines.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from fittingroom.bench.batch import children_of

MOST_KILLS = 3  # in one round
ENDS_WITHIN_S = 60.0  # engines, when their driver is gone: at once, but not before they have begun


@dataclass(frozen=True)
class Kills:
    """What happened in one round. is_same: the rows are those of the undisturbed run."""

    drivers: int
    engines: int
    is_same: bool

    def text(self) -> str:
        """For people."""
        return (
            f"killed {self.drivers} drivers and {self.engines} engines: "
            f"{'the same rows' if self.is_same else 'OTHER ROWS'}"
        )


@dataclass(frozen=True)
class KillReport:
    """All rounds. rows: of the undisturbed run."""

    rows: int
    rounds: tuple[Kills, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing was lost or changed in any round."""
        return all(kills.is_same for kills in self.rounds)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def text(self) -> str:
        """For people."""
        same = sum(kills.is_same for kills in self.rounds)
        killed = sum(kills.drivers + kills.engines for kills in self.rounds)
        return (
            f"{same} of {len(self.rounds)} rounds ended with the same {self.rows} rows; {killed} processes were killed"
        )


def run_kill_test(
    source: Path, folder: Path, *, model: str, rounds: int, rng: random.Random, tell: Callable[[str], None]
) -> KillReport:
    """Run undisturbed once, then so many rounds with kills.

    Args:
        source: photos, of which one may be bad.
        folder: for the results.
        model: preset or folder.
        rounds: how many.
        rng: when and what is killed.
        tell: gets a line after each.
    """
    began_s = time.perf_counter()
    _start(source, folder / "undisturbed", model).wait()
    duration_s = time.perf_counter() - began_s
    expected = rows_of(folder / "undisturbed")
    done = []
    for number in range(rounds):
        drivers = engines = attempt = 0
        while not drivers + engines:  # it may end before anything was killed
            attempt += 1
            out = folder / f"round-{number}-{attempt}"
            drivers, engines = _round(source, out, model, duration_s, rng)
        done.append(Kills(drivers, engines, rows_of(out) == expected))
        tell(done[-1].text())
    return KillReport(len(expected), tuple(done))


def rows_of(out: Path) -> list[dict[str, object]]:
    """All rows, those of every file in the order of the files; without times, which differ from run to run."""
    rows: list[dict[str, object]] = []
    for path in sorted((out / "rows").glob("*.parquet")):
        rows += pq.read_table(path).drop_columns(["timings"]).to_pylist()
    return rows


def _round(source: Path, out: Path, model: str, duration_s: float, rng: random.Random) -> tuple[int, int]:
    """Run to the end through some kills; how many drivers and engines were killed."""
    drivers = engines = 0
    for _ in range(rng.randint(1, MOST_KILLS)):
        driver = _start(source, out, model)
        if _has_ended(driver, within_s=rng.uniform(0.1, 0.9) * duration_s):
            break
        workers = children_of(driver.pid)
        if workers and rng.random() < 0.5:
            os.kill(rng.choice(workers), signal.SIGKILL)
            engines += 1
            if _has_ended(driver, within_s=rng.uniform(0.0, 0.5) * duration_s):
                break
        driver.kill()
        driver.wait()
        drivers += 1
        _wait_until_ended(workers)
    _start(source, out, model).wait()
    return drivers, engines


def _start(source: Path, out: Path, model: str) -> subprocess.Popen[bytes]:
    option = ["--model", model] if Path(model).is_dir() else ["--preset", model]
    program = "from fittingroom.cli import main; main()"
    words = ["batch", str(source), "--out", str(out), *option, "--processes", "2", "--photos-per-file", "8", "--resume"]
    return subprocess.Popen(
        [sys.executable, "-c", program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _has_ended(process: subprocess.Popen[bytes], *, within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _wait_until_ended(pids: list[int]) -> None:
    """Engines notice that their driver is gone.

    Raises:
        TimeoutError: one does not.
    """
    deadline_s = time.monotonic() + ENDS_WITHIN_S
    while left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"engines {left} went on for {ENDS_WITHIN_S:.0f} s without their driver")
        time.sleep(0.05)

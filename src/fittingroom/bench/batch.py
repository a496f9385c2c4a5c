"""Batches beside what they are made of: engines alone, then processes on this machine, then Ray Data, by turns.

An engine alone is a process that decodes and parses photos that it holds in memory: no list, no reading, no rows. Rates
are those of the steady state, from the moment when every engine has done something. How long a start takes is told by
itself.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from fittingroom.batch.listing import Columns, list_photos
from fittingroom.batch.plan import Plan, Settings
from fittingroom.batch.processes import run_in_processes
from fittingroom.batch.reading import PhotoReader
from fittingroom.batch.run import Order, Step, run_batch
from fittingroom.batch.stages import Work
from fittingroom.batch.storage import place_of
from fittingroom.bench.measure import THREAD_VARIABLES
from fittingroom.engine.card import model_folder, read_card
from fittingroom.imaging import ReadLimits, encode_jpeg, read_photo
from fittingroom.parser import Parser

EARLY_PHOTOS = 1000  # after so many, memory is to grow no more
LIMITS = ReadLimits()


@dataclass(frozen=True)
class BatchPlan:
    """What to measure.

    photo: a JPEG's bytes, of the size of real ones. model: preset or folder. engines: how many at a time. photos: of a
    round. memory_photos: small ones, over which memory is watched; 0 leaves that out. with_ray: measure Ray Data too.
    """

    photo: bytes
    model: str
    engines: int
    photos: int
    rounds: int
    memory_photos: int
    with_ray: bool


@dataclass
class BatchReport:
    """The figures of each round: photos a second; seconds of all cores for a photo, which other programs disturb less
    (Linux only: elsewhere 0). Then seconds until every engine was at work, and MiB."""

    alone_rates: list[float] = field(default_factory=list)
    alone_cpu_s: list[float] = field(default_factory=list)
    local_rates: list[float] = field(default_factory=list)
    local_cpu_s: list[float] = field(default_factory=list)
    ray_rates: list[float] = field(default_factory=list)
    local_start_s: float = 0.0
    ray_start_s: float = 0.0
    small_rate: float = 0.0
    driver_early_mib: float = 0.0
    driver_late_mib: float = 0.0
    engine_early_mib: float = 0.0
    engine_late_mib: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def text(self) -> str:
        """For people."""
        lines = [f"engines alone    {median(self.alone_rates):.2f} photos/s"]
        local = median(here / alone for here, alone in zip(self.local_rates, self.alone_rates, strict=True))
        lines.append(
            f"in processes     {median(self.local_rates):.2f} photos/s ({local:.0%} of the engines), "
            f"at work after {self.local_start_s:.1f} s"
        )
        lines.append(
            f"CPU seconds      {median(self.alone_cpu_s):.3f} for a photo, in processes {median(self.local_cpu_s):.3f} "
            "with driver, rows and files"
        )
        if self.ray_rates:
            ray = median(there / here for there, here in zip(self.ray_rates, self.local_rates, strict=True))
            lines.append(
                f"on Ray Data      {median(self.ray_rates):.2f} photos/s ({ray:.0%} of the processes), "
                f"at work after {self.ray_start_s:.1f} s"
            )
        if self.driver_early_mib:
            lines += [
                f"small photos     {self.small_rate:.1f} photos/s",
                f"memory, driver   {self.driver_early_mib:.0f} MiB at most over the first {EARLY_PHOTOS}, "
                f"{self.driver_late_mib:.0f} over all",
                f"memory, engine   {self.engine_early_mib:.0f} MiB, {self.engine_late_mib:.0f}",
            ]
        return "\n".join(lines)


def run_batch_benchmark(plan: BatchPlan, folder: Path, *, tell: Callable[[str], None]) -> BatchReport:
    """Measure; `folder` is for photos and results, `tell` gets a line before each part."""
    report = BatchReport()
    shard = folder / "photos.tar"
    write_shard(shard, ((f"{number:06}.jpg", plan.photo) for number in range(plan.photos)))
    for number in range(plan.rounds):
        tell(f"round {number + 1}: engines alone ...")
        rate, cpu_s = engines_alone(plan, shard)
        report.alone_rates.append(rate)
        report.alone_cpu_s.append(cpu_s)
        tell(f"round {number + 1}: in processes ...")
        rate, report.local_start_s, cpu_s = local_rate(plan, shard, folder / f"local-{number}")
        report.local_rates.append(rate)
        report.local_cpu_s.append(cpu_s)
        if plan.with_ray:
            tell(f"round {number + 1}: on Ray Data ...")
            rate, report.ray_start_s, _ = ray_rate(plan, shard, folder / f"ray-{number}")
            report.ray_rates.append(rate)
    if plan.memory_photos:
        tell(f"memory over {plan.memory_photos} small photos ...")
        small = folder / "small.tar"
        write_shard(small, drawn_photos(plan.memory_photos))
        watch_memory(plan, small, folder / "small", report)
    return report


def drawn_photos(count: int, *, size_hw: tuple[int, int] = (96, 64)) -> Iterator[tuple[str, bytes]]:
    """Names and JPEGs of small pictures of a head, each at another place before other noise."""
    rng = np.random.default_rng(0)
    height, width = size_hw
    for number in range(count):
        pixels = rng.integers(0, 60, (height, width, 3), dtype=np.uint8)
        left = int(rng.integers(0, width // 2))
        pixels[height // 8 : height // 2, left : left + width // 2] = (230, 20, 20)
        pixels[height // 2 : height - 4, left : left + width // 2] = (20, 230, 20)
        yield f"{number:06}.jpg", encode_jpeg(pixels)


def write_shard(path: Path, photos: Iterable[tuple[str, bytes]]) -> None:
    """A TAR of photos."""
    with tarfile.open(path, "w") as tar:
        for name, content in photos:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def engines_alone(plan: BatchPlan, shard: Path) -> tuple[float, float]:
    """Photos a second of the engines, each in a process of its own, all at the same time; CPU seconds of a photo."""
    environment = os.environ | dict.fromkeys(THREAD_VARIABLES, "1")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "fittingroom.bench.batch", plan.model, str(shard), str(first), str(plan.engines)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for first in range(plan.engines)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(process.communicate()[0]) for process in processes]
    return plan.photos / max(wall_s for wall_s, _ in told), sum(cpu_s for _, cpu_s in told) / plan.photos


def local_rate(plan: BatchPlan, shard: Path, out: Path) -> tuple[float, float, float]:
    """Photos a second in processes, seconds until all of them were at work, CPU seconds of a photo."""
    return steady_rate(
        plan, shard, out, lambda made, work, parts: run_in_processes(made, work, parts, processes=plan.engines)
    )


def ray_rate(plan: BatchPlan, shard: Path, out: Path) -> tuple[float, float, float]:
    """The same on Ray Data, whose processes' CPU time is not known here."""
    from fittingroom.distributed.batch import run_on_ray
    from fittingroom.distributed.cluster import LOCAL, connect

    with connect(LOCAL):
        return steady_rate(
            plan, shard, out, lambda made, work, parts: run_on_ray(made, work, parts, engines=plan.engines)
        )


def steady_rate(
    plan: BatchPlan, shard: Path, out: Path, do: Callable[[Plan, Work, Iterable[int]], Iterator[Step]]
) -> tuple[float, float, float]:
    """From the moment when as many steps were made as there are engines: photos a second, when that was, and CPU
    seconds of a photo in this process and its children."""
    began_s = time.perf_counter()
    marks: list[tuple[float, int]] = []
    cpu_s: list[float] = []

    def runner(made: Plan, parts: Iterable[int]) -> Iterator[Step]:
        for step in do(made, work_of(made, plan.model), parts):
            if step.photos.photos:
                marks.append((time.perf_counter(), step.photos.photos))
                if len(marks) == plan.engines or sum(photos for _, photos in marks) == made.photos:
                    cpu_s.append(sum(map(cpu_of, [os.getpid(), *children_of(os.getpid())])))
            yield step

    # Small parts, so that Ray's steps are not too coarse for a short run.
    run_batch(order_of(plan.model, shard, out, photos_per_part=4), runner)
    at_work_s, _ = marks[plan.engines - 1]
    photos = sum(photos for _, photos in marks[plan.engines :])
    return photos / (marks[-1][0] - at_work_s), at_work_s - began_s, (cpu_s[-1] - cpu_s[0]) / photos


def watch_memory(plan: BatchPlan, shard: Path, out: Path, report: BatchReport) -> None:
    """Parse many small photos, and ask for the peaks of memory early and at the end. Linux only: elsewhere 0."""

    def runner(made: Plan, parts: Iterable[int]) -> Iterator[Step]:
        done = 0
        began_s = time.perf_counter()
        for step in run_in_processes(made, work_of(made, plan.model), parts, processes=plan.engines):
            done += step.photos.photos
            if step.photos.photos and done in (EARLY_PHOTOS, made.photos):
                driver, engines = peak_mib(os.getpid()), [peak_mib(pid) for pid in children_of(os.getpid())]
                if done == EARLY_PHOTOS:
                    report.driver_early_mib, report.engine_early_mib = driver, max(engines, default=0.0)
                report.driver_late_mib, report.engine_late_mib = driver, max(engines, default=0.0)
            yield step
        report.small_rate = made.photos / (time.perf_counter() - began_s)

    run_batch(order_of(plan.model, shard, out, photos_per_part=128), runner)


def order_of(model: str, source: Path, out: Path, *, photos_per_part: int) -> Order:
    """A run over one source with everything else as it is by default."""
    card = read_card(model_folder(model))
    settings = Settings(
        sources=(str(source),), photo_column="", id_column="", model=card.name, model_sha256=card.sha256, schema="cihp",
        formats=(), max_photo_bytes=LIMITS.max_bytes, max_pixels=LIMITS.max_pixels, photos_per_part=photos_per_part,
    )  # fmt: skip
    return Order(settings, place_of(str(out)))


def work_of(made: Plan, model: str) -> Work:
    """What is to be done with the photos of a plan."""
    settings = made.settings
    return Work(
        model=model, model_sha256=settings.model_sha256, schema="cihp", formats=(), out=made.out.address,
        max_photo_bytes=settings.max_photo_bytes, max_pixels=settings.max_pixels,
    )  # fmt: skip


def children_of(pid: int) -> list[int]:
    """The processes that work for one, without Python's own helpers. Linux only: elsewhere none."""
    listed = Path(f"/proc/{pid}/task")
    if not listed.is_dir():
        return []
    children = [int(child) for thread in listed.iterdir() for child in (thread / "children").read_text().split()]
    return [child for child in children if b"spawn_main" in _command_of(child)]


def peak_mib(pid: int) -> float:
    """The most memory that a process has held at one time; 0 where the system has no /proc."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def cpu_of(pid: int) -> float:
    """Seconds of all cores that a process has used; 0 where the system has no /proc."""
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        return 0.0
    fields = status.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


def main() -> None:
    """An engine alone: parse every so many photos of a TAR, tell how long it took, by the clock and of the CPU."""
    import cv2

    model, shard, first, step = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    cv2.setNumThreads(1)
    parser = Parser(model, threads=1)
    reader = PhotoReader(max_bytes=LIMITS.max_bytes)
    listed = list(list_photos([shard], leave_out=place_of("/nowhere"), columns=Columns()))
    photos = [reader.read(photo) for photo in listed[first::step]]
    parser.parse(read_photo(photos[0]))
    print("ready", flush=True)
    sys.stdin.readline()
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    for photo in photos:
        parser.parse(read_photo(photo))
    print(json.dumps([time.perf_counter() - began_s, time.process_time() - began_cpu_s]), flush=True)


if __name__ == "__main__":
    main()

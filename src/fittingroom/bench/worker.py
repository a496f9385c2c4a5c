"""One process that measures one thing, so that the peaks of memory do not mix.

Run as ``python -m fittingroom.bench.worker``. The first line on its standard input is a task (JSON). After loading and
warming up it answers ``{"people": n}``; to each further line it answers with one run's times; at the end of its input
with the peak of its memory. Anything that goes wrong is answered with ``{"error": "..."}``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fittingroom.export import mosaic
from fittingroom.imaging import encode_jpeg, read_photo
from fittingroom.m2fp.parser import M2fpParser
from fittingroom.parsing.pixel_parser import PixelParser
from fittingroom.parsing.prepare import prepare
from fittingroom.results import ParseResult

STAGES = ("decode", "prepare", "network", "restore", "encode")
WARM_UP_RUNS = 2


@dataclass
class StageClock:
    """Wall time and CPU time (of all threads) since the last lap, by stage, in milliseconds."""

    wall_ms: dict[str, float] = field(default_factory=dict)
    cpu_ms: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()

    def lap(self, stage: str) -> None:
        """The stage ends here, and the next begins."""
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        self.wall_ms[stage] = (wall_s - self._wall_s) * 1e3
        self.cpu_ms[stage] = (cpu_s - self._cpu_s) * 1e3
        self._wall_s, self._cpu_s = wall_s, cpu_s


def parse_in_stages(parser: PixelParser | M2fpParser, jpeg: bytes, clock: StageClock) -> tuple[ParseResult, bytes]:
    """From a photo's bytes to the mosaic's, as `Parser.parse` and the format ``mosaic`` do it, a lap for each stage.

    The stage "network" is all its looks at the photo; "restore" enlarges the parts to the photo's size and builds the
    result.
    """
    photo = read_photo(jpeg)
    clock.lap("decode")
    if isinstance(parser, M2fpParser):
        prepared = parser.prepared(photo.pixels_rgb)
        clock.lap("prepare")
        said = parser.look(prepared)
        clock.lap("network")
        result = parser.restored(said, prepared.framing)
    else:
        picture = prepare(photo.pixels_rgb, parser.input_rule)
        clock.lap("prepare")
        seen = parser.look(photo.pixels_rgb, picture)
        clock.lap("network")
        result = parser.restored(seen, photo.size_hw)
    clock.lap("restore")
    encoded = encode_jpeg(mosaic(result))
    clock.lap("encode")
    return result, encoded


@dataclass(frozen=True)
class Task:
    """What a worker measures: a preset (or model folder) of ours, or a baseline's forward pass.

    picture: path of a JPEG file. threads: of the network and of everything else. is_baseline: model is a file.
    """

    model: str
    is_baseline: bool
    picture: str
    threads: int


def load(task: Task) -> tuple[Callable[[StageClock], None], int | None]:
    """What to run, and how many people the picture shows as far as the model knows (None for baselines)."""
    import cv2

    cv2.setNumThreads(task.threads)
    jpeg = Path(task.picture).read_bytes()
    if task.is_baseline:
        from fittingroom.bench.baselines import load_forward

        forward = load_forward(Path(task.model), read_photo(jpeg).pixels_rgb, task.threads)

        def run_forward(clock: StageClock) -> None:
            forward()
            clock.lap("network")

        return run_forward, None
    from fittingroom.parser import Parser

    parser = Parser(task.model, threads=task.threads).pixel_parser
    result, _ = parse_in_stages(parser, jpeg, StageClock())

    def run_parser(clock: StageClock) -> None:
        parse_in_stages(parser, jpeg, clock)

    return run_parser, len(result.people)


def main() -> None:
    """Obey the lines on standard input."""
    from fittingroom.bench.machine import peak_rss_mib

    try:
        run, people = load(Task(**json.loads(sys.stdin.readline())))
        for _ in range(WARM_UP_RUNS):
            run(StageClock())
        _answer({"people": people})
        for _ in sys.stdin:
            clock = StageClock()
            run(clock)
            _answer({"wall_ms": clock.wall_ms, "cpu_ms": clock.cpu_ms})
        _answer({"peak_rss_mib": peak_rss_mib()})
    except Exception as error:  # noqa: BLE001 - told to the process that asked
        _answer({"error": " ".join(str(error).split()) or type(error).__name__})


def _answer(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

"""Writing a bundle beside parsing alone, photo by photo and by turns, so that the ratio holds on a busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from PIL import Image

from fittingroom.bundle.build import Plan, Sources, Step, build_bundle
from fittingroom.bundle.pairs import every_pair, named_pairs
from fittingroom.imaging.reading import Photo, read_photo
from fittingroom.parser import Parser
from fittingroom.results import ParseResult


@dataclass(frozen=True)
class BundlePlan:
    """What to measure: a bundle of `count` photos for a program's upper garments, `photos` over and over."""

    photos: Sequence[Path]
    count: int
    program: str
    model: str
    threads: int


@dataclass(frozen=True)
class BundleReport:
    """The figures, in seconds for all photos.

    parsing_s: reading and parsing, as `fittingroom parse` does.
    fine_s: the same with details and body points, as the bundle does.
    bundle_s: the whole bundle, that parsing, garments, pairs and report included.
    left_out: photos that show nobody.
    """

    photos: int
    left_out: int
    parsing_s: float
    fine_s: float
    bundle_s: float

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {name: round(value, 3) for name, value in asdict(self).items()}

    def text(self) -> str:
        """For people."""
        times, times_fine = self.bundle_s / self.parsing_s, self.bundle_s / self.fine_s
        return "\n".join(
            [
                f"photos                   {self.photos}, {self.left_out} of them left out",
                f"parsing                  {self.parsing_s:.1f} s",
                f"parsing with fine parts  {self.fine_s:.1f} s",
                f"the bundle               {self.bundle_s:.1f} s: "
                f"{times:.2f} times parsing, {times_fine:.2f} times with fine parts",
            ]
        )


def run_bundle_benchmark(plan: BundlePlan, folder: Path, *, tell: Callable[[str], None]) -> BundleReport:
    """Measure; `folder` is for the bundle, `tell` gets a line before each part."""
    parser = Parser(plan.model, threads=plan.threads)
    finely = partial(parser.parse, schema="fine")
    photos = list(islice(cycle(plan.photos), plan.count))
    finely(photos[0])  # to warm up
    steps = build_steps(plan.program, photos, folder, finely)
    parsing_s = fine_s = bundle_s = 0.0
    left_out = 0
    tell(f"{len(photos)} photos ...")
    for photo in photos:
        parsing_s += seconds(lambda photo=photo: parser.parse(read_photo(photo)))  # type: ignore[misc]
        fine_s += seconds(lambda photo=photo: finely(read_photo(photo)))  # type: ignore[misc]
        began_s = time.perf_counter()
        left_out += bool(next(steps).error)
        bundle_s += time.perf_counter() - began_s
    bundle_s += seconds(lambda: list(steps))
    return BundleReport(len(photos), left_out, parsing_s, fine_s, bundle_s)


def build_steps(
    program: str, photos: Sequence[Path], folder: Path, parse: Callable[[Photo], ParseResult]
) -> Iterator[Step]:
    """The steps of a bundle of all photos with one drawn garment."""
    garment = folder / "garment.png"
    drawn = np.full((400, 300, 3), 255, np.uint8)
    drawn[80:340, 70:230] = (40, 80, 160)
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn).save(garment)
    build = Plan(program, "upper")
    pairs = named_pairs(every_pair(len(photos), 1), [photo.stem for photo in photos], ["garment"], build.layout)
    return build_bundle(build, Sources(photos, [garment], pairs), folder / "bundle", parse=parse)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s

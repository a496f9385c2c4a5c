"""The whole benchmark: pictures, then everything at each size and number of threads by turns, then cold starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fittingroom.bench.baselines import BASELINE_FILES
from fittingroom.bench.machine import machine_facts
from fittingroom.bench.measure import Subject, cold_start_s, measure_by_turns
from fittingroom.bench.pictures import PEOPLE, compose, photo_of_one
from fittingroom.bench.report import Report
from fittingroom.bench.worker import Task
from fittingroom.engine.card import model_folder, read_card
from fittingroom.errors import ModelError
from fittingroom.parser import Parser

COLD_STARTS = 5


@dataclass(frozen=True)
class Plan:
    """What to measure. Sizes are (height, width); every subject runs `rounds` times at each size and thread count."""

    photos: Path
    baselines: Path | None
    presets: tuple[str, ...]
    threads: tuple[int, ...]
    sizes_hw: tuple[tuple[int, int], ...]
    rounds: int


def run_benchmark(plan: Plan, folder: Path, *, tell: Callable[[str], None]) -> Report:
    """Measure; `folder` is for the pictures, `tell` gets a line before each part.

    Raises:
        ModelError: none of the presets is there.
        PhotoNotFoundError: there is no photo of one person to make pictures of.
    """
    report = Report(machine_facts(), {}, plan.rounds)
    for preset in plan.presets:
        try:
            card = read_card(model_folder(preset))
        except ModelError as error:
            report.left_out[preset] = str(error)
        else:
            report.models[preset] = {"name": card.name, "sha256": card.sha256, "long_side_px": card.long_side_px}
    if not report.models:
        raise ModelError(f"nothing to measure: {'; '.join(report.left_out.values())}")
    first_model = next(iter(report.models))
    sample, whole, person = photo_of_one(plan.photos, Parser(first_model))
    pictures = {}
    for size_hw in plan.sizes_hw:
        for people in PEOPLE:
            path = folder / f"{size_hw[1]}x{size_hw[0]}-{people}.jpg"
            path.write_bytes(compose(whole, person, people, size_hw))
            pictures[size_hw, people] = path
    for threads in plan.threads:
        for size_hw in plan.sizes_hw:
            tell(f"{size_hw[1]}x{size_hw[0]}, threads {threads} ...")
            subjects = [
                Subject(preset, Task(preset, False, str(pictures[size_hw, people]), threads), size_hw, people)
                for preset in report.models
                for people in PEOPLE
            ]
            subjects += baseline_subjects(plan.baselines, pictures[size_hw, 1], threads, size_hw, report.left_out)
            measurements, left_out = measure_by_turns(subjects, plan.rounds)
            report.measurements.extend(measurements)
            report.left_out.update(left_out)
    for preset in dict.fromkeys(m.subject.name for m in report.measurements if not m.subject.task.is_baseline):
        tell(f"cold start of {preset} ...")
        report.cold_start_s[preset] = cold_start_s(sample, preset, COLD_STARTS)
    return report


def baseline_subjects(
    folder: Path | None, picture: Path, threads: int, size_hw: tuple[int, int], left_out: dict[str, str]
) -> list[Subject]:
    """The baselines that are in the folder; the others go to `left_out`."""
    if folder is None:
        return []
    subjects = []
    for name, file in BASELINE_FILES.items():
        if (folder / file).is_file():
            subjects.append(Subject(name, Task(str(folder / file), True, str(picture), threads), size_hw, 1))
        else:
            left_out[name] = f"{folder / file} is not there"
    return subjects

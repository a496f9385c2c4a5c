"""What was measured, as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from fittingroom.bench.baselines import DEEPLAB
from fittingroom.bench.measure import Measurement
from fittingroom.bench.worker import STAGES

REPORT_VERSION = 1
HEADER = ("threads", "picture", "people", "what", *STAGES, "end to end", "CPU time", "peak MiB", "x deeplab")


@dataclass(frozen=True)
class Ratio:
    """How many times as long as its reference a subject takes: median over the rounds, each within its round.

    The reference was measured by turns with the subject: same threads, same picture.
    """

    subject: Measurement
    reference: Measurement
    wall: float
    cpu: float

    @classmethod
    def of(cls, subject: Measurement, reference: Measurement) -> Ratio:
        """From two measurements of one group, round by round."""
        pairs = list(zip(subject.runs, reference.runs, strict=True))
        return cls(
            subject, reference,
            wall=median(ours.total_wall_ms / theirs.total_wall_ms for ours, theirs in pairs),
            cpu=median(ours.total_cpu_ms / max(theirs.total_cpu_ms, 1e-6) for ours, theirs in pairs),
        )  # fmt: skip


@dataclass(frozen=True)
class Report:
    """A whole benchmark.

    machine: facts as `machine_facts` gives them. models: card facts by preset. left_out: reason by name.
    cold_start_s: seconds of each fresh process, by preset.
    """

    machine: dict[str, object]
    models: dict[str, dict[str, object]]
    rounds: int
    measurements: list[Measurement] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    cold_start_s: dict[str, list[float]] = field(default_factory=dict)

    def ratios(self) -> Iterator[Ratio]:
        """Every preset against every baseline, and the other presets against the default."""
        for measurement in self.measurements:
            for reference in self.measurements:
                if _are_comparable(measurement, reference):
                    yield Ratio.of(measurement, reference)

    def as_dict(self) -> dict[str, object]:
        """Plain dicts, lists, strings and numbers."""
        return {
            "report_version": REPORT_VERSION,
            "machine": self.machine,
            "models": self.models,
            "rounds": self.rounds,
            "left_out": self.left_out,
            "cold_start_s": {
                name: {"median": round(median(seconds), 3), "all": [round(second, 3) for second in seconds]}
                for name, seconds in self.cold_start_s.items()
            },
            "measurements": [_measurement_dict(measurement) for measurement in self.measurements],
            "ratios": [
                _key(ratio.subject)
                | {"reference": ratio.reference.subject.name, "wall": round(ratio.wall, 3), "cpu": round(ratio.cpu, 3)}
                for ratio in self.ratios()
            ],
        }

    def text(self) -> str:
        """The table, with what it needs to be understood."""
        lines = [
            f"{self.machine.get('processor')}, {self.machine.get('cores_allowed')} cores, "
            f"Python {self.machine.get('python')}; milliseconds, medians of {self.rounds} rounds by turns",
            "",
            *table_lines(self._rows()),
            "",
            *(f"Cold start to first result, {name}: {median(s):.2f} s" for name, s in self.cold_start_s.items()),
            *(f"Left out: {name}: {reason.removeprefix(f'{name}: ')}" for name, reason in self.left_out.items()),
            *self._headlines(),
        ]
        return "\n".join(lines)

    def _rows(self) -> Iterator[tuple[str, ...]]:
        beside_deeplab = {
            id(ratio.subject): ratio.wall for ratio in self.ratios() if ratio.reference.subject.name == DEEPLAB
        }
        yield HEADER
        for measurement in self.measurements:
            subject = measurement.subject
            stages = (measurement.median_wall_ms(stage) for stage in STAGES)
            times = beside_deeplab.get(id(measurement))
            yield (
                str(subject.task.threads),
                f"{subject.size_hw[1]}x{subject.size_hw[0]}",
                _people(measurement),
                subject.name,
                *("" if stage is None else f"{stage:.1f}" for stage in stages),
                f"{measurement.end_to_end_wall_ms:.1f}",
                f"{measurement.end_to_end_cpu_ms:.1f}",
                f"{measurement.peak_rss_mib:.0f}",
                "" if times is None else f"{times:.2f}",
            )

    def _headlines(self) -> Iterator[str]:
        for ratio in self.ratios():
            subject = ratio.subject.subject
            is_headline = (subject.name, subject.size_hw, subject.people) == ("default", (1080, 1920), 1)
            if is_headline and ratio.reference.subject.name == DEEPLAB:
                yield (
                    f"default, 1920x1080, people 1, threads {subject.task.threads}: end to end "
                    f"{ratio.subject.end_to_end_wall_ms:.0f} ms = {ratio.wall:.2f} x the forward pass of {DEEPLAB} "
                    f"({ratio.cpu:.2f} x its CPU time)"
                )


def table_lines(rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of equal length as aligned text, the first ruled off; all columns to the right but the names."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if name == "what" else cell.rjust(width)
            for cell, width, name in zip(row, widths, cells[0], strict=True)
        ).rstrip()
        for row in cells
    ]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def _are_comparable(measurement: Measurement, reference: Measurement) -> bool:
    ours, other = measurement.subject, reference.subject
    if (ours.task.threads, ours.size_hw) != (other.task.threads, other.size_hw) or ours.task.is_baseline:
        return False
    return other.task.is_baseline or (other.name == "default" != ours.name and other.people == ours.people)


def _key(measurement: Measurement) -> dict[str, object]:
    subject = measurement.subject
    return {
        "what": subject.name,
        "threads": subject.task.threads,
        "width_px": subject.size_hw[1],
        "height_px": subject.size_hw[0],
        "people": subject.people,
    }


def _measurement_dict(measurement: Measurement) -> dict[str, object]:
    stages = list(measurement.runs[0].wall_ms)
    wall = {stage: measurement.median_wall_ms(stage) for stage in stages}
    cpu = {stage: measurement.median_cpu_ms(stage) for stage in stages}
    wall["end to end"], cpu["end to end"] = measurement.end_to_end_wall_ms, measurement.end_to_end_cpu_ms
    return _key(measurement) | {
        "is_baseline": measurement.subject.task.is_baseline,
        "people_found": measurement.people_found,
        "wall_ms": {name: round(ms, 2) for name, ms in wall.items() if ms is not None},
        "cpu_ms": {name: round(ms, 2) for name, ms in cpu.items() if ms is not None},
        "wall_ms_of_runs": [round(run.total_wall_ms, 2) for run in measurement.runs],
        "peak_rss_mib": round(measurement.peak_rss_mib, 1),
    }


def _people(measurement: Measurement) -> str:
    drawn, found = measurement.subject.people, measurement.people_found
    return str(drawn) if found in (None, drawn) else f"{drawn} ({found} found)"

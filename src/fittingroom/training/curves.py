"""The course of a run as a picture."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from fittingroom.errors import MissingExtraError


def draw_curves(run_dir: Path) -> Path:
    """Draw `run_dir`/log.csv and val.jsonl (where there is one) into curves.png.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("curves need matplotlib; pip install 'fittingroom[train]'") from error
    with (run_dir / "log.csv").open(newline="", encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    val_path = run_dir / "val.jsonl"
    vals = [json.loads(line) for line in val_path.read_text().splitlines()] if val_path.exists() else []
    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for name in rows[0]:
        if name not in ("step", "seconds"):
            left.plot([row["step"] for row in rows], [row[name] for row in rows], label=name)
    left.set(xlabel="step", ylabel="loss", yscale="log")
    left.legend()
    for name in ("mIoU", "mIoU without glove", "foreground IoU"):
        points = [(val["step"], val[name]) for val in vals if name in val]
        right.plot([x for x, _ in points], [y for _, y in points], marker="o", label=name)
    right.set(xlabel="step", ylim=(0, 1))
    right.legend()
    figure.savefig(run_dir / "curves.png", dpi=110)
    return run_dir / "curves.png"

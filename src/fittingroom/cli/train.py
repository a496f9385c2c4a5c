"""``fittingroom train``: run a recipe, or go on with it."""

from __future__ import annotations

from pathlib import Path

import click

from fittingroom.cli.extras import needs_training_extra
from fittingroom.cli.options import device_option
from fittingroom.engine.devices import Device


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--data", "data_root", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Folder that the recipe's folders lie in.",
)  # fmt: skip
@click.option(
    "--out", "out_dir", required=True, type=click.Path(path_type=Path), metavar="DIR",
    help="Folder of the run: checkpoint.pt, log.csv, val.jsonl, curves.png. A run found there goes on.",
)  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the CPU [default: all cores].")
@device_option
def command(recipe: Path, data_root: Path, out_dir: Path, threads: int | None, device: Device) -> None:
    """Train a network as a RECIPE (TOML) says; M2FP, if its key "network" names a preset of it."""
    needs_training_extra()
    from fittingroom.training.config import read_config
    from fittingroom.training.curves import draw_curves
    from fittingroom.training.loop import train
    from fittingroom.training.m2fp.config import read_m2fp_config
    from fittingroom.training.m2fp.trainer import train_m2fp

    m2fp = read_m2fp_config(recipe)
    if m2fp is not None:
        checkpoint = train_m2fp(m2fp, data_root, out_dir, threads=threads, device=device)
    else:
        checkpoint = train(read_config(recipe), data_root, out_dir, threads=threads)
    draw_curves(out_dir)
    click.echo(f"Trained: {checkpoint}; curves: {out_dir / 'curves.png'}")

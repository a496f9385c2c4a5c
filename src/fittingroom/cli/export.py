"""``fittingroom export``: from a checkpoint to a model that the parser runs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from fittingroom.cli.extras import needs_training_extra
from fittingroom.errors import ConfigError


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--recipe", required=True, type=click.Path(path_type=Path), help="The recipe that made it.")
@click.option(
    "--card", "card_text", required=True, type=click.Path(path_type=Path), help="TOML with what the card says."
)
@click.option(
    "--out", "out_dir", required=True, type=click.Path(path_type=Path), help="Folder for model.onnx, card.json."
)
@click.option(
    "--measured",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON of `fittingroom evaluate` to put on the card.",
)
@click.option(
    "--int8", "calibration", type=click.Path(path_type=Path, file_okay=False), metavar="PHOTOS",
    help="Quantise to 8 bits, with the ranges that these photos show.",
)  # fmt: skip
@click.option("--half", is_flag=True, help="Keep the weights in 16 bits: half the file, computed in 32 bits as before.")
@click.option(
    "--weights", "with_weights", is_flag=True, help="Write weights.npz too, for others to start training from."
)
def command(
    checkpoint: Path,
    recipe: Path,
    card_text: Path,
    out_dir: Path,
    measured: Path | None,
    calibration: Path | None,
    half: bool,
    with_weights: bool,
) -> None:
    """Write CHECKPOINT as model.onnx with its card."""
    needs_training_extra()
    from fittingroom.imaging import write_bytes_atomically
    from fittingroom.training.checkpoint import load_network, weights_npz
    from fittingroom.training.config import read_config
    from fittingroom.training.export import (
        check_same_answers,
        onnx_bytes,
        read_card_text,
        with_halved_weights,
        write_model,
    )
    from fittingroom.training.m2fp.config import read_m2fp_config
    from fittingroom.training.m2fp.export import export_run
    from fittingroom.training.quantise import quantise

    m2fp = read_m2fp_config(recipe)
    if m2fp is not None:
        if calibration is not None or half or with_weights:
            raise ConfigError(
                "--int8, --half and --weights are not for M2FP; a run's checkpoint.pt is what others start from"
            )
        text = read_card_text(card_text, measured=json.loads(measured.read_text()) if measured else {})
        click.echo(f"{out_dir}: {export_run(m2fp, checkpoint, out_dir, text).summary()}")
        return
    config = read_config(recipe)
    text = read_card_text(card_text, measured=json.loads(measured.read_text()) if measured else {})
    net = load_network(checkpoint)
    if net.classify.out_channels != len(config.label_set):
        raise ConfigError(
            f"{checkpoint} tells {net.classify.out_channels} classes apart, {recipe} names {len(config.label_set)}; "
            "give the recipe that made it"
        )
    model = onnx_bytes(net)
    difference = check_same_answers(net, model)
    if calibration is not None:
        model = quantise(model, calibration, text.long_side_px)
    if half:
        model = with_halved_weights(model)
    if with_weights:
        write_bytes_atomically(out_dir / "weights.npz", weights_npz(net))
    card = write_model(out_dir, model, config.label_set, text)
    click.echo(
        f"{out_dir}: {len(model) / 1e6:.1f} MB, logits within {difference:.1g} of the network's, {card.sha256[:12]}"
    )

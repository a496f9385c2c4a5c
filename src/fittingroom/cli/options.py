"""Options that several commands share."""

from __future__ import annotations

import click

from fittingroom.engine.devices import DEVICES

device_option = click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="cpu",
    show_default=True,
    help="Where the network runs: auto takes a CUDA GPU if there is one, cpu never looks for it.",
)

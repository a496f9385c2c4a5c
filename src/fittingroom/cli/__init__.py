"""The command ``fittingroom``. Subcommand NAME is ``command`` in ``cli/NAME.py``, loaded when it is called."""

from __future__ import annotations

import importlib

import click

from fittingroom.errors import FittingroomError

# Name of a subcommand -> its line in `fittingroom --help`.
COMMANDS = {
    "parse": "Find people and the parts of each in photos.",
    "batch": "Parse a great many photos into Parquet, on this machine or on a cluster.",
    "tryon": "Put hats, glasses, clothes, hair and make-up on the people in a photo.",
    "items": "List what can be tried on, and add items of your own.",
    "preferences": "Look after the store of preferences; measure recommendations.",
    "serve": "Serve the page and the HTTP API on a port of this machine.",
    "train": "Train a network as a recipe says.",
    "evaluate": "Compare a model with labelled photos.",
    "scenes": "Build a fixed set of crowded pictures to evaluate on.",
    "export": "Turn a training run into a model.",
    "models": "List, verify and import models; fetch M2FP's weights.",
    "label": "Label unlabelled photos with a model, to train on them.",
    "convert": "Turn results and annotations into another tool's form.",
    "bundle": "Write the folder that a try-on generator reads.",
    "lint": "Check the folder that a try-on generator reads.",
    "cutout": "Cut a garment or a whole outfit out of a photo.",
    "bench": "Measure time and memory of parsing.",
}


class SetupError(click.ClickException):
    """Nothing could be done: the command line, the model or the output folder is at fault."""

    exit_code = 2


class LazyGroup(click.Group):
    """Loads a subcommand only when it is called, so that help is instant and training's needs stay training's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"fittingroom.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click's own version would load every subcommand to ask for its help.
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except FittingroomError as error:
            raise SetupError(str(error)) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fittingroom")
def main() -> None:
    """Person parsing for virtual try-on, on a CPU, offline."""

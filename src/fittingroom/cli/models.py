"""``fittingroom models``: models that are not part of the package."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType

import click

from fittingroom.cli.extras import needs_training_extra
from fittingroom.errors import ConfigError, ModelError

ACCEPT = "--accept-noncommercial"


@click.group()
def command() -> None:
    """List and verify models; import or fetch published weights of M2FP."""


@command.command("list")
def list_models() -> None:
    """Show the bundled models and those stored on this machine."""
    from fittingroom.engine.card import PRESETS, model_folder, read_card
    from fittingroom.engine.store import models_home, stored_models

    for folder in [*(model_folder(preset) for preset in PRESETS), *stored_models()]:
        try:
            card = read_card(folder)
            size = (folder / "model.onnx").stat().st_size
        except (ModelError, OSError) as error:
            click.echo(f"{folder.name}: damaged ({error})")
            continue
        licence = card.licence.partition(";")[0].partition(" (")[0]
        click.echo(
            f"{folder.name}: {card.kind}, {len(card.classes)} classes of {card.label_set}, "
            f"{size / 1e6:.0f} MB, {licence}"
        )
    click.echo(f"Stored models lie in {models_home()}")


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.pass_context
def verify(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Check that models are whole: the cards, and the files that they speak of. All models if none is named."""
    from fittingroom.engine.card import PRESETS, checked_model, model_folder, read_card
    from fittingroom.engine.store import stored_models

    failed = False
    for name in names or (*PRESETS, *(folder.name for folder in stored_models())):
        try:
            folder = model_folder(name)
            checked_model(folder, read_card(folder))
        except ModelError as error:
            failed = True
            click.echo(f"{name}: {error}")
        else:
            click.echo(f"{name}: whole")
    ctx.exit(1 if failed else 0)


@command.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", help="To store it under [default: m2fp-r101, or m2fp-r101-single for one person].")
@click.option(ACCEPT, "accepts", is_flag=True, help="You have read the licence and use the weights accordingly.")
def import_model(path: Path, name: str | None, accepts: bool) -> None:
    """Make a model of a published M2FP checkpoint.

    PATH is ModelScope's folder with configuration.json and pytorch_model.pt, or the second with the first beside it.
    """
    needs_training_extra()
    check_accepted(accepts)
    store(path, name)


@command.command()
@click.argument("name")
@click.option(ACCEPT, "accepts", is_flag=True, help="You have read the licence and use the weights accordingly.")
@click.option("--offline", is_flag=True, help="Use only what was fetched before; as the variable FITTINGROOM_OFFLINE.")
def pull(name: str, accepts: bool, offline: bool) -> None:
    """Fetch a published M2FP checkpoint from the ModelScope hub and make a model of it.

    NAME is m2fp-r101 (several people) or m2fp-r101-single. What is interrupted goes on at the next call.
    """
    needs_training_extra()
    from fittingroom.m2fp.hub import FILES, by_hand, fetch, find_hub_model, is_offline

    model = find_hub_model(name)
    check_accepted(accepts)
    is_complete = all((model.folder / file).is_file() for file in FILES)
    if not (is_complete and (offline or is_offline())):
        if offline:
            raise ModelError(f"{name} was not fetched before, and --offline forbids to do it now. {by_hand(model)}")
        with DownloadBar() as bar:
            fetch(model, progress=bar.show)
    store(model.folder, name)


def check_accepted(accepts: bool) -> None:
    """Show the licence.

    Raises:
        ConfigError: it was not accepted.
    """
    from fittingroom.m2fp.hub import LICENCE

    click.echo(f"Licence: {LICENCE}.", err=True)
    if not accepts:
        raise ConfigError(f"nothing was done: these terms must be accepted first; if they suit you, add {ACCEPT}")


def store(path: Path, name: str | None) -> None:
    """Import a checkpoint and tell what came of it."""
    from fittingroom.training.m2fp.importing import import_checkpoint

    click.echo("Converting, and comparing ONNX Runtime with PyTorch (half a minute or so) ...", err=True)
    card, agreement = import_checkpoint(path, name=name)
    click.echo(f"Stored {card.name}: {agreement.summary()}")
    click.echo(f"Use it: fittingroom parse PHOTO --model {card.name} --out DIR")


class DownloadBar:
    """A progress bar for each file, on a terminal; elsewhere a line for each."""

    def __init__(self) -> None:
        self._name = ""

    def show(self, name: str, done: int, size: int) -> None:
        """`done` of `size` bytes of a file are there."""
        is_new = name != self._name
        if sys.stderr.isatty():
            if is_new and self._name:
                click.echo(err=True)
            share = done / max(size, 1)
            filled = round(30 * share)
            click.echo(
                f"\r{name} [{'#' * filled}{'-' * (30 - filled)}] {share:4.0%} of {size / 1e6:.0f} MB",
                nl=False,
                err=True,
            )
        elif is_new:
            click.echo(f"Fetching {name}, {size / 1e6:.0f} MB ...", err=True)
        self._name = name

    def __enter__(self) -> DownloadBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._name and sys.stderr.isatty():
            click.echo(err=True)

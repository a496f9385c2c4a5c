"""``fittingroom preferences``: the store that the service's profiles are in, and how good its advice is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fittingroom.cli.extras import needs_preferences_extra
from fittingroom.imaging import write_bytes_atomically

if TYPE_CHECKING:
    from fittingroom.preferences.database import Database
    from fittingroom.preferences.records import ProfileKey

store_option = click.option(
    "--store", "url", required=True, metavar="FILE|URL", envvar="FITTINGROOM_PREFERENCES",
    help="A file, or postgresql://USER@HOST/NAME; also the variable FITTINGROOM_PREFERENCES.",
)  # fmt: skip
owner_option = click.option("--key-name", "owner", default="", help="Name of the API key that made the profile.")


@click.group()
def command() -> None:
    """Look after the store of preferences; measure recommendations on simulated people."""
    needs_preferences_extra()


@command.command()
@store_option
def status(url: str) -> None:
    """Show the version of a store's tables, and how much they hold."""
    from fittingroom.preferences.migration import check_version, version_of, versions
    from fittingroom.preferences.store import Store

    with opened(url) as database:
        click.echo(
            f"{database.url.render_as_string()}: version {version_of(database)}, this program's {versions()[-1]}"
        )
        check_version(database)
        for name, count in Store(database).counts().items():
            click.echo(f"{name}: {count}")


@command.command()
@store_option
@click.option("--to", "target", default="head", show_default=True, help="A version, or head for the last.")
def upgrade(url: str, target: str) -> None:
    """Make a store's tables, or bring them up to a version."""
    _migrate(url, target)


@command.command()
@store_option
@click.option("--to", "target", required=True, help="A version, or base for none: that deletes everything.")
@click.confirmation_option(prompt="What the older tables cannot hold is lost. Go on?")
def downgrade(url: str, target: str) -> None:
    """Take a store's tables back to an older version."""
    _migrate(url, target)


@command.command()
@store_option
@click.option("--days", default=365, show_default=True, type=click.IntRange(min=1), help="How long things are kept.")
def sweep(url: str, days: int) -> None:
    """Delete what is older, and overwrite what was deleted; the service does both by itself."""
    from fittingroom.preferences.erasure import sweep as sweep_store
    from fittingroom.preferences.records import DAY_MS
    from fittingroom.preferences.store import now_ms

    with opened(url) as database:
        swept = sweep_store(database, before_ms=now_ms() - days * DAY_MS, now_ms=now_ms())
    click.echo(f"Deleted: {swept.events} events, {swept.profiles} profiles")


@command.command()
@store_option
@owner_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Instead of the terminal.")
def export(url: str, owner: str, out: Path | None) -> None:
    """Write everything about a profile as JSON. The id is read from standard input, so that no shell remembers it."""
    from fittingroom.preferences.store import Store

    key = read_key(owner)
    with opened(url) as database:
        text = json.dumps(Store(database).export(key), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_bytes_atomically(out, text.encode())


@command.command()
@store_option
@owner_option
def delete(url: str, owner: str) -> None:
    """Delete a profile and every trace of it. The id is read from standard input."""
    from fittingroom.preferences.store import Store

    key = read_key(owner)
    with opened(url) as database:
        Store(database).delete_profile(key)
    click.echo("Deleted, and overwritten")


@command.command()
@click.option("--people", default=2000, show_default=True, type=click.IntRange(min=20), help="In each population.")
@click.option("--seeds", default="1,2,3", show_default=True, metavar="N,...", help="One population for each.")
def evaluate(people: int, seeds: str) -> None:
    """Compare our advice with popularity on simulated people.

    They are made up (docs/preferences.md says how), so the figures compare methods and promise nothing of real shops.
    """
    from fittingroom.preferences.evaluation import evaluate as evaluate_advice
    from fittingroom.preferences.item_looks import looks_of
    from fittingroom.tryon.wardrobe import BUNDLED, Wardrobe

    parts = [part.strip() for part in seeds.split(",")]
    if not all(part.isdigit() for part in parts):
        raise click.BadParameter(f"'{seeds}' is not a list of numbers, as in 1,2,3.", param_hint="--seeds")
    looks = looks_of(Wardrobe([BUNDLED]).entries())
    click.echo(evaluate_advice(looks, people=people, seeds=[int(part) for part in parts]).text())


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database, closed afterwards.

    Raises:
        ConfigError: the address is not understood.
    """
    from fittingroom.preferences.database import Database

    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def read_key(owner: str) -> ProfileKey:
    """The profile whose id comes on standard input.

    Raises:
        NoProfileError: it is no id.
    """
    from fittingroom.preferences.records import ProfileKey

    if sys.stdin.isatty():
        return ProfileKey(click.prompt("The profile's id", hide_input=True), owner)
    return ProfileKey(sys.stdin.readline().strip(), owner)


def _migrate(url: str, target: str) -> None:
    from fittingroom.preferences.migration import migrate, version_of

    with opened(url) as database:
        steps = migrate(database, target)
        click.echo(f"Steps: {', '.join(steps) or 'none'}; the store is of version {version_of(database)}")

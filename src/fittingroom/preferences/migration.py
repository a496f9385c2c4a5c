"""Bringing a database's tables to this version, and back."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy.orm import Session

from fittingroom.errors import StoreVersionError
from fittingroom.preferences.database import Database
from fittingroom.preferences.tables import Base

BASE = "base"  # before the first version: no tables
HEAD = "head"
VERSION_TABLE = "preferences_version"  # of our own name, as the database may be shared with a shop's own Alembic
_LOCK = 0x66_72_70  # PostgreSQL: two processes that start together bring the tables up one after the other
_STEPS = ScriptDirectory(str(Path(__file__).parent / "migrations"))


def versions() -> tuple[str, ...]:
    """All versions, the oldest first."""
    return tuple(reversed([step.revision for step in _STEPS.walk_revisions()]))


def version_of(database: Database) -> str:
    """The version of a database's tables; "base" where there are none.

    Raises:
        PreferencesError: the database cannot be read.
    """
    with database.reading() as session:
        return _context(session).get_current_revision() or BASE


def check_version(database: Database) -> None:
    """
    Raises:
        StoreVersionError: the tables are not those of this version.
        PreferencesError: the database cannot be read.
    """
    found = version_of(database)
    if found not in (BASE, *versions()):
        raise StoreVersionError(_too_new(found))
    if found != versions()[-1]:
        raise StoreVersionError(
            f"the store's tables are of version {found}, this program's of {versions()[-1]}; run: fittingroom "
            "preferences upgrade --store ..."
        )


def migrate(database: Database, target: str = HEAD) -> list[str]:
    """Bring the tables to a version: all steps in one transaction, or none.

    Args:
        database: SQLite or PostgreSQL.
        target: one of `versions`, "head" for the last, "base" for none: that drops every table.

    Returns:
        The versions that were put in or taken back, in that order; empty if there was nothing to do.

    Raises:
        StoreVersionError: the target is unknown, or the tables are of a version that this program does not know.
        PreferencesError: the database does not do it.
    """
    order = (BASE, *versions())
    wanted = order[-1] if target == HEAD else target
    if wanted not in order:
        raise StoreVersionError(f"there is no version {target!r}; known are {', '.join(order)} and {HEAD}")
    if version_of(database) == wanted:
        return []  # without a right to write, too
    with database.writing() as session:
        if not database.is_sqlite:
            session.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        context = _context(session)
        found = context.get_current_revision() or BASE  # anew: it may have waited for another process
        if found not in order:
            raise StoreVersionError(_too_new(found))
        is_forward = order.index(wanted) >= order.index(found)
        context = _context(session, towards=wanted, is_forward=is_forward)
        with Operations.context(context):
            context.run_migrations()
        lower, upper = sorted((order.index(found), order.index(wanted)))
        steps = list(order[lower + 1 : upper + 1])
        return steps if is_forward else steps[::-1]


def _context(session: Session, *, towards: str | None = None, is_forward: bool = True) -> MigrationContext:
    def steps(revision: str | tuple[str, ...], context: MigrationContext) -> list[object]:
        target = towards or HEAD
        try:
            if is_forward:
                return list(_STEPS._upgrade_revs(target, revision))  # type: ignore[arg-type]
            return list(_STEPS._downgrade_revs(target, revision))  # type: ignore[arg-type]
        except RevisionError as error:
            raise StoreVersionError(str(error)) from error

    return MigrationContext.configure(
        session.connection(),
        opts={
            "fn": steps,
            "script": _STEPS,
            "version_table": VERSION_TABLE,
            "target_metadata": Base.metadata,
            # Our transaction holds all of it, SQLite's tables too.
            "transactional_ddl": True,
        },
    )


def _too_new(found: str) -> str:
    return (
        f"the store's tables are of version {found}, and this program knows {', '.join(versions())}; use the newer "
        "fittingroom that made them, or take them back with it"
    )

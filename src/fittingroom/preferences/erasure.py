"""Deleting for good: rows that are past their time or unwanted, and every page that still shows them.

A database that deletes a row forgets where it is, not what it says. SQLite is told to overwrite it
(``secure_delete``); what pages still hold between their rows, after being split and merged, goes when the file is
written anew (``VACUUM``), and the write-ahead log is cut to nothing afterwards. PostgreSQL writes its tables anew
(``VACUUM FULL``); its log, which it reuses by itself, and copies of either database are in the hands of whoever runs
it. That something is to be scrubbed is a row itself, written in the transaction that deletes: a process that dies in
between leaves it to the next one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from fittingroom.errors import StoreBusyError
from fittingroom.preferences.database import BUSY_S, Database
from fittingroom.preferences.records import DAY_MS, Swept
from fittingroom.preferences.tables import ChoreRow, EventRow, ProfileRow, TallyRow

SCRUB = "scrub"
BATCH = 2000  # events that one transaction of a sweep removes; others write in between
_TABLES = ("profiles", "events", "tallies", "looks", "ratings", "appearances")
_scrubbing = threading.Lock()


def delete_profiles(session: Session, numbers: Sequence[int], now_ms: int) -> None:
    """Delete profiles and all that belongs to them; a `scrub` has to follow."""
    session.execute(sa.delete(ProfileRow).where(ProfileRow.number.in_(numbers)))
    note_scrub(session, now_ms)


def note_scrub(session: Session, now_ms: int) -> None:
    """Remember that something is to be scrubbed."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    chore = (sqlite.insert if is_sqlite else postgresql.insert)(ChoreRow).values(name=SCRUB, asked_ms=now_ms)
    # Always another number than before, so that a scrub that is going on does not take this one for done.
    session.execute(chore.on_conflict_do_update(index_elements=["name"], set_={"asked_ms": ChoreRow.asked_ms + 1}))


def scrub(database: Database) -> bool:
    """Overwrite what was deleted, if anything was since the last time. Takes a second or two for a million events, in
    which others wait to write.

    Returns:
        Whether there was anything to do.

    Raises:
        StoreBusyError: somebody reads or writes all the time; it is still to be done.
        PreferencesError: the database does not do it; it is still to be done.
    """
    with _scrubbing:  # whoever waits here finds that it has been done for them too
        with database.reading() as session:
            asked_ms = session.execute(sa.select(ChoreRow.asked_ms).where(ChoreRow.name == SCRUB)).scalar()
        if asked_ms is None:
            return False
        with database.alone() as connection:
            if database.is_sqlite:
                connection.exec_driver_sql("VACUUM")
                _empty_log(connection)
            else:
                # A plain VACUUM would only free the space, and leave in it what was there.
                for table in _TABLES:
                    connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table}")
        with database.writing() as session:
            session.execute(sa.delete(ChoreRow).where(ChoreRow.name == SCRUB, ChoreRow.asked_ms == asked_ms))
        return True


def sweep(database: Database, *, before_ms: int, now_ms: int) -> Swept:
    """Delete events that happened before a time, and profiles that were not used since; then scrub.

    Args:
        database: with tables of this version.
        before_ms, now_ms: milliseconds since 1970, UTC.
    """
    events = 0
    while removed := _sweep_batch(database, before_ms, now_ms):
        events += removed
    with database.writing() as session:
        # Of a profile only the day of its last use is known: the day of the limit itself is still in time.
        before_day_ms = before_ms - before_ms % DAY_MS
        unused = session.execute(sa.select(ProfileRow.number).where(ProfileRow.seen_ms < before_day_ms)).scalars().all()
        for start in range(0, len(unused), BATCH):
            delete_profiles(session, unused[start : start + BATCH], now_ms)
    scrub(database)
    return Swept(events, len(unused))


def _sweep_batch(database: Database, before_ms: int, now_ms: int) -> int:
    """How many events it has deleted; the tallies of their profiles are counted anew."""
    with database.writing() as session:
        old = session.execute(
            sa.select(EventRow.number, EventRow.profile_number)
            .where(EventRow.happened_ms < before_ms)
            .order_by(EventRow.happened_ms)
            .limit(BATCH)
        ).all()
        if not old:
            return 0
        session.execute(sa.delete(EventRow).where(EventRow.number.in_([number for number, _ in old])))
        profiles = sorted({profile for _, profile in old})
        session.execute(sa.delete(TallyRow).where(TallyRow.profile_number.in_(profiles)))
        session.execute(
            sa.insert(TallyRow).from_select(
                ["profile_number", "item_id", "kind", "tried", "kept", "discarded", "last_ms"],
                sa.select(
                    EventRow.profile_number,
                    EventRow.item_id,
                    sa.func.max(EventRow.kind),
                    sa.func.count(),
                    sa.func.sum(sa.case((EventRow.outcome == "kept", 1), else_=0)),
                    sa.func.sum(sa.case((EventRow.outcome == "discarded", 1), else_=0)),
                    sa.func.max(EventRow.happened_ms),
                )
                .where(EventRow.profile_number.in_(profiles))
                .group_by(EventRow.profile_number, EventRow.item_id),
            )
        )
        note_scrub(session, now_ms)
        return len(old)


def _empty_log(connection: Connection) -> None:
    """Cut SQLite's write-ahead log to nothing.

    Raises:
        StoreBusyError: somebody has been reading from it all the time.
    """
    until_s = time.monotonic() + BUSY_S
    while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
        if time.monotonic() > until_s:
            raise StoreBusyError(
                "what was deleted could not be overwritten yet, because another process reads the store all the time; "
                "the service's sweeper will try again, or run: fittingroom preferences sweep"
            )
        time.sleep(0.05)

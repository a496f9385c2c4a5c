"""The database behind the store: opening it, transactions, and its errors in our words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from fittingroom.errors import (
    ConfigError,
    MissingExtraError,
    PreferencesError,
    StoreBusyError,
    StoreFullError,
    StoreReadOnlyError,
    StoreUnusableError,
    StoreVersionError,
)

BUSY_S = 5.0  # how long a writer waits for another
CACHE_KIB = 16 * 1024  # of SQLite, for each connection
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
# Execution option: how SQLite begins a transaction; "" leaves that out.
_BEGINS = "fittingroom_begins"


def database_url(text: str) -> URL:
    """What "profiles.db", "sqlite:///profiles.db" or "postgresql://user:password@host/name" means.

    Raises:
        ConfigError: it is none of these.
    """
    try:
        url = make_url(text if "://" in text else f"sqlite:///{text}")
    except (ArgumentError, ValueError) as error:
        # The address may hold a password, so it is not repeated.
        raise ConfigError("the store's address is no URL; expected a file or postgresql://USER@HOST/NAME") from error
    name = url.get_backend_name()
    if name not in _DRIVERS or (name == "sqlite" and not url.database) or url.database == ":memory:":
        raise ConfigError(
            f"the store's address is {url.render_as_string()!r}; expected a file, sqlite:///FILE or "
            "postgresql://USER@HOST/NAME"
        )
    return url.set(drivername=_DRIVERS[name])


class Database:
    """Connections to one database; safe to use from several threads. Nothing is opened before it is needed.

    Args:
        url: as `database_url` takes it.

    Raises:
        ConfigError: the address is not understood.
        MissingExtraError: the driver for PostgreSQL is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url = database_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        connect_args: dict[str, Any] = {"timeout": BUSY_S} if self.is_sqlite else {"connect_timeout": round(BUSY_S)}
        try:
            # What is asked for holds ids: an error, which may be logged, must not repeat it.
            self.engine = sa.create_engine(
                self.url, hide_parameters=True, pool_pre_ping=not self.is_sqlite, pool_size=16, max_overflow=48,
                pool_timeout=BUSY_S, connect_args=connect_args,
            )  # fmt: skip
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                "a store in PostgreSQL needs psycopg, which is not installed; pip install 'fittingroom[preferences]'"
            ) from error
        sa.event.listen(self.engine, "connect", _set_up_sqlite if self.is_sqlite else _set_up_postgresql)
        if self.is_sqlite:
            sa.event.listen(self.engine, "begin", _begin_sqlite)
            sa.event.listen(self.engine, "do_connect", self._make_private)
        self._writing = self.engine.execution_options(**{_BEGINS: "BEGIN IMMEDIATE"})
        self._alone = self.engine.execution_options(**{_BEGINS: ""}, isolation_level="AUTOCOMMIT")

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for a server, or for a URI whose options SQLite reads itself."""
        name = self.url.database or ""
        return None if not self.is_sqlite or name.startswith("file:") else Path(name)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one state of the database throughout.

        Raises:
            PreferencesError: the database does not do it.
        """
        with self._told(), Session(self.engine) as session, session.begin():
            session.connection()  # it would begin with the first statement only
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that has its turn to write from the beginning, and is whole or did not happen.

        Raises:
            PreferencesError: the database does not do it.
        """
        with self._told(), Session(self._writing) as session, session.begin():
            session.connection()
            yield session

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection outside transactions, for VACUUM and the like.

        Raises:
            PreferencesError: the database does not do it.
        """
        with self._told(), self._alone.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._translated(error) from error
        except PoolTimeoutError as error:
            raise StoreBusyError(
                f"no connection to the store came free in {BUSY_S:.0f} s; try again when less is going on"
            ) from error

    def _translated(self, error: DBAPIError) -> PreferencesError:
        address = self.url.render_as_string()  # shows *** for the password
        if self.is_sqlite:
            return _sqlite_error(error.orig, address)
        return _postgresql_error(getattr(error.orig, "sqlstate", None), error.orig, address)

    def _make_private(self, *arguments: object) -> None:
        """A new file is nobody else's to read; what SQLite puts beside it follows suit."""
        if self.file is not None and not self.file.exists():
            try:
                os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
            except OSError as error:
                raise StoreUnusableError(
                    f"cannot make the store '{self.file}': {error.strerror}; its folder must exist and be writable"
                ) from error


def _set_up_sqlite(connection: sqlite3.Connection, record: object) -> None:
    # Transactions are begun by `_begin_sqlite`, never by the driver's own guess.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer that begins as a reader cannot wait for its turn: SQLite refuses it at once.
    if begin := connection.get_execution_options().get(_BEGINS, "BEGIN"):
        connection.exec_driver_sql(begin)


def _set_up_postgresql(connection: Any, record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{BUSY_S:.0f}s'")
    connection.commit()


def _sqlite_error(error: BaseException | None, address: str) -> PreferencesError:
    code = getattr(error, "sqlite_errorcode", 0) or 0
    match code & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StoreFullError(
                f"no space is left for the store {address}, and nothing of this was written; free some space"
            )
        case sqlite3.SQLITE_IOERR if code == sqlite3.SQLITE_IOERR_WRITE:
            return StoreFullError(
                f"the store {address} cannot grow: the system refused to write, and nothing of this was written; look "
                "for a full disk, a quota or a limit on file sizes"
            )
        case sqlite3.SQLITE_READONLY:
            return StoreReadOnlyError(
                f"the store {address} can only be read; give this user the right to write the file and its folder"
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusyError(
                f"another process has held the store {address} for {BUSY_S:.0f} s, and nothing was written; try again"
            )
        case sqlite3.SQLITE_CANTOPEN:
            return StoreUnusableError(
                f"the store {address} cannot be opened; the file must be readable, and its folder exist and be writable"
            )
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return StoreUnusableError(
                f"the store {address} is damaged or no SQLite database ({error}); restore a copy, or name another file"
            )
    if code == sqlite3.SQLITE_ERROR and "no such table" in str(error):
        return _other_version(address)
    return StoreUnusableError(f"the store {address} failed: {error}; look at the disk and at the file")


def _postgresql_error(state: str | None, error: BaseException | None, address: str) -> PreferencesError:
    match state:
        case "53100":
            return StoreFullError(f"no space is left for the store {address}, and nothing was written; free some space")
        case "25006":
            return StoreReadOnlyError(
                f"the store {address} can only be read; name the primary server, or a user who may write"
            )
        case "42501":
            return StoreReadOnlyError(f"this user may not do that in the store {address}; grant the right to write")
        case "55P03" | "40P01" | "40001" | "57014":
            return StoreBusyError(
                f"another process has held the store {address} for {BUSY_S:.0f} s, and nothing was written; try again"
            )
        case "42P01" | "42703":
            return _other_version(address)
    said = " ".join(str(error).split())
    return StoreUnusableError(
        f"the store {address} cannot be reached or failed ({said}); look at the server and the address"
    )


def _other_version(address: str) -> StoreVersionError:
    return StoreVersionError(
        f"the store {address} lacks tables of this version; run: fittingroom preferences upgrade --store ..."
    )

"""Both databases: SQLite in a file, and a PostgreSQL server that the tests start for themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra 'preferences': pip install -e .[preferences]")
pytest.importorskip("alembic", reason="needs the extra 'preferences': pip install -e .[preferences]")

import sqlalchemy as sa

from fittingroom.preferences.database import Database
from fittingroom.preferences.records import DAY_MS, Consent, ProfileKey
from fittingroom.preferences.store import Store

EVERYTHING = Consent(history=True, appearance=True, learning=True)
START_MS = 20_000 * DAY_MS + 12_345_678


class Clock:
    """Says what time it is; the test sets it."""

    def __init__(self) -> None:
        self.ms = START_MS

    def __call__(self) -> int:
        return self.ms


def _server_folder() -> Path | None:
    """Where PostgreSQL's programs lie: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a server of our own, which listens on a socket in its folder and nowhere else."""
    pytest.importorskip("psycopg", reason="needs the extra 'preferences': pip install -e .[preferences]")
    programs = _server_folder()
    if programs is None:
        pytest.skip("needs PostgreSQL (apt-get install postgresql), which is not there")
    # The server refuses to run as root.
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="fittingroom-pg-", dir="/tmp"))  # short: paths of sockets have 107 bytes
    if as_postgres:
        shutil.chown(folder, "postgres")
    control = [*as_postgres, str(programs / "pg_ctl"), "--pgdata", str(folder / "data"), "--silent"]
    try:
        # Without fsync, as nothing of it is to survive.
        initialise = ["initdb", "--options", "-A trust -U postgres -E UTF8 --locale=C -N"]
        settings = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=80"
        start = ["start", "--wait", "--log", str(folder / "log"), "--options", settings]
        for step in (initialise, start):
            done = subprocess.run([*control, *step], cwd=folder, capture_output=True, text=True, timeout=60)
            if done.returncode:
                pytest.skip(f"PostgreSQL does not start here: {done.stderr.strip()[-300:]}")
        yield f"postgresql://postgres@/postgres?host={folder}"
        subprocess.run(
            [*control, "stop", "--mode", "immediate"], cwd=folder, capture_output=True, timeout=60, check=True
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_postgresql_url(postgresql_server: str) -> str:
    """The server's address, with nothing in its database."""
    database = Database(postgresql_server)
    with database.alone() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    database.close()
    return postgresql_server


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no rows."""
    file = tmp_path_factory.mktemp("template") / "store.db"
    Store.open(str(file)).close()
    return file


@pytest.fixture
def sqlite_url(empty_sqlite_url: str, sqlite_template: Path) -> str:
    shutil.copy(sqlite_template, empty_sqlite_url.removeprefix("sqlite:///"))
    return empty_sqlite_url


KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without a table, of either kind."""
    address: str = request.getfixturevalue(f"empty_{request.param}_url")
    return address


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty store, of either kind; PostgreSQL's gets its tables when it is opened."""
    name = "sqlite_url" if request.param == "sqlite" else "empty_postgresql_url"
    address: str = request.getfixturevalue(name)
    return address


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_store(clock: Clock) -> Iterator[Callable[[str], Store]]:
    """Opens stores, which the fixture closes."""
    stores: list[Store] = []

    def open_one(url: str) -> Store:
        stores.append(Store.open(url, clock_ms=clock))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def store(url: str, open_store: Callable[[str], Store]) -> Store:
    """An empty store, in either database."""
    return open_store(url)


@pytest.fixture
def sqlite_store(sqlite_url: str, open_store: Callable[[str], Store]) -> Store:
    """An empty store in a file."""
    return open_store(sqlite_url)


@pytest.fixture
def key(store: Store) -> ProfileKey:
    """A profile that allows everything."""
    return store.create_profile(EVERYTHING)


def rows_of(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.reading() as session:
        names = sorted(sa.inspect(session.connection()).get_table_names())
        return {name: session.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}

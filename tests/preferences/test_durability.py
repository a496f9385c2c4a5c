"""Nothing that was acknowledged is lost, what could not be written is said: kills, crowds, full and locked disks."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from fittingroom.errors import (
    StoreBusyError,
    StoreFullError,
    StoreReadOnlyError,
    StoreUnusableError,
)
from fittingroom.preferences.database import Database
from fittingroom.preferences.records import ProfileKey, TryOn
from fittingroom.preferences.store import Store

from .conftest import EVERYTHING

SCARF = TryOn("scarf-silk", "scarf", "kept", part_shares={f"part-{i}": i / 100 for i in range(20)})
PATIENCE_S = 120


def url_of(store: Store) -> str:
    return store.database.url.render_as_string(hide_password=False)


def writer(store: Store, key: ProfileKey, count: int, *further: str) -> subprocess.Popen[str]:
    """Another process that records events, one in each transaction."""
    command = [sys.executable, str(Path(__file__).with_name("writer.py")), url_of(store), key.id, str(count), *further]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def check_sums(store: Store, key: ProfileKey) -> dict[str, dict[str, object]]:
    """The profile's events by id, after checking that the tallies are their sums."""
    events = store.export(key)["events"]
    for tally in store.history(key).tallies:
        outcomes = [event["outcome"] for event in events if event["item"] == tally.item_id]
        assert (tally.tried, tally.kept) == (len(outcomes), outcomes.count("kept"))
    return {event["id"]: event for event in events}


def test_a_process_killed_while_it_writes_loses_nothing_that_it_was_told_is_written(
    store: Store, key: ProfileKey
) -> None:
    process = writer(store, key, 1_000_000)
    assert process.stdout is not None
    with process:
        lines = [process.stdout.readline().strip() for _ in range(40)]
        process.kill()
        lines += process.stdout.read().split()  # what it was told before the signal reached it
    assert process.returncode == -9
    assert lines[0] == "ready"
    acknowledged = set(lines[1:])
    events = check_sums(store, key)
    # One more may be written than its process lived to tell; its last line may be torn.
    whole = {line for line in acknowledged if len(line) == 32}
    assert len(whole) >= 39
    assert whole <= set(events)
    assert len(set(events) - whole) <= 2
    if store.database.is_sqlite:
        with store.database.reading() as session:
            assert session.execute(sa.text("PRAGMA integrity_check")).scalar_one() == "ok"
    store.record(key, [SCARF])


@pytest.mark.slow
def test_two_processes_that_write_at_once_both_write_everything(store: Store, key: ProfileKey) -> None:
    count = 60
    processes = [writer(store, key, count) for _ in range(2)]
    told: list[str] = []
    for process in processes:
        with process:
            told += process.communicate(timeout=PATIENCE_S)[0].split()
        assert process.returncode == 0
    assert len(set(told) - {"ready"}) == 2 * count
    assert set(check_sums(store, key)) == set(told) - {"ready"}


def test_a_full_database_says_so_writes_nothing_of_the_call_and_goes_on_when_there_is_room(sqlite_store: Store) -> None:
    key = sqlite_store.create_profile(EVERYTHING)
    sqlite_store.record(key, [SCARF])

    def limit(pages: int) -> None:
        with sqlite_store.database.alone() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with sqlite_store.database.alone() as connection:
        pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit(pages)
    with pytest.raises(StoreFullError, match=r"no space is left for the store .*store\.db.*free some space"):
        sqlite_store.record(key, [SCARF] * 200)
    assert len(check_sums(sqlite_store, key)) == 1
    limit(pages * 100)
    sqlite_store.record(key, [SCARF] * 200)
    assert len(check_sums(sqlite_store, key)) == 201


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files, which Windows has not")
def test_a_file_that_may_not_grow_ends_in_a_clear_error_and_a_whole_store(sqlite_store: Store) -> None:
    """As on a full disk: the system itself refuses to write."""
    key = sqlite_store.create_profile(EVERYTHING)
    process = writer(sqlite_store, key, 10_000, str(300_000))
    with process:
        told = process.communicate(timeout=PATIENCE_S)[0].splitlines()
    assert told[-1].startswith("StoreFullError: the store")
    assert "a full disk" in told[-1]
    assert set(check_sums(sqlite_store, key)) == set(told[1:-1])
    assert len(told) > 3
    sqlite_store.record(key, [SCARF])


@contextmanager
def not_root() -> Iterator[None]:
    """As somebody whom permissions stop, if we are nobody such."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="fittingroom-store-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.iterdir()):
        path.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="needs file permissions")
def test_a_store_that_this_user_may_only_read_can_be_read_and_says_why_no_more(
    open_folder: Path, sqlite_template: Path, open_store: Callable[[str], Store]
) -> None:
    file = open_folder / "store.db"
    shutil.copy(sqlite_template, file)
    keeper = open_store(str(file))  # whoever may write has it open, so that its log is there
    key = keeper.create_profile(EVERYTHING)
    keeper.record(key, [SCARF])
    for path in open_folder.iterdir():
        path.chmod(0o444)
    open_folder.chmod(0o555)
    with not_root():
        reader = open_store(str(file))
        assert reader.history(key).tallies[0].kept == 1
        for attempt in (
            lambda: reader.record(key, [SCARF]),
            lambda: reader.create_profile(EVERYTHING),
            lambda: reader.delete_profile(key),
        ):
            with pytest.raises(StoreReadOnlyError, match="the right to write the file and its folder"):
                attempt()
        reader.close()
    assert keeper.history(key).tallies[0].kept == 1


def test_an_address_that_asks_for_reading_only_gets_that(
    sqlite_store: Store, open_store: Callable[[str], Store]
) -> None:
    key = sqlite_store.create_profile(EVERYTHING)
    reader = open_store(f"sqlite:///file:{sqlite_store.database.file}?mode=ro&uri=true")
    assert reader.history(key).tallies == ()
    with pytest.raises(StoreReadOnlyError, match="can only be read"):
        reader.record(key, [SCARF])


@pytest.mark.slow
def test_postgresqls_refusals_are_told_in_our_words(
    empty_postgresql_url: str, open_store: Callable[[str], Store]
) -> None:
    """A read-only session, and a server that is out of space, told by a trigger."""
    store = open_store(empty_postgresql_url)
    key = store.create_profile(EVERYTHING)
    reader = open_store(f"{empty_postgresql_url}&options=-c%20default_transaction_read_only%3Don")
    assert reader.history(key).tallies == ()
    with pytest.raises(StoreReadOnlyError, match="the primary server"):
        reader.record(key, [SCARF])
    with store.database.writing() as session:
        session.execute(
            sa.text(
                "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
            )
        )
        session.execute(sa.text("CREATE TRIGGER full_disk BEFORE INSERT ON tallies EXECUTE FUNCTION fill()"))
    with pytest.raises(StoreFullError, match="no space is left"):
        store.record(key, [SCARF])
    assert store.export(key)["events"] == []


@pytest.mark.slow
def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(StoreUnusableError, match=r"cannot be reached.*look at the server") as caught:
        Store.open("postgresql://me:secret@127.0.0.1:1/name")
    assert "secret" not in str(caught.value)


def test_a_writer_that_does_not_end_is_not_waited_for_for_ever(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sqlite_store.create_profile(EVERYTHING)
    monkeypatch.setattr("fittingroom.preferences.database.BUSY_S", 0.1)
    waiting = Store(Database(str(sqlite_store.database.file)))
    with sqlite_store.database.writing(), pytest.raises(StoreBusyError, match="nothing was written; try again"):
        waiting.record(key, [SCARF])
    waiting.record(key, [SCARF])
    waiting.close()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"JFIF" * 5000)
    with pytest.raises(StoreUnusableError, match=r"damaged or no SQLite database"):
        Store.open(str(file))
    assert file.read_bytes() == b"JFIF" * 5000


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusableError, match=r"its folder (must )?exist"):
        Store.open(str(tmp_path / "nowhere" / "store.db"))


@pytest.mark.skipif(sys.platform == "win32", reason="needs file permissions")
def test_a_new_store_is_nobody_elses_to_read(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "store.db")) as store:
        store.create_profile(EVERYTHING)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_every_connection_writes_ahead_waits_for_the_disk_and_overwrites(sqlite_store: Store) -> None:
    with sqlite_store.database.reading() as session:
        found = [
            session.execute(sa.text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        ]
    assert found == ["wal", 2, 1, 1]
    assert sqlite3.threadsafety

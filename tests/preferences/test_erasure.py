"""Deleted is gone: from the rows, from the pages of the files, from the log beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from fittingroom.errors import NoProfileError, StoreBusyError
from fittingroom.preferences import erasure
from fittingroom.preferences.database import Database
from fittingroom.preferences.erasure import scrub, sweep
from fittingroom.preferences.records import DAY_MS, Consent, ProfileKey, Swept, TryOn
from fittingroom.preferences.store import Store

from .conftest import EVERYTHING, Clock, rows_of

SCARF = TryOn("scarf-silk", "scarf", "kept")
EVENTS = 30


def traces_of(key: ProfileKey, event_ids: Sequence[str], words: Sequence[str]) -> list[bytes]:
    """Byte strings by which a profile could be recognised."""
    digest = hashlib.sha256(key.id.encode())
    texts = [key.id, key.id[3:], digest.hexdigest(), *event_ids, *words]
    return [digest.digest(), *(text.encode() for text in texts)]


def found_in(store: Store, traces: Sequence[bytes]) -> list[bytes]:
    """Those that any file of the database holds: SQLite's file, log and index, or PostgreSQL's tables and indices."""
    if store.database.is_sqlite:
        file = store.database.file
        assert file is not None
        files = [file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")]
    else:
        with store.database.alone() as connection:
            connection.exec_driver_sql("CHECKPOINT")
        (folder,) = parse_qs(store.database.url.render_as_string().partition("?")[2])["host"]
        files = list((Path(folder) / "data" / "base").rglob("*"))
    contents = [path.read_bytes() for path in files if path.is_file()]
    return [trace for trace in traces if any(trace in content for content in contents)]


@pytest.fixture
def filled(store: Store, key: ProfileKey) -> list[bytes]:
    """Traces of a profile among others whose rows lie between its own; beforehand they can be found."""
    others = [store.create_profile(EVERYTHING) for _ in range(5)]
    event_ids: list[str] = []
    for i in range(EVENTS):
        event_ids += store.record(key, [replace(SCARF, item_id=f"scarf-{i % 7}", part_shares={"face": i / 100})])
        store.record(others[i % 5], [SCARF] * 3)
    for one in (key, *others):
        store.save_look(one, '{"format": 1}', name="private words" if one is key else "other words")
        store.remember_appearance(one, {"hair": "#abcdef" if one is key else "#123456"})
        store.rate(one, "pearls", 5)
    traces = traces_of(key, event_ids, ["private words", "#abcdef"])
    if store.database.is_sqlite:  # the server may not have written its pages yet
        assert set(found_in(store, traces)) == set(traces) - set(traces_of(key, [], [])[1:])
    return traces


def test_after_deletion_no_file_of_the_database_holds_a_trace(
    store: Store, key: ProfileKey, filled: list[bytes]
) -> None:
    before = rows_of(store.database)
    store.delete_profile(key)
    assert found_in(store, filled) == []
    after = rows_of(store.database)
    assert before["profiles"] - after["profiles"] == 1
    assert before["events"] - after["events"] == EVENTS
    assert before["tallies"] - after["tallies"] == 7
    assert before["looks"] - after["looks"] == before["ratings"] - after["ratings"] == 1
    assert (after["appearances"], after["chores"]) == (5, 0)
    with pytest.raises(NoProfileError):
        store.profile(key)


def test_the_id_itself_is_in_no_file_even_while_the_profile_lives(
    store: Store, key: ProfileKey, filled: list[bytes]
) -> None:
    assert found_in(store, [key.id.encode(), key.id[3:].encode()]) == []


def test_withdrawn_consent_leaves_no_trace_of_what_it_covered(
    store: Store, key: ProfileKey, filled: list[bytes]
) -> None:
    store.change_consent(key, Consent(learning=True))
    digest = filled[0]
    assert [trace for trace in found_in(store, filled) if trace != digest] == []
    assert store.profile(key).consent == Consent(learning=True)


def test_a_deletion_that_is_cut_off_is_finished_by_the_next_scrub(
    store: Store, key: ProfileKey, filled: list[bytes], monkeypatch: pytest.MonkeyPatch,
    open_store: Callable[[str], Store],
) -> None:  # fmt: skip
    """As when the process is killed between deleting and overwriting."""
    with monkeypatch.context() as cut:
        cut.setattr("fittingroom.preferences.store.scrub", lambda database: None)
        store.delete_profile(key)
    assert rows_of(store.database)["chores"] == 1
    store.close()
    again = open_store(store.database.url.render_as_string(hide_password=False))
    assert scrub(again.database)
    assert found_in(again, filled) == []
    assert not scrub(again.database)


def test_a_reader_that_does_not_end_is_told_and_the_scrub_stays_to_be_done(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BUSY_S", 0.1)
    key = sqlite_store.create_profile(EVERYTHING)
    sqlite_store.record(key, [SCARF])
    monkeypatch.setattr("fittingroom.preferences.database.BUSY_S", 0.1)
    impatient = Store(Database(str(sqlite_store.database.file)))
    with sqlite_store.database.reading() as session:
        session.connection().exec_driver_sql("SELECT count(*) FROM profiles").one()
        with pytest.raises(StoreBusyError, match=r"could not be overwritten yet|has held the store"):
            impatient.delete_profile(key)
    assert rows_of(sqlite_store.database)["profiles"] == 0
    assert scrub(impatient.database)
    impatient.close()


def test_a_sweep_removes_what_is_past_its_time_and_nothing_else(store: Store, clock: Clock) -> None:
    forgotten, used = store.create_profile(EVERYTHING), store.create_profile(EVERYTHING)
    store.record(forgotten, [SCARF])
    store.record(used, [SCARF, SCARF])
    clock.ms += 30 * DAY_MS
    store.record(used, [replace(SCARF, outcome="tried"), replace(SCARF, item_id="pearls")])
    swept = sweep(store.database, before_ms=clock.ms - 10 * DAY_MS, now_ms=clock.ms)
    assert swept == Swept(events=3, profiles=1)
    with pytest.raises(NoProfileError):
        store.profile(forgotten)
    assert {(tally.item_id, tally.tried, tally.kept) for tally in store.history(used).tallies} == {
        ("scarf-silk", 1, 0),
        ("pearls", 1, 1),
    }
    assert sweep(store.database, before_ms=clock.ms - 10 * DAY_MS, now_ms=clock.ms) == Swept(0, 0)


def test_a_sweep_goes_on_until_everything_is_done(
    store: Store, key: ProfileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 4)
    store.record(key, [SCARF] * 10)
    now = store.export(key)["events"]
    assert len(now) == 10
    clock_ms = 10**15
    assert sweep(store.database, before_ms=clock_ms, now_ms=clock_ms) == Swept(10, 1)


def test_a_profile_used_on_the_day_of_the_limit_is_kept(store: Store, key: ProfileKey, clock: Clock) -> None:
    store.record(key, [SCARF])
    assert sweep(store.database, before_ms=clock.ms, now_ms=clock.ms) == Swept(0, 0)
    assert store.profile(key).consent == EVERYTHING

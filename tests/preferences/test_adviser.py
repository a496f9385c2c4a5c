from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from fittingroom.errors import StoreReadOnlyError
from fittingroom.preferences import Adviser, History, Store, TryOn, Wish
from fittingroom.preferences.records import DAY_MS, Swept

from .conftest import EVERYTHING, Clock
from .test_item_looks import look

SCARF = TryOn("green", "scarf", "kept")
LOOKS = (look("#2c8040", item_id="green"), look("#2858b8", item_id="blue"), look("#808080", item_id="grey"))


@pytest.fixture
def adviser(sqlite_store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Adviser:
    monkeypatch.setattr("fittingroom.preferences.adviser.looks_of", lambda entries: LOOKS)
    return Adviser(sqlite_store, [], retention_days=30, clock_ms=clock)


def test_advice_knows_what_others_keep_once_it_has_counted_anew(adviser: Adviser, sqlite_store: Store) -> None:
    assert adviser.recommender().together.profiles == 0
    sqlite_store.record(sqlite_store.create_profile(EVERYTHING), [replace(SCARF, item_id="grey")])
    assert adviser.recommender().together.profiles == 0
    adviser.count()
    assert adviser.recommender().together.profiles == 1
    assert adviser.recommend(adviser.history(None), Wish(count=1))[0].item_id == "grey"


def test_nobodys_history_is_empty_and_a_profiles_is_its_own(adviser: Adviser, sqlite_store: Store) -> None:
    key = sqlite_store.create_profile(EVERYTHING)
    sqlite_store.record(key, [SCARF])
    assert adviser.history(None) == History()
    assert adviser.history(key) == sqlite_store.history(key)
    assert "green" not in {one.item_id for one in adviser.recommend(adviser.history(key), Wish())}


def test_a_sweep_goes_by_the_days_that_were_set(adviser: Adviser, sqlite_store: Store, clock: Clock) -> None:
    sqlite_store.record(sqlite_store.create_profile(EVERYTHING), [SCARF])
    clock.ms += 29 * DAY_MS
    assert adviser.sweep() == Swept(0, 0)
    clock.ms += 3 * DAY_MS
    assert adviser.sweep() == Swept(1, 1)


def test_the_upkeep_does_what_is_due_goes_on_after_trouble_and_ends(
    adviser: Adviser, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sqlite_store.create_profile(EVERYTHING)
    sqlite_store.record(key, [SCARF])
    with monkeypatch.context() as cut:
        cut.setattr("fittingroom.preferences.store.scrub", lambda database: None)
        sqlite_store.delete_profile(key)

    def refuse() -> Swept:
        raise StoreReadOnlyError("no right to write")

    monkeypatch.setattr(adviser, "sweep", refuse)
    stopping, told = threading.Event(), {}

    def tell(event: str, fields: Mapping[str, object]) -> None:
        told[event] = dict(fields)
        if event == "preferences scrubbed":
            stopping.set()

    adviser.keep_up_until(stopping, tell)
    assert told["preferences swept: not this time"] == {"why": "no right to write"}
    assert told["preferences scrubbed"] == {"done": True}

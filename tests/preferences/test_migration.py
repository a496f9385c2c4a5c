"""The tables go forward and back with everything that they hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from fittingroom.errors import StoreVersionError
from fittingroom.preferences.database import Database
from fittingroom.preferences.migration import BASE, VERSION_TABLE, check_version, migrate, version_of, versions
from fittingroom.preferences.records import ProfileKey, TryOn
from fittingroom.preferences.store import Store
from fittingroom.preferences.tables import Base

from .conftest import rows_of

SCARF = TryOn("scarf-silk", "scarf", "kept")


@pytest.fixture
def database(store: Store) -> Database:
    return store.database


def test_the_steps_lead_to_exactly_the_tables_that_the_program_uses(database: Database) -> None:
    with database.reading() as session:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_back_and_forward_again_loses_nothing(store: Store, key: ProfileKey) -> None:
    ids = store.record(key, [SCARF, replace(SCARF, outcome="tried"), replace(SCARF, item_id="pearls", kind="necklace")])
    store.settle(key, ids[1], "discarded")
    store.save_look(key, "{}")
    store.rate(key, "pearls", 4)
    before, history = store.export(key), store.history(key)
    for version in (*versions()[::-1], *versions()):
        migrate(store.database, version)
        assert version_of(store.database) == version
    assert store.export(key) == before
    assert set(store.history(key).tallies) == set(history.tallies)


def test_all_the_way_back_leaves_no_table(store: Store, key: ProfileKey) -> None:
    store.record(key, [SCARF])
    assert migrate(store.database, BASE) == [*versions()[::-1]]
    assert rows_of(store.database) == {VERSION_TABLE: 0}
    assert version_of(store.database) == BASE
    assert migrate(store.database) == [*versions()]
    assert migrate(store.database) == []


def test_a_store_of_an_earlier_version_is_brought_up_or_refused(
    store: Store, key: ProfileKey, open_store: Callable[[str], Store]
) -> None:
    store.record(key, [SCARF])
    migrate(store.database, versions()[0])
    with pytest.raises(StoreVersionError, match=r"version 0001.*upgrade"):
        check_version(store.database)
    with pytest.raises(StoreVersionError, match="lacks tables of this version"):
        store.record(key, [SCARF])
    again = open_store(store.database.url.render_as_string(hide_password=False))
    assert again.history(key).tallies[0].kept == 1


@pytest.mark.parametrize("open_it", [check_version, migrate])
def test_a_store_of_a_later_version_is_left_alone(database: Database, open_it: Callable[[Database], object]) -> None:
    with database.writing() as session:
        session.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '0999'"))
    with pytest.raises(StoreVersionError, match=r"0999.*newer fittingroom"):
        open_it(database)


def test_an_unknown_version_is_refused(database: Database) -> None:
    with pytest.raises(StoreVersionError, match="there is no version '7'; known are base, 0001"):
        migrate(database, "7")


def test_processes_that_start_together_make_the_tables_once(empty_url: str) -> None:
    databases = [Database(empty_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        done = sorted(threads.map(migrate, databases), key=len)
    assert done == [[], [], [], [*versions()]]
    for database in databases:
        database.close()


def test_a_step_that_fails_leaves_the_tables_as_they_were(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(database, versions()[0])

    def fail(*arguments: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("alembic.operations.Operations.execute", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate(database)
    assert version_of(database) == versions()[0]
    assert "tallies" not in rows_of(database)

"""Profiles and what they tried on, in both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fittingroom.errors import ConfigError, ConsentError, NoProfileError
from fittingroom.preferences.database import database_url
from fittingroom.preferences.erasure import sweep
from fittingroom.preferences.records import OUTCOMES, Consent, History, Outcome, ProfileKey, Tally, TryOn
from fittingroom.preferences.store import MOST_LOOKS, Store

from .conftest import EVERYTHING, START_MS, Clock

SCARF = TryOn("scarf-silk", "scarf")
HAT = TryOn("fedora-grey", "hat")
NOBODY = ProfileKey("pf_" + "x" * 32)


def test_what_was_recorded_is_counted_by_item(store: Store, key: ProfileKey) -> None:
    store.record(key, [SCARF, replace(SCARF, outcome="kept"), replace(HAT, outcome="discarded")])
    tallies = {tally.item_id: tally for tally in store.history(key).tallies}
    assert tallies == {
        "scarf-silk": Tally("scarf-silk", "scarf", tried=2, kept=1, discarded=0),
        "fedora-grey": Tally("fedora-grey", "hat", tried=1, kept=0, discarded=1),
    }


def test_an_event_that_is_sent_again_counts_once(store: Store, key: ProfileKey) -> None:
    event = replace(SCARF, id="visit-1")
    assert store.record(key, [event]) == store.record(key, [event, event])[:1] == ["visit-1"]
    assert store.history(key).tallies == (Tally("scarf-silk", "scarf", 1, 0, 0),)


def test_what_became_of_an_event_moves_its_count(store: Store, key: ProfileKey) -> None:
    event_id, _ = store.record(key, [SCARF, HAT])
    for outcome in ("kept", "kept", "discarded"):
        store.settle(key, event_id, outcome)
    assert Tally("scarf-silk", "scarf", tried=1, kept=0, discarded=1) in store.history(key).tallies


def test_history_holds_ratings_colours_and_what_the_latest_photo_showed(
    store: Store, key: ProfileKey, clock: Clock
) -> None:
    store.rate(key, "fedora-grey", 2)
    store.rate(key, "fedora-grey", 5)
    store.rate(key, "pearls", 3)
    store.rate(key, "pearls", None)
    store.remember_appearance(key, {"hair": "#112233", "skin": "#ddaa88"})
    store.remember_appearance(key, {"hair": "#445566"})
    store.record(key, [replace(SCARF, part_shares={"face": 0.2, "left-shoe": 0.1})])
    clock.ms += 1
    store.record(key, [replace(SCARF, part_shares={"face": 0.2, "hair": 0.3})])
    expected = History(
        (Tally("scarf-silk", "scarf", 2, 0, 0),), {"fedora-grey": 5}, {"hair": "#445566"}, frozenset({"face", "hair"})
    )
    assert store.history(key) == expected


def test_looks_are_saved_replaced_and_removed(store: Store, key: ProfileKey, clock: Clock) -> None:
    first = store.save_look(key, '{"n": 1}', name="Sunday")
    clock.ms += 1
    store.save_look(key, '{"n": 2}', look_id="mine")
    store.save_look(key, '{"n": 3}', look_id=first, name="Monday")
    assert [(look.id, look.name, look.outfit) for look in sorted(store.looks(key), key=lambda look: look.outfit)] == [
        ("mine", "", '{"n": 2}'),
        (first, "Monday", '{"n": 3}'),
    ]
    store.remove_look(key, "mine")
    assert [look.id for look in store.looks(key)] == [first]
    with pytest.raises(NoProfileError, match="no such look"):
        store.remove_look(key, "mine")


def test_a_profile_has_no_more_looks_than_it_may(
    store: Store, key: ProfileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fittingroom.preferences.store.MOST_LOOKS", 2)
    assert MOST_LOOKS > 2
    store.save_look(key, "{}", look_id="a")
    store.save_look(key, "{}", look_id="b")
    store.save_look(key, "{}", look_id="b")
    with pytest.raises(ConsentError, match="remove one first"):
        store.save_look(key, "{}", look_id="c")


def test_the_export_holds_everything(store: Store, key: ProfileKey) -> None:
    (event_id,) = store.record(key, [replace(SCARF, outcome="kept", source="page", part_shares={"face": 0.25})])
    store.rate(key, "pearls", 4)
    look_id = store.save_look(key, '{"format": 1}', name="看看")
    store.remember_appearance(key, {"skin": "#ddaa88"})
    time = "2024-10-04T03:25:45.678+00:00"
    assert store.export(key) == {
        "format": 1,
        "created": time,
        "last_used_day": "2024-10-04",
        "consent": {"history": True, "appearance": True, "learning": True, "given": time},
        "events": [
            {"id": event_id, "item": "scarf-silk", "kind": "scarf", "outcome": "kept", "source": "page", "time": time,
             "part_shares": {"face": 0.25}}
        ],
        "looks": [{"id": look_id, "name": "看看", "outfit": '{"format": 1}', "time": time}],
        "ratings": [{"item": "pearls", "stars": 4, "time": time}],
        "appearance": {"skin": "#ddaa88"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("consent", "attempt"),
    [
        (Consent(appearance=True), lambda store, key: store.record(key, [SCARF])),
        (Consent(appearance=True), lambda store, key: store.rate(key, "pearls", 5)),
        (Consent(appearance=True), lambda store, key: store.save_look(key, "{}")),
        (Consent(history=True), lambda store, key: store.remember_appearance(key, {"hair": "#000000"})),
    ],
)
def test_what_is_not_allowed_is_not_stored(
    store: Store, consent: Consent, attempt: Callable[[Store, ProfileKey], None]
) -> None:
    key = store.create_profile(consent)
    with pytest.raises(ConsentError, match=r"does not allow (history|appearance); ask the person"):
        attempt(store, key)
    assert store.history(key) == History()


def test_what_is_no_longer_allowed_is_deleted(store: Store, key: ProfileKey, clock: Clock) -> None:
    store.record(key, [SCARF])
    store.rate(key, "pearls", 5)
    store.save_look(key, "{}")
    store.remember_appearance(key, {"hair": "#000000"})
    clock.ms += 5
    store.change_consent(key, Consent(appearance=True))
    assert store.history(key) == History(colours={"hair": "#000000"})
    assert store.looks(key) == []
    assert store.profile(key).consent == Consent(appearance=True)
    assert (store.profile(key).created_ms, store.profile(key).consented_ms) == (START_MS, START_MS + 5)
    store.change_consent(key, Consent(history=True))
    assert store.history(key) == History()


def test_others_learn_only_from_profiles_that_allow_it(store: Store, key: ProfileKey) -> None:
    silent = store.create_profile(Consent(history=True))
    for one in (key, silent):
        store.record(one, [replace(SCARF, outcome="kept"), HAT])
        store.rate(one, "pearls", 5)
        store.rate(one, "choker-velvet", 3)
    kept = store.kept_items()
    assert sorted(item for _, item in kept) == ["pearls", "scarf-silk"]
    assert len({number for number, _ in kept}) == 1


def test_a_profile_is_its_callers_alone(store: Store) -> None:
    key = store.create_profile(EVERYTHING, owner="shop")
    assert store.profile(key).consent == EVERYTHING
    for stranger in (replace(key, owner="other"), replace(key, owner=""), NOBODY):
        for ask in (store.profile, store.history, store.looks, store.export, store.delete_profile):
            with pytest.raises(NoProfileError, match="no such profile"):
                ask(stranger)


@pytest.mark.parametrize("text", ["", "pf_", "x" * 35, "pf_" + "x" * 31 + "'", "pf_" + "x" * 33])
def test_what_is_no_id_finds_nothing_and_is_not_repeated(text: str) -> None:
    with pytest.raises(NoProfileError) as caught:
        ProfileKey(text)
    assert not text[3:] or text not in str(caught.value)


def test_a_key_does_not_show_its_id() -> None:
    assert NOBODY.id not in repr(NOBODY)


@pytest.mark.parametrize("text", ["mysql://a/b", "sqlite://", ":memory:", "http://[", "sqlite:///:memory:"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a file"):
        database_url(text)


def test_an_address_with_a_password_is_shown_without_it() -> None:
    with pytest.raises(ConfigError) as caught:
        database_url("mysql://me:secret@host/name")
    assert "secret" not in str(caught.value)


STEPS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(OUTCOMES), st.none() | st.sampled_from(OUTCOMES)),
    max_size=12,
)


@settings(max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(steps=STEPS, swept=st.integers(0, 12))
def test_tallies_are_the_sums_over_the_events_whatever_happens(
    sqlite_store: Store, clock: Clock, steps: list[tuple[str, Outcome, Outcome | None]], swept: int
) -> None:
    key = sqlite_store.create_profile(EVERYTHING)
    for i, (item, outcome, then) in enumerate(steps):
        if i == swept:
            sweep(sqlite_store.database, before_ms=clock.ms + 1, now_ms=clock.ms)
        clock.ms += 1
        (event_id,) = sqlite_store.record(key, [TryOn(item, "hat", outcome)])
        if then is not None:
            sqlite_store.settle(key, event_id, then)
    events = sqlite_store.export(key)["events"]
    assert len(events) == (len(steps) - swept if swept < len(steps) else len(steps))
    counted = Counter((event["item"], event["outcome"]) for event in events)
    tallies = {tally.item_id: tally for tally in sqlite_store.history(key).tallies}
    assert set(tallies) == {item for item, _ in counted}
    for item, tally in tallies.items():
        found = [counted[item, outcome] for outcome in OUTCOMES]
        assert (tally.tried, tally.kept, tally.discarded) == (sum(found), found[1], found[2])

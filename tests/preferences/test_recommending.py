"""What is recommended, by laws: smoothing, learning from others, one's own taste, and words that are true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fittingroom.preferences.recommending import (
    FEWEST_PEOPLE,
    Catalogue,
    Person,
    Recommendation,
    Recommender,
    Together,
    Wish,
)
from fittingroom.preferences.records import History, Tally

from .test_item_looks import look

GREEN, RED, BLUE, GREY = "#2c8040", "#c4161c", "#2858b8", "#808080"
COLOURS = {"green": GREEN, "red": RED, "blue": BLUE, "grey": GREY}
KINDS = ("scarf", "hat", "top", "shoe")


def catalogue_of(per_sort: int = 3) -> Catalogue:
    """`per_sort` items of each kind and colour: "green-scarf-1" and so on."""
    looks = [
        look(colour, kind=kind, item_id=f"{name}-{kind}-{i}")
        for kind in KINDS
        for name, colour in COLOURS.items()
        for i in range(1, per_sort + 1)
    ]
    return Catalogue.of(looks)


CATALOGUE = catalogue_of()


def history(kept: Sequence[str] = (), discarded: Sequence[str] = (), stars: Mapping[str, int] | None = None) -> History:
    tallies = [Tally(item, item.split("-")[1], 1, 1, 0) for item in kept]
    tallies += [Tally(item, item.split("-")[1], 1, 0, 1) for item in discarded]
    return History(tuple(tallies), stars or {})


def recommender(kept_by: Sequence[Sequence[str]] = (), catalogue: Catalogue = CATALOGUE) -> Recommender:
    """Learned from people, of whom each kept some items."""
    rows = [(number, item) for number, items in enumerate(kept_by) for item in items]
    return Recommender(catalogue, Together.count(rows, catalogue))


def ids(found: Sequence[Recommendation]) -> list[str]:
    return [one.item_id for one in found]


def test_pairs_are_counted_once_for_each_profile() -> None:
    rows = [(7, "green-scarf-1"), (7, "red-hat-1"), (9, "green-scarf-1"), (12, "gone-from-the-shop")]
    together = Together.count(rows, CATALOGUE)
    scarf, hat = CATALOGUE.places["green-scarf-1"], CATALOGUE.places["red-hat-1"]
    assert together.profiles == 2
    assert (together.kept[scarf], together.kept[hat], together.pairs[scarf, hat], together.pairs[hat, scarf]) == (
        2,
        1,
        1,
        1,
    )
    assert together.pairs.sum() == 5


def test_counting_in_chunks_is_counting_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    ids_of_all = list(CATALOGUE.places)
    rows = sorted({(int(p), ids_of_all[i]) for p, i in rng.integers(0, len(ids_of_all), (300, 2))})
    whole = Together.count(rows, CATALOGUE)
    monkeypatch.setattr("fittingroom.preferences.recommending._CHUNK", 5)
    parts = Together.count(rows[::-1], CATALOGUE)
    assert (parts.profiles, parts.pairs.tolist()) == (whole.profiles, whole.pairs.tolist())


def test_without_any_history_the_popular_comes_first() -> None:
    crowd = [["red-hat-1", "blue-top-1"]] * 30 + [["red-hat-1"]] * 30
    found = recommender(crowd).recommend(History(), Wish(count=2))
    assert ids(found) == ["red-hat-1", "blue-top-1"]
    assert [one.reason.code for one in found] == ["popular", "popular"]


def test_nobody_knows_anything_and_still_several_kinds_are_shown() -> None:
    found = recommender().recommend(History(), Wish(count=6))
    assert len({item.split("-")[1] for item in ids(found)}) >= 3
    assert {one.reason.code for one in found} == {"something-new"}
    assert ids(found) == ids(recommender().recommend(History(), Wish(count=6)))


def test_what_was_tried_is_worn_or_is_unwanted_is_not_shown_again() -> None:
    tried = ["green-scarf-1", "red-hat-1"]
    wish = Wish(count=100, wearing=["blue-top-1"], without=["grey-shoe-2", "unknown"], most_of_a_kind=100)
    found = ids(recommender().recommend(history(tried[:1], tried[1:]), wish))
    assert set(CATALOGUE.places) - set(found) == {*tried, "blue-top-1", "grey-shoe-2"}


def test_a_kind_can_be_asked_for_and_no_kind_crowds_the_others_out() -> None:
    shop = recommender([["green-scarf-1", "green-scarf-2", "green-scarf-3"]] * 9)
    assert {item.split("-")[1] for item in ids(shop.recommend(History(), Wish(kind="shoe", count=4)))} == {"shoe"}
    mixed = [item.split("-")[1] for item in ids(shop.recommend(History(), Wish(count=6)))]
    assert max(mixed.count(kind) for kind in KINDS) == 2
    assert shop.recommend(History(), Wish(kind="wig")) == []


def test_who_keeps_green_scarves_is_shown_another_and_told_so() -> None:
    catalogue = catalogue_of(5)
    kept = ["green-scarf-1", "green-scarf-2", "green-scarf-3"]
    discarded = ["green-scarf-4", "red-scarf-1", "blue-scarf-1", "red-scarf-2", "grey-scarf-1"]
    found = recommender((), catalogue).recommend(history(kept, discarded), Wish(count=1))
    assert ids(found) == ["green-scarf-5"]
    assert found[0].reason.en == "You kept three of four green scarves"
    assert found[0].reason.zh == "试过的4条绿色围巾中，你留下了3条"


def test_what_others_kept_together_is_shown_together() -> None:
    crowd = [["blue-top-1", "red-shoe-2"]] * 20 + [["grey-hat-1"], ["green-shoe-1"]] * 20
    (first,) = recommender(crowd).recommend(history(["blue-top-1"]), Wish(count=1, kind="shoe"))
    assert first.item_id == "red-shoe-2"
    assert first.reason.en == "People who kept “blue-top-1”, as you did, kept this too"


def test_two_people_who_did_so_are_named_to_nobody() -> None:
    crowd = [["blue-top-1", "red-shoe-2"]] * (FEWEST_PEOPLE - 1) + [["grey-hat-1"]] * 50
    found = recommender(crowd).recommend(history(["blue-top-1"]), Wish(count=12, kind="shoe"))
    assert not [one for one in found if one.reason.code in ("kept-together", "popular")]


def test_two_observations_weigh_less_than_two_hundred() -> None:
    """The same ratio, seen more often, says more."""

    def lift(times: int) -> float:
        crowd = [["blue-top-1", "red-shoe-1"]] * times + [["grey-hat-1"], ["grey-hat-2"]] * 4 * times
        shop = recommender(crowd)
        none = np.array([], np.intp)
        scores = shop.scores(Person.of(history(["blue-top-1"]), CATALOGUE), none)
        return float(scores.together[CATALOGUE.places["red-shoe-1"]])

    assert 0 < lift(2) < lift(20) < lift(200)


def test_without_a_history_every_part_but_popularity_is_nothing() -> None:
    scores = recommender([["red-hat-1"]] * 9).scores(Person.of(History(), CATALOGUE), np.array([], np.intp))
    for part in (scores.together, scores.interest, scores.taste, scores.harmony, scores.unseen):
        assert part == pytest.approx(0)


def test_ratings_count_like_keeping_and_discarding() -> None:
    loved = recommender().recommend(
        history(stars={"green-scarf-1": 5, "green-hat-1": 4}), Wish(count=60, most_of_a_kind=60)
    )
    hated = recommender().recommend(
        history(stars={"green-scarf-1": 1, "green-hat-1": 2}), Wish(count=60, most_of_a_kind=60)
    )
    assert ids(loved).index("green-top-1") < ids(hated).index("green-top-1")


def test_what_cannot_be_seen_on_the_persons_photos_comes_last() -> None:
    portrait = replace(History(), shown_parts=frozenset({"face", "hair", "upper-clothes"}))
    found = ids(recommender([["red-shoe-1"]] * 5).recommend(portrait, Wish(count=60, most_of_a_kind=60)))
    assert {item.split("-")[1] for item in found[-12:]} == {"shoe"}


def test_what_goes_with_the_persons_own_coat_says_so() -> None:
    own = replace(History(), colours={"coat": "#1c4fb0", "skin": "#e0b090"})
    (first,) = recommender().recommend(own, Wish(count=1, kind="scarf"))
    assert first.item_id.startswith("blue")
    assert (first.reason.en, first.reason.zh) == ("Its blue goes with your blue coat", "它的蓝色与你的蓝色外套相配")


def test_what_goes_with_what_is_worn_says_so() -> None:
    (first,) = recommender().recommend(History(), Wish(count=1, kind="scarf", wearing=["red-top-1"]))
    assert first.reason.en == "Its red goes with “red-top-1”"


ITEMS = st.lists(st.sampled_from(list(CATALOGUE.places)), unique=True, max_size=10)


@settings(max_examples=40, deadline=None)
@given(kept=ITEMS, discarded=ITEMS, crowd=st.lists(ITEMS, max_size=8), count=st.integers(1, 8))
def test_whatever_happened_the_advice_is_new_ordered_and_told_in_true_words(
    kept: list[str], discarded: list[str], crowd: list[list[str]], count: int
) -> None:
    discarded = [item for item in discarded if item not in kept]
    found = recommender(crowd).recommend(history(kept, discarded), Wish(count=count))
    assert len(found) == count
    assert not {*kept, *discarded} & set(ids(found))
    scores = [one.score for one in found]
    assert np.isfinite(scores).all()
    assert scores == sorted(scores, reverse=True)
    for one in found:
        assert one.reason.en[0].isupper()
        assert one.reason.zh
        if one.reason.code == "kept-together":
            assert sum(one.item_id in items for items in crowd) >= FEWEST_PEOPLE
        if one.reason.code in ("kept-alike", "likes-kind"):
            assert len(kept) >= 2

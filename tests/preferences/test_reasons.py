from __future__ import annotations

import numpy as np
import pytest

from fittingroom.preferences.item_looks import ItemLook
from fittingroom.preferences.reasons import _PLURALS, Reasoner
from fittingroom.tryon import KINDS

from .test_item_looks import look

RED, GREEN = "#c4161c", "#2c8040"


def reasoner(looks: list[ItemLook], tried: str, kept: str) -> Reasoner:
    """`tried` and `kept` have a digit for each item."""
    return Reasoner(looks, np.array([*map(float, tried)]), np.array([*map(float, kept)]), {}, [], [])


@pytest.mark.parametrize(
    ("kind", "tried", "kept", "en", "zh"),
    [
        ("scarf", "1111", "1110", "You kept three of four green scarves", "试过的4条绿色围巾中，你留下了3条"),
        ("shoe", "1100", "1100", "You kept both pairs of green shoes", "试过的2双绿色鞋中，你留下了2双"),
        ("hat", "1110", "1110", "You kept all three green hats", "试过的3顶绿色帽子中，你留下了3顶"),
        ("top", "5520", "1310", "You kept all three green tops", "试过的3件绿色上衣中，你留下了3件"),
    ],
)
def test_numbers_and_things_are_said_as_people_say_them(kind: str, tried: str, kept: str, en: str, zh: str) -> None:
    words = reasoner([look(GREEN, kind=kind)] * 5, tried + "0", kept + "0").kept_alike(4)
    assert words is not None
    assert (words.en, words.zh) == (en, zh)


@pytest.mark.parametrize(("tried", "kept"), [("10", "10"), ("11110", "11000"), ("000", "000")])
def test_one_is_no_habit_and_half_is_no_praise(tried: str, kept: str) -> None:
    assert reasoner([look(GREEN)] * len(tried), tried, kept).kept_alike(0) is None


def test_a_colour_is_named_across_kinds_where_one_kind_says_too_little() -> None:
    looks = [look(RED, kind="hat"), look(RED, kind="shoe"), look(RED, kind="top"), look(GREEN, kind="top")]
    words = reasoner(looks, "1101", "1101").kept_alike(2)
    assert words is not None
    assert (words.en, words.zh) == ("You kept both red things", "试过的2件红色的单品中，你留下了2件")


def test_patterns_are_named_where_colours_differ() -> None:
    looks = [look(colour, kind="scarf", pattern=0.2) for colour in (RED, GREEN, "#2858b8")]
    words = reasoner(looks, "110", "110").kept_alike(2)
    assert words is not None
    assert words.en == "You kept both patterned scarves"


def test_what_is_worn_and_what_is_kept_are_told_apart() -> None:
    looks = [look(RED, item_id="a coat"), look(RED)]
    kept = Reasoner(looks, np.ones(2), np.ones(2), {}, [0], [])
    worn = Reasoner(looks, np.ones(2), np.ones(2), {}, [0], [0])
    assert "as you did" in kept.kept_together(0).en
    assert "trying on" in worn.kept_together(0).en


def test_a_kind_never_tried_is_offered_as_such() -> None:
    looks = [look(RED, kind="shoe"), look(RED, kind="hat"), look(RED, kind="hat")]
    words = reasoner(looks, "010", "000")
    assert words.something_new(0).en == "You have not tried any shoes yet"
    assert words.something_new(2).en == "You have not tried it yet"


def test_every_kind_has_its_plural_and_its_measure_word() -> None:
    assert set(_PLURALS) == set(KINDS)

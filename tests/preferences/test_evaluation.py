"""Made-up people: the same ones each time, and advice that beats popularity on them."""

from __future__ import annotations

import numpy as np
import pytest

from fittingroom.preferences.evaluation import evaluate, history_of
from fittingroom.preferences.item_looks import ItemLook, looks_of
from fittingroom.preferences.simulation import Visit, cielab, simulate
from fittingroom.tryon.wardrobe import BUNDLED, Wardrobe

from .test_item_looks import look

FEW = [
    look(colour, kind=kind, item_id=f"{kind}-{colour}")
    for kind in ("hat", "top")
    for colour in ("#c4161c", "#2858b8", "#808080")
]


def test_people_come_from_the_seed_alone() -> None:
    first, same, other = (simulate(FEW, 20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert [visit.items.tolist() for visit in first] == [visit.items.tolist() for visit in same]
    assert [visit.kept.tolist() for visit in first] == [visit.kept.tolist() for visit in same]
    assert [visit.items.tolist() for visit in first] != [visit.items.tolist() for visit in other]


def test_nobody_tries_a_thing_twice() -> None:
    for visit in simulate(FEW, 20, np.random.default_rng(0)):
        assert len(set(visit.items.tolist())) == len(visit.items) == len(visit.kept) == 3


def test_cielab_of_white_black_and_red() -> None:
    from fittingroom.preferences.colours import oklab

    found = cielab(oklab([(255, 255, 255), (0, 0, 0), (255, 0, 0)]))
    assert np.allclose(found, [(100, 0, 0), (0, 0, 0), (53.24, 80.09, 67.20)], atol=0.1)


def test_a_visit_becomes_the_history_that_a_store_would_have() -> None:
    history = history_of(Visit(np.array([2, 0]), np.array([True, False])), FEW)
    assert [(tally.item_id, tally.tried, tally.kept, tally.discarded) for tally in history.tallies] == [
        (FEW[2].item_id, 1, 1, 0),
        (FEW[0].item_id, 1, 0, 1),
    ]


def test_the_figures_are_rates_and_are_said_to_be_of_nobody_real() -> None:
    figures = evaluate(FEW, people=40, seeds=(5,))
    assert all(0 <= rate <= 1 for rate in figures.hit_rates.values())
    assert "nobody real" in figures.text()
    assert figures == evaluate(FEW, people=40, seeds=(5,))


@pytest.fixture(scope="module")
def catalogue() -> tuple[ItemLook, ...]:
    return looks_of(Wardrobe([BUNDLED]).entries())


@pytest.mark.slow
def test_advice_hits_at_least_one_and_a_half_times_as_often_as_popularity(catalogue: tuple[ItemLook, ...]) -> None:
    figures = evaluate(catalogue)
    assert figures.ratio_low >= 1.5
    assert figures.hit_rates["ours"] > figures.hit_rates["ours, co-occurrence alone"] > figures.hit_rates["popularity"]

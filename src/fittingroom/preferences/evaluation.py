"""How often the item that somebody kept next was among the first five: ours beside popularity, on made-up people.

Half of the people teach, as they would in a shop; the others are asked about. Of each of them who kept two things or
more, the one kept last is hidden, together with all that they did afterwards, and every way of recommending names five
items that they have not tried before. It hits if the hidden one is among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fittingroom.preferences.item_looks import ItemLook
from fittingroom.preferences.recommending import Catalogue, Recommender, Together, Weights, Wish
from fittingroom.preferences.records import History, Tally
from fittingroom.preferences.simulation import Visit, simulate

FIRST = 5
_RESAMPLES = 1000

Rank = Callable[[History], list[str]]


@dataclass(frozen=True)
class Figures:
    """Hit rates at five, in [0, 1], by the name of the method; `ratio` is ours over popularity's.

    Attributes:
        people: whom was asked about, in all populations together.
        hit_rates: by method.
        ratio, ratio_low, ratio_high: with the limits of 95 % of resamples of the people.
        seeds: of the populations.
    """

    people: int
    hit_rates: Mapping[str, float]
    ratio: float
    ratio_low: float
    ratio_high: float
    seeds: tuple[int, ...]

    def text(self) -> str:
        """For people."""
        lines = [f"{name:28} {rate:6.1%}" for name, rate in self.hit_rates.items()]
        return "\n".join(
            [
                f"hit rate at {FIRST} on {self.people} simulated people (nobody real), seeds "
                f"{', '.join(map(str, self.seeds))}",
                *lines,
                f"ours / popularity            {self.ratio:6.2f} (95 %: {self.ratio_low:.2f} to {self.ratio_high:.2f})",
            ]
        )


def evaluate(
    looks: Sequence[ItemLook], *, people: int = 2000, seeds: Sequence[int] = (1, 2, 3), weights: Weights | None = None
) -> Figures:
    """Compare ways of recommending.

    Args:
        looks: the catalogue, two items or more.
        people: of each population; half of them teach.
        seeds: one population each.
        weights: of our scores; None: the default.
    """
    catalogue = Catalogue.of(looks)
    hits: dict[str, list[bool]] = {}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        visits = simulate(looks, people, rng)
        teachers, others = visits[: people // 2], visits[people // 2 :]
        rows = [
            (number, looks[i].item_id)
            for number, visit in enumerate(teachers)
            for i in visit.items[visit.kept].tolist()
        ]
        methods = _methods(catalogue, Together.count(rows, catalogue), weights, rng)
        for visit in others:
            places = np.flatnonzero(visit.kept)
            if len(places) < 2:
                continue
            hidden = looks[visit.items[places[-1]]].item_id
            history = history_of(Visit(visit.items[: places[-1]], visit.kept[: places[-1]]), looks)
            for name, rank in methods.items():
                hits.setdefault(name, []).append(hidden in rank(history))
    rates = {name: float(np.mean(found)) for name, found in hits.items()}
    ours, popular = (np.array(hits[name], float) for name in ("ours", "popularity"))
    rng = np.random.default_rng(0)
    samples = rng.integers(0, len(ours), (_RESAMPLES, len(ours)))
    ratios = ours[samples].mean(axis=1) / np.maximum(popular[samples].mean(axis=1), 1e-9)
    low, high = np.quantile(ratios, (0.025, 0.975))
    ratio = rates["ours"] / max(rates["popularity"], 1e-9)
    return Figures(len(ours), rates, ratio, float(low), float(high), tuple(seeds))


def history_of(visit: Visit, looks: Sequence[ItemLook]) -> History:
    """What a store would know after a visit in which nothing was left undecided."""
    return History(
        tuple(
            Tally(looks[i].item_id, looks[i].kind, 1, int(kept), int(not kept))
            for i, kept in zip(visit.items.tolist(), visit.kept.tolist(), strict=True)
        )
    )


def _methods(
    catalogue: Catalogue, together: Together, weights: Weights | None, rng: np.random.Generator
) -> dict[str, Rank]:
    ids = [look.item_id for look in catalogue.looks]
    by_popularity = [ids[i] for i in np.argsort(-together.kept, kind="stable")]

    def first_untried(order: Sequence[str], history: History) -> list[str]:
        tried = {tally.item_id for tally in history.tallies}
        return [item for item in order if item not in tried][:FIRST]

    def ours(with_weights: Weights | None, wish: Wish) -> Rank:
        recommender = Recommender(catalogue, together, with_weights)
        return lambda history: [found.item_id for found in recommender.recommend(history, wish)]

    freely = Wish(count=FIRST, most_of_a_kind=FIRST)
    return {
        "chance": lambda history: first_untried([ids[i] for i in rng.permutation(len(ids))], history),
        "popularity": lambda history: first_untried(by_popularity, history),
        "ours, co-occurrence alone": ours(Weights(interest=0, taste=0, harmony=0), freely),
        "ours, any number of a kind": ours(weights, freely),
        "ours": ours(weights, Wish(count=FIRST)),
    }

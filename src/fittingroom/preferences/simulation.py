"""A made-up population that tries things on. Nobody in it is real, and nothing in it was measured on real people.

It exists to compare ways of recommending with each other, and to fill a store for measuring speed. It says how good a
recommendation is for people who choose as below, and nothing about people who choose otherwise. All numbers are drawn
from ``rng`` alone.

Of the shop: every item has an **appeal** to everybody, normal with deviation 0.8. The shop's front page shows items in
an order that follows appeal loosely; place r is seen with a weight of r^-0.6.

Of each person:

* **interests**: how much each kind draws them, Dirichlet(0.5);
* two **favourite colours**: those of two random items, shifted by 10 in each coordinate of CIELAB. An item pleases by
  exp(-(d/22)²/2), d the distance from its main colour to the nearer favourite;
* a liking for **patterns**, normal, times the item's pattern in standard deviations, times 0.5;
* a **circle** of friends, one of ten, who share a liking for each item, normal with deviation 0.9, that no picture
  shows;
* **noise** in every decision, logistic, as in logistic regression; and every tenth decision is a coin's.

A person tries ``min(n / 2, 6 + Poisson(18))`` different items, drawn by place on the front page x interest in the kind
x exp(half of what they feel for it), and keeps an item with the chance sigmoid(appeal + 2 x (pleasing - 0.4) + pattern
+ circle - 0.9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.preferences.colours import Floats, srgb
from fittingroom.preferences.item_looks import ItemLook

CIRCLES = 10
_D65 = np.array([0.95047, 1.0, 1.08883])
_RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


@dataclass(frozen=True, eq=False)
class Visit:
    """What one made-up person did.

    Attributes:
        items: int (k,), indices of the items tried, in order.
        kept: bool (k,), whether each was kept.
    """

    items: NDArray[np.intp]
    kept: NDArray[np.bool_]


def simulate(looks: Sequence[ItemLook], people: int, rng: np.random.Generator) -> list[Visit]:
    """Have people try things on.

    Args:
        looks: n items, at least 2.
        people: how many.
        rng: all chance comes from it.
    """
    n = len(looks)
    names = sorted({look.kind for look in looks})
    kinds = np.array([names.index(look.kind) for look in looks])
    colours = cielab(np.array([look.main_colour for look in looks]))
    pattern = np.array([look.pattern for look in looks])
    pattern = (pattern - pattern.mean()) / max(float(pattern.std()), 1e-9)
    appeal = rng.normal(0, 0.8, n)
    place = np.argsort(np.argsort(-(appeal + rng.normal(0, 1.0, n))))
    log_seen = -0.6 * np.log(place + 1.0)
    circles = rng.normal(0, 0.9, (CIRCLES, n))
    visits = []
    for _ in range(people):
        interest = rng.dirichlet(np.full(len(names), 0.5))[kinds]
        favourites = colours[rng.choice(n, 2, replace=False)] + rng.normal(0, 10, (2, 3))
        nearest = np.sqrt(((colours[:, None] - favourites[None]) ** 2).sum(axis=-1)).min(axis=1)
        pleasing = np.exp(-((nearest / 22) ** 2) / 2)
        feeling = appeal + 2 * (pleasing - 0.4) + 0.5 * rng.normal() * pattern + circles[rng.integers(CIRCLES)] - 0.9
        count = min(n // 2, 6 + int(rng.poisson(18)))
        # The largest of (logarithm of the weight + Gumbel noise) are a draw without replacement.
        drawn = log_seen + np.log(interest + 1e-6) + feeling / 2 + rng.gumbel(size=n)
        items = np.argsort(-drawn)[:count]
        kept = rng.random(count) < 1 / (1 + np.exp(-feeling[items]))
        by_chance = rng.random(count) < 0.1
        visits.append(Visit(items, np.where(by_chance, rng.random(count) < 0.5, kept)))
    return visits


def cielab(oklab: Floats) -> Floats:
    """OKLab to CIELAB (D65), (..., 3). The population judges colours in another space than the recommender does."""
    encoded = srgb(oklab) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _RGB_TO_XYZ.T / _D65
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)

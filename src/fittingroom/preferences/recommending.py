"""What to show a person next, and why: co-occurrence and taste, both smoothed towards what is known of everybody.

An item's score estimates the logarithm of the chance that it is the next one kept. It begins with the item's share of
all that was kept (popularity), and adds, each with a weight,

* for every item that the person kept, how much more often those who kept it kept this one too,
* how much more often than others the person tries its kind,
* how much more often than their own average they keep what looks like it,
* how well its colour goes with their hair, skin and clothes, by `colours.harmony`.

Every rate is smoothed: some imaginary observations say what everybody does, so that two events never weigh like two
hundred, and without any history popularity remains. `Weights` were chosen on simulated people of other seeds than those
that `evaluation` reports on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from fittingroom.preferences.colours import Floats, harmony, oklab_of_hex
from fittingroom.preferences.item_looks import ItemLook, likeness
from fittingroom.preferences.reasons import GARMENTS, Reason, Reasoner
from fittingroom.preferences.records import LIKED_STARS, History

DISLIKED_STARS = 2
UNSEEN = -2.5  # on the score of what could not be seen in the person's photos
FEWEST_PEOPLE = 5  # fewer than so many stand behind no figure that others see
_CHUNK = 8192  # profiles counted at a time


@dataclass(frozen=True)
class Weights:
    """How much each part of the score counts, and how strongly rates are smoothed.

    Attributes:
        together, interest, taste, harmony: factors of the parts of the score.
        other_kinds: how much it says of a scarf that a hat of its colour was kept, in [0, 1].
        pair_prior, kind_prior, taste_prior: imaginary observations behind each rate.
    """

    together: float = 0.7
    interest: float = 0.7
    taste: float = 1.2
    harmony: float = 0.25
    other_kinds: float = 0.6
    pair_prior: float = 8.0
    kind_prior: float = 10.0
    taste_prior: float = 6.0


# A kind is worth showing if the photo shows one of these parts; kinds that are not here always are.
_SEEN_ON: Mapping[str, frozenset[str]] = {
    "shoe": frozenset({"left-shoe", "right-shoe", "socks"}),
    "trousers": frozenset({"pants", "skirt", "dress", "left-leg", "right-leg"}),
    "skirt": frozenset({"pants", "skirt", "dress", "left-leg", "right-leg"}),
    "dress": frozenset({"upper-clothes", "dress", "coat", "torso-skin"}),
    "top": frozenset({"upper-clothes", "dress", "coat", "torso-skin"}),
    "glove": frozenset({"left-arm", "right-arm", "glove"}),
    "nail-colour": frozenset({"left-arm", "right-arm"}),
    "glasses": frozenset({"face"}),
    "sunglasses": frozenset({"face", "sunglasses"}),
    "lip-colour": frozenset({"face"}),
    "eye-shadow": frozenset({"face"}),
    "blush": frozenset({"face"}),
    "hat": frozenset({"face", "hair", "hat"}),
    "cap": frozenset({"face", "hair", "hat"}),
    "headscarf": frozenset({"face", "hair", "hat"}),
    "hairstyle": frozenset({"face", "hair", "hat"}),
    "hair-colour": frozenset({"hair"}),
}


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Items and how alike they are.

    Attributes:
        looks: n items.
        places: index by item id.
        kinds: int (n,), index into `kind_names`.
        alike: float32 (n, n), see `item_looks.likeness`.
    """

    looks: tuple[ItemLook, ...]
    places: Mapping[str, int]
    kind_names: tuple[str, ...]
    kinds: NDArray[np.intp]
    alike: NDArray[np.float32]

    @classmethod
    def of(cls, looks: Sequence[ItemLook]) -> Catalogue:
        """From the looks of all items."""
        names = tuple(dict.fromkeys(look.kind for look in looks))
        kinds = np.array([names.index(look.kind) for look in looks], np.intp)
        places = {look.item_id: i for i, look in enumerate(looks)}
        return cls(tuple(looks), places, names, kinds, likeness(tuple(looks)))


@dataclass(frozen=True, eq=False)
class Together:
    """How many profiles kept an item, and how many kept two: counts, without anybody's name.

    Attributes:
        profiles: number of profiles that kept anything.
        kept: float64 (n,).
        pairs: float32 (n, n), symmetric; the diagonal is `kept`.
    """

    profiles: int
    kept: Floats
    pairs: NDArray[np.float32]

    @classmethod
    def count(cls, rows: Iterable[tuple[int, str]], catalogue: Catalogue) -> Together:
        """Count profiles.

        Args:
            rows: (profile number, item id), each pair once, as `Store.kept_items` gives them. Items that are no longer
                in the catalogue are passed over.
            catalogue: n items.
        """
        found = [(number, place) for number, item in rows if (place := catalogue.places.get(item)) is not None]
        n = len(catalogue.looks)
        pairs = np.zeros((n, n), np.float32)
        if not found:
            return cls(0, np.zeros(n), pairs)
        table = np.array(found, np.int64)
        numbers, people = np.unique(table[:, 0], return_inverse=True)
        order = np.argsort(people, kind="stable")
        people, items = people[order], table[order, 1]
        for start in range(0, len(numbers), _CHUNK):
            window = slice(*np.searchsorted(people, (start, start + _CHUNK)))
            kept = np.zeros((min(_CHUNK, len(numbers) - start), n), np.float32)
            kept[people[window] - start, items[window]] = 1
            pairs += kept.T @ kept
        return cls(len(numbers), np.diag(pairs).astype(np.float64), pairs)


@dataclass(frozen=True)
class Recommendation:
    """An item to show.

    Attributes:
        item_id: of the catalogue.
        score: for ordering; differences are logarithms of chances.
        reason: why, in words.
    """

    item_id: str
    score: float
    reason: Reason


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes:
        count: how many items, at most.
        kind: of this kind only; "": of all.
        wearing: ids of what is being worn: it is not shown again, and the rest should go with it.
        without: ids of further items not to be shown.
        most_of_a_kind: so many of one kind at most, where no kind is asked for.
    """

    count: int = 5
    kind: str = ""
    wearing: Collection[str] = ()
    without: Collection[str] = ()
    most_of_a_kind: int = 2


@dataclass(frozen=True)
class Scores:
    """The parts of the scores, float64 (n,) each, already weighted; their sum is the score."""

    popularity: Floats
    together: Floats
    interest: Floats
    taste: Floats
    harmony: Floats
    unseen: Floats

    @property
    def total(self) -> Floats:
        """float64 (n,)."""
        return self.popularity + self.together + self.interest + self.taste + self.harmony + self.unseen


@dataclass(frozen=True, eq=False)
class Person:
    """A history in the catalogue's order.

    Attributes:
        tried, kept, decided: float64 (n,), how often; decided is kept or discarded. Ratings count as one more.
        liked: indices of what was kept or liked.
        colours: OKLab by part.
        shown_parts: see `History`.
    """

    tried: Floats
    kept: Floats
    decided: Floats
    liked: NDArray[np.intp]
    colours: Mapping[str, Floats] = field(default_factory=dict)
    shown_parts: frozenset[str] | None = None

    @classmethod
    def of(cls, history: History, catalogue: Catalogue) -> Person:
        """Read a history; what is no longer in the catalogue is passed over."""
        tried, kept, decided = (np.zeros(len(catalogue.looks)) for _ in range(3))
        for tally in history.tallies:
            place = catalogue.places.get(tally.item_id)
            if place is not None:
                tried[place], kept[place] = tally.tried, tally.kept
                decided[place] = tally.kept + tally.discarded
        for item_id, stars in history.stars.items():
            place = catalogue.places.get(item_id)
            if place is not None:
                tried[place] += 1
                kept[place] += stars >= LIKED_STARS
                decided[place] += stars >= LIKED_STARS or stars <= DISLIKED_STARS
        colours = {part: oklab_of_hex(colour) for part, colour in history.colours.items()}
        return cls(tried, kept, decided, np.flatnonzero(kept > 0), colours, history.shown_parts)


class Recommender:
    """Recommends from one catalogue; never changes, so that threads may share it.

    Args:
        catalogue: the items.
        together: what others kept together.
        weights: of the parts of a score.
    """

    def __init__(self, catalogue: Catalogue, together: Together, weights: Weights | None = None) -> None:
        self.catalogue, self.together = catalogue, together
        self.weights = w = weights or Weights()
        n = len(catalogue.looks)
        # One imaginary profile keeps each item, so that new ones have a chance; where nothing else is known, chance
        # that is the same every time mixes the kinds.
        luck = np.array([1 + 0.05 * (crc32(look.item_id.encode()) / 2**32 - 0.5) for look in catalogue.looks])
        self._popularity = (together.kept + luck) / (together.kept + luck).sum()
        share = (together.kept + 1) / (together.profiles + n)
        expected = w.pair_prior * share[None]
        # (kept i, kept j) -> log of how much likelier j is for those who kept i
        self._lift = np.log((together.pairs + expected) / (together.kept[:, None] + w.pair_prior) / share[None])
        kinds = len(catalogue.kind_names)
        self._member = np.eye(kinds)[catalogue.kinds]  # (n, kinds)
        self._kind_share = self._popularity @ self._member
        same_kind = catalogue.kinds[:, None] == catalogue.kinds[None]
        self._alike = catalogue.alike * np.where(same_kind, 1.0, w.other_kinds)
        self._main = np.array([look.main_colour for look in catalogue.looks]).reshape(n, 3)

    def recommend(self, history: History, wish: Wish | None = None) -> list[Recommendation]:
        """The best items first, each with the reason that weighs most; what was tried already is not shown again.

        Args:
            history: of the profile; an empty one gives what is popular and goes with what is worn.
            wish: what is asked for.
        """
        wish = wish or Wish()
        person = Person.of(history, self.catalogue)
        worn = np.array(
            [self.catalogue.places[item] for item in wish.wearing if item in self.catalogue.places], np.intp
        )
        scores = self.scores(person, worn)
        chosen = self._choose(scores.total, self._allowed(person, worn, wish), wish)
        reasoner = Reasoner(
            self.catalogue.looks,
            person.tried,
            person.kept,
            person.colours,
            together=[int(i) for i in {*person.liked.tolist(), *worn.tolist()}],
            worn=worn.tolist(),
        )
        return [
            Recommendation(self.catalogue.looks[i].item_id, float(scores.total[i]), self._reason(i, scores, reasoner))
            for i in chosen
        ]

    def scores(self, person: Person, worn: NDArray[np.intp]) -> Scores:
        """The parts of every item's score.

        Args:
            person: the history.
            worn: int (k,), indices of what is being worn.
        """
        w = self.weights
        liked = np.union1d(person.liked, worn)
        # Kept items resemble each other: their evidence is not independent, so its sum grows with the root only.
        together = self._lift[liked].sum(axis=0) / np.sqrt(max(len(liked), 1))
        tried = person.tried @ self._member
        interest = (tried + w.kind_prior * self._kind_share) / (tried.sum() + w.kind_prior) / self._kind_share
        rate = (person.kept.sum() + 1) / (person.decided.sum() + 2)
        likes = (self._alike @ person.kept + w.taste_prior * rate) / (self._alike @ person.decided + w.taste_prior)
        return Scores(
            popularity=np.log(self._popularity),
            together=w.together * together,
            interest=w.interest * np.log(interest)[self.catalogue.kinds],
            taste=w.taste * np.log(likes / rate),
            harmony=w.harmony * self._harmony(person, worn),
            unseen=self._unseen(person),
        )

    def _harmony(self, person: Person, worn: NDArray[np.intp]) -> Floats:
        """Mean over what is worn and what the photo showed, float64 (n,) in [-1, 1]."""
        shown = [colour for part, colour in person.colours.items() if part in GARMENTS or part in ("hair", "skin")]
        beside = np.array([*shown, *self._main[worn]]).reshape(-1, 3)
        if not len(beside):
            return np.zeros(len(self._main))
        mean: Floats = harmony(self._main[:, None], beside[None]).mean(axis=1)
        return mean

    def _unseen(self, person: Person) -> Floats:
        if person.shown_parts is None:
            return np.zeros(len(self._main))
        shown = person.shown_parts
        nowhere: frozenset[str] = frozenset()
        needed = [_SEEN_ON.get(kind, nowhere) for kind in self.catalogue.kind_names]
        hidden = np.array([bool(parts) and parts.isdisjoint(shown) for parts in needed])
        return np.where(hidden, UNSEEN, 0.0)[self.catalogue.kinds]

    def _allowed(self, person: Person, worn: NDArray[np.intp], wish: Wish) -> NDArray[np.bool_]:
        allowed: NDArray[np.bool_] = person.tried == 0
        allowed[worn] = False
        for item_id in wish.without:
            if item_id in self.catalogue.places:
                allowed[self.catalogue.places[item_id]] = False
        if wish.kind:
            names = self.catalogue.kind_names
            allowed &= self.catalogue.kinds == (names.index(wish.kind) if wish.kind in names else -1)
        return allowed

    def _choose(self, total: Floats, allowed: NDArray[np.bool_], wish: Wish) -> list[int]:
        most = wish.count if wish.kind else wish.most_of_a_kind
        left = dict.fromkeys(range(len(self.catalogue.kind_names)), most)
        chosen: list[int] = []
        for i in np.argsort(-total, kind="stable").tolist():
            kind = int(self.catalogue.kinds[i])
            if len(chosen) == wish.count:
                break
            if allowed[i] and left[kind] > 0:
                chosen.append(i)
                left[kind] -= 1
        return chosen

    def _reason(self, i: int, scores: Scores, reasoner: Reasoner) -> Reason:
        """What speaks most for an item and can be said."""
        companion = self._companion(i, reasoner)
        offers: list[tuple[float, Callable[[], Reason | None]]] = [
            (float(scores.taste[i]), lambda: reasoner.kept_alike(i)),
            (float(scores.together[i]), lambda: None if companion is None else reasoner.kept_together(companion)),
            (float(scores.interest[i]), lambda: reasoner.kept_alike(i) or reasoner.likes_kind(i)),
            (float(scores.harmony[i]), lambda: reasoner.goes_with(i)),
        ]
        for strength, say in sorted(offers, key=lambda offer: -offer[0]):
            reason = say() if strength > 0 else None
            if reason is not None:
                return reason
        is_popular = self.together.kept[i] >= max(FEWEST_PEOPLE, float(np.median(self.together.kept)))
        return reasoner.popular() if is_popular else reasoner.something_new(i)

    def _companion(self, i: int, reasoner: Reasoner) -> int | None:
        """Of what the person kept or wears, what goes together with an item most; None where too few people did it."""
        backed = [j for j in reasoner.together if self.together.pairs[j, i] >= FEWEST_PEOPLE and self._lift[j, i] > 0]
        return max(backed, key=lambda j: float(self._lift[j, i]), default=None)

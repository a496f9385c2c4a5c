"""What goes into the store and comes out of it, free of the database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from fittingroom.errors import NoProfileError

Outcome = Literal["tried", "kept", "discarded"]
Source = Literal["page", "api"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SOURCES: tuple[Source, ...] = get_args(Source)
PROFILE_PREFIX = "pf_"
DAY_MS = 86_400_000
FAVOURITE_STARS = 5
LIKED_STARS = 4  # from here on a rating counts as keeping
_PROFILE_ID = re.compile(PROFILE_PREFIX + r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True)
class ProfileKey:
    """Which profile, and who asks: its id, and the name of the API key ("" where none are asked for).

    Raises:
        NoProfileError: no profile can have such an id. The message does not repeat it: whoever holds it is its owner.
    """

    id: str = field(repr=False)
    owner: str = ""

    def __post_init__(self) -> None:
        if not _PROFILE_ID.fullmatch(self.id):
            raise NoProfileError(f"this is no profile's id; one is {PROFILE_PREFIX!r} with 32 letters and digits after")


@dataclass(frozen=True)
class Consent:
    """What a person allows. What is not allowed is not stored; what no longer is, is deleted at once.

    Attributes:
        history: keep what is tried on, kept, rated and saved.
        appearance: keep the colours of hair, skin and clothes that a photo showed.
        learning: count the history, without its profile, in what is recommended to others.
    """

    history: bool = False
    appearance: bool = False
    learning: bool = False


@dataclass(frozen=True)
class Profile:
    """What is known of a profile itself; times in milliseconds since 1970, UTC."""

    consent: Consent
    consented_ms: int
    created_ms: int


@dataclass(frozen=True)
class TryOn:
    """Something is tried on.

    Attributes:
        item_id: of the wardrobe; kind: a key of `fittingroom.tryon.KINDS`.
        outcome: "tried" until it is known whether it is kept.
        source: where it happened.
        part_shares: share of the person's pixels in [0, 1] by class name, as the photo shows them; None: not known.
        id: letters, digits and hyphens, 1 to 64; the same id again is the same event. "": a new one is made.
    """

    item_id: str
    kind: str
    outcome: Outcome = "tried"
    source: Source = "api"
    part_shares: Mapping[str, float] | None = None
    id: str = ""


@dataclass(frozen=True)
class Tally:
    """How often a profile tried, kept and discarded an item; the rest is undecided."""

    item_id: str
    kind: str
    tried: int
    kept: int
    discarded: int


@dataclass(frozen=True)
class Look:
    """A saved look: an outfit's JSON, and the name that the visitor gave it."""

    id: str
    name: str
    outfit: str
    saved_ms: int


@dataclass(frozen=True)
class History:
    """All that a recommendation goes by.

    Attributes:
        tallies: in no particular order, one for each item.
        stars: 1 to 5 by item id.
        colours: "#rrggbb" by part: "skin", "hair", or the class name of a garment.
        shown_parts: the parts that the latest photo showed; None: not known.
    """

    tallies: tuple[Tally, ...] = ()
    stars: Mapping[str, int] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)
    shown_parts: frozenset[str] | None = None


@dataclass(frozen=True)
class Swept:
    """What a sweep removed."""

    events: int
    profiles: int

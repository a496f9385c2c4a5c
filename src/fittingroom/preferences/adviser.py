"""A store and a catalogue put together: recommendations, and what has to be done now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from fittingroom.errors import PreferencesError
from fittingroom.preferences.erasure import scrub, sweep
from fittingroom.preferences.item_looks import looks_of
from fittingroom.preferences.recommending import Catalogue, Recommendation, Recommender, Together, Wish
from fittingroom.preferences.records import DAY_MS, History, ProfileKey, Swept
from fittingroom.preferences.store import Store, now_ms
from fittingroom.tryon.wardrobe import Entry

COUNT_EVERY_S = 600.0  # how old what others kept may be
SWEEP_EVERY_S = 3600.0
SCRUB_EVERY_S = 30.0  # what a deletion had to leave behind
Tell = Callable[[str, Mapping[str, object]], None]


class Adviser:
    """Recommends from a store; safe to use from several threads.

    Args:
        store: profiles and events.
        entries: the items.
        retention_days: events older than this are deleted, and profiles that were not used for so long.
        clock_ms: milliseconds since 1970, UTC.
    """

    def __init__(
        self, store: Store, entries: Sequence[Entry], *, retention_days: int, clock_ms: Callable[[], int] = now_ms
    ) -> None:
        self.store = store
        self._entries, self._retention_days, self._clock_ms = entries, retention_days, clock_ms
        self._recommender: Recommender | None = None
        self._counting = threading.Lock()

    def recommend(self, history: History, wish: Wish) -> list[Recommendation]:
        """As `Recommender.recommend`. The first call waits until the items have been looked at."""
        return self.recommender().recommend(history, wish)

    def history(self, key: ProfileKey | None) -> History:
        """A profile's history; that of nobody is empty.

        Raises:
            NoProfileError: there is none.
        """
        return History() if key is None else self.store.history(key)

    def recommender(self) -> Recommender:
        """The current one; the first call makes it, which takes a second or two."""
        return self._recommender or self.count(only_first=True)

    def count(self, *, only_first: bool = False) -> Recommender:
        """Count anew what is kept together.

        Args:
            only_first: unless that has been done once.
        """
        with self._counting:
            if self._recommender is not None and only_first:
                return self._recommender
            catalogue = (
                Catalogue.of(looks_of(self._entries)) if self._recommender is None else self._recommender.catalogue
            )
            self._recommender = Recommender(catalogue, Together.count(self.store.kept_items(), catalogue))
            return self._recommender

    def sweep(self) -> Swept:
        """Delete what is past its time."""
        now = self._clock_ms()
        return sweep(self.store.database, before_ms=now - self._retention_days * DAY_MS, now_ms=now)

    def keep_up_until(self, stopping: threading.Event, tell: Tell) -> None:
        """Count, sweep and finish deletions from time to time; to be run in a thread of its own. Closes the store.

        Args:
            stopping: ends it.
            tell: gets what was done and what could not be, for the log.
        """
        chores: list[tuple[float, str, Callable[[], Mapping[str, object]]]] = [
            (COUNT_EVERY_S, "preferences counted", lambda: {"profiles": self.count().together.profiles}),
            (SWEEP_EVERY_S, "preferences swept", lambda: vars(self.sweep())),
            (SCRUB_EVERY_S, "preferences scrubbed", lambda: {"done": True} if scrub(self.store.database) else {}),
        ]
        due_s = {name: 0.0 for _, name, _ in chores}
        while not stopping.is_set():
            for every_s, name, do in chores:
                if time.monotonic() < due_s[name] or stopping.is_set():
                    continue
                due_s[name] = time.monotonic() + every_s
                try:
                    if any((done := do()).values()):
                        tell(name, done)
                except PreferencesError as error:
                    tell(f"{name}: not this time", {"why": str(error)})
            stopping.wait(1.0)
        self.store.close()

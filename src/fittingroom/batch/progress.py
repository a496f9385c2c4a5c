"""How far a run is, how fast, and how long it will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from fittingroom.batch.plan import Counts

WINDOW_S = 60.0  # the rate is that of the last minute


@dataclass
class Progress:
    """Counts photos as they are done.

    Attributes:
        total: photos of the whole run.
        before: what earlier runs had done.
        clock_s: the time.
    """

    total: int
    before: Counts
    clock_s: Callable[[], float] = time.monotonic
    now: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self._began_s = self.clock_s()
        self._marks: deque[tuple[float, int]] = deque([(self._began_s, 0)])

    def add(self, counts: Counts) -> None:
        """Some more photos are done."""
        self.now += counts
        now_s = self.clock_s()
        if now_s - self._marks[-1][0] >= 1:
            self._marks.append((now_s, self.now.photos))
        while len(self._marks) > 2 and now_s - self._marks[1][0] > WINDOW_S:
            self._marks.popleft()

    @property
    def done(self) -> Counts:
        """In this run and before it."""
        return self.before + self.now

    @property
    def duration_s(self) -> float:
        return self.clock_s() - self._began_s

    @property
    def photos_per_s(self) -> float:
        """Over the last minute."""
        then_s, then = self._marks[0]
        span_s = self.clock_s() - then_s
        return (self.now.photos - then) / span_s if span_s > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds to the end at this rate; None as long as there is none."""
        rate = self.photos_per_s
        return (self.total - self.done.photos) / rate if rate else None

    def line(self) -> str:
        """For people: "1,024 of 20,000 photos (5.1 %), 3 failed, 9.8 photos/s, 32 min left"."""
        done = self.done
        pieces = [f"{done.photos:,} of {self.total:,} photos ({done.photos / max(1, self.total):.1%})"]
        if done.failed:
            pieces.append(f"{done.failed:,} failed")
        if self.photos_per_s:
            pieces.append(f"{self.photos_per_s:.1f} photos/s")
        if self.left_s is not None and done.photos < self.total:
            pieces.append(f"{time_text(self.left_s)} left")
        return ", ".join(pieces)


def time_text(duration_s: float) -> str:
    """ "8 s", "12 min", "3 h 20 min", "2 d 4 h": no more exact than anybody wants to know."""
    if duration_s < 90:
        return f"{duration_s:.0f} s"
    minutes = round(duration_s / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"

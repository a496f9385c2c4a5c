from __future__ import annotations

from dataclasses import dataclass

import pytest

from fittingroom.batch.plan import Counts
from fittingroom.batch.progress import Progress, time_text


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_rate_and_time_left_are_those_of_the_last_minute() -> None:
    clock = Clock()
    progress = Progress(total=10_000, before=Counts(photos=1_000), clock_s=clock)
    assert progress.left_s is None
    for second in range(200):
        clock.now_s = second + 1.0
        progress.add(Counts(photos=1 if second < 100 else 10))
    assert progress.photos_per_s == pytest.approx(10, rel=0.1)
    assert progress.left_s == pytest.approx((10_000 - 1_000 - 1_100) / 10, rel=0.1)


def test_the_line_says_how_far_it_is() -> None:
    clock = Clock()
    progress = Progress(total=20_000, before=Counts(photos=1_000), clock_s=clock)
    clock.now_s = 10.0
    progress.add(Counts(photos=100, failed=3))
    assert progress.line() == "1,100 of 20,000 photos (5.5%), 3 failed, 10.0 photos/s, 32 min left"


@pytest.mark.parametrize(
    ("duration_s", "text"), [(8, "8 s"), (700, "12 min"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")]
)
def test_times_are_as_exact_as_anybody_wants(duration_s: float, text: str) -> None:
    assert time_text(duration_s) == text

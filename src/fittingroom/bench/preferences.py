"""The store of preferences with a great many events in it: how long a recommendation takes, and how long an event.

The store is SQLite in a folder of its own. Its people are simulated (`fittingroom.preferences.simulation`); they come
in through plain SQL, as a million calls would take an hour, and everything that is timed goes through the public
methods. Beside the time stands the processor's, which a machine that has other work too does not stretch.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import sqlalchemy as sa

from fittingroom.bench.machine import machine_facts
from fittingroom.preferences import Adviser, Consent, ProfileKey, Recommendation, Store, TryOn, Wish
from fittingroom.preferences.item_looks import ItemLook, looks_of
from fittingroom.preferences.simulation import simulate
from fittingroom.preferences.store import now_ms
from fittingroom.preferences.tables import EventRow, ProfileRow
from fittingroom.tryon.wardrobe import BUNDLED, Wardrobe

DRAWN = 2000  # people who are simulated; the rest repeats what these do
ROWS = 20_000  # in one statement
DAYS = 300  # over which events are spread
_MIB = 2**20


@dataclass(frozen=True)
class PreferencesPlan:
    """What to measure. folder: where the store is made. heavy: events of the profile that has most."""

    folder: Path
    events: int = 1_000_000
    rounds: int = 200
    heavy: int = 20_000


@dataclass(frozen=True)
class Run:
    """How long something took, and how long the processor worked on it in this thread."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Timing:
    """Milliseconds of several runs; cpu_ms: of the processor, the median."""

    median_ms: float
    p95_ms: float
    worst_ms: float
    cpu_ms: float

    @classmethod
    def of(cls, runs: list[Run]) -> Timing:
        """Of several runs."""
        wall_s = [run.wall_s for run in runs]
        p95_s = float(np.quantile(wall_s, 0.95))
        return cls(1e3 * median(wall_s), 1e3 * p95_s, 1e3 * max(wall_s), 1e3 * median(run.cpu_s for run in runs))

    def text(self) -> str:
        """For people."""
        return (
            f"{self.median_ms:7.2f} ms   95 %: {self.p95_ms:7.2f} ms   worst: {self.worst_ms:7.2f} ms   "
            f"processor: {self.cpu_ms:6.2f} ms"
        )


@dataclass(frozen=True)
class PreferencesReport:
    """The figures.

    heavy_recommendation: to the profile with the most events. look_at_items: once, at the start. count: to learn anew
    from everybody. delete: to delete the profile with the most events and overwrite every trace of it.
    """

    machine: dict[str, object]
    events: int
    profiles: int
    file_mib: float
    recommendation: Timing
    heavy_recommendation: Timing
    event: Timing
    look_at_items: Run
    count: Run
    delete: Run

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)

    def text(self) -> str:
        """For people."""
        return "\n".join(
            [
                f"SQLite, {self.events:,} events of {self.profiles:,} simulated profiles, {self.file_mib:.0f} MiB",
                f"recommendation                  {self.recommendation.text()}",
                f"to who has most events          {self.heavy_recommendation.text()}",
                f"event, on the disk when done    {self.event.text()}",
                *(
                    f"{name:31} {run.wall_s:7.2f} s    processor: {run.cpu_s:6.2f} s"
                    for name, run in (
                        ("looking at all items, once", self.look_at_items),
                        ("learning anew from everybody", self.count),
                        ("deletion without a trace", self.delete),
                    )
                ),
            ]
        )


def run_preferences_benchmark(plan: PreferencesPlan, *, tell: Callable[[str], None]) -> PreferencesReport:
    """Fill a store and measure; `tell` gets a line before each part.

    Raises:
        PreferencesError: the store cannot be made.
    """
    entries = Wardrobe([BUNDLED]).entries()
    look = _timed(lambda: looks_of(entries))
    looks = looks_of(entries)
    file = plan.folder / "bench.db"
    with Store.open(str(file)) as store:
        tell(f"filling a store with {plan.events:,} events ...")
        keys = _filled(store, looks, plan)
        adviser = Adviser(store, entries, retention_days=10 * DAYS)
        tell("learning from them ...")
        adviser.recommender()
        count = _timed(adviser.count)

        def advise(key: ProfileKey) -> list[Recommendation]:
            return adviser.recommend(store.history(key), Wish())

        tell("measuring ...")
        rng = np.random.default_rng(0)
        recommendations, heavy, events = [], [], []
        for _ in range(plan.rounds):
            # By turns, so that a busy moment of the machine meets all three.
            key = keys[int(rng.integers(1, len(keys)))]
            item = looks[int(rng.integers(len(looks)))]
            recommendations.append(_timed(partial(advise, key)))
            heavy.append(_timed(partial(advise, keys[0])))
            event = TryOn(item.item_id, item.kind, "kept", "page", {"face": 0.1, "hair": 0.1, "upper-clothes": 0.4})
            events.append(_timed(partial(store.record, key, [event])))
        tell("deleting a profile ...")
        delete = _timed(lambda: store.delete_profile(keys[0]))
        return PreferencesReport(
            machine_facts(), plan.events, len(keys), file.stat().st_size / _MIB, Timing.of(recommendations),
            Timing.of(heavy), Timing.of(events), look, count, delete,
        )  # fmt: skip


def _timed(work: Callable[[], object]) -> Run:
    began_s, began_cpu_s = time.perf_counter(), time.thread_time()
    work()
    return Run(time.perf_counter() - began_s, time.thread_time() - began_cpu_s)


def _filled(store: Store, looks: tuple[ItemLook, ...], plan: PreferencesPlan) -> list[ProfileKey]:
    """Keys of the profiles; the first has most events, the others about as many each."""
    visits = simulate(looks, DRAWN, np.random.default_rng(0))
    keys = [store.create_profile(Consent(history=True, learning=True))]
    with store.database.reading() as session:
        numbers = [session.execute(sa.select(sa.func.max(ProfileRow.number))).scalar_one()]
    sizes = [plan.heavy]
    while sum(sizes) < plan.events:
        # Everybody comes back a few times with what they tried before.
        sizes.append(min(plan.events - sum(sizes), 4 * len(visits[len(sizes) % DRAWN].items)))
    keys += _more_profiles(store, len(sizes) - 1)
    numbers += range(numbers[0] + 1, numbers[0] + len(sizes))
    began_ms = now_ms() - DAYS * 86_400_000

    def rows() -> Iterator[dict[str, object]]:
        for place, (number, size) in enumerate(zip(numbers, sizes, strict=True)):
            visit = visits[place % DRAWN]
            for i in range(size):
                look = looks[int(visit.items[i % len(visit.items)])]
                yield {
                    "profile_number": number, "id": secrets.token_hex(16), "item_id": look.item_id, "kind": look.kind,
                    "outcome": "kept" if visit.kept[i % len(visit.items)] else "discarded", "source": "page",
                    "happened_ms": began_ms + i * DAYS * 86_400_000 // size, "part_shares": {"face": 0.1, "hair": 0.1},
                }  # fmt: skip

    batch: list[dict[str, object]] = []
    for row in rows():
        batch.append(row)
        if len(batch) == ROWS:
            _insert(store, batch)
            batch = []
    if batch:
        _insert(store, batch)
    with store.database.writing() as session:
        session.execute(
            sa.text(
                "INSERT INTO tallies SELECT profile_number, item_id, max(kind), count(*), sum(outcome = 'kept'), "
                "sum(outcome = 'discarded'), max(happened_ms) FROM events GROUP BY profile_number, item_id"
            )
        )
    return keys


def _more_profiles(store: Store, count: int) -> list[ProfileKey]:
    """Further profiles, all in one transaction."""
    import hashlib

    keys = [ProfileKey("pf_" + secrets.token_urlsafe(24)) for _ in range(count)]
    now = now_ms()
    common = {
        "owner": "", "allows_history": True, "allows_appearance": False, "allows_learning": True,
        "consented_ms": now, "created_ms": now, "seen_ms": now - now % 86_400_000,
    }  # fmt: skip
    with store.database.writing() as session:
        session.execute(
            sa.insert(ProfileRow), [common | {"id_sha256": hashlib.sha256(key.id.encode()).digest()} for key in keys]
        )
    return keys


def _insert(store: Store, rows: list[dict[str, object]]) -> None:
    with store.database.writing() as session:
        session.execute(sa.insert(EventRow), rows)

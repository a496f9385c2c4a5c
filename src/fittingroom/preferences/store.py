"""The store: profiles and what they tried on, kept, saved and rated."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fittingroom.errors import ConsentError, NoProfileError
from fittingroom.preferences.database import Database
from fittingroom.preferences.erasure import delete_profiles, note_scrub, scrub
from fittingroom.preferences.migration import check_version, migrate
from fittingroom.preferences.records import (
    DAY_MS,
    LIKED_STARS,
    PROFILE_PREFIX,
    Consent,
    History,
    Look,
    Outcome,
    Profile,
    ProfileKey,
    Tally,
    TryOn,
)
from fittingroom.preferences.tables import (
    AppearanceRow,
    Base,
    EventRow,
    LookRow,
    ProfileRow,
    RatingRow,
    TallyRow,
)

EXPORT_FORMAT = 1
MOST_LOOKS = 500  # of one profile


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class Store:
    """Profiles in one database; safe to use from several threads and by several processes.

    Args:
        database: with tables of this version, see `open`.
        clock_ms: milliseconds since 1970, UTC.

    Every method may raise a `PreferencesError` for what the database does not do: no space, no right to write, held by
    another process, unusable. Then nothing of the call was written.
    """

    def __init__(self, database: Database, *, clock_ms: Callable[[], int] = now_ms) -> None:
        self.database, self._clock_ms = database, clock_ms
        self._insert = sqlite.insert if database.is_sqlite else postgresql.insert

    @classmethod
    def open(cls, url: str, *, is_migrating: bool = True, clock_ms: Callable[[], int] = now_ms) -> Store:
        """Open a store, and make or bring up its tables.

        Args:
            url: a file, sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.
            is_migrating: whether to bring tables of an earlier version up; otherwise they are refused.
            clock_ms: milliseconds since 1970, UTC.

        Raises:
            ConfigError: the address is not understood.
            StoreVersionError: the tables are of another version.
            PreferencesError: the database cannot be used.
        """
        database = Database(url)
        try:
            if is_migrating:
                migrate(database)
            else:
                check_version(database)
        except BaseException:
            database.close()
            raise
        return cls(database, clock_ms=clock_ms)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- Profiles ----------------------------------------------------------------------------------------------------

    def create_profile(self, consent: Consent, *, owner: str = "") -> ProfileKey:
        """A new profile. Its id is random, is told this once, and cannot be read from the database."""
        key = ProfileKey(PROFILE_PREFIX + secrets.token_urlsafe(24), owner)
        now = self._clock_ms()
        with self.database.writing() as session:
            session.execute(
                sa.insert(ProfileRow).values(
                    id_sha256=_sha256(key), owner=owner, **_consent_columns(consent), consented_ms=now, created_ms=now,
                    seen_ms=_day(now),
                )
            )  # fmt: skip
        return key

    def profile(self, key: ProfileKey) -> Profile:
        """
        Raises:
            NoProfileError: there is none, or it is another caller's.
        """
        with self.database.reading() as session:
            row = _find(session, key)
            return Profile(_consent_of(row), row.consented_ms, row.created_ms)

    def change_consent(self, key: ProfileKey, consent: Consent) -> None:
        """Allow more or less; what is no longer allowed is deleted, and overwritten, before this returns.

        Raises:
            NoProfileError: there is none.
            StoreBusyError: it is deleted, but another process has kept it from being overwritten so far.
        """
        with self.database.writing() as session:
            row = _find(session, key, is_writing=True)
            before = _consent_of(row)
            gone: list[type[Base]] = []
            if before.history and not consent.history:
                gone += [EventRow, TallyRow, LookRow, RatingRow]
            if before.appearance and not consent.appearance:
                gone.append(AppearanceRow)
            for table in gone:
                session.execute(sa.delete(table).where(table.profile_number == row.number))  # type: ignore[attr-defined]
            now = self._clock_ms()
            session.execute(
                sa.update(ProfileRow)
                .where(ProfileRow.number == row.number)
                .values(**_consent_columns(consent), consented_ms=now, seen_ms=_day(now))
            )
            if gone:
                note_scrub(session, now)
        if gone:
            scrub(self.database)

    def delete_profile(self, key: ProfileKey) -> None:
        """Delete a profile and all that belongs to it, and overwrite where it was.

        When this returns, no row and no page of the database, its log or its index holds anything of it. Should the
        process end in between, or another one hold the database, the profile is deleted all the same, and the next
        `scrub` (the service's sweeper, or the next deletion) overwrites the rest.

        Raises:
            NoProfileError: there is none.
            StoreBusyError: it is deleted, but another process has kept it from being overwritten so far.
        """
        with self.database.writing() as session:
            delete_profiles(session, [_find(session, key, is_writing=True).number], self._clock_ms())
        scrub(self.database)

    # ---- What happens ------------------------------------------------------------------------------------------------

    def record(self, key: ProfileKey, events: Sequence[TryOn]) -> list[str]:
        """Note what was tried on: all of it, or nothing. An event whose id is there already is left as it is.

        Returns:
            The events' ids in their order.

        Raises:
            NoProfileError: there is none.
            ConsentError: it does not allow a history.
        """
        now = self._clock_ms()
        ids = [event.id or secrets.token_hex(16) for event in events]
        # In one order everywhere: two processes that wait for each other's rows would wait for ever.
        in_order = sorted(zip(ids, events, strict=True), key=lambda pair: (pair[1].item_id, pair[0]))
        with self.database.writing() as session:
            row = self._allowing(session, key, "history", now)
            for event_id, event in in_order:
                added = session.execute(
                    self._insert(EventRow)
                    .values(
                        profile_number=row.number, id=event_id, item_id=event.item_id, kind=event.kind,
                        outcome=event.outcome, source=event.source, happened_ms=now,
                        part_shares=None if event.part_shares is None else dict(event.part_shares),
                    )
                    .on_conflict_do_nothing(index_elements=["profile_number", "id"])
                    .returning(EventRow.number)
                ).scalar()  # fmt: skip
                if added is not None:
                    self._count(session, row.number, event, now)
        return ids

    def settle(self, key: ProfileKey, event_id: str, outcome: Outcome) -> None:
        """Say what became of something that was tried on.

        Raises:
            NoProfileError: there is no such profile, or it has no such event.
        """
        now = self._clock_ms()
        with self.database.writing() as session:
            row = self._allowing(session, key, "history", now)
            event = session.execute(
                sa.select(EventRow.number, EventRow.item_id, EventRow.outcome)
                .where(EventRow.profile_number == row.number, EventRow.id == event_id)
                .with_for_update()
            ).first()
            if event is None:
                raise NoProfileError("the profile has no such event; it may have been swept away")
            if event.outcome == outcome:
                return
            session.execute(sa.update(EventRow).where(EventRow.number == event.number).values(outcome=outcome))
            change = {"kept": 0, "discarded": 0, "tried": 0}
            change[event.outcome] -= 1
            change[outcome] += 1
            session.execute(
                sa.update(TallyRow)
                .where(TallyRow.profile_number == row.number, TallyRow.item_id == event.item_id)
                .values(kept=TallyRow.kept + change["kept"], discarded=TallyRow.discarded + change["discarded"])
            )

    def rate(self, key: ProfileKey, item_id: str, stars: int | None) -> None:
        """Give an item 1 to 5 stars; None takes them back.

        Raises:
            NoProfileError: there is none.
            ConsentError: it does not allow a history.
        """
        now = self._clock_ms()
        with self.database.writing() as session:
            row = self._allowing(session, key, "history", now)
            if stars is None:
                session.execute(
                    sa.delete(RatingRow).where(RatingRow.profile_number == row.number, RatingRow.item_id == item_id)
                )
                return
            rating = self._insert(RatingRow).values(
                profile_number=row.number, item_id=item_id, stars=stars, rated_ms=now
            )
            session.execute(
                rating.on_conflict_do_update(
                    index_elements=["profile_number", "item_id"], set_={"stars": stars, "rated_ms": now}
                )
            )

    def save_look(self, key: ProfileKey, outfit: str, *, name: str = "", look_id: str = "") -> str:
        """Keep a look; one with the same id is replaced.

        Args:
            key: whose it is.
            outfit: JSON, as `fittingroom.tryon.Outfit` writes it.
            name: up to 100 characters.
            look_id: letters, digits and hyphens, 1 to 64; "": a new one is made.

        Returns:
            The look's id.

        Raises:
            NoProfileError: there is none.
            ConsentError: it does not allow a history, or has as many looks as one may have.
        """
        now = self._clock_ms()
        look_id = look_id or secrets.token_hex(16)
        with self.database.writing() as session:
            row = self._allowing(session, key, "history", now)
            mine = LookRow.profile_number == row.number
            others = session.execute(sa.select(sa.func.count()).where(mine, LookRow.id != look_id)).scalar_one()
            if others >= MOST_LOOKS:
                raise ConsentError(f"the profile has {MOST_LOOKS} looks, which is the most; remove one first")
            look = self._insert(LookRow).values(
                profile_number=row.number, id=look_id, name=name, outfit=outfit, saved_ms=now
            )
            session.execute(
                look.on_conflict_do_update(
                    index_elements=["profile_number", "id"], set_={"name": name, "outfit": outfit, "saved_ms": now}
                )
            )
        return look_id

    def remove_look(self, key: ProfileKey, look_id: str) -> None:
        """
        Raises:
            NoProfileError: there is no such profile, or it has no such look.
        """
        with self.database.writing() as session:
            row = _find(session, key, is_writing=True)
            removed = session.execute(
                sa.delete(LookRow)
                .where(LookRow.profile_number == row.number, LookRow.id == look_id)
                .returning(LookRow.id)
            ).first()
            if removed is None:
                raise NoProfileError("the profile has no such look")

    def remember_appearance(self, key: ProfileKey, colours: Mapping[str, str]) -> None:
        """Keep the colours that a photo showed, in place of those of the photo before.

        Args:
            key: whose they are.
            colours: "#rrggbb" by part, as `fittingroom.preferences.appearance` finds them.

        Raises:
            NoProfileError: there is none.
            ConsentError: it does not allow that.
        """
        now = self._clock_ms()
        with self.database.writing() as session:
            row = self._allowing(session, key, "appearance", now)
            session.execute(sa.delete(AppearanceRow).where(AppearanceRow.profile_number == row.number))
            for part, colour in colours.items():
                session.execute(sa.insert(AppearanceRow).values(profile_number=row.number, part=part, colour=colour))

    # ---- What is known -----------------------------------------------------------------------------------------------

    def history(self, key: ProfileKey) -> History:
        """What recommendations go by: as quick for a million events as for ten.

        Raises:
            NoProfileError: there is none.
        """
        with self.database.reading() as session:
            number = _find(session, key).number
            tallies = session.execute(
                sa.select(TallyRow.item_id, TallyRow.kind, TallyRow.tried, TallyRow.kept, TallyRow.discarded).where(
                    TallyRow.profile_number == number
                )
            )
            stars = session.execute(
                sa.select(RatingRow.item_id, RatingRow.stars).where(RatingRow.profile_number == number)
            )
            colours = session.execute(
                sa.select(AppearanceRow.part, AppearanceRow.colour).where(AppearanceRow.profile_number == number)
            )
            latest = session.execute(
                sa.select(EventRow.part_shares)
                .where(EventRow.profile_number == number)
                .order_by(EventRow.happened_ms.desc())
                .limit(1)
            ).scalar()
            return History(
                tallies=tuple(Tally(*row) for row in tallies),
                stars={row.item_id: row.stars for row in stars},
                colours={row.part: row.colour for row in colours},
                shown_parts=None if latest is None else frozenset(latest),
            )

    def looks(self, key: ProfileKey) -> list[Look]:
        """Saved looks, the latest first.

        Raises:
            NoProfileError: there is none.
        """
        with self.database.reading() as session:
            number = _find(session, key).number
            rows = session.execute(
                sa.select(LookRow.id, LookRow.name, LookRow.outfit, LookRow.saved_ms)
                .where(LookRow.profile_number == number)
                .order_by(LookRow.saved_ms.desc(), LookRow.number.desc())
            )
            return [Look(*row) for row in rows]

    def export(self, key: ProfileKey) -> dict[str, Any]:
        """Everything that is stored of a profile, for JSON; times as ISO 8601 in UTC.

        Raises:
            NoProfileError: there is none.
        """
        with self.database.reading() as session:
            row = _find(session, key)

            def rows(table: type[Base], *order: Any) -> Iterable[Any]:
                mine = sa.select(table).where(table.profile_number == row.number)  # type: ignore[attr-defined]
                return session.execute(mine.order_by(*order)).scalars()

            consent = _consent_of(row)
            return {
                "format": EXPORT_FORMAT,
                "created": _iso(row.created_ms),
                "last_used_day": _iso(row.seen_ms)[:10],
                "consent": {
                    "history": consent.history,
                    "appearance": consent.appearance,
                    "learning": consent.learning,
                    "given": _iso(row.consented_ms),
                },
                "events": [
                    {
                        "id": one.id, "item": one.item_id, "kind": one.kind, "outcome": one.outcome,
                        "source": one.source, "time": _iso(one.happened_ms), "part_shares": one.part_shares,
                    }
                    for one in rows(EventRow, EventRow.happened_ms, EventRow.number)
                ],
                "looks": [
                    {"id": one.id, "name": one.name, "outfit": one.outfit, "time": _iso(one.saved_ms)}
                    for one in rows(LookRow, LookRow.number)
                ],
                "ratings": [
                    {"item": one.item_id, "stars": one.stars, "time": _iso(one.rated_ms)}
                    for one in rows(RatingRow, RatingRow.item_id)
                ],
                "appearance": {one.part: one.colour for one in rows(AppearanceRow, AppearanceRow.part)},
            }  # fmt: skip

    def kept_items(self) -> list[tuple[int, str]]:
        """Profile numbers, each with an item that it kept or liked, ordered by profile: of profiles that allow learning
        from it. The numbers tell profiles apart, and nothing else."""
        kept = sa.select(TallyRow.profile_number, TallyRow.item_id).where(TallyRow.kept > 0)
        liked = sa.select(RatingRow.profile_number, RatingRow.item_id).where(RatingRow.stars >= LIKED_STARS)
        either = sa.union(kept, liked).subquery()
        with self.database.reading() as session:
            rows = session.execute(
                sa.select(either.c.profile_number, either.c.item_id)
                .join(ProfileRow, ProfileRow.number == either.c.profile_number)
                .where(ProfileRow.allows_history, ProfileRow.allows_learning)
                .order_by(either.c.profile_number)
            )
            return [(number, item_id) for number, item_id in rows]

    def counts(self) -> dict[str, int]:
        """How many rows the tables hold, by name."""
        with self.database.reading() as session:
            return {
                table.__tablename__: session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in (ProfileRow, EventRow, TallyRow, LookRow, RatingRow, AppearanceRow)
            }

    # ---- Inside ------------------------------------------------------------------------------------------------------

    def _allowing(
        self, session: Session, key: ProfileKey, purpose: Literal["history", "appearance"], now: int
    ) -> ProfileRow:
        row = _find(session, key, is_writing=True)
        if not getattr(row, f"allows_{purpose}"):
            raise ConsentError(
                f"the profile does not allow {purpose}; ask the person, and change its consent if they agree"
            )
        if row.seen_ms < _day(now):
            session.execute(sa.update(ProfileRow).where(ProfileRow.number == row.number).values(seen_ms=_day(now)))
        return row

    def _count(self, session: Session, number: int, event: TryOn, now: int) -> None:
        kept, discarded = int(event.outcome == "kept"), int(event.outcome == "discarded")
        tally = self._insert(TallyRow).values(
            profile_number=number, item_id=event.item_id, kind=event.kind, tried=1, kept=kept, discarded=discarded,
            last_ms=now,
        )  # fmt: skip
        session.execute(
            tally.on_conflict_do_update(
                index_elements=["profile_number", "item_id"],
                set_={
                    "tried": TallyRow.tried + 1,
                    "kept": TallyRow.kept + kept,
                    "discarded": TallyRow.discarded + discarded,
                    "last_ms": now,
                },
            )
        )


def _find(session: Session, key: ProfileKey, *, is_writing: bool = False) -> ProfileRow:
    wanted = sa.select(ProfileRow).where(ProfileRow.id_sha256 == _sha256(key), ProfileRow.owner == key.owner)
    # Writers take turns at a profile: nothing is added while its consent is withdrawn. (In SQLite they do anyway.)
    row = session.execute(wanted.with_for_update() if is_writing else wanted).scalar()
    if row is None:
        raise NoProfileError("there is no such profile; it may have been deleted, or not used for too long")
    return row


def _sha256(key: ProfileKey) -> bytes:
    # An id has 192 random bits: one round is enough, as for API keys.
    return hashlib.sha256(key.id.encode()).digest()


def _consent_of(row: ProfileRow) -> Consent:
    return Consent(row.allows_history, row.allows_appearance, row.allows_learning)


def _consent_columns(consent: Consent) -> dict[str, bool]:
    return {
        "allows_history": consent.history,
        "allows_appearance": consent.appearance,
        "allows_learning": consent.learning,
    }


def _day(ms: int) -> int:
    return ms - ms % DAY_MS


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")

"""The tables: who is remembered, what they tried on, kept, saved and rated.

A profile's id is a secret that only its owner holds: the tables have its SHA-256 alone, and that in one row. Everything
else points at that row by a number. Times are milliseconds since 1970 in UTC, which both databases compare alike.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite gives numbers by itself only to columns of the type INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")
ID_LENGTH = 64  # characters of ids that come from outside: of events, looks, items


class Base(DeclarativeBase):
    """All tables."""


class ProfileRow(Base):
    """A profile: no name, no photograph.

    ``owner``: name of the API key under which it was made. ``seen_ms``: when it was last used, to the day.
    """

    __tablename__ = "profiles"
    __table_args__ = (Index("profiles_by_use", "seen_ms"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    id_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    owner: Mapped[str] = mapped_column(String(64))
    allows_history: Mapped[bool] = mapped_column(Boolean)
    allows_appearance: Mapped[bool] = mapped_column(Boolean)
    allows_learning: Mapped[bool] = mapped_column(Boolean)
    consented_ms: Mapped[int] = mapped_column(BigInteger)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    seen_ms: Mapped[int] = mapped_column(BigInteger)


class EventRow(Base):
    """Something was tried on.

    ``part_shares``: how much of the person in the photo each part was, by class name.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("profile_number", "id", name="events_by_id"),
        Index("events_by_profile", "profile_number", "happened_ms"),
        Index("events_by_time", "happened_ms"),
        CheckConstraint("outcome IN ('tried', 'kept', 'discarded')", name="outcome_is_known"),
    )

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    profile_number: Mapped[int] = mapped_column(Number, ForeignKey("profiles.number", ondelete="CASCADE"))
    id: Mapped[str] = mapped_column(String(ID_LENGTH))
    item_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(9))
    source: Mapped[str] = mapped_column(String(8))
    happened_ms: Mapped[int] = mapped_column(BigInteger)
    part_shares: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))


class TallyRow(Base):
    """How often a profile tried, kept and discarded an item: always the sum over its events.

    It is kept beside them, because a recommendation must not read a million events.
    """

    __tablename__ = "tallies"
    __table_args__ = ({"sqlite_with_rowid": False},)

    profile_number: Mapped[int] = mapped_column(
        Number, ForeignKey("profiles.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    item_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    tried: Mapped[int] = mapped_column(Integer)
    kept: Mapped[int] = mapped_column(Integer)
    discarded: Mapped[int] = mapped_column(Integer)
    last_ms: Mapped[int] = mapped_column(BigInteger)


class LookRow(Base):
    """A saved look: an outfit as JSON, with a name if the visitor gave one."""

    __tablename__ = "looks"
    __table_args__ = (UniqueConstraint("profile_number", "id", name="looks_by_id"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    profile_number: Mapped[int] = mapped_column(Number, ForeignKey("profiles.number", ondelete="CASCADE"))
    id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(100))
    outfit: Mapped[str] = mapped_column(Text)
    saved_ms: Mapped[int] = mapped_column(BigInteger)


class RatingRow(Base):
    """One to five stars for an item; five make it a favourite."""

    __tablename__ = "ratings"
    __table_args__ = (
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars_are_one_to_five"),
        {"sqlite_with_rowid": False},
    )

    profile_number: Mapped[int] = mapped_column(
        Number, ForeignKey("profiles.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    item_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    stars: Mapped[int] = mapped_column(SmallInteger)
    rated_ms: Mapped[int] = mapped_column(BigInteger)


class AppearanceRow(Base):
    """The colour of a part, as the profile's latest photo showed it: skin, hair, and what is worn by class name."""

    __tablename__ = "appearances"
    __table_args__ = ({"sqlite_with_rowid": False},)

    profile_number: Mapped[int] = mapped_column(
        Number, ForeignKey("profiles.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    part: Mapped[str] = mapped_column(String(32), primary_key=True)
    colour: Mapped[str] = mapped_column(String(7))


class ChoreRow(Base):
    """What is still to be done although the process that began it may be gone: to overwrite what was deleted."""

    __tablename__ = "chores"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    asked_ms: Mapped[int] = mapped_column(BigInteger)

"""Profiles, what they tried on, saved and rated."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def owned_by_profile(*, is_key: bool = False) -> sa.Column[int]:
    """The column that points at a profile, with which its row goes."""
    return sa.Column(
        "profile_number",
        NUMBER,
        sa.ForeignKey("profiles.number", ondelete="CASCADE"),
        nullable=False,
        primary_key=is_key,
        autoincrement=False,
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "profiles",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("id_sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("allows_history", sa.Boolean, nullable=False),
        sa.Column("allows_appearance", sa.Boolean, nullable=False),
        sa.Column("allows_learning", sa.Boolean, nullable=False),
        sa.Column("consented_ms", sa.BigInteger, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("profiles_by_use", "profiles", ["seen_ms"])
    op.create_table(
        "events",
        sa.Column("number", NUMBER, primary_key=True),
        owned_by_profile(),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(9), nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("happened_ms", sa.BigInteger, nullable=False),
        sa.Column("part_shares", sa.JSON, nullable=True),
        sa.UniqueConstraint("profile_number", "id", name="events_by_id"),
        sa.CheckConstraint("outcome IN ('tried', 'kept', 'discarded')", name="outcome_is_known"),
    )
    op.create_index("events_by_profile", "events", ["profile_number", "happened_ms"])
    op.create_index("events_by_time", "events", ["happened_ms"])
    op.create_table(
        "looks",
        sa.Column("number", NUMBER, primary_key=True),
        owned_by_profile(),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("outfit", sa.Text, nullable=False),
        sa.Column("saved_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("profile_number", "id", name="looks_by_id"),
    )
    op.create_table(
        "ratings",
        owned_by_profile(is_key=True),
        sa.Column("item_id", sa.String(64), primary_key=True),
        sa.Column("stars", sa.SmallInteger, nullable=False),
        sa.Column("rated_ms", sa.BigInteger, nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars_are_one_to_five"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "appearances",
        owned_by_profile(is_key=True),
        sa.Column("part", sa.String(32), primary_key=True),
        sa.Column("colour", sa.String(7), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chores",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("asked_ms", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop everything."""
    for table in ("chores", "appearances", "ratings", "looks", "events", "profiles"):
        op.drop_table(table)

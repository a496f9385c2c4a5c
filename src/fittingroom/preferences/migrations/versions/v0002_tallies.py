"""Sums over the events, so that a recommendation need not read them all."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table and fill it from the events that are there."""
    op.create_table(
        "tallies",
        sa.Column(
            "profile_number",
            NUMBER,
            sa.ForeignKey("profiles.number", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("item_id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("tried", sa.Integer, nullable=False),
        sa.Column("kept", sa.Integer, nullable=False),
        sa.Column("discarded", sa.Integer, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        """
        INSERT INTO tallies (profile_number, item_id, kind, tried, kept, discarded, last_ms)
        SELECT profile_number, item_id, max(kind), count(*),
               sum(CASE WHEN outcome = 'kept' THEN 1 ELSE 0 END),
               sum(CASE WHEN outcome = 'discarded' THEN 1 ELSE 0 END),
               max(happened_ms)
        FROM events GROUP BY profile_number, item_id
        """
    )


def downgrade() -> None:
    """Drop the sums; the events have everything."""
    op.drop_table("tallies")

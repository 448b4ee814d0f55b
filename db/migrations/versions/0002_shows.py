"""Shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import WHOLE_NUMBER

revision = "0002_shows"
down_revision = "0001_auth"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "shows",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("starts_at", WHOLE_NUMBER, nullable=False),
        sa.Column("offset_minutes", WHOLE_NUMBER, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("name_words", sa.Text(), nullable=False),
        sa.Column("city_words", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint(
            "category IN ('concert', 'sports', 'theatre', 'comedy', 'festival', 'family', 'other')",
            name=op.f("ck_shows_category"),
        ),
        sa.CheckConstraint("length(city) <= 200", name=op.f("ck_shows_city_length")),
        sa.CheckConstraint("length(country) <= 2", name=op.f("ck_shows_country_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_shows_name_length")),
        sa.CheckConstraint("length(venue) <= 200", name=op.f("ck_shows_venue_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shows")),
        sa.UniqueConstraint("identity", "starts_at", name=op.f("uq_shows_identity_starts_at")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_shows_starts_at_id"), "shows", ["starts_at", "id"], unique=False)

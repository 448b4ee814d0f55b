"""Stored replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import WHOLE_NUMBER

revision = "0008_idempotency"
down_revision = "0007_jobs"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "replies",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", WHOLE_NUMBER, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("length(key) <= 255", name=op.f("ck_replies_key_length")),
        sa.CheckConstraint("status BETWEEN 200 AND 499", name=op.f("ck_replies_status")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_replies")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_replies_created_at"), "replies", ["created_at"], unique=False)

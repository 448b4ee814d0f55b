"""What an operator must look at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0012_attention"
down_revision = "0011_refunds"


def _attention() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("opened_at", WHOLE_NUMBER, nullable=False),
        sa.Column("closed_at", WHOLE_NUMBER, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('refund_failed', 'dispute', 'mismatch', 'slow_capture', 'provider_refuses', "
            "'payout_failed', 'job_failed')",
            name=op.f("ck_attention_kind"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (note IS NOT NULL)", name=op.f("ck_attention_closed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attention")),
    ]


def upgrade() -> None:
    """Take the step."""
    op.create_table("attention", *_attention(), **STRICT)
    op.create_index(
        "ux_attention_open",
        "attention",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )

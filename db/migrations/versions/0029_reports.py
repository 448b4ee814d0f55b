"""Buyers report problems with tickets, and their sellers are not paid meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER
from db.migrations.tables import change_check

revision = "0029_reports"
down_revision = "0028_show_keys"

ALERTS = (
    "kind IN ('refund_failed', 'dispute', 'mismatch', 'slow_capture', 'provider_refuses', "
    "'payout_failed', 'job_failed', 'seat_taken', 'similar_shows', 'duplicate', 'report')"
)
PROBLEMS = "problem IN ('refused_at_door', 'not_as_described')"
STATUSES = "status IN ('open', 'refunded', 'released')"


def upgrade() -> None:
    """Take the step."""
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE sales ADD COLUMN reported {number} NOT NULL DEFAULT 0 "
        "CONSTRAINT ck_sales_reported CHECK (reported IN (0, 1))"
    )
    change_check("attention", "ck_attention_kind", ALERTS)
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reported_at", WHOLE_NUMBER, nullable=False),
        sa.Column("resolved_at", WHOLE_NUMBER, nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(PROBLEMS, name=op.f("ck_reports_problem")),
        sa.CheckConstraint(STATUSES, name=op.f("ck_reports_status")),
        sa.CheckConstraint(
            "(resolved_at IS NOT NULL) = (status <> 'open')", name=op.f("ck_reports_resolved")
        ),
        sa.CheckConstraint(
            "(note IS NOT NULL) = (status <> 'open')", name=op.f("ck_reports_noted")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_reports_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("order_id", name=op.f("uq_reports_order_id")),
        **STRICT,
    )

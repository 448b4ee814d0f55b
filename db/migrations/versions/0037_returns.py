"""Buyers return tickets of a postponed show. No old show has a window for that."""

from __future__ import annotations

from alembic import op

from db.dialect import WHOLE_NUMBER
from db.migrations.tables import change_check

revision = "0037_returns"
down_revision = "0036_prepared_payouts"

REASONS = "'late', 'operator', 'show_cancelled', 'elsewhere', 'organiser', 'returned'"


def upgrade() -> None:
    """Take the step."""
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE shows ADD COLUMN refund_until {number} CONSTRAINT ck_shows_refund_until "
        "CHECK (refund_until IS NULL OR organiser_id IS NOT NULL)"
    )
    change_check("refunds", "ck_refunds_reason", f"reason IN ({REASONS})")

"""Withdrawn tickets say why they were taken off sale."""

from __future__ import annotations

from alembic import op

revision = "0021_withdrawals"
down_revision = "0020_text_keys"


def upgrade() -> None:
    """Take the step."""
    op.execute(
        "ALTER TABLE tickets ADD COLUMN withdraw_reason TEXT CONSTRAINT ck_tickets_withdraw_reason "
        "CHECK (withdraw_reason IN ('seller', 'show_cancelled', 'operator', 'ban'))"
    )
    op.execute("ALTER TABLE tickets ADD COLUMN withdraw_note TEXT")
    op.execute(
        "UPDATE tickets SET withdraw_reason = CASE WHEN EXISTS (SELECT 1 FROM shows s WHERE "
        "s.id = tickets.show_id AND s.cancelled_at IS NOT NULL) THEN 'show_cancelled' "
        "ELSE 'seller' END WHERE status = 'withdrawn'"
    )

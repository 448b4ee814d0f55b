"""A ticket may be back in its owner's wallet because the organiser's rules took it off sale."""

from __future__ import annotations

from alembic import op

from db.dialect import WHOLE_NUMBER

revision = "0040_suspended_listings"
down_revision = "0039_exits"


def upgrade() -> None:
    """Take the step."""
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE tickets ADD COLUMN suspended {number} NOT NULL DEFAULT 0 "
        "CONSTRAINT ck_tickets_suspended CHECK (suspended = 0 OR (suspended = 1 AND "
        "status = 'sold'))"
    )

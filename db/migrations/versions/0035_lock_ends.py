"""A locked ticket says until when: its order's deadline."""

from __future__ import annotations

from alembic import op

from db.dialect import WHOLE_NUMBER, Backend
from db.migrations.tables import remake

revision = "0035_lock_ends"
down_revision = "0034_show_policies"

CHECK = "CONSTRAINT ck_tickets_lock_end CHECK ((locked_until IS NOT NULL) = (status = 'locked'))"


def upgrade() -> None:
    """Take the step."""
    dialect = op.get_bind().dialect
    op.execute(f"ALTER TABLE tickets ADD COLUMN locked_until {WHOLE_NUMBER.compile(dialect)}")
    # A lock without its order, which the audit reports, ended when it began.
    op.execute(
        "UPDATE tickets SET locked_until = coalesce((SELECT o.expires_at FROM orders o "
        "WHERE o.id = tickets.order_id), updated_at) WHERE status = 'locked'"
    )
    if dialect.name == Backend.SQLITE:
        key = "CONSTRAINT pk_tickets"
        remake("tickets", {rf"{key}\b": f"{CHECK}, {key}"})
    else:
        op.execute(f"ALTER TABLE tickets ADD {CHECK}")

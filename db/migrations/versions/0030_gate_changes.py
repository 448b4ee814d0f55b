"""Gates learn what has changed since they asked last, and since when a code was revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import WHOLE_NUMBER

revision = "0030_gate_changes"
down_revision = "0029_reports"


def upgrade() -> None:
    """Take the step."""
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    op.execute(f"ALTER TABLE entry_codes ADD COLUMN changed_at {number} NOT NULL DEFAULT 0")
    op.execute("UPDATE entry_codes SET changed_at = COALESCE(revoked_at, issued_at)")
    columns = ["show_id", "changed_at", "id"]
    op.create_index(op.f("ix_entry_codes_show_id_changed_at_id"), "entry_codes", columns)
    op.add_column("scans", sa.Column("revoked_at", WHOLE_NUMBER, nullable=True))

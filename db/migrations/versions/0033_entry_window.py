"""A show says when its gate admits people, and a scan outside these times says when that is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import WHOLE_NUMBER
from db.migrations.tables import change_check

revision = "0033_entry_window"
down_revision = "0032_organiser_refunds"

REASONS = (
    "already_inside", "wrong_show", "show_cancelled", "refunded", "replaced", "disputed",
    "being_sold", "not_sold", "unknown_code", "not_yet", "over",
)  # fmt: skip


def upgrade() -> None:
    """Take the step."""
    for name in ("doors_open_at", "entry_closes_at"):
        op.add_column("shows", sa.Column(name, WHOLE_NUMBER, nullable=True))
    op.add_column("scans", sa.Column("window_at", WHOLE_NUMBER, nullable=True))
    listed = ", ".join(f"'{reason}'" for reason in REASONS)
    change_check("scans", "ck_scans_reason", f"reason IN ({listed})")

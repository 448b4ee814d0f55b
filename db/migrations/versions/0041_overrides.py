"""Supervisors override refusals at the gate, for a reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041_overrides"
down_revision = "0040_suspended_listings"

REASONS = (
    "already_inside", "wrong_show", "show_cancelled", "refunded", "replaced", "disputed",
    "being_sold", "not_sold", "unknown_code", "not_yet", "over", "not_inside",
)  # fmt: skip


def upgrade() -> None:
    """Take the step."""
    listed = ", ".join(f"'{reason}'" for reason in REASONS)
    op.execute(
        "ALTER TABLE scans ADD COLUMN overrode TEXT "
        f"CONSTRAINT ck_scans_overrode CHECK (overrode IN ({listed}))"
    )
    op.execute(
        "ALTER TABLE scans ADD COLUMN override TEXT "
        "CONSTRAINT ck_scans_override CHECK ((override IS NOT NULL) = (overrode IS NOT NULL))"
    )
    op.add_column("admissions", sa.Column("override", sa.Text(), nullable=True))

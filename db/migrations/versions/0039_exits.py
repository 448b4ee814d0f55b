"""Tickets leave and come in again; a scan says in which direction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import WHOLE_NUMBER
from db.migrations.tables import change_check

revision = "0039_exits"
down_revision = "0038_seat_digits"

REASONS = (
    "already_inside", "wrong_show", "show_cancelled", "refunded", "replaced", "disputed",
    "being_sold", "not_sold", "unknown_code", "not_yet", "over", "not_inside",
)  # fmt: skip


def upgrade() -> None:
    """Take the step."""
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    op.execute(
        "ALTER TABLE scans ADD COLUMN direction TEXT NOT NULL DEFAULT 'in' "
        "CONSTRAINT ck_scans_direction CHECK (direction IN ('in', 'out'))"
    )
    op.add_column("scans", sa.Column("left_at", WHOLE_NUMBER, nullable=True))
    listed = ", ".join(f"'{reason}'" for reason in REASONS)
    change_check("scans", "ck_scans_reason", f"reason IN ({listed})")
    change_check("scans", "ck_scans_verdict", "verdict IN ('admitted', 'refused', 'left')")
    change_check(
        "scans", "ck_scans_admitted", "(admission_id IS NOT NULL) = (verdict <> 'refused')"
    )
    change_check("admissions", "ck_admissions_status", "status IN ('inside', 'left', 'undone')")
    op.execute(
        f"ALTER TABLE admissions ADD COLUMN left_at {number} "
        "CONSTRAINT ck_admissions_left CHECK ((left_at IS NOT NULL) = (status = 'left'))"
    )
    op.execute(
        "ALTER TABLE admissions ADD COLUMN left_gate TEXT "
        "CONSTRAINT ck_admissions_left_gate CHECK ((left_gate IS NOT NULL) = (status = 'left'))"
    )
    op.drop_index("ix_admissions_show", table_name="admissions")
    where = sa.text("status != 'undone'")
    op.create_index(
        "ix_admissions_show", "admissions", ["show_id"],
        sqlite_where=where, postgresql_where=where,
    )  # fmt: skip

"""Owners sell their tickets on, give them away, and get them back with a refund."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER
from db.migrations.tables import change_check

revision = "0025_resale"
down_revision = "0024_show_changes"

REFUSALS = (
    "reason IN ('already_inside', 'wrong_show', 'show_cancelled', 'refunded', 'replaced', "
    "'disputed', 'being_sold', 'not_sold', 'unknown_code')"
)
REVOCATIONS = "reason IN ('sold', 'transferred', 'reissued', 'refunded', 'disputed')"
STATUSES = "status IN ('offered', 'accepted', 'declined', 'cancelled', 'expired')"


def upgrade() -> None:
    """Take the step."""
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE tickets ADD COLUMN inside {number} NOT NULL DEFAULT 0 "
        "CONSTRAINT ck_tickets_inside CHECK (inside IN (0, 1))"
    )
    op.execute(
        f"ALTER TABLE tickets ADD COLUMN refunding {number} NOT NULL DEFAULT 0 "
        "CONSTRAINT ck_tickets_refunding CHECK (refunding IN (0, 1))"
    )
    op.execute(
        "ALTER TABLE tickets ADD COLUMN transfer_id TEXT CONSTRAINT ck_tickets_offered CHECK "
        "(transfer_id IS NULL OR (status = 'sold' AND inside = 0 AND refunding = 0))"
    )
    op.execute(
        "UPDATE tickets SET inside = 1 WHERE id IN "
        "(SELECT ticket_id FROM admissions WHERE status = 'inside')"
    )
    op.execute(
        "ALTER TABLE refunds ADD COLUMN ticket TEXT NOT NULL DEFAULT 'void' "
        "CONSTRAINT ck_refunds_ticket CHECK (ticket IN ('void', 'return', 'keep'))"
    )
    change_check("scans", "ck_scans_reason", REFUSALS)
    change_check("entry_codes", "ck_entry_codes_reason", REVOCATIONS)
    _transfers()


def _transfers() -> None:
    refers = (("ticket_id", "tickets"), ("from_id", "accounts"), ("to_id", "accounts"))
    op.create_table(
        "transfers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("from_id", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Text(), nullable=True),
        sa.Column("to_email", sa.Text(), nullable=False),
        sa.Column("to_key", sa.Text(), nullable=False),
        sa.Column("claim_digest", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("expires_at", WHOLE_NUMBER, nullable=False),
        sa.Column("ended_at", WHOLE_NUMBER, nullable=True),
        sa.CheckConstraint(STATUSES, name=op.f("ck_transfers_status")),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status <> 'offered')", name=op.f("ck_transfers_ended")
        ),
        sa.CheckConstraint(
            "to_id IS NOT NULL OR status <> 'accepted'", name=op.f("ck_transfers_accepted")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_transfers_{column}"))
            for column, table in refers
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        **STRICT,
    )
    offered = sa.text("status = 'offered'")
    for name, column, unique in (
        ("ux_transfers_offered", "ticket_id", True), ("ix_transfers_due", "expires_at", False),
    ):  # fmt: skip
        op.create_index(
            name, "transfers", [column], unique=unique, sqlite_where=offered,
            postgresql_where=offered,
        )  # fmt: skip
    op.create_index(op.f("ix_transfers_from_id_id"), "transfers", ["from_id", "id"])
    op.create_index(op.f("ix_transfers_to_key_id"), "transfers", ["to_key", "id"])

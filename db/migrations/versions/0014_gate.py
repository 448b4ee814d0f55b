"""The gate: scans, admissions, and accounts that may let people in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER, Backend, append_only
from db.migrations.tables import change_check

revision = "0014_gate"
down_revision = "0013_ledger"

ROLES = "role IN ('member', 'gate', 'admin')"


def _scans() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("show_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ticket_id", sa.Text(), nullable=True),
        sa.Column("admission_id", sa.Text(), nullable=True),
        sa.Column("other_id", sa.Text(), nullable=True),
        sa.Column("let_in", WHOLE_NUMBER, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("scanned_at", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("verdict IN ('admitted', 'refused')", name=op.f("ck_scans_verdict")),
        sa.CheckConstraint(
            "reason IN ('already_inside', 'wrong_show', 'show_cancelled', 'refunded', 'not_sold', "
            "'unknown_code')",
            name=op.f("ck_scans_reason"),
        ),
        sa.CheckConstraint("length(gate) <= 40", name=op.f("ck_scans_gate_length")),
        sa.CheckConstraint(
            "(reason IS NOT NULL) = (verdict = 'refused')", name=op.f("ck_scans_refused")
        ),
        sa.CheckConstraint(
            "(admission_id IS NOT NULL) = (verdict = 'admitted')", name=op.f("ck_scans_admitted")
        ),
        sa.CheckConstraint("let_in IN (0, 1)", name=op.f("ck_scans_let_in")),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_scans_show_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
    ]


def _admissions() -> list[sa.schema.SchemaItem]:
    refers = (
        ("show_id", "shows"), ("ticket_id", "tickets"), ("order_id", "orders"),
        ("buyer_id", "accounts"),
    )  # fmt: skip
    return [
        sa.Column("id", sa.Text(), nullable=False),
        *(sa.Column(column, sa.Text(), nullable=False) for column, _ in refers),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("admitted_at", WHOLE_NUMBER, nullable=False),
        sa.Column("undone_at", WHOLE_NUMBER, nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("status IN ('inside', 'undone')", name=op.f("ck_admissions_status")),
        sa.CheckConstraint("length(gate) <= 40", name=op.f("ck_admissions_gate_length")),
        sa.CheckConstraint(
            "(undone_at IS NOT NULL) = (status = 'undone')", name=op.f("ck_admissions_undone")
        ),
        sa.CheckConstraint(
            "(undone_by IS NOT NULL) = (status = 'undone')", name=op.f("ck_admissions_undone_by")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_admissions_{column}"))
            for column, to in refers
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admissions")),
    ]


def upgrade() -> None:
    """Take the step."""
    change_check("accounts", "ck_accounts_role", ROLES)
    op.create_table("scans", *_scans(), **STRICT)
    op.create_table("admissions", *_admissions(), **STRICT)
    op.create_index(op.f("ix_admissions_ticket_id"), "admissions", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_tickets_code"), "tickets", ["code"], unique=False)
    for name, table, column, where, is_unique in (
        ("ix_scans_refused", "scans", "show_id", "verdict = 'refused'", False),
        ("ux_admissions_inside", "admissions", "ticket_id", "status = 'inside'", True),
        ("ix_admissions_show", "admissions", "show_id", "status = 'inside'", False),
    ):
        only = sa.text(where)
        op.create_index(
            name, table, [column], unique=is_unique, sqlite_where=only, postgresql_where=only
        )
    for statement in append_only(Backend(op.get_bind().dialect.name), "scans"):
        op.execute(statement)

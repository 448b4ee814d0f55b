"""Refunds that may be partial, fail late or be settled; disputes; what is looked for often."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0011_refunds"
down_revision = "0010_cards"


def _disputes() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("amount", WHOLE_NUMBER, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("due_by", WHOLE_NUMBER, nullable=True),
        sa.Column("opened_at", WHOLE_NUMBER, nullable=False),
        sa.Column("updated_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("outcome IN ('open', 'won', 'lost')", name=op.f("ck_disputes_outcome")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_disputes_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_disputes_order_id")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    ]


def _refunds() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("amount", WHOLE_NUMBER, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("updated_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint(
            "status IN ('due', 'sent', 'done', 'failed', 'settled', 'dropped')",
            name=op.f("ck_refunds_status"),
        ),
        sa.CheckConstraint(
            "reason IN ('late', 'operator', 'show_cancelled', 'elsewhere')",
            name=op.f("ck_refunds_reason"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_refunds_stripe_id")),
    ]


def _often() -> None:
    """Index what is looked for every few seconds."""
    for name, table, columns, where in (
        ("ix_disputes_open", "disputes", ["id"], "outcome = 'open'"),
        ("ix_inbox_waiting", "inbox", ["object_id"], "handled_at IS NULL"),
        ("ix_inbox_received_at", "inbox", ["received_at"], None),
        (
            "ix_payments_undecided",
            "payments",
            ["id"],
            "status IN ('new', 'open', 'authorised', 'surplus')",
        ),
    ):
        only = None if where is None else sa.text(where)
        op.create_index(
            op.f(name), table, columns, unique=False, sqlite_where=only, postgresql_where=only
        )


def upgrade() -> None:
    """Take the step."""
    op.create_table("disputes", *_disputes(), **STRICT)
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"], unique=False)
    _often()
    # A CHECK cannot be changed in place on both databases: the table is made anew around its rows.
    op.execute("CREATE TABLE refunds_before AS SELECT * FROM refunds")
    op.drop_table("refunds")
    op.create_table("refunds", *_refunds(), **STRICT)
    for column in ("payment_id", "order_id"):
        op.create_index(op.f(f"ix_refunds_{column}"), "refunds", [column], unique=False)
    underway = sa.text("status IN ('due', 'sent')")
    op.create_index(
        "ux_refunds_underway",
        "refunds",
        ["payment_id"],
        unique=True,
        sqlite_where=underway,
        postgresql_where=underway,
    )
    op.execute(
        "INSERT INTO refunds (id, payment_id, order_id, amount, currency, reason, status, "
        "stripe_id, created_at, updated_at) "
        "SELECT r.id, r.payment_id, p.order_id, r.amount, p.currency, r.reason, r.status, "
        "r.stripe_id, r.created_at, r.updated_at "
        "FROM refunds_before r JOIN payments p ON p.id = r.payment_id"
    )
    op.drop_table("refunds_before")
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE payments ADD COLUMN promised {number} NOT NULL DEFAULT 0 "
        "CONSTRAINT ck_payments_promised CHECK (promised >= 0 AND promised <= amount)"
    )
    op.execute(
        "UPDATE payments SET promised = (SELECT coalesce(sum(r.amount), 0) FROM refunds r "
        "WHERE r.payment_id = payments.id AND r.status <> 'failed')"
    )

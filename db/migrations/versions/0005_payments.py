"""Payments, declines, refunds and the inbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0005_payments"
down_revision = "0004_orders"


def _payments() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", WHOLE_NUMBER, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("live", WHOLE_NUMBER, nullable=False),
        sa.Column("declines", WHOLE_NUMBER, nullable=False),
        sa.Column("declined", sa.Text(), nullable=True),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("updated_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint(
            "status IN ('new', 'open', 'authorised', 'paid', 'surplus', 'void', "
            "'refund_due', 'refunded', 'refund_failed')",
            name=op.f("ck_payments_status"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("live IN (0, 1)", name=op.f("ck_payments_live")),
        sa.ForeignKeyConstraint(["buyer_id"], ["accounts.id"], name=op.f("fk_payments_buyer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payments_intent_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payments_session_id")),
    ]


def _declines() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", WHOLE_NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_declines_order_id")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_declines_payment_id")
        ),
        sa.PrimaryKeyConstraint("charge_id", name=op.f("pk_declines")),
    ]


def _refunds() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("amount", WHOLE_NUMBER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("updated_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("status IN ('due', 'done', 'failed')", name=op.f("ck_refunds_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_refunds_stripe_id")),
    ]


def _inbox() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("received_at", WHOLE_NUMBER, nullable=False),
        sa.Column("handled_at", WHOLE_NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
    ]


def upgrade() -> None:
    """Take the step."""
    op.create_table("payments", *_payments(), **STRICT)
    op.create_index(op.f("ix_payments_order_id"), "payments", ["order_id"], unique=False)
    op.create_table("declines", *_declines(), **STRICT)
    op.create_index(op.f("ix_declines_order_id"), "declines", ["order_id"], unique=False)
    op.create_table("refunds", *_refunds(), **STRICT)
    op.create_index(op.f("ix_refunds_payment_id"), "refunds", ["payment_id"], unique=False)
    op.create_table("inbox", *_inbox(), **STRICT)

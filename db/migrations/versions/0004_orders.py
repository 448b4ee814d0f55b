"""Orders, with the index that forbids two live ones on a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0004_orders"
down_revision = "0003_tickets"


def _columns() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("show_id", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("price_amount", WHOLE_NUMBER, nullable=False),
        sa.Column("price_currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("expires_at", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("updated_at", WHOLE_NUMBER, nullable=False),
        sa.Column("ended_at", WHOLE_NUMBER, nullable=True),
    ]


def _rules() -> list[sa.schema.SchemaItem]:
    return [
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('complete', 'cancelled'))",
            name=op.f("ck_orders_ended"),
        ),
        sa.CheckConstraint(
            "(reason IS NOT NULL) = (status = 'cancelled')", name=op.f("ck_orders_cancelled")
        ),
        sa.CheckConstraint(
            "payment_id IS NOT NULL OR status NOT IN ('confirming', 'complete')",
            name=op.f("ck_orders_owned"),
        ),
        sa.CheckConstraint(
            "reason IN ('expired', 'buyer', 'payment_failed', 'admin')",
            name=op.f("ck_orders_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('awaiting_payment', 'confirming', 'complete', 'cancelled')",
            name=op.f("ck_orders_status"),
        ),
        sa.CheckConstraint("length(price_currency) = 3", name=op.f("ck_orders_currency")),
        sa.CheckConstraint("price_amount > 0", name=op.f("ck_orders_price")),
        sa.CheckConstraint("seller_id <> buyer_id", name=op.f("ck_orders_seller_is_not_buyer")),
        sa.ForeignKeyConstraint(["buyer_id"], ["accounts.id"], name=op.f("fk_orders_buyer_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["accounts.id"], name=op.f("fk_orders_seller_id")),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_orders_show_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_orders_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("pay_code", name=op.f("uq_orders_pay_code")),
    ]


def upgrade() -> None:
    """Take the step."""
    op.create_table("orders", *_columns(), *_rules(), **STRICT)
    op.create_index(op.f("ix_orders_buyer_id_id"), "orders", ["buyer_id", "id"], unique=False)
    op.create_index(
        "ix_orders_due",
        "orders",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("status = 'awaiting_payment'"),
        postgresql_where=sa.text("status = 'awaiting_payment'"),
    )
    op.create_index(
        "ix_orders_open",
        "orders",
        ["buyer_id"],
        unique=False,
        sqlite_where=sa.text("status IN ('awaiting_payment', 'confirming')"),
        postgresql_where=sa.text("status IN ('awaiting_payment', 'confirming')"),
    )
    op.create_index(
        op.f("ix_orders_ticket_id_buyer_id"), "orders", ["ticket_id", "buyer_id"], unique=False
    )
    op.create_index(
        "ux_orders_live_ticket",
        "orders",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('awaiting_payment', 'confirming', 'complete')"),
        postgresql_where=sa.text("status IN ('awaiting_payment', 'confirming', 'complete')"),
    )

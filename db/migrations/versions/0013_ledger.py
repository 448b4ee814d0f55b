"""The double-entry ledger, sales and payouts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import COUNTED, STRICT, WHOLE_NUMBER, Backend, append_only

revision = "0013_ledger"
down_revision = "0012_attention"


def _payouts() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("amount", WHOLE_NUMBER, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("sales", WHOLE_NUMBER, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("transfer_id", sa.Text(), nullable=True),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("updated_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("method IN ('file', 'transfer')", name=op.f("ck_payouts_method")),
        sa.CheckConstraint("status IN ('due', 'sent', 'failed')", name=op.f("ck_payouts_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payouts_amount")),
        sa.ForeignKeyConstraint(["seller_id"], ["accounts.id"], name=op.f("fk_payouts_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_payouts_transfer_id")),
    ]


def _ledger() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("seq", WHOLE_NUMBER, autoincrement=True, nullable=False),
        sa.Column("posting", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("payout_id", sa.Text(), nullable=True),
        sa.Column("amount", WHOLE_NUMBER, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint(
            "book IN ('platform', 'seller', 'fee', 'buyer', 'dispute')", name=op.f("ck_ledger_book")
        ),
        sa.CheckConstraint(
            "kind IN ('capture', 'late', 'refund', 'refund_failed', 'refund_settled', "
            "'dispute', 'dispute_won', 'dispute_lost', 'payout', 'payout_failed')",
            name=op.f("ck_ledger_kind"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_amount")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_ledger_currency")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_ledger_order_id")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_ledger_payout_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger")),
        sa.UniqueConstraint(
            "posting", "order_id", "book", name=op.f("uq_ledger_posting_order_id_book")
        ),
    ]


def _sales() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("show_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owed", WHOLE_NUMBER, nullable=False),
        sa.Column("frozen", WHOLE_NUMBER, nullable=False),
        sa.Column("refunding", WHOLE_NUMBER, nullable=False),
        sa.Column("payout_id", sa.Text(), nullable=True),
        sa.Column("sold_at", WHOLE_NUMBER, nullable=False),
        sa.Column("releases_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint("frozen IN (0, 1)", name=op.f("ck_sales_frozen")),
        sa.CheckConstraint("refunding IN (0, 1)", name=op.f("ck_sales_refunding")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_sales_order_id")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_sales_payout_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["accounts.id"], name=op.f("fk_sales_seller_id")),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_sales_show_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_sales")),
    ]


def _payout_accounts() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("updated_at", WHOLE_NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts.id"], name=op.f("fk_payout_accounts_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_payout_accounts")),
    ]


def _some(index: str, table: str, column: str, where: str) -> None:
    """Make an index over only the rows `where` holds for."""
    op.create_index(
        index,
        table,
        [column],
        unique=False,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    """Take the step."""
    op.create_table("payouts", *_payouts(), **STRICT)
    op.create_index(op.f("ix_payouts_seller_id_id"), "payouts", ["seller_id", "id"], unique=False)
    op.create_table("ledger", *_ledger(), **COUNTED)
    op.create_index(op.f("ix_ledger_order_id"), "ledger", ["order_id"], unique=False)
    op.create_index(op.f("ix_ledger_user_id"), "ledger", ["user_id"], unique=False)
    _some("ix_ledger_payout", "ledger", "payout_id", "payout_id IS NOT NULL")
    op.create_table("sales", *_sales(), **STRICT)
    op.create_index(
        op.f("ix_sales_seller_id_order_id"), "sales", ["seller_id", "order_id"], unique=False
    )
    _some("ix_sales_owed", "sales", "releases_at", "owed != 0")
    _some("ix_sales_payout", "sales", "payout_id", "payout_id IS NOT NULL")
    op.create_table("payout_accounts", *_payout_accounts(), **STRICT)
    for statement in append_only(Backend(op.get_bind().dialect.name), "ledger"):
        op.execute(statement)
    _open_the_books()


#: Sales from before there was a ledger: all of the price is the seller's, a week after the show.
WEEK = 7 * 24 * 3600 * 1_000_000
SOLD = """
    FROM payments p JOIN orders o ON o.payment_id = p.id JOIN tickets t ON t.id = o.ticket_id
    WHERE p.status = 'paid' AND o.status = 'complete'"""
#: Money for orders that could not have it: then, nothing else was ever sent back.
LATE = """
    FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.status IN ('refund_due', 'refunded', 'refund_failed')"""
SENT_BACK = """
    FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
    WHERE r.status IN ('done', 'failed')"""
FAILED = SENT_BACK.replace("'done', ", "")


def _open_the_books() -> None:
    op.execute(
        "INSERT INTO sales (order_id, seller_id, show_id, currency, owed, frozen, refunding, "
        "sold_at, releases_at) SELECT o.id, o.seller_id, o.show_id, p.currency, p.amount, 0, 0, "
        f"p.updated_at, t.starts_at + {WEEK}{SOLD}"
    )
    _book("capture", SOLD, plus=("platform", "NULL"), minus=("seller", "o.seller_id"))
    _book("late", LATE, plus=("platform", "NULL"), minus=("buyer", "o.buyer_id"))
    _book("refund", SENT_BACK, plus=("buyer", "o.buyer_id"), minus=("platform", "NULL"))
    _book("refund_failed", FAILED, plus=("platform", "NULL"), minus=("buyer", "o.buyer_id"))


def _book(kind: str, rows: str, *, plus: tuple[str, str], minus: tuple[str, str]) -> None:
    """Write the two lines of each posting of a kind: book and user, above zero and below."""
    of = "r" if rows in (SENT_BACK, FAILED) else "p"
    for sign, (book, user) in (("", plus), ("-", minus)):
        op.execute(
            "INSERT INTO ledger "
            "(posting, kind, book, order_id, payment_id, user_id, amount, currency, at) "
            f"SELECT '{kind}:' || {of}.id, '{kind}', '{book}', o.id, p.id, {user}, "
            f"{sign}{of}.amount, p.currency, {of}.updated_at{rows}"
        )

"""Custody: each ticket's owner, the entry codes it has had, and sealed barcodes.

A sold ticket belongs to its buyer, and the code it has becomes the first of its entry codes. A code
that the server made up for an unsold ticket is dropped: the next sale makes a new one. A code that
a seller brought is kept as a barcode; the server seals it when it starts.
"""

from __future__ import annotations

import os
import re

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER, Backend
from db.migrations.tables import change_check, remake

revision = "0023_custody"
down_revision = "0022_email_keys"

REASONS = "reason IN ('sold', 'transferred', 'reissued', 'refunded')"
KINDS = (
    "kind IN ('refund_failed', 'dispute', 'mismatch', 'slow_capture', 'provider_refuses', "
    "'payout_failed', 'job_failed', 'seat_taken', 'similar_shows', 'duplicate')"
)
REFUSALS = (
    "reason IN ('already_inside', 'wrong_show', 'show_cancelled', 'refunded', 'replaced', "
    "'not_sold', 'unknown_code')"
)
#: What the server made up: 16 characters of its alphabet. Everything else came from a seller.
MADE_UP = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")
BATCH = 1000
REFERS = (
    ("ticket_id", "tickets"), ("show_id", "shows"), ("owner_id", "accounts"),
    ("order_id", "orders"),
)  # fmt: skip
CODE_COLUMNS = ("code", "code_key")


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
        **STRICT,
    )
    op.get_bind().execute(
        sa.text("INSERT INTO secrets (name, value) VALUES ('secret_key', :value)"),
        {"value": os.urandom(32).hex()},
    )
    _orders()
    _entry_codes()
    _first_codes()
    _owners()
    _barcodes()
    _drop_codes()
    _ticket_indexes()
    change_check("attention", "ck_attention_kind", KINDS)
    change_check("scans", "ck_scans_reason", REFUSALS)


def _number() -> str:
    return WHOLE_NUMBER.compile(op.get_bind().dialect)


def _orders() -> None:
    """Mark the last purchase of each ticket: until now a ticket had at most one."""
    op.execute(
        f"ALTER TABLE orders ADD COLUMN is_current {_number()} NOT NULL DEFAULT 0 CONSTRAINT "
        "ck_orders_is_current CHECK (is_current = 0 OR (is_current = 1 AND status = 'complete'))"
    )
    op.execute("UPDATE orders SET is_current = 1 WHERE status = 'complete'")
    op.drop_index("ux_orders_live_ticket", "orders")
    for name, only in (
        ("ux_orders_open_ticket", "status IN ('awaiting_payment', 'confirming')"),
        ("ux_orders_current_ticket", "is_current = 1"),
    ):
        where = sa.text(only)
        op.create_index(
            name, "orders", ["ticket_id"], unique=True, sqlite_where=where, postgresql_where=where
        )


def _entry_codes() -> None:
    op.create_table(
        "entry_codes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("serial", WHOLE_NUMBER, nullable=False),
        sa.Column("show_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_key", sa.Text(), nullable=False),
        sa.Column("issued_at", WHOLE_NUMBER, nullable=False),
        sa.Column("revoked_at", WHOLE_NUMBER, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(REASONS, name=op.f("ck_entry_codes_reason")),
        sa.CheckConstraint(
            "(revoked_at IS NOT NULL) = (reason IS NOT NULL)", name=op.f("ck_entry_codes_revoked")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_entry_codes_{column}")
            )
            for column, table in REFERS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_codes")),
        sa.UniqueConstraint("ticket_id", "serial", name=op.f("uq_entry_codes_ticket_id_serial")),
        **STRICT,
    )
    valid = sa.text("revoked_at IS NULL")
    for name, columns, unique in (
        ("ux_entry_codes_valid", ["ticket_id"], True),
        ("ix_entry_codes_show", ["show_id", "id"], False),
    ):
        op.create_index(
            name, "entry_codes", columns, unique=unique, sqlite_where=valid, postgresql_where=valid
        )
    op.create_index(op.f("ix_entry_codes_code_key"), "entry_codes", ["code_key"])
    op.create_index(op.f("ix_entry_codes_owner_id_id"), "entry_codes", ["owner_id", "id"])


def _first_codes() -> None:
    """Keep the code of each sold ticket as its first; a full refund has revoked it."""
    op.execute(
        "INSERT INTO entry_codes (id, ticket_id, serial, show_id, owner_id, order_id, code, "
        "code_key, issued_at, revoked_at, reason) "
        "SELECT 'cod_' || substr(o.id, 5), t.id, 1, t.show_id, o.buyer_id, o.id, t.code, "
        "t.code_key, o.ended_at, "
        "CASE WHEN o.refunded_amount = o.price_amount THEN o.updated_at END, "
        "CASE WHEN o.refunded_amount = o.price_amount THEN 'refunded' END "
        "FROM tickets t JOIN orders o ON o.id = t.order_id WHERE t.status = 'sold'"
    )


def _owners() -> None:
    op.execute(f"ALTER TABLE tickets ADD COLUMN code_serial {_number()} NOT NULL DEFAULT 0")
    for column in ("owner_id", "barcode", "barcode_digest"):
        op.execute(f"ALTER TABLE tickets ADD COLUMN {column} TEXT")
    op.execute("UPDATE tickets SET owner_id = seller_id, code_serial = 0 WHERE status <> 'sold'")
    op.execute(
        "UPDATE tickets SET code_serial = 1, owner_id = "
        "(SELECT o.buyer_id FROM orders o WHERE o.id = tickets.order_id) WHERE status = 'sold'"
    )


def _barcodes() -> None:
    """Keep the codes that sellers brought, some rows at a time."""
    tickets = sa.table("tickets", *map(sa.column, ("id", "code", "barcode")))
    connection = op.get_bind()
    after = ""
    while rows := connection.execute(
        sa.select(tickets.c.id, tickets.c.code)
        .where(tickets.c.id > after)
        .order_by(tickets.c.id)
        .limit(BATCH)
    ).all():
        brought = [
            {"of": row[0], "kept": f"plain:{row[1]}"}
            for row in rows
            if not MADE_UP.fullmatch(row[1])
        ]
        if brought:
            connection.execute(
                sa.update(tickets)
                .where(tickets.c.id == sa.bindparam("of"))
                .values(barcode=sa.bindparam("kept")),
                brought,
            )
        after = rows[-1][0]


def _drop_codes() -> None:
    if op.get_bind().dialect.name == Backend.SQLITE:
        remake(
            "tickets",
            {
                r"\s*\bcode TEXT NOT NULL,": "",
                r"\s*CONSTRAINT ck_tickets_code_length CHECK \([^,]*\),": "",
                r",\s*code_key TEXT DEFAULT '' NOT NULL": "",
                r"owner_id TEXT\b": "owner_id TEXT NOT NULL",
                "CONSTRAINT fk_tickets_seller_id": "CONSTRAINT fk_tickets_owner_id "
                "FOREIGN KEY(owner_id) REFERENCES accounts (id), CONSTRAINT fk_tickets_seller_id",
            },
            without=CODE_COLUMNS,
        )
        return
    for column in CODE_COLUMNS:
        op.drop_column("tickets", column)
    op.alter_column("tickets", "owner_id", nullable=False)
    op.create_foreign_key(op.f("fk_tickets_owner_id"), "tickets", "accounts", ["owner_id"], ["id"])


def _ticket_indexes() -> None:
    printed = sa.text("shelf != 'off' AND barcode_digest IS NOT NULL")
    op.create_index(
        "ux_tickets_barcode", "tickets", ["show_id", "barcode_digest"], unique=True,
        sqlite_where=printed, postgresql_where=printed,
    )  # fmt: skip
    op.create_index(op.f("ix_tickets_owner_id_id"), "tickets", ["owner_id", "id"])

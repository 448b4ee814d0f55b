"""What an order agrees to beside the price, and what may happen to it after it is complete."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import WHOLE_NUMBER

revision = "0009_terms"
down_revision = "0008_idempotency"

#: Each in one statement with its guard: SQLite adds none to a table that is there already.
COLUMNS = {
    "fee_amount": "fee_amount >= 0 AND fee_amount <= price_amount",
    "refunded_amount": "refunded_amount >= 0 AND refunded_amount <= price_amount",
    "disputed": "disputed IN (0, 1)",
}


def upgrade() -> None:
    """Take the step."""
    number = WHOLE_NUMBER.compile(op.get_bind().dialect)
    for name, rule in COLUMNS.items():
        op.execute(
            f"ALTER TABLE orders ADD COLUMN {name} {number} NOT NULL DEFAULT 0 "
            f"CONSTRAINT ck_orders_{name} CHECK ({rule})"
        )
    sold = sa.text("status = 'complete'")
    op.create_index(
        "ix_orders_sold",
        "orders",
        ["show_id", "id"],
        unique=False,
        sqlite_where=sold,
        postgresql_where=sold,
    )
    op.add_column("shows", sa.Column("cancelled_at", WHOLE_NUMBER, nullable=True))

"""Orders say when they were cancelled with their show, or with their listing."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from db.dialect import Backend

revision = "0018_cancel_reasons"
down_revision = "0017_code_keys"

REASONS = (
    "reason IN ('expired', 'buyer', 'payment_failed', 'admin', 'show_cancelled', "
    "'listing_withdrawn')"
)


def upgrade() -> None:
    """Take the step."""
    if op.get_bind().dialect.name == Backend.POSTGRESQL:
        op.drop_constraint(op.f("ck_orders_reason"), "orders", type_="check")
        op.create_check_constraint(op.f("ck_orders_reason"), "orders", REASONS)
        return
    # SQLite cannot change a CHECK: the table is made anew around its rows, from its own text.
    connection = op.get_bind()
    stored = "SELECT sql FROM sqlite_schema WHERE tbl_name = 'orders' AND sql IS NOT NULL AND type "
    (table,) = connection.execute(sa.text(f"{stored} = 'table'")).scalars()
    indexes = connection.execute(sa.text(f"{stored} = 'index'")).scalars().all()
    op.execute("CREATE TABLE orders_before AS SELECT * FROM orders")
    op.execute("DROP TABLE orders")
    op.execute(re.sub(r"reason IN \([^)]*\)", REASONS, table))
    op.execute("INSERT INTO orders SELECT * FROM orders_before")
    op.execute("DROP TABLE orders_before")
    for index in indexes:
        op.execute(index)

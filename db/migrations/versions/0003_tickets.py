"""Tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0003_tickets"
down_revision = "0002_shows"


def _tickets() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("show_id", sa.Text(), nullable=False),
        sa.Column("starts_at", WHOLE_NUMBER, nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("price_amount", WHOLE_NUMBER, nullable=False),
        sa.Column("price_currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("shelf", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("updated_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint(
            "(order_id IS NOT NULL) = (status IN ('locked', 'sold'))", name=op.f("ck_tickets_held")
        ),
        sa.CheckConstraint(
            "status IN ('available', 'locked', 'sold', 'withdrawn')", name=op.f("ck_tickets_status")
        ),
        sa.CheckConstraint(
            "shelf = CASE status WHEN 'sold' THEN 'sold' WHEN 'withdrawn' THEN 'off' ELSE 'on' END",
            name=op.f("ck_tickets_shelf"),
        ),
        sa.CheckConstraint("length(code) <= 80", name=op.f("ck_tickets_code_length")),
        sa.CheckConstraint("length(external_id) <= 80", name=op.f("ck_tickets_external_id_length")),
        sa.CheckConstraint("length(price_currency) = 3", name=op.f("ck_tickets_currency")),
        sa.CheckConstraint("price_amount > 0", name=op.f("ck_tickets_price")),
        sa.ForeignKeyConstraint(["seller_id"], ["accounts.id"], name=op.f("fk_tickets_seller_id")),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_tickets_show_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    ]


def upgrade() -> None:
    """Take the step."""
    op.create_table("tickets", *_tickets(), **STRICT)
    op.create_index(
        "ix_tickets_by_price",
        "tickets",
        ["price_currency", "price_amount", "id"],
        unique=False,
        sqlite_where=sa.text("shelf = 'on'"),
        postgresql_where=sa.text("shelf = 'on'"),
    )
    op.create_index(
        "ix_tickets_by_show",
        "tickets",
        ["show_id", "price_currency", "price_amount"],
        unique=False,
        sqlite_where=sa.text("shelf = 'on'"),
        postgresql_where=sa.text("shelf = 'on'"),
    )
    op.create_index(
        "ix_tickets_by_start",
        "tickets",
        ["starts_at", "id"],
        unique=False,
        sqlite_where=sa.text("shelf = 'on'"),
        postgresql_where=sa.text("shelf = 'on'"),
    )
    op.create_index("ux_tickets_external_id", "tickets", ["seller_id", "external_id"], unique=True)
    op.create_index(
        "ux_tickets_seat",
        "tickets",
        ["seller_id", "show_id", "section", "row", "seat"],
        unique=True,
        sqlite_where=sa.text("shelf != 'off' AND seat != ''"),
        postgresql_where=sa.text("shelf != 'off' AND seat != ''"),
    )

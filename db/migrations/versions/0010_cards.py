"""Saved cards, and payments made with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0010_cards"
down_revision = "0009_terms"


def _customers() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["accounts.id"], name=op.f("fk_customers_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_customers")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_customers_stripe_id")),
    ]


def _cards() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("method_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("exp_month", WHOLE_NUMBER, nullable=False),
        sa.Column("exp_year", WHOLE_NUMBER, nullable=False),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.Column("removed_at", WHOLE_NUMBER, nullable=True),
        sa.Column("detached_at", WHOLE_NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["accounts.id"], name=op.f("fk_cards_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("method_id", name=op.f("uq_cards_method_id")),
    ]


def _card_setups() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("card_id", sa.Text(), nullable=True),
        sa.Column("expires_at", WHOLE_NUMBER, nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.CheckConstraint(
            "status IN ('new', 'open', 'done', 'void')", name=op.f("ck_card_setups_status")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_card_setups_card_id")),
        sa.ForeignKeyConstraint(["user_id"], ["accounts.id"], name=op.f("fk_card_setups_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_setups")),
        sa.UniqueConstraint("code", name=op.f("uq_card_setups_code")),
        sa.UniqueConstraint("session_id", name=op.f("uq_card_setups_session_id")),
    ]


def upgrade() -> None:
    """Take the step."""
    op.create_table("customers", *_customers(), **STRICT)
    op.create_table("cards", *_cards(), **STRICT)
    op.create_index(
        "ux_cards_kept",
        "cards",
        ["user_id", "fingerprint"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table("card_setups", *_card_setups(), **STRICT)
    op.create_index(op.f("ix_card_setups_user_id"), "card_setups", ["user_id"], unique=False)
    op.add_column("payments", sa.Column("card_id", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("charge_id", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("card", sa.Text(), nullable=True))
    op.create_index("ux_payments_charge", "payments", ["charge_id"], unique=True)

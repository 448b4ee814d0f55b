"""The event log, append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import TXID_DEFAULT, WHOLE_NUMBER, Backend, append_only

revision = "0006_events"
down_revision = "0005_payments"


def upgrade() -> None:
    """Take the step."""
    kind = Backend(op.get_bind().dialect.name)
    op.create_table(
        "events",
        sa.Column("seq", WHOLE_NUMBER, autoincrement=True, nullable=False),
        sa.Column("txid", WHOLE_NUMBER, server_default=sa.text(TXID_DEFAULT[kind]), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("version", WHOLE_NUMBER, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", WHOLE_NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    _indexes()
    for statement in append_only(kind, "events"):
        op.execute(statement)


def _indexes() -> None:
    op.create_index(
        "ix_events_order",
        "events",
        ["order_id", "seq"],
        unique=False,
        sqlite_where=sa.text("order_id IS NOT NULL"),
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "ix_events_place",
        "events",
        ["txid", "seq"],
        unique=False,
        sqlite_where=sa.text("txid > 0"),
        postgresql_where=sa.text("txid > 0"),
    )
    op.create_index(
        "ux_events_version",
        "events",
        ["entity_id", "version"],
        unique=True,
        sqlite_where=sa.text("version > 0"),
        postgresql_where=sa.text("version > 0"),
    )

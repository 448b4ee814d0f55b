"""A withdrawn ticket does not reserve its external_id."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_external_ids"
down_revision = "0015_lookups"


def upgrade() -> None:
    """Take the step."""
    op.drop_index("ux_tickets_external_id", "tickets")
    only = sa.text("shelf != 'off' AND external_id IS NOT NULL")
    op.create_index("ix_tickets_by_seller", "tickets", ["seller_id", "external_id"])
    op.create_index(
        "ux_tickets_external_id", "tickets", ["seller_id", "external_id"], unique=True,
        sqlite_where=only, postgresql_where=only,
    )  # fmt: skip

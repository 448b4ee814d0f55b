"""What a show's tickets were sold for, and which work is not done: both looked at often."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_lookups"
down_revision = "0014_gate"


def upgrade() -> None:
    """Take the step."""
    for name, table, columns, where in (
        ("ix_orders_sold_at", "orders", ["show_id", "ended_at", "id"], "status = 'complete'"),
        ("ix_jobs_left", "jobs", ["state", "id"], "state != 'done'"),
    ):
        only = sa.text(where)
        op.create_index(
            name, table, columns, unique=False, sqlite_where=only, postgresql_where=only
        )

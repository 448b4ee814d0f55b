"""What a show was before an operator changed it, and which show it was merged into."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024_show_changes"
down_revision = "0023_custody"


def upgrade() -> None:
    """Take the step."""
    op.add_column("shows", sa.Column("before", sa.Text(), nullable=True))
    op.add_column("shows", sa.Column("merged_into", sa.Text(), nullable=True))

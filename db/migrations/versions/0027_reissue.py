"""Operators replace entry codes and say why; an alert knows the second of two who claim a seat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027_reissue"
down_revision = "0026_organisers"


def upgrade() -> None:
    """Take the step."""
    op.add_column("entry_codes", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("attention", sa.Column("other_id", sa.Text(), nullable=True))

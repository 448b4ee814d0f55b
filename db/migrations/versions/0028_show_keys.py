"""The keys with which the QR codes of a show are signed; the server makes them when it starts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import STRICT, WHOLE_NUMBER

revision = "0028_show_keys"
down_revision = "0027_reissue"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "show_keys",
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("show_id", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("created_at", WHOLE_NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_show_keys_show_id")),
        sa.PrimaryKeyConstraint("public_key", name=op.f("pk_show_keys")),
        **STRICT,
    )
    op.create_index(op.f("ix_show_keys_show_id"), "show_keys", ["show_id"])

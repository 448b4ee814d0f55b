"""An address is kept as it was typed, and compared by a key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022_email_keys"
down_revision = "0021_withdrawals"


def upgrade() -> None:
    """Take the step. Until now the key was stored in place of the address."""
    op.add_column("accounts", sa.Column("email_key", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE accounts SET email_key = email")
    op.create_index("ux_accounts_email_key", "accounts", ["email_key"], unique=True)

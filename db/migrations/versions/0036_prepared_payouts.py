"""A payout by file is prepared until an operator confirms that the bank has paid it.

Payouts that were sent by file before stay `sent`: their money left the books when they were made.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.tables import change_check

revision = "0036_prepared_payouts"
down_revision = "0035_lock_ends"

BOOKS = "book IN ('platform', 'seller', 'fee', 'buyer', 'dispute', 'transit')"
KINDS = (
    "kind IN ('capture', 'late', 'refund', 'refund_failed', 'refund_settled', 'dispute', "
    "'dispute_won', 'dispute_lost', 'payout', 'payout_failed', 'payout_paid')"
)
STATUSES = "status IN ('due', 'sent', 'failed', 'prepared', 'paid')"


def upgrade() -> None:
    """Take the step."""
    change_check("ledger", "ck_ledger_book", BOOKS)
    change_check("ledger", "ck_ledger_kind", KINDS)
    change_check("payouts", "ck_payouts_status", STATUSES)
    op.execute(
        "ALTER TABLE payouts ADD COLUMN batch_id TEXT CONSTRAINT ck_payouts_batch "
        "CHECK (status NOT IN ('prepared', 'paid') OR batch_id IS NOT NULL)"
    )
    op.execute("ALTER TABLE payouts ADD COLUMN reason TEXT")
    some = sa.text("batch_id IS NOT NULL")
    op.create_index(
        "ix_payouts_batch", "payouts", ["batch_id"], sqlite_where=some, postgresql_where=some
    )

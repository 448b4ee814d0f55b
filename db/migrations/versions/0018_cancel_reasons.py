"""Orders say when they were cancelled with their show, or with their listing."""

from __future__ import annotations

from db.migrations.tables import change_check

revision = "0018_cancel_reasons"
down_revision = "0017_code_keys"

REASONS = (
    "reason IN ('expired', 'buyer', 'payment_failed', 'admin', 'show_cancelled', "
    "'listing_withdrawn')"
)


def upgrade() -> None:
    """Take the step."""
    change_check("orders", "ck_orders_reason", REASONS)

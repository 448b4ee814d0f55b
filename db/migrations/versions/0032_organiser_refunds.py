"""A refund by the organiser who sold the ticket has a reason of its own."""

from __future__ import annotations

from db.migrations.tables import change_check

revision = "0032_organiser_refunds"
down_revision = "0031_official_shows"

REASONS = "'late', 'operator', 'show_cancelled', 'elsewhere', 'organiser'"


def upgrade() -> None:
    """Take the step."""
    change_check("refunds", "ck_refunds_reason", f"reason IN ({REASONS})")

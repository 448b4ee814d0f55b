"""Organisers set rules for the tickets of their shows. Shows had none before."""

from __future__ import annotations

from alembic import op

revision = "0034_show_policies"
down_revision = "0033_entry_window"


def upgrade() -> None:
    """Take the step."""
    op.execute(
        "ALTER TABLE shows ADD COLUMN policy TEXT CONSTRAINT ck_shows_policy "
        "CHECK (policy IS NULL OR organiser_id IS NOT NULL)"
    )

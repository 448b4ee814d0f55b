"""The time zone of each show: the likeliest of its country, where the country uses its offset."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contract.timezones import NotInZone, zone_of
from db.types import from_us

revision = "0019_time_zones"
down_revision = "0018_cancel_reasons"


def upgrade() -> None:
    """Take the step."""
    op.add_column("shows", sa.Column("timezone", sa.Text(), nullable=True))
    connection = op.get_bind()
    known = sa.text("SELECT id, starts_at, offset_minutes, country, city FROM shows")
    keep = sa.text("UPDATE shows SET timezone = :timezone WHERE id = :id")
    for show_id, starts_at, offset, country, city in connection.execute(known).all():
        at = from_us(starts_at, offset_minutes=offset)
        try:
            timezone = zone_of(at, country=country, city=city, timezone=None)
        except NotInZone:
            continue
        connection.execute(keep, {"timezone": timezone, "id": show_id})

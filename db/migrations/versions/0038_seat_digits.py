"""Seats are compared by the value of their digits, in whatever script these are written.

Of tickets that are for one seat now, the one that was sold keeps it, else the one listed first; of
the others operators get an alert.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

from contract.text_keys import seat_key

revision = "0038_seat_digits"
down_revision = "0037_returns"

TICKETS = sa.table(
    "tickets",
    *map(sa.column, ("id", "show_id", "section", "row", "seat", "shelf", "status", "seat_key")),
)
RANK = {"sold": 0, "locked": 1, "available": 2}
Seat = tuple[str, str]


def upgrade() -> None:
    """Take the step."""
    connection = op.get_bind()
    listed: defaultdict[Seat, list[Any]] = defaultdict(list)
    withdrawn: list[tuple[str, str]] = []
    for row in connection.execute(sa.select(TICKETS).where(TICKETS.c.seat_key.is_not(None))).all():
        key = None if row.seat_key.isascii() else seat_key(row.section, row.row, row.seat)
        if key in {None, row.seat_key}:
            continue
        if row.shelf == "off":
            withdrawn.append((row.id, key))
        else:
            listed[row.show_id, key].append(row)
    for ticket_id, key in withdrawn:
        _set(ticket_id, key)
    for (show_id, key), rows in listed.items():
        _settle(show_id, key, rows)


def _settle(show_id: str, key: str, rows: list[Any]) -> None:
    """Give a seat to one of the tickets that are for it, of which one may have it already."""
    holder = sa.select(TICKETS).where(
        TICKETS.c.show_id == show_id, TICKETS.c.seat_key == key, TICKETS.c.shelf != "off"
    )
    everyone = [*rows, *op.get_bind().execute(holder).all()]
    first, *others = sorted(everyone, key=lambda row: (RANK.get(row.status, 3), row.id))
    for other in others:
        _set(other.id, None)
        _alert(other.id, f"{first.id} and {other.id} are both for one seat of {show_id}.")
    _set(first.id, key)


def _set(ticket_id: str, key: str | None) -> None:
    op.get_bind().execute(sa.update(TICKETS).where(TICKETS.c.id == ticket_id).values(seat_key=key))


def _alert(ticket_id: str, detail: str) -> None:
    op.get_bind().execute(
        sa.text(
            "INSERT INTO attention (id, kind, subject, order_id, detail, version, opened_at) "
            "SELECT :id, 'seat_taken', :subject, NULL, :detail, 1, :now WHERE NOT EXISTS "
            "(SELECT 1 FROM attention WHERE kind = 'seat_taken' AND subject = :subject)"
        ),
        {"id": f"att_0{ticket_id.partition('_')[2]}", "subject": ticket_id, "detail": detail,
         "now": time.time_ns() // 1000},
    )  # fmt: skip

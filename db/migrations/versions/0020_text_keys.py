"""Shows and seats are compared by keys; what was listed twice stays, and operators get an alert."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

from contract.text_keys import SEPARATOR, fold, seat_key, show_key
from db.migrations.tables import change_check

revision = "0020_text_keys"
down_revision = "0019_time_zones"

KINDS = (
    "kind IN ('refund_failed', 'dispute', 'mismatch', 'slow_capture', 'provider_refuses', "
    "'payout_failed', 'job_failed', 'seat_taken', 'similar_shows')"
)
ONLY = sa.text("shelf != 'off'")
BATCH = 1000
ALERT = sa.text(
    "INSERT INTO attention (id, kind, subject, order_id, detail, version, opened_at) "
    "VALUES (:id, :kind, :subject, NULL, :detail, 1, :now)"
)


def upgrade() -> None:
    """Take the step."""
    change_check("attention", "ck_attention_kind", KINDS)
    _shows()
    op.add_column("tickets", sa.Column("seat_key", sa.Text(), nullable=True))
    _seats()
    op.drop_index("ux_tickets_seat", "tickets")
    op.create_index(
        "ux_tickets_seat", "tickets", ["show_id", "seat_key"], unique=True,
        sqlite_where=ONLY, postgresql_where=ONLY,
    )  # fmt: skip


def _shows() -> None:
    """Compute the keys of the shows; the second of two that are the same keeps one of its own."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT id, name, venue, city, country, starts_at FROM shows ORDER BY id")
    ).all()
    # Freed first, so that no new key meets an old one.
    connection.execute(sa.text("UPDATE shows SET identity = id"))
    first: dict[tuple[str, int], str] = {}
    for show_id, name, venue, city, country, starts_at in rows:
        identity = show_key(name, venue, city)
        kept = first.setdefault((identity, starts_at), show_id)
        if kept != show_id:
            identity = f"{identity}{SEPARATOR}{show_id}"
            detail = f"{name} ({show_id}) is the same as {kept}, spelled otherwise. Merge them."
            _alert("similar_shows", show_id, detail)
        connection.execute(
            sa.text(
                "UPDATE shows SET identity = :identity, name_words = :name, city_words = :city, "
                "words = :words WHERE id = :id"
            ),
            {"identity": identity, "name": fold(name), "city": fold(city), "id": show_id,
             "words": " ".join(map(fold, (name, venue, city, country)))},
        )  # fmt: skip


def _seats() -> None:
    """Compute the keys of the seats: the sold ticket of a seat has it, else the first listed."""
    connection = op.get_bind()
    tickets = sa.table("tickets", *map(sa.column, ("id", "show_id", "section", "row", "seat",
                                                   "shelf", "status", "seat_key")))  # fmt: skip
    rank = sa.case({"sold": 0, "locked": 1, "available": 2}, value=tickets.c.status, else_=3)
    holders: dict[tuple[str, str], str] = {}
    keyed: list[dict[str, str]] = []
    for row in connection.execute(
        sa.select(tickets).where(tickets.c.seat != "").order_by(rank, tickets.c.id)
    ).all():
        key = seat_key(row.section, row.row, row.seat)
        if key is None:
            continue
        if row.shelf != "off":
            holder = holders.setdefault((row.show_id, key), row.id)
            if holder != row.id:
                detail = f"{holder} and {row.id} are both for one seat of {row.show_id}."
                _alert("seat_taken", row.id, detail)
                continue
        keyed.append({"of": row.id, "key": key})
    keep = (
        sa.update(tickets)
        .where(tickets.c.id == sa.bindparam("of"))
        .values(seat_key=sa.bindparam("key"))
    )
    for start in range(0, len(keyed), BATCH):
        connection.execute(keep, keyed[start : start + BATCH])


def _alert(kind: str, subject: str, detail: str) -> None:
    op.get_bind().execute(
        ALERT,
        {"id": f"att_{subject.partition('_')[2]}", "kind": kind, "subject": subject,
         "detail": detail, "now": time.time_ns() // 1000},
    )  # fmt: skip

"""Names of shows and organisers are compared by the value of their digits, in whatever script.

Of two shows that are the same now, the first keeps the key, the second has one of its own, and
operators get an alert. Of two approved organisers with one name the second has a key of its own.
"""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from alembic import op

from contract.text_keys import SEPARATOR, fold, name_key, show_key

revision = "0042_show_digits"
down_revision = "0041_overrides"

SHOWS = sa.table(
    "shows",
    *map(sa.column, ("id", "name", "venue", "city", "country", "starts_at", "identity",
                     "name_words", "city_words", "words", "merged_into")),
)  # fmt: skip
ORGANISERS = sa.table("organisers", *map(sa.column, ("id", "name", "name_key", "status")))


def upgrade() -> None:
    """Take the step."""
    connection = op.get_bind()
    for show in connection.execute(sa.select(SHOWS).order_by(SHOWS.c.id)).all():
        _show(show)
    for organiser in connection.execute(sa.select(ORGANISERS).order_by(ORGANISERS.c.id)).all():
        _organiser(organiser)


def _show(show: sa.Row[Any]) -> None:
    key = show_key(show.name, show.venue, show.city)
    own = f"{key}{SEPARATOR}{show.id}"
    if show.identity in {key, own}:
        return
    same = sa.select(SHOWS).where(SHOWS.c.identity == key, SHOWS.c.starts_at == show.starts_at)
    first = op.get_bind().execute(same).first()
    had_own = show.identity.endswith(f"{SEPARATOR}{show.id}")
    if first and not had_own and _kept(first) != _kept(show):
        _alert(show.id, f"{show.name} ({show.id}) is the same as {first.id}, spelled otherwise. "
                        "Merge them.")  # fmt: skip
    name, venue, city, country = map(fold, (show.name, show.venue, show.city, show.country))
    op.get_bind().execute(
        sa.update(SHOWS)
        .where(SHOWS.c.id == show.id)
        .values(
            identity=own if first or had_own else key,
            name_words=name,
            city_words=city,
            words=f"{name} {venue} {city} {country}",
        )
    )


def _kept(show: sa.Row[Any]) -> str:
    return str(show.merged_into or show.id)


def _organiser(organiser: sa.Row[Any]) -> None:
    key = name_key(organiser.name)
    if organiser.name_key == key:
        return
    approved = ORGANISERS.c.status == "approved"
    same = sa.select(ORGANISERS).where(ORGANISERS.c.name_key == key, approved)
    if organiser.status == "approved" and op.get_bind().execute(same).first():
        key = f"{key}{SEPARATOR}{organiser.id}"
    op.get_bind().execute(
        sa.update(ORGANISERS).where(ORGANISERS.c.id == organiser.id).values(name_key=key)
    )


def _alert(show_id: str, detail: str) -> None:
    op.get_bind().execute(
        sa.text(
            "INSERT INTO attention (id, kind, subject, order_id, detail, version, opened_at) "
            "SELECT :id, 'similar_shows', :subject, NULL, :detail, 1, :now WHERE NOT EXISTS "
            "(SELECT 1 FROM attention WHERE kind = 'similar_shows' AND subject = :subject)"
        ),
        {"id": f"att_0{show_id.partition('_')[2]}", "subject": show_id, "detail": detail,
         "now": time.time_ns() // 1000},
    )  # fmt: skip

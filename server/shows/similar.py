"""Similar shows: those that are probably the same as another one, spelled otherwise."""

from __future__ import annotations

from difflib import SequenceMatcher

from sqlalchemy import bindparam, select

from contract.alerts import AlertKind
from contract.shows import Show, ShowCreated
from contract.text_keys import name_key
from db.schema.shows import shows
from db.statement import Statement
from db.types import to_us
from server.alerts import service as alerts
from server.clock import SECOND
from server.shows import service
from server.shows.statements import COLUMNS
from server.tx import Tx

#: Doors open at seven, the concert begins at eight: two sellers may mean the same show.
NEARBY = 2 * 3600 * SECOND
#: How much of two names must be the same: of "Okapi" and "Okapi!" 0.91, of two bands 0.5 at most.
ALIKE = 0.8
#: Compared with at most this many shows, so that a crowded evening costs no more than a quiet one.
MOST = 200

AROUND = Statement(
    select(*COLUMNS)
    .where(
        shows.c.starts_at >= bindparam("earliest"), shows.c.starts_at <= bindparam("latest"),
        shows.c.country == bindparam("in_country"), shows.c.id != bindparam("not_id"),
        shows.c.cancelled_at.is_(None), shows.c.merged_into.is_(None),
    )
    .order_by(shows.c.starts_at, shows.c.id)
    .limit(MOST)
)  # fmt: skip


def find(tx: Tx, show: Show) -> list[Show]:
    """Return the shows in the same city that begin at nearly the same time and sound alike."""
    at = to_us(show.starts_at)
    rows = tx.all(
        AROUND,
        earliest=at - NEARBY, latest=at + NEARBY, in_country=show.country, not_id=show.id,
    )  # fmt: skip
    return [other for other in map(service.from_row, rows) if _alike(show, other)]


def show_created(tx: Tx, event: ShowCreated) -> None:
    """Alert operators to a show that a new one may be the same as."""
    show = Show(
        id=event.id, name=event.title, category=event.category, venue=event.venue, city=event.city,
        country=event.country, starts_at=event.starts_at, timezone=event.timezone,
    )  # fmt: skip
    for other in find(tx, show)[:1]:
        detail = (
            f"{show.name} at {show.venue}, {show.city}, {show.starts_at.isoformat()} may be the "
            f"same as {other.name} at {other.venue}, {other.city}, {other.starts_at.isoformat()}. "
            f"If so: ticketing admin merge-shows {show.id} {other.id}"
        )
        alerts.open_alert(tx, AlertKind.SIMILAR_SHOWS, show.id, detail=detail)


def notice(tx: Tx, show: Show) -> str | None:
    """Tell a seller which other show theirs may be, or return None."""
    for other in find(tx, show)[:1]:
        return (
            f"There is also {other.name} at {other.venue}, {other.city}, "
            f"{other.starts_at.isoformat()} ({other.id}). If it is the same show, spell it so."
        )
    return None


def _alike(one: Show, other: Show) -> bool:
    if not (_sound_alike(one.name, other.name) and _sound_alike(one.city, other.city)):
        return False
    return one.starts_at == other.starts_at or _sound_alike(one.venue, other.venue)


def _sound_alike(one: str, other: str) -> bool:
    a, b = name_key(one), name_key(other)
    if set(a.split()) <= set(b.split()) or set(b.split()) <= set(a.split()):
        return True
    return SequenceMatcher(None, a, b).ratio() >= ALIKE

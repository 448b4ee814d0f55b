"""What shows knows and does: know a show when it is named again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from contract.problems import FieldError, Invalid, NotFound
from contract.shows import (
    Category,
    Show,
    ShowCancelled,
    ShowCreated,
    ShowDetails,
    ShowIsCancelled,
    ShowStarted,
)
from db.schema.shows import shows
from db.statement import Row, Statement
from db.types import from_us, to_us
from server.shows.words import fold
from server.tx import Tx

#: The columns of a show as it is told; `told` reads them.
COLUMNS = (
    shows.c.id, shows.c.name, shows.c.category, shows.c.venue, shows.c.city, shows.c.country,
    shows.c.starts_at, shows.c.offset_minutes, shows.c.cancelled_at,
)  # fmt: skip
BY_ID = Statement(select(*COLUMNS).where(shows.c.id == bindparam("show_id")))
BY_IDENTITY = Statement(
    select(*COLUMNS).where(
        shows.c.identity == bindparam("same"), shows.c.starts_at == bindparam("starts")
    )
)
CREATE = Statement(insert(shows))
IDENTITY = Statement(select(shows.c.identity).where(shows.c.id == bindparam("show_id")))
CANCEL = Statement(
    update(shows)
    .where(shows.c.id == bindparam("show_id"), shows.c.cancelled_at.is_(None))
    .values(cancelled_at=bindparam("now"), version=shows.c.version + 1)
    .returning(*COLUMNS, shows.c.version)
)
LONGEST_LINE = 200
#: A day before the calendar ends, so that a start can be told at any offset.
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
#: Separates the parts of an identity; no text may contain it.
_BETWEEN = "\x1f"


def view(tx: Tx, *, show_id: str) -> Show:
    """Return a show. Raises NotFound."""
    row = tx.first(BY_ID, show_id=show_id)
    if row is None:
        raise NotFound("There is no such show.")
    return told(row)


def named(tx: Tx, details: ShowDetails) -> Show:
    """Return the show with these details, which becomes known if it was not.

    The same name, venue, city and start are the same show, whatever their case and accents.
    Raises ShowStarted for one whose start has passed, ShowIsCancelled for one that will not take
    place, Invalid for what cannot be kept.
    """
    if details.starts_at <= tx.now:
        raise ShowStarted(f"{details.name} started at {details.starts_at.isoformat()}.")
    errors = tuple(_faults(details))
    if errors:
        raise Invalid(errors=errors)
    identity = _BETWEEN.join(map(fold, (details.name, details.venue, details.city)))
    starts = to_us(details.starts_at)
    tx.advisory_lock(f"show:{identity}")
    row = tx.first(BY_IDENTITY, same=identity, starts=starts)
    if row is None:
        return _create(tx, details, identity=identity)
    show = told(row)
    if show.cancelled:
        raise ShowIsCancelled(f"{show.name} was cancelled.")
    return show


def cancel(tx: Tx, *, show_id: str) -> Show:
    """Cancel a show, once. Raises NotFound.

    Whoever lists a ticket for it at this moment comes before, and is seen to, or is refused.
    """
    row = tx.first(IDENTITY, show_id=show_id)
    if row is not None:
        tx.advisory_lock(f"show:{row[0]}")
    row = tx.first(CANCEL, show_id=show_id, now=tx.now_us)
    if row is not None:
        show = told(row)
        tx.publish(
            ShowCancelled(
                id=show.id, version=row[-1], title=show.name, starts_at=show.starts_at
            )
        )  # fmt: skip
    return view(tx, show_id=show_id)


def _create(tx: Tx, details: ShowDetails, *, identity: str) -> Show:
    offset = details.starts_at.utcoffset() or timedelta()
    show = Show(
        id=tx.new_id("shw"),
        name=_line(details.name),
        category=details.category,
        venue=_line(details.venue),
        city=_line(details.city),
        country=details.country,
        starts_at=details.starts_at,
    )
    words = " ".join(map(fold, (show.name, show.venue, show.city, show.country)))
    tx.execute(
        CREATE,
        id=show.id, name=show.name, category=show.category.value, venue=show.venue, city=show.city,
        country=show.country, starts_at=to_us(show.starts_at),
        offset_minutes=offset // timedelta(minutes=1), identity=identity,
        name_words=fold(show.name), city_words=fold(show.city), words=words, version=1,
        created_at=tx.now_us, cancelled_at=None,
    )  # fmt: skip
    tx.publish(
        ShowCreated(
            id=show.id,
            version=1,
            title=show.name,
            category=show.category,
            venue=show.venue,
            city=show.city,
            country=show.country,
            starts_at=show.starts_at,
        )
    )
    return show


def told(row: Row) -> Show:
    """Read a show from its `COLUMNS`."""
    return Show(
        id=row[0], name=row[1], category=Category(row[2]), venue=row[3], city=row[4],
        country=row[5], starts_at=from_us(row[6], offset_minutes=row[7]),
        cancelled=row[8] is not None,
    )  # fmt: skip


def _faults(details: ShowDetails) -> Iterator[FieldError]:
    """Say what only shows when it is kept: normal form makes some texts three times as long."""
    for name in ("name", "venue", "city"):
        if len(_line(getattr(details, name))) > LONGEST_LINE:
            yield FieldError(field=f"show.{name}", message="is too long")
    if details.starts_at > LATEST:
        yield FieldError(field="show.starts_at", message="is too far ahead")


def _line(text: str) -> str:
    """Return a line in one normal form, without blanks at its ends."""
    return unicodedata.normalize("NFC", " ".join(text.split()))

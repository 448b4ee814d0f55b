"""The rules of shows: recognise a show by its details, and cancel it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from contract import timezones
from contract.policies import ShowPolicy
from contract.problems import FieldError, Invalid, NotFound
from contract.shows import (
    Category,
    Show,
    ShowBefore,
    ShowCancelled,
    ShowCreated,
    ShowDetails,
    ShowExists,
    ShowIsCancelled,
    ShowStarted,
)
from contract.text_keys import fold, show_key, tidy
from db.statement import Row
from db.types import from_us, to_us
from server.shows import statements as sql
from server.tx import Tx

MAX_LENGTH = 200
#: A day before the calendar ends, so that a start can be shown at any offset.
LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def view(tx: Tx, *, show_id: str) -> Show:
    """Return a show, or the one that it was merged into. Raises NotFound."""
    row = tx.first(sql.BY_ID, show_id=show_id)
    if row is None:
        raise NotFound("There is no such show.")
    return from_row(row) if row[11] is None else view(tx, show_id=row[11])


def current_id(tx: Tx, *, show_id: str | None) -> str | None:
    """Return the id of the show that a show was merged into; that of any other as it is."""
    row = None if show_id is None else tx.first(sql.BY_ID, show_id=show_id)
    return show_id if row is None or row[11] is None else str(row[11])


def find(tx: Tx, details: ShowDetails) -> Show | None:
    """Return the show with these details, or the one that it was merged into."""
    identity = show_key(details.name, details.venue, details.city)
    row = tx.first(sql.BY_IDENTITY, identity=identity, starts_at=to_us(details.starts_at))
    return None if row is None else view(tx, show_id=row[0])


def list_of_organiser(tx: Tx, *, organiser_id: str, before: str, limit: int) -> list[Show]:
    """List the shows of an organiser, the last one created first."""
    found = tx.all(sql.OF_ORGANISER, organiser=organiser_id, before=before, limit=limit)
    return [from_row(row) for row in found]


def get_or_create(tx: Tx, details: ShowDetails, *, organiser_id: str | None = None) -> Show:
    """Return the show with these details; create it if it does not exist.

    The same name, venue, city and start are the same show, however they are spelled: see
    `show_key`. A new show that is like another one is pointed out to operators.
    Raises ShowStarted, ShowIsCancelled, and Invalid for details that cannot be stored.
    """
    if details.starts_at <= tx.now:
        raise ShowStarted(f"{details.name} started at {details.starts_at.isoformat()}.")
    timezone = check(details)
    identity = show_key(details.name, details.venue, details.city)
    tx.advisory_lock(f"show:{identity}")
    show = find(tx, details)
    if show is None:
        return _create(tx, details, identity=identity, timezone=timezone, organiser_id=organiser_id)
    if show.cancelled:
        raise ShowIsCancelled(f"{show.name} was cancelled.")
    return show


def cancel(tx: Tx, *, show_id: str) -> Show:
    """Cancel a show, once. Raises NotFound.

    A ticket listed at the same moment is either listed before and withdrawn, or refused.
    """
    row = tx.first(sql.IDENTITY, show_id=show_id)
    if row is not None:
        tx.advisory_lock(f"show:{row[0]}")
    row = tx.first(sql.CANCEL, show_id=show_id, now=tx.now_us)
    if row is not None:
        show = from_row(row)
        tx.publish(
            ShowCancelled(
                id=show.id, version=row[-1], title=show.name, starts_at=show.starts_at
            )
        )  # fmt: skip
    return view(tx, show_id=show_id)


def check(details: ShowDetails) -> str:
    """Return the time zone of a show. Raises Invalid for details that cannot be stored."""
    errors = tuple(_faults(details))
    if errors:
        raise Invalid(errors=errors)
    return _timezone(details)


def columns(details: ShowDetails) -> dict[str, Any]:
    """Return the columns that follow from the details of a show alone."""
    name, venue, city = map(tidy, (details.name, details.venue, details.city))
    offset = details.starts_at.utcoffset() or timedelta()
    return {
        "name": name, "category": details.category.value, "venue": venue, "city": city,
        "country": details.country, "starts_at": to_us(details.starts_at),
        "offset_minutes": offset // timedelta(minutes=1), "name_words": fold(name),
        "city_words": fold(city),
        "words": " ".join(map(fold, (name, venue, city, details.country))),
    }  # fmt: skip


def create(tx: Tx, details: ShowDetails, *, organiser_id: str) -> Show:
    """Create an organiser's show. Raises ShowStarted, Invalid, ShowExists."""
    show = get_or_create(tx, details, organiser_id=organiser_id)
    if show.organiser_id != organiser_id:
        raise ShowExists(f"{show.id} is this show already. An operator can merge it into yours.")
    return show


def _create(
    tx: Tx, details: ShowDetails, *, identity: str, timezone: str, organiser_id: str | None
) -> Show:
    show = Show(
        id=tx.new_id("shw"), name=tidy(details.name), category=details.category,
        venue=tidy(details.venue), city=tidy(details.city), country=details.country,
        starts_at=details.starts_at, timezone=timezone, organiser_id=organiser_id,
        official=organiser_id is not None,
    )  # fmt: skip
    tx.execute(
        sql.INSERT, id=show.id, **columns(details), identity=identity, version=1,
        created_at=tx.now_us, cancelled_at=None, timezone=timezone, before=None, merged_into=None,
        organiser_id=organiser_id, official=int(show.official), doors_open_at=None,
        entry_closes_at=None, policy=None, refund_until=None,
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
            timezone=timezone,
            organiser_id=organiser_id,
        )
    )
    return show


def from_row(row: Row) -> Show:
    """Read a show from its columns."""
    return Show(
        id=row[0], name=row[1], category=Category(row[2]), venue=row[3], city=row[4],
        country=row[5], starts_at=from_us(row[6], offset_minutes=row[7]),
        cancelled=row[8] is not None, timezone=row[9],
        before=None if row[10] is None else msgspec.json.decode(row[10], type=ShowBefore),
        organiser_id=row[12], official=bool(row[13]),
        doors_open_at=_moment(row[14], row[7]), entry_closes_at=_moment(row[15], row[7]),
        policy=policy_from(row[16]),
        refund_until=None if row[17] is None else from_us(row[17]),
    )  # fmt: skip


def _moment(us: int | None, offset_minutes: int) -> datetime | None:
    return None if us is None else from_us(us, offset_minutes=offset_minutes)


def policy_from(text: str | None) -> ShowPolicy | None:
    """Read a policy as the database has it."""
    return None if text is None else msgspec.json.decode(text, type=ShowPolicy)


def _faults(details: ShowDetails) -> Iterator[FieldError]:
    """Check what only the stored form shows: normal form makes some texts three times as long."""
    for name in ("name", "venue", "city"):
        if len(tidy(getattr(details, name))) > MAX_LENGTH:
            yield FieldError(field=f"show.{name}", message="is too long")
    if details.starts_at > LATEST:
        yield FieldError(field="show.starts_at", message="is too far ahead")


def _timezone(details: ShowDetails) -> str:
    """Return the time zone of a show. Raises Invalid when its offset is not used there then."""
    try:
        return timezones.zone_of(
            details.starts_at, country=details.country, city=details.city, timezone=details.timezone
        )
    except timezones.NotInZone as wrong:
        field = "show.timezone" if wrong.about_zone else "show.starts_at"
        raise Invalid(errors=(FieldError(field=field, message=str(wrong)),)) from None

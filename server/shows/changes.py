"""Changes of shows by operators: postpone or correct one, and merge two that are the same.

What belongs to a show is moved by the services that it belongs to, in the same transaction.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from contract import timezones
from contract.alerts import AlertKind
from contract.problems import FieldError, Invalid
from contract.shows import (
    EditShow,
    Show,
    ShowBefore,
    ShowDetails,
    ShowExists,
    ShowIsCancelled,
    ShowMerged,
    ShowStarted,
    ShowUpdated,
)
from contract.text_keys import show_key
from db.types import to_us
from server.alerts import service as alerts
from server.shows import entry_window, service
from server.shows import statements as sql
from server.tx import Tx


def edit(tx: Tx, *, show_id: str, body: EditShow) -> Show:
    """Postpone or correct a show; buyers see what it was before.

    Raises NotFound, ShowIsCancelled, ShowStarted for a new start in the past, ShowExists, and
    Invalid for details that cannot be stored.
    """
    current = service.view(tx, show_id=show_id)
    _refuse_cancelled(current)
    details = _changed(current, body)
    if details.starts_at != current.starts_at and details.starts_at <= tx.now:
        raise ShowStarted(f"{details.starts_at.isoformat()} has passed.")
    timezone = service.check(details)
    identity = show_key(details.name, details.venue, details.city)
    tx.advisory_lock(f"show:{identity}")
    same = tx.first(sql.BY_IDENTITY, identity=identity, starts_at=to_us(details.starts_at))
    if same is not None and same[0] != current.id:
        hint = f"ticketing admin merge-shows {current.id} {same[0]}"
        raise ShowExists(f"{same[0]} is this show already. An operator makes them one: {hint}")
    before = _before(current, details)
    values = service.columns(details) | {"identity": identity, "timezone": timezone}
    values |= entry_window.edited(current, body, starts_us=to_us(details.starts_at))
    row = tx.first(
        sql.EDIT, show_id=current.id, **{f"new_{name}": value for name, value in values.items()},
        new_before=None if before is None else msgspec.json.encode(before).decode(),
        new_refund_until=_refund_until(tx, current, details),
    )  # fmt: skip
    assert row is not None  # noqa: S101  it was read in this transaction
    after = service.from_row(row)
    tx.publish(
        ShowUpdated(
            id=after.id, version=row[-1], title=after.name, category=after.category,
            venue=after.venue, city=after.city, country=after.country, starts_at=after.starts_at,
            timezone=after.timezone, before=after.before, doors_open_at=after.doors_open_at,
            entry_closes_at=after.entry_closes_at, refund_until=after.refund_until,
        )
    )  # fmt: skip
    return after


def merge(tx: Tx, *, show_id: str, into_id: str) -> Show:
    """Make two shows one: everything of the first belongs to the second. Return the second.

    Raises NotFound, ShowIsCancelled, and Invalid for a show and itself.
    """
    gone, kept = service.view(tx, show_id=show_id), service.view(tx, show_id=into_id)
    if gone.id == kept.id:
        raise Invalid(errors=(FieldError(field="into", message="is the same show"),))
    for show in (gone, kept):
        _refuse_cancelled(show)
    if gone.organiser_id not in (None, kept.organiser_id):
        why = "must be a show of the same organiser; an organiser's show stays with it"
        raise Invalid(errors=(FieldError(field="into", message=why),))
    tx.execute(sql.MERGE_EARLIER, show_id=gone.id, into=kept.id)
    row = tx.first(sql.MERGE, show_id=gone.id, into=kept.id)
    assert row is not None  # noqa: S101  it was read in this transaction
    tx.publish(
        ShowMerged(
            id=gone.id, version=row[-1], into_id=kept.id, title=gone.name,
            starts_at=kept.starts_at,
        )
    )  # fmt: skip
    for subject in (gone.id, kept.id):
        alerts.auto_resolve(
            tx, AlertKind.SIMILAR_SHOWS, subject, note=f"{gone.id} was merged into {kept.id}."
        )
    return kept


def _refuse_cancelled(show: Show) -> None:
    if show.cancelled:
        raise ShowIsCancelled(f"{show.name} was cancelled.")


def _changed(current: Show, body: EditShow) -> ShowDetails:
    """Return the details after the edit; the time zone stays where it fits the new start."""
    values = {
        name: getattr(current, name) if getattr(body, name) is UNSET else getattr(body, name)
        for name in ("name", "category", "venue", "city", "country", "starts_at", "timezone")
    }
    fits = (
        body.timezone is not UNSET
        or values["starts_at"] == current.starts_at
        or (current.timezone is not None and timezones.uses(current.timezone, values["starts_at"]))
    )
    if not fits or (body.country is not UNSET and body.timezone is UNSET):
        values["timezone"] = None
    return ShowDetails(**values)


def _refund_until(tx: Tx, current: Show, after: ShowDetails) -> int | None:
    """Return until when buyers can return tickets: another start of an official show lets them.

    Never after the start; a show that is postponed again never closes the window earlier for that.
    """
    known = None if current.refund_until is None else to_us(current.refund_until)
    if after.starts_at == current.starts_at or current.organiser_id is None:
        return known
    if tx.settings.refund_for:
        known = max(known or 0, tx.now_us + tx.settings.refund_for)
    return None if known is None else min(known, to_us(after.starts_at))


def _before(current: Show, after: ShowDetails) -> ShowBefore | None:
    """Return the last different value of each detail, those of earlier changes included."""
    known = current.before or ShowBefore()
    changed = {
        name: getattr(current, name)
        for name in ("name", "venue", "city", "starts_at")
        if getattr(current, name) != getattr(after, name)
    }
    before = msgspec.structs.replace(known, **changed)
    return None if before == ShowBefore() else before

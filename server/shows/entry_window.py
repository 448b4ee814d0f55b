"""Entry window: from when until when the gate of a show admits people."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from contract.problems import FieldError, Invalid
from contract.shows import EditShow, Show
from db.types import to_us
from server.clock import SECOND
from server.shows.service import LATEST
from server.tx import Tx

DAY = 24 * 3600 * SECOND
#: How long before the start of a show the doors may open, and after it entry may close: beyond
#: that, a date is mistyped.
LONGEST_BEFORE, LONGEST_AFTER = 60 * DAY, 366 * DAY


class EntryWindow(msgspec.Struct, frozen=True):
    """When the doors open and when entry closes, in microseconds."""

    opens_us: int
    closes_us: int


def entry_window(tx: Tx, show: Show) -> EntryWindow:
    """Return the entry window of a show: what was decided for it, else what the settings say.

    Nobody knows when a show ends, so that by default entry closes long after its start.
    """
    start = to_us(show.starts_at)
    opens, closes = show.doors_open_at, show.entry_closes_at
    return EntryWindow(
        max(start - tx.settings.doors_before, 0) if opens is None else to_us(opens),
        min(start + tx.settings.entry_after, to_us(LATEST)) if closes is None else to_us(closes),
    )


def edited(current: Show, body: EditShow, *, starts_us: int) -> dict[str, int | None]:
    """Return the columns of the entry window after an edit; it moves along with the start.

    Raises Invalid for doors that open after the start, and for entry that closes before it.
    """
    moved = starts_us - to_us(current.starts_at)
    window: dict[str, int | None] = {}
    for name in ("doors_open_at", "entry_closes_at"):
        given, known = getattr(body, name), getattr(current, name)
        if given is UNSET:
            window[name] = None if known is None else to_us(known) + moved
        else:
            window[name] = None if given is None else to_us(given)
    errors = tuple(_faults(starts_us, window["doors_open_at"], window["entry_closes_at"]))
    if errors:
        raise Invalid(errors=errors)
    return window


def _faults(starts_us: int, opens_us: int | None, closes_us: int | None) -> Iterator[FieldError]:
    if opens_us is not None and not starts_us - LONGEST_BEFORE <= opens_us <= starts_us:
        message = "must be at or before the start, at most 60 days"
        yield FieldError(field="doors_open_at", message=message)
    latest = min(starts_us + LONGEST_AFTER, to_us(LATEST))
    if closes_us is not None and not starts_us < closes_us <= latest:
        message = "must be after the start, at most a year"
        yield FieldError(field="entry_closes_at", message=message)

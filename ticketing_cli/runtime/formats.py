"""Formats: the columns of an output, and how a value is written for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from client.formatting import (
    Marked,
    format_value,
    local_time,
    relative_time,
    short_venue_time,
    venue_time,
)
from contract.money import Money

T = TypeVar("T")


class CellStyle(StrEnum):
    """How a cell's value is written, where its type does not determine that."""

    PLAIN = "plain"
    """By its type: money, a time in the reader's own time zone, a number, a word."""
    VENUE_TIME = "venue_time"
    """A time in the venue's time zone."""
    SHORT_VENUE_TIME = "short_venue_time"
    """The same for a table, without the offset where that is the reader's own."""
    CLOCK = "clock"
    """A time of today in the reader's own time zone, to the second."""
    RELATIVE = "relative"
    """A time relative to now: `in 14 min`, `3 h ago`."""


@dataclass(frozen=True, kw_only=True)
class OutputColumn(Generic[T]):
    """One column of a list, or one line of a single record.

    `of` returns the value from the record. A `keep` column is never cut, as an id must not be; an
    `optional` one is left out of a narrow table; a `human_only` one is left out of a pipe, where
    programs count columns.
    """

    title: str
    of: Callable[[T], object]
    style: CellStyle = CellStyle.PLAIN
    keep: bool = False
    optional: bool = False
    human_only: bool = False


def for_people(value: object, style: CellStyle, now: datetime) -> str:
    """Return a value for people: grouped prices, times as a wall clock shows them."""
    if isinstance(value, Money | Marked):
        return str(value)
    if isinstance(value, datetime):
        if style is CellStyle.RELATIVE:
            return relative_time(value, now)
        if style is CellStyle.CLOCK:
            return f"{value.astimezone():%H:%M:%S}"
        if style is CellStyle.SHORT_VENUE_TIME:
            return short_venue_time(value)
        return venue_time(value) if style is CellStyle.VENUE_TIME else local_time(value)
    return format_value(value)

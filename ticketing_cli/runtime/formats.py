"""Formats: how one value reads, to people on a terminal and to programs in a pipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from client.formatting import Marked, format_value, local_time, relative_time, venue_time
from contract.money import Money

T = TypeVar("T")


class As(StrEnum):
    """How a cell's value is meant, where its type does not say."""

    PLAIN = "plain"
    """As its type says: money, a moment in the reader's own time zone, a number, a word."""
    THERE = "there"
    """A moment as the clocks of the place show it."""
    SHORT = "short"
    """The same without the offset, for a table."""
    TIME = "time"
    """A moment of today in the reader's own time zone, to the second."""
    LEFT = "left"
    """A moment people count towards or from: `in 14 min`, `3 h ago`."""


@dataclass(frozen=True, kw_only=True)
class Column(Generic[T]):
    """One column of a list, or one line of a single record.

    `of` takes the value from the record. `keep` says that the value is useless when cut, as an id
    is; `spare` that a narrow table does without it; `people` that a pipe does without it, where
    programs count columns.
    """

    title: str
    of: Callable[[T], object]
    how: As = As.PLAIN
    keep: bool = False
    spare: bool = False
    people: bool = False


def for_people(value: object, how: As, now: datetime) -> str:
    """Write a value for people: grouped prices, times as a clock on the wall shows them."""
    if isinstance(value, Money | Marked):
        return str(value)
    if isinstance(value, datetime):
        if how is As.LEFT:
            return relative_time(value, now)
        if how is As.TIME:
            return f"{value.astimezone():%H:%M:%S}"
        if how is As.SHORT:
            return f"{value.day} {value:%b %Y %H:%M}"
        return venue_time(value) if how is As.THERE else local_time(value)
    return format_value(value)

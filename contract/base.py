"""The base types of the contract: models, requests, events, pages and ids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, ClassVar, Generic, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

#: A time with its offset. Without one it is ambiguous.
Timestamp = Annotated[
    datetime,
    Meta(tz=True, description="a date and time with an offset, such as 2028-06-08T13:00:00-06:00"),
]
#: A day on the calendar of the place, without a time.
Day = Annotated[date, Meta(description="a date, such as 2028-06-08")]
#: A line of text. `contract.validation` refuses invisible characters in it.
ShortText = Annotated[
    str, Meta(min_length=1, max_length=200, description="text of 1 to 200 characters")
]
#: A line of text that may be empty, such as the seat of a standing ticket.
OptionalText = Annotated[str, Meta(max_length=40, description="text of at most 40 characters")]
#: A search text.
Search = Annotated[str, Meta(max_length=200, description="text of at most 200 characters")]
#: The most items on a page, so that no request reads a whole table.
PAGE_LIMIT = 100
Limit = Annotated[int, Meta(ge=1, le=PAGE_LIMIT, description="a whole number from 1 to 100")]
Id = Annotated[
    str,
    Meta(
        min_length=5,
        max_length=40,
        pattern=r"^[a-z]{3}_[0-9a-z]+$",
        description="an id, such as tkt_01m828fpg3t8nwban52x",
    ),
]


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A value on the wire. Readers ignore unknown fields, so that fields can be added."""


class Request(Model, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client sends. An unknown field is refused, never ignored."""

    def broken_rules(self) -> Iterator[tuple[str, str]]:
        """Yield each field that breaks a rule which its type cannot express, and the reason."""
        return iter(())


class Empty(Request, frozen=True, kw_only=True):
    """A request without fields."""


class Done(Model, frozen=True, kw_only=True):
    """A response without fields: the request was carried out."""


class Event(Model, frozen=True, kw_only=True, tag_field="type"):
    """An event on the bus: something that has happened. It names no receiver.

    `id` is the entity that the event is about, and `version` is that entity's version after it: 1,
    2, 3 without a gap. An event that changes no entity has version 0.
    """

    name: ClassVar[str]
    id: Id
    version: int

    @property
    def order(self) -> str | None:
        """The order that this event belongs to, for `ticketing admin trace`."""
        value: str | None = getattr(self, "order_id", None)
        return value if value is not None else (self.id if self.id.startswith("ord_") else None)

    @property
    def audience(self) -> str | None:
        """Who receives this on the feed: the id of a user, or None for everybody."""
        return None


class Page(Model, Generic[T], frozen=True, kw_only=True):
    """A page of a list. `next` is the cursor of the following page, None on the last one.

    `total` is the number of all items. Only the lists of tickets, shows and the whole event log
    count them, when the query has `count`; elsewhere it is None.
    """

    items: tuple[T, ...]
    next: str | None = None
    total: int | None = None


class PageQuery(Request, frozen=True, kw_only=True):
    """Which page of a list to return."""

    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None
    count: bool = False

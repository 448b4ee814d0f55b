"""The shapes every noun is made of: models, requests, events, pages and ids."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Generic, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

#: A moment that says its offset. Without one nobody can know when it is.
Moment = Annotated[
    datetime,
    Meta(tz=True, description="a date and time with an offset, such as 2028-06-08T13:00:00-06:00"),
]
#: One line of somebody's text. `contract.validation` refuses characters that draw nothing.
Line = Annotated[str, Meta(min_length=1, max_length=200, description="text of 1 to 200 characters")]
#: One line that may be absent, such as the seat of a standing ticket.
OptionalLine = Annotated[str, Meta(max_length=40, description="text of at most 40 characters")]
#: A search somebody typed.
Search = Annotated[str, Meta(max_length=200, description="text of at most 200 characters")]
#: Pages hold at most this many items, so that no request can ask for the whole table.
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
    """A value on the wire. Readers ignore fields they do not know, so fields may be added."""


class Request(Model, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller sends. A field the server does not know is refused, never dropped."""


class Empty(Request, frozen=True, kw_only=True):
    """A request that says nothing beyond its address."""


class Done(Model, frozen=True, kw_only=True):
    """A reply that says nothing beyond its status."""


class Event(Model, frozen=True, kw_only=True, tag_field="type"):
    """An event on the bus: it already happened, and it names no receiver.

    `id` is the entity the event is about, and `version` that entity's version after it: 1, 2, 3
    without a gap. An event that changes no entity has version 0.
    """

    name: ClassVar[str]
    id: Id
    version: int

    @property
    def order(self) -> str | None:
        """The order whose story this event belongs to, for `ticketing admin trace`."""
        value: str | None = getattr(self, "order_id", None)
        return value if value is not None else (self.id if self.id.startswith("ord_") else None)

    @property
    def audience(self) -> str | None:
        """Who may hear this on the feed: a user's id, or None for everybody."""
        return None


class Page(Model, Generic[T], frozen=True, kw_only=True):
    """A slice of a list. `next` is the cursor of the following slice, None at the end.

    `total` is counted when the query asks for it with `count`, by the lists people browse:
    tickets, shows, and the whole log. Others leave it None.
    """

    items: tuple[T, ...]
    next: str | None = None
    total: int | None = None


class PageQuery(Request, frozen=True, kw_only=True):
    """Which slice of a list is wanted."""

    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None
    count: bool = False

"""Shows: the concert or match a ticket is for. Never called an event: those are facts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract.endpoint import Access, Endpoint
from contract.money import Money
from contract.problems import Problem
from contract.wire import Empty, Event, Id, Line, Model, Moment, Page, PageQuery, Request, Search

Country = Annotated[
    str, Meta(pattern=r"^[A-Z]{2}$", description="a country code of two capitals, such as FR")
]


class Category(StrEnum):
    """What kind of show it is."""

    CONCERT = "concert"
    SPORTS = "sports"
    THEATRE = "theatre"
    COMEDY = "comedy"
    FESTIVAL = "festival"
    FAMILY = "family"
    OTHER = "other"


class Show(Model, frozen=True, kw_only=True):
    """A show. `starts_at` keeps the offset of the place, so that it reads as on the ticket."""

    id: Id
    name: str
    category: Category
    venue: str
    city: str
    country: str
    starts_at: datetime


class ShowDetails(Request, frozen=True, kw_only=True):
    """A show as a seller names it. The same name, venue, city and start are the same show."""

    name: Line
    category: Category
    venue: Line
    city: Line
    country: Country
    starts_at: Moment


class PriceRange(Model, frozen=True, kw_only=True):
    """The lowest and highest price on sale in one currency."""

    lowest: Money
    highest: Money


class ShowOnSale(Model, frozen=True, kw_only=True):
    """A show with how many of its tickets are on sale, and from what price."""

    show: Show
    on_sale: int
    prices: tuple[PriceRange, ...]


class ShowsQuery(PageQuery, frozen=True, kw_only=True):
    """Find shows. Words of `q` may stand in name, venue, city or country, accents ignored."""

    q: Search = ""
    city: Search = ""
    category: Category | None = None
    starts_from: Moment | None = None
    starts_to: Moment | None = None


class ShowCreated(Event, frozen=True, kw_only=True, tag="show.created"):
    """Somebody listed the first ticket for a show."""

    name: ClassVar[str] = "show.created"
    title: str
    category: Category
    venue: str
    city: str
    country: str
    starts_at: datetime


class ShowStarted(Problem, status=409):
    """The show has already started."""


LIST_SHOWS = Endpoint(
    method="GET", path="/v1/shows", takes=ShowsQuery, gives=Page[ShowOnSale],
    does="List coming shows, the next one first.", access=Access.PUBLIC,
)  # fmt: skip
VIEW_SHOW = Endpoint(
    method="GET", path="/v1/shows/{show_id}", takes=Empty, gives=Show,
    does="Show one show.", access=Access.PUBLIC,
)  # fmt: skip

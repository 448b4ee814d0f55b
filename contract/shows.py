"""Shows: the concert or match a ticket is for. Never called an event: those are events."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract.base import (
    Empty,
    Event,
    Id,
    Limit,
    Line,
    Model,
    Moment,
    Page,
    PageQuery,
    Request,
    Search,
)
from contract.endpoint import Access, Endpoint
from contract.money import Money
from contract.problems import Problem

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
    """A show. `starts_at` keeps the offset of the place, so that it reads as on the ticket.

    When it is `cancelled` nothing of it is sold any more and buyers get their money back.
    """

    id: Id
    name: str
    category: Category
    venue: str
    city: str
    country: str
    starts_at: datetime
    cancelled: bool = False


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


class PastSale(Model, frozen=True, kw_only=True):
    """What a ticket of a section was sold for, and when. Nothing tells who, or which ticket."""

    at: datetime
    section: str
    price: Money


class PriceHistory(Model, frozen=True, kw_only=True):
    """What tickets of a show were sold for, the newest sale first.

    What was sold stays, whatever became of the money later. `live` is False for test money.
    """

    sales: tuple[PastSale, ...]
    live: bool


class PriceHistoryQuery(Request, frozen=True, kw_only=True):
    """How many sales are wanted at most."""

    limit: Limit = 50


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


class ShowCancelled(Event, frozen=True, kw_only=True, tag="show.cancelled"):
    """An operator cancelled a show; its tickets leave the market and its buyers are refunded."""

    name: ClassVar[str] = "show.cancelled"
    title: str
    starts_at: datetime


class ShowCancellation(Model, frozen=True, kw_only=True):
    """How far the cancelling of a show is.

    `tickets_left` are still to leave the market, `orders_left` still to be ended or refunded.
    `refunds` counts them by status, `refunded` sums what has gone back, by currency. It is `done`
    when nothing is left and every refund has arrived, failed or been settled. `live` is False for
    test money.
    """

    show: Show
    tickets_left: int
    orders_left: int
    refunds: dict[str, int]
    refunded: tuple[Money, ...]
    done: bool
    live: bool


class ShowIsCancelled(Problem, status=409):
    """The show is cancelled; its tickets are no longer sold."""


class ShowStarted(Problem, status=409):
    """The show has already started."""


LIST_SHOWS = Endpoint(
    method="GET", path="/v1/shows", request=ShowsQuery, response=Page[ShowOnSale],
    summary="List coming shows, the next one first.", access=Access.PUBLIC,
)  # fmt: skip
VIEW_SHOW = Endpoint(
    method="GET", path="/v1/shows/{show_id}", request=Empty, response=Show,
    summary="Show one show.", access=Access.PUBLIC,
)  # fmt: skip
VIEW_PRICES = Endpoint(
    method="GET", path="/v1/shows/{show_id}/sales", request=PriceHistoryQuery,
    response=PriceHistory,
    summary="Tell what tickets of a show were sold for lately, the newest sale first.",
    access=Access.PUBLIC,
)  # fmt: skip
CANCEL_SHOW = Endpoint(
    method="POST", path="/v1/admin/shows/{show_id}/cancel", request=Empty,
    response=ShowCancellation,
    summary="Cancel a show: withdraw its tickets, end its orders, refund its buyers. Goes on by "
    "itself; asked again, it tells how far it is.", access=Access.ADMIN,
)  # fmt: skip
VIEW_CANCELLATION = Endpoint(
    method="GET", path="/v1/admin/shows/{show_id}/cancellation", request=Empty,
    response=ShowCancellation, summary="Tell how far the cancelling of a show is.",
    access=Access.ADMIN,
)  # fmt: skip

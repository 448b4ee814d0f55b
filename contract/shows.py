"""Shows: the concert or match that a ticket is for. An event is something else: see `base`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from contract import limits
from contract.base import (
    Day,
    Empty,
    Event,
    Id,
    Limit,
    Model,
    Page,
    PageQuery,
    Request,
    Search,
    ShortText,
    Timestamp,
)
from contract.endpoint import Access, Endpoint
from contract.money import Money
from contract.organisers import NotAManager, OrganiserNotApproved, OrganiserNotFound
from contract.policies import SetPolicy, ShowPolicy
from contract.problems import Problem

Country = Annotated[
    str, Meta(pattern=r"^[A-Z]{2}$", description="a country code of two capitals, such as FR")
]
TimeZone = Annotated[
    str,
    Meta(min_length=1, max_length=64, description="an IANA time zone, such as America/Mexico_City"),
]


class Category(StrEnum):
    """The kind of show."""

    CONCERT = "concert"
    SPORTS = "sports"
    THEATRE = "theatre"
    COMEDY = "comedy"
    FESTIVAL = "festival"
    FAMILY = "family"
    OTHER = "other"


class ShowBefore(Model, frozen=True, kw_only=True):
    """What was different before an operator postponed or corrected a show; None where nothing."""

    name: str | None = None
    venue: str | None = None
    city: str | None = None
    starts_at: datetime | None = None


class Show(Model, frozen=True, kw_only=True):
    """A show. `starts_at` keeps the offset of its place, so that it reads as on the ticket.

    `before` is what it was, after an operator changed it.
    `timezone` is its IANA time zone; None for an old show whose country does not use its offset.
    When it is `cancelled` its tickets are not sold any more and its buyers are refunded.
    It is `official` while its organiser is approved: nobody else creates tickets for it.
    `doors_open_at` and `entry_closes_at` are when its gate admits people, if that was decided for
    this show; None for the default of the server.
    `policy` has the organiser's rules for its tickets; None when there are none.
    `refund_until` is until when buyers can return tickets that the organiser has sold, because it
    was postponed.
    """

    id: Id
    name: str
    category: Category
    venue: str
    city: str
    country: str
    starts_at: datetime
    cancelled: bool = False
    timezone: str | None = None
    before: ShowBefore | None = None
    organiser_id: Id | None = None
    official: bool = False
    doors_open_at: datetime | None = None
    entry_closes_at: datetime | None = None
    policy: ShowPolicy | None = None
    refund_until: datetime | None = None


class ShowDetails(Request, frozen=True, kw_only=True):
    """A show as a seller describes it. The same name, venue, city and start are the same show.

    `starts_at` has the offset that the place uses at that moment; any other is refused. `timezone`
    is needed only where the country has several time zones and the likeliest one is wrong.
    """

    name: ShortText
    category: Category
    venue: ShortText
    city: ShortText
    country: Country
    starts_at: Timestamp
    timezone: TimeZone | None = None


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
    """A past sale: section, price and time, but not the ticket, the buyer or the seller."""

    at: datetime
    section: str
    price: Money


class PriceHistory(Model, frozen=True, kw_only=True):
    """The recent sales of a show, the newest first.

    A sale stays listed when it is refunded later. `live` is False for test money.
    """

    sales: tuple[PastSale, ...]
    live: bool


class PriceHistoryQuery(Request, frozen=True, kw_only=True):
    """How many sales to return at most."""

    limit: Limit = 50


class ShowsQuery(PageQuery, frozen=True, kw_only=True):
    """Find shows. Each word of `q` must be in the name, venue, city or country, without accents.

    `day_from` and `day_to` are dates where the show is; `starts_from` and `starts_to` are moments.
    """

    q: Search = ""
    city: Search = ""
    category: Category | None = None
    starts_from: Timestamp | None = None
    starts_to: Timestamp | None = None
    day_from: Day | None = None
    day_to: Day | None = None


class ShowCreated(Event, frozen=True, kw_only=True, tag="show.created"):
    """Somebody listed the first ticket for a show, or its organiser created it."""

    name: ClassVar[str] = "show.created"
    title: str
    category: Category
    venue: str
    city: str
    country: str
    starts_at: datetime
    timezone: str | None = None
    organiser_id: str | None = None


class ShowUpdated(Event, frozen=True, kw_only=True, tag="show.updated"):
    """A show was postponed or corrected; `before` is what was different.

    `refund_until` is until when buyers can return its tickets.
    """

    name: ClassVar[str] = "show.updated"
    title: str
    category: Category
    venue: str
    city: str
    country: str
    starts_at: datetime
    timezone: str | None
    before: ShowBefore | None
    doors_open_at: datetime | None = None
    entry_closes_at: datetime | None = None
    refund_until: datetime | None = None


class ShowMerged(Event, frozen=True, kw_only=True, tag="show.merged"):
    """An operator merged a show into another one: its tickets, orders and sales moved there."""

    name: ClassVar[str] = "show.merged"
    into_id: Id
    title: str
    starts_at: datetime


class EditShow(Request, frozen=True, kw_only=True):
    """Postpone or correct a show. Absent fields stay as they are.

    Null for `doors_open_at` or `entry_closes_at` is the default of the server again. With a new
    start the two move along, unless they are given. Another start of an official show lets
    buyers return their tickets for some time.
    """

    name: ShortText | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    venue: ShortText | UnsetType = UNSET
    city: ShortText | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    starts_at: Timestamp | UnsetType = UNSET
    timezone: TimeZone | UnsetType = UNSET
    doors_open_at: Timestamp | UnsetType | None = UNSET
    entry_closes_at: Timestamp | UnsetType | None = UNSET


class MergeShows(Request, frozen=True, kw_only=True):
    """Merge a show into another one, which stays."""

    into: Id


class ShowCancelled(Event, frozen=True, kw_only=True, tag="show.cancelled"):
    """An operator cancelled a show; its tickets are withdrawn and its buyers are refunded."""

    name: ClassVar[str] = "show.cancelled"
    title: str
    starts_at: datetime


class ShowCancellation(Model, frozen=True, kw_only=True):
    """The progress of the cancellation of a show.

    `tickets_left` are still to be withdrawn, `orders_left` still to be ended or refunded. `refunds`
    counts the refunds by status, `refunded` sums them by currency. It is `done` when nothing is
    left and every refund has arrived, failed or been settled. `live` is False for test money.
    """

    show: Show
    tickets_left: int
    orders_left: int
    refunds: dict[str, int]
    refunded: tuple[Money, ...]
    done: bool
    live: bool


class NotYourShow(Problem, status=403):
    """Only managers of the show's organiser can do this."""


class ShowIsCancelled(Problem, status=409):
    """The show is cancelled; its tickets are no longer sold."""


class ShowExists(Problem, status=409):
    """There is such a show already."""


class ShowStarted(Problem, status=409):
    """The show has already started."""


LIST_SHOWS = Endpoint(
    method="GET", path="/v1/shows", request=ShowsQuery, response=Page[ShowOnSale],
    summary="List upcoming shows, the next one first.", access=Access.PUBLIC, limit=limits.SEARCH,
)  # fmt: skip
VIEW_SHOW = Endpoint(
    method="GET", path="/v1/shows/{show_id}", request=Empty, response=Show,
    summary="Show one show.", access=Access.PUBLIC,
)  # fmt: skip
VIEW_PRICES = Endpoint(
    method="GET", path="/v1/shows/{show_id}/sales", request=PriceHistoryQuery,
    response=PriceHistory,
    summary="List the recent sales of a show, the newest first.",
    access=Access.PUBLIC, limit=limits.SEARCH,
)  # fmt: skip
EDIT_SHOW = Endpoint(
    method="PATCH", path="/v1/admin/shows/{show_id}", request=EditShow, response=Show,
    summary="Postpone or correct a show; buyers see what it was before.", access=Access.ADMIN,
    errors=(ShowIsCancelled, ShowStarted, ShowExists),
)  # fmt: skip
CREATE_SHOW = Endpoint(
    method="POST", path="/v1/organisers/{organiser_id}/shows", request=ShowDetails, response=Show,
    status=201, summary="Create an official show of your organiser.",
    errors=(OrganiserNotFound, NotAManager, OrganiserNotApproved, ShowStarted, ShowExists),
)  # fmt: skip
EDIT_OWN_SHOW = Endpoint(
    method="PATCH", path="/v1/shows/{show_id}", request=EditShow, response=Show,
    summary="Postpone or correct a show of your organiser; buyers see what it was before.",
    errors=(NotYourShow, OrganiserNotApproved, ShowIsCancelled, ShowStarted, ShowExists),
)  # fmt: skip
SET_POLICY = Endpoint(
    method="PATCH", path="/v1/shows/{show_id}/policy", request=SetPolicy, response=Show,
    summary="Set the rules for the tickets of a show of your organiser: resale, transfers, tickets "
    "per buyer, returns.",
    errors=(NotYourShow, OrganiserNotApproved, ShowIsCancelled),
)  # fmt: skip
MERGE_SHOWS = Endpoint(
    method="POST", path="/v1/admin/shows/{show_id}/merge", request=MergeShows, response=Show,
    summary="Merge a show into another one, with its tickets, orders and sales; return that one.",
    access=Access.ADMIN, errors=(ShowIsCancelled,),
)  # fmt: skip
CANCEL_SHOW = Endpoint(
    method="POST", path="/v1/admin/shows/{show_id}/cancel", request=Empty,
    response=ShowCancellation,
    summary="Cancel a show: withdraw its tickets, end its orders, refund its buyers. It goes on by "
    "itself; repeat the request to see its progress.", access=Access.ADMIN,
)  # fmt: skip
CANCEL_OWN_SHOW = Endpoint(
    method="POST", path="/v1/shows/{show_id}/cancel", request=Empty, response=ShowCancellation,
    summary="Cancel a show of your organiser, and refund its buyers. It goes on by itself; repeat "
    "the request to see its progress.", errors=(NotYourShow, OrganiserNotApproved),
)  # fmt: skip
VIEW_OWN_CANCELLATION = Endpoint(
    method="GET", path="/v1/shows/{show_id}/cancellation", request=Empty,
    response=ShowCancellation, summary="Show the progress of the cancellation of your show.",
    errors=(NotYourShow, OrganiserNotApproved),
)  # fmt: skip
VIEW_CANCELLATION = Endpoint(
    method="GET", path="/v1/admin/shows/{show_id}/cancellation", request=Empty,
    response=ShowCancellation, summary="Show the progress of the cancellation of a show.",
    access=Access.ADMIN,
)  # fmt: skip

"""Overview: what the managers of an organiser see of its shows, counted: seats and sales."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contract.base import Empty, Model, Page, PageQuery
from contract.endpoint import Endpoint
from contract.money import Money
from contract.organisers import NotAManager, OrganiserNotApproved, OrganiserNotFound
from contract.shows import NotYourShow, Show


class SeatCounts(Model, frozen=True, kw_only=True):
    """How many tickets are sold, locked by a buyer, or left for sale.

    A ticket that its buyer sells on is sold.
    """

    sold: int
    locked: int
    left: int

    @property
    def total(self) -> int:
        """All of them; withdrawn tickets are not counted."""
        return self.sold + self.locked + self.left


class OwnShow(Model, frozen=True, kw_only=True):
    """A show of an organiser, with its seats."""

    show: Show
    seats: SeatCounts


class SectionSeats(Model, frozen=True, kw_only=True):
    """The seats of one section; places without a section are under an empty name."""

    section: str
    seats: SeatCounts


class SalesHour(Model, frozen=True, kw_only=True):
    """The tickets sold in the hour that begins at `at`, and their prices without refunds."""

    at: datetime
    tickets: int
    amount: Money


class ShowOverview(Model, frozen=True, kw_only=True):
    """The seats of a show by section, and its sales by hour and currency, the oldest first.

    At most 500 sections, and the last 2,000 hours with sales. `live` is False for test money.
    """

    show: Show
    sections: tuple[SectionSeats, ...]
    sales: tuple[SalesHour, ...]
    live: bool

    @property
    def seats(self) -> SeatCounts:
        """The seats of all sections."""
        return total_of(self.sections)


def total_of(sections: Sequence[SectionSeats]) -> SeatCounts:
    """Add the seats of some sections."""
    every = [each.seats for each in sections]
    return SeatCounts(
        sold=sum(each.sold for each in every), locked=sum(each.locked for each in every),
        left=sum(each.left for each in every),
    )  # fmt: skip


LIST_ORGANISER_SHOWS = Endpoint(
    method="GET", path="/v1/organisers/{organiser_id}/shows", request=PageQuery,
    response=Page[OwnShow],
    summary="List the shows of an organiser that you manage, the last one created first.",
    errors=(OrganiserNotFound, NotAManager),
)  # fmt: skip
VIEW_SHOW_OVERVIEW = Endpoint(
    method="GET", path="/v1/shows/{show_id}/overview", request=Empty, response=ShowOverview,
    summary="Count the seats and the sales of a show of your organiser.",
    errors=(NotYourShow, OrganiserNotApproved),
)  # fmt: skip

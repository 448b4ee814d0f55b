"""Issuing: an organiser makes the tickets of its show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from contract.base import Model, OptionalText, Request
from contract.endpoint import Endpoint
from contract.organisers import OrganiserNotApproved
from contract.shows import NotYourShow, ShowIsCancelled, ShowStarted
from contract.tickets import Price

SeatText = Annotated[
    str, Meta(min_length=1, max_length=40, description="text of 1 to 40 characters")
]
#: Places in one request to issue tickets: one statement each for seats, tickets and events. More
#: would make buyers wait for it.
ISSUE_PLACES = 100


class IssuedPlace(Request, frozen=True, kw_only=True):
    """One place to issue a ticket for. Places of general admission are numbered too."""

    section: OptionalText = ""
    row: OptionalText = ""
    seat: SeatText
    price: Price


class IssueTickets(Request, frozen=True, kw_only=True):
    """Issue tickets for an organiser's show. With `dry_run` nothing is changed.

    A place that has a ticket already is left as it is, so that the request can be repeated.
    """

    places: Annotated[tuple[IssuedPlace, ...], Meta(min_length=1, max_length=ISSUE_PLACES)]
    dry_run: bool = False

    def broken_rules(self) -> Iterator[tuple[str, str]]:
        """Refuse prices that the payment provider could not charge."""
        for number, place in enumerate(self.places):
            for field, why in place.price.broken_rules():
                yield f"places.{number}.price.{field}", why


class IssueReport(Model, frozen=True, kw_only=True):
    """How many tickets were issued. `existing` are the places, from 0, that had one before."""

    issued: int
    existing: tuple[int, ...]
    dry_run: bool


ISSUE_TICKETS = Endpoint(
    method="POST", path="/v1/shows/{show_id}/tickets", request=IssueTickets, response=IssueReport,
    summary="Issue tickets for your organiser's show; places that have one are left as they are.",
    errors=(NotYourShow, OrganiserNotApproved, ShowStarted, ShowIsCancelled),
)  # fmt: skip

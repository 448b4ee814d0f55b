"""Policies: the rules that an organiser sets for the tickets of its show, and their refusals.

Every refusal names its rule, which is the field of `ShowPolicy`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from contract import prices
from contract.base import Event, Id, Model, Request, Timestamp
from contract.money import Money
from contract.problems import Problem

Percent = Annotated[
    int,
    Meta(ge=1, le=1000, description="a whole number of percent of the face value, from 1 to 1000"),
]
PerBuyer = Annotated[
    int, Meta(ge=1, le=1000, description="a whole number of tickets, from 1 to 1000")
]


class ShowPolicy(Model, frozen=True, kw_only=True):
    """The rules for the tickets of an official show. None, or true, is no limit.

    Owners may sell a ticket on if `resale` is true, from `resale_from` until `resale_until`, for at
    most `resale_cap` percent of its face value in all. A buyer holds at most `tickets_per_buyer`.
    Tickets can be given away if `transfers` is true. Buyers may return a ticket to the organiser
    until `refund_until`; None is not at all.
    """

    resale: bool = True
    resale_from: datetime | None = None
    resale_until: datetime | None = None
    resale_cap: int | None = None
    tickets_per_buyer: int | None = None
    transfers: bool = True
    refund_until: datetime | None = None


class SetPolicy(Request, frozen=True, kw_only=True):
    """Change the rules for the tickets of a show. Absent fields stay; null takes a limit away."""

    resale: bool | UnsetType = UNSET
    resale_from: Timestamp | UnsetType | None = UNSET
    resale_until: Timestamp | UnsetType | None = UNSET
    resale_cap: Percent | UnsetType | None = UNSET
    tickets_per_buyer: PerBuyer | UnsetType | None = UNSET
    transfers: bool | UnsetType = UNSET
    refund_until: Timestamp | UnsetType | None = UNSET


class ShowPolicyChanged(Event, frozen=True, kw_only=True, tag="show.policy_changed"):
    """An organiser changed the rules for the tickets of its show; `policy` has all of them."""

    name: ClassVar[str] = "show.policy_changed"
    title: str
    organiser_id: Id
    policy: ShowPolicy


class TicketSuspended(Event, frozen=True, kw_only=True, tag="ticket.suspended"):
    """A ticket is back in its owner's wallet: the organiser's rules took it off sale.

    `rule` is the rule of the policy, and `why` says it in words, with the highest price allowed.
    """

    name: ClassVar[str] = "ticket.suspended"
    show_id: Id
    owner_id: Id
    price: Money
    rule: str
    why: str

    @property
    def audience(self) -> str | None:
        """The owner, who is told."""
        return self.owner_id


class ResaleNotAllowed(Problem, status=409):
    """The organiser does not allow its tickets to be sold on now; `rule` says which rule it is."""


class PriceAboveCap(Problem, status=409):
    """The price is above what the organiser allows for a resale."""


class TransferNotAllowed(Problem, status=409):
    """The organiser does not allow its tickets to be given away."""


class TooManyTickets(Problem, status=409):
    """You would have more tickets for this show than its organiser allows one buyer."""


def highest_price(face_value: Money, cap: int) -> Money:
    """Return the highest price within `cap` percent of a face value, rounded down.

    The buyer pays nothing besides the price: the fee of the marketplace is the seller's.
    """
    amount = face_value.amount * cap // 100
    step = prices.step(face_value.currency).amount
    return Money(amount=amount - amount % step, currency=face_value.currency)

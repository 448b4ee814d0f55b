"""Policies: what the organiser's rules for a show say about selling a ticket on or giving it away.

A ticket is sold on by who bought it or was given it; what the organiser itself sells is under none
of these rules. A cap needs a face value. Only a ticket that was brought to a show before it was
merged into an organiser's has none, and no cap.
"""

from __future__ import annotations

from datetime import datetime

from contract.money import Money
from contract.policies import (
    PriceAboveCap,
    ResaleNotAllowed,
    ShowPolicy,
    TransferNotAllowed,
    highest_price,
)
from contract.problems import FieldError, Problem
from contract.tickets import Ticket
from db.statement import Row
from server.shows import policies as show_policies
from server.shows import service as shows
from server.tx import Tx


def resale_refusal(
    policy: ShowPolicy | None, price: Money, *, face_value: Money | None, now: datetime
) -> Problem | None:
    """Return why a ticket may not be sold on at a price now; None if it may."""
    if policy is None:
        return None
    if not policy.resale:
        detail = "The organiser does not allow tickets for this show to be sold on."
        return ResaleNotAllowed(detail, rule="resale")
    if policy.resale_from is not None and now < policy.resale_from:
        detail = f"Tickets for this show can be sold on from {_at(policy.resale_from)}, not before."
        return ResaleNotAllowed(detail, rule="resale_from")
    if policy.resale_until is not None and now >= policy.resale_until:
        detail = f"Tickets for this show could be sold on until {_at(policy.resale_until)}."
        return ResaleNotAllowed(detail, rule="resale_until")
    if policy.resale_cap is None or face_value is None:
        return None
    return _above_cap(price, face_value, policy.resale_cap)


def refuse_resale(tx: Tx, ticket: Ticket, price: Money) -> None:
    """Refuse to sell a ticket on at a price. Raises ResaleNotAllowed, PriceAboveCap.

    The policy cannot change until the end of the transaction: a listing that it no longer allows
    is either refused here or suspended with the change.
    """
    if ticket.show.organiser_id is None:
        return
    hold(tx, ticket)
    policy = shows.view(tx, show_id=ticket.show.id).policy
    refused = resale_refusal(policy, price, face_value=ticket.face_value, now=tx.now)
    if refused is not None:
        raise refused


def hold(tx: Tx, ticket: Ticket) -> None:
    """Let the policy for a ticket stay as it is until the end of the transaction.

    This comes before the ticket itself is changed, so that no two transactions wait for each other.
    """
    if ticket.show.organiser_id is not None:
        show_policies.hold(tx, show_id=ticket.show.id)


def listing_refusal(row: Row, price: Money, *, now: datetime) -> Problem | None:
    """Return why a listing with the columns `sql.RULE_COLUMNS` may not be sold; None if it may."""
    code_serial, face_amount, face_currency, policy = row
    if policy is None or code_serial == 0:
        return None
    face = None if face_amount is None else Money(amount=face_amount, currency=face_currency)
    return resale_refusal(shows.policy_from(policy), price, face_value=face, now=now)


def per_buyer(row: Row) -> int | None:
    """Return how many tickets of a show one buyer may have, from `sql.RULE_COLUMNS`."""
    policy = None if row[-1] is None else shows.policy_from(row[-1])
    return None if policy is None else policy.tickets_per_buyer


def refuse_transfer(ticket: Ticket) -> None:
    """Refuse to give a ticket away. Raises TransferNotAllowed."""
    policy = ticket.show.policy
    if policy is not None and not policy.transfers:
        detail = "The organiser does not allow tickets for this show to be given away."
        raise TransferNotAllowed(detail, rule="transfers")


def _above_cap(price: Money, face_value: Money, cap: int) -> Problem | None:
    highest = highest_price(face_value, cap)
    if price.currency == highest.currency and price.amount <= highest.amount:
        return None
    detail = (
        f"{price} is not allowed: the organiser's limit for a resale is {highest}, {cap}% of the "
        f"face value of {face_value}."
    )
    error = FieldError(field="price", message=f"must be at most {highest}")
    return PriceAboveCap(detail, rule="resale_cap", errors=(error,))


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")

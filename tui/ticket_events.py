"""Tickets: what a ticket is after a fact about it, without asking the server again."""

from __future__ import annotations

from datetime import datetime

import msgspec

from client.formatting import place
from contract.shows import Show
from contract.tickets import Ticket, TicketCreated, TicketUpdated, TicketWithdrawn

#: The facts that say how a ticket is after them.
ABOUT = (TicketCreated, TicketUpdated, TicketWithdrawn)
About = TicketCreated | TicketUpdated | TicketWithdrawn


def seated(ticket: Ticket) -> str:
    """Say where a ticket lets one sit, as a line of its own: `Section B118, row C, seat 7`."""
    words = place(ticket)
    return words[:1].upper() + words[1:]


def after(fact: About, at: datetime, known: Ticket | None, show: Show) -> Ticket:
    """Return the ticket after a fact; one not known before is made from the fact alone."""
    if known is None:
        return Ticket(
            id=fact.id, show=show, section=fact.section, row=fact.row, seat=fact.seat,
            price=fact.price, status=fact.status, version=fact.version, seller_id=fact.seller_id,
            external_id=None, created_at=at, updated_at=at,
        )  # fmt: skip
    return msgspec.structs.replace(
        known, status=fact.status, price=fact.price, section=fact.section, row=fact.row,
        seat=fact.seat, version=fact.version, updated_at=at,
    )  # fmt: skip

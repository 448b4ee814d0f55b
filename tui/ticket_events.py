"""Ticket events: the state of a ticket after an event, without another request."""

from __future__ import annotations

from datetime import datetime

import msgspec

from client.formatting import countdown, place
from contract.policies import ShowPolicyChanged
from contract.shows import Show, ShowCancelled, ShowMerged, ShowUpdated
from contract.tickets import Ticket, TicketCreated, TicketUpdated, TicketWithdrawn

#: The events that carry the new state of a ticket.
TICKET_EVENTS = (TicketCreated, TicketUpdated, TicketWithdrawn)
#: The events after which the tickets of a show must be loaded again.
SHOW_CHANGES = (ShowCancelled, ShowUpdated, ShowMerged, ShowPolicyChanged)
TicketEvent = TicketCreated | TicketUpdated | TicketWithdrawn


def seat_line(ticket: Ticket) -> str:
    """Return a ticket's place as a line of its own: `Section B118, row C, seat 7`."""
    words = place(ticket)
    return words[:1].upper() + words[1:]


def lock_line(word: str, ticket: Ticket, now: datetime) -> str:
    """Return what a lock is called and how long it lasts by the server's clock: `LOCKED 11:42`."""
    if ticket.locked_until is None:  # a server older than this app does not say
        return word
    return f"{word} {countdown((ticket.locked_until - now).total_seconds())}"


def apply_event(event: TicketEvent, at: datetime, known: Ticket | None, show: Show) -> Ticket:
    """Return the ticket after an event. An unknown ticket is built from the event alone."""
    if known is None:
        return Ticket(
            id=event.id,
            show=show,
            section=event.section,
            row=event.row,
            seat=event.seat,
            price=event.price,
            status=event.status,
            version=event.version,
            seller_id=event.seller_id,
            external_id=None,
            created_at=at,
            updated_at=at,
            origin=event.origin,
            locked_until=event.locked_until,
        )
    return msgspec.structs.replace(
        known, status=event.status, price=event.price, section=event.section, row=event.row,
        seat=event.seat, version=event.version, updated_at=at, locked_until=event.locked_until,
    )  # fmt: skip

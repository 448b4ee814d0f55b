"""Seats: each has at most one ticket that is not withdrawn, whoever lists it."""

from __future__ import annotations

from functools import partial

from sqlalchemy import bindparam, select

from contract.alerts import AlertKind
from contract.shows import Show
from contract.text_keys import seat_key
from contract.tickets import AlreadyListed, SeatTaken, Ticket
from db.schema.tickets import NOT_WITHDRAWN, tickets
from db.statement import Statement
from server.alerts import service as alerts
from server.tx import Tx

HOLDER = Statement(
    select(tickets.c.id, tickets.c.seller_id).where(
        tickets.c.show_id == bindparam("at_show"),
        tickets.c.seat_key == bindparam("seat"),
        tickets.c.id != bindparam("not_id"),
        NOT_WITHDRAWN,
    )
)


def claim(
    tx: Tx, *, show: Show, seat: tuple[str, str, str], seller_id: str, ticket_id: str
) -> str | None:
    """Return the key of a seat that no other ticket is for; nobody else can claim it meanwhile.

    Raises AlreadyListed, or SeatTaken for another seller's ticket: then operators get an alert, and
    the seller does not learn whose it is.
    """
    key = seat_key(*seat)
    if key is None:
        return None
    tx.advisory_lock(f"seat:{show.id}:{key}")
    holder = tx.first(HOLDER, at_show=show.id, seat=key, not_id=ticket_id)
    if holder is None:
        return key
    if holder[1] == seller_id:
        raise AlreadyListed(f"You have already listed this seat at this show: {holder[0]}.")
    detail = (
        f"Two people claim {' '.join(filter(None, seat))} at {show.name} ({show.id}): {holder[1]} "
        f"listed it as {holder[0]}, and {seller_id} was refused."
    )
    tx.unconditional.append(
        partial(
            alerts.open_alert, kind=AlertKind.SEAT_TAKEN, subject=holder[0], detail=detail,
            other_id=seller_id,
        )
    )  # fmt: skip
    raise SeatTaken


def other_ticket(tx: Tx, *, ticket: Ticket) -> str | None:
    """Return the ticket that is not withdrawn and is for the seat of this one; None without one."""
    key = seat_key(ticket.section, ticket.row, ticket.seat)
    if key is None:
        return None
    holder = tx.first(HOLDER, at_show=ticket.show.id, seat=key, not_id=ticket.id)
    return None if holder is None else holder[0]

"""Clearing: take what is on sale of a show off the market, a batch at a time."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update

from contract.tickets import TicketStatus, TicketWithdrawn
from db.schema.tickets import tickets
from db.statement import Statement
from server.states import source, target
from server.tickets import service
from server.tickets.states import MOVES
from server.tx import Tx

#: What may still be sold: it is available, or locked and may be so again.
_UNSOLD = (tickets.c.show_id == bindparam("show"), tickets.c.shelf == "on")
#: Rows that somebody is locking right now are passed over; they are looked at again.
CLEAR = Statement(
    update(tickets)
    .where(
        tickets.c.id.in_(
            select(tickets.c.id)
            .where(*_UNSOLD, tickets.c.status == source(MOVES, "withdraw"))
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(
        shelf="off", status=target(MOVES, "withdraw"), version=tickets.c.version + 1,
        updated_at=bindparam("now"),
    )
    .returning(*service.OWN)
)  # fmt: skip
LOCKED = Statement(
    select(tickets.c.id, tickets.c.order_id)
    .where(*_UNSOLD, tickets.c.status == TicketStatus.LOCKED, tickets.c.id > bindparam("after"))
    .order_by(tickets.c.id)
    .limit(bindparam("most"))
)
LEFT = Statement(select(tickets.c.status, func.count()).where(*_UNSOLD).group_by(tickets.c.status))


def clear(tx: Tx, *, show_id: str, most: int) -> int:
    """Withdraw up to `most` available tickets of a show; return how many there were."""
    rows = tx.all(CLEAR, show=show_id, most=most, now=tx.now_us)
    for row in rows:
        tx.publish(service.event(TicketWithdrawn, service.read_held(row)))
    return len(rows)


def locked(tx: Tx, *, show_id: str, after: str, most: int) -> list[tuple[str, str]]:
    """Return up to `most` locked tickets of a show after a ticket's id, with their orders."""
    return [(row[0], row[1]) for row in tx.all(LOCKED, show=show_id, after=after, most=most)]


def left(tx: Tx, *, show_id: str) -> dict[str, int]:
    """Return how many tickets of a show are available, and how many locked."""
    return dict(tx.all(LEFT, show=show_id))

"""Bulk withdrawal: take the tickets of a show off sale, a batch at a time."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update

from contract.tickets import TicketStatus, WithdrawReason
from db.schema.tickets import tickets
from db.statement import Statement
from server.states import source, target
from server.tickets import resale, service
from server.tickets.statements import OWN_COLUMNS
from server.tickets.states import MOVES
from server.tx import Tx

#: Tickets that can still be sold: available, or locked and maybe available again later.
_UNSOLD = (tickets.c.show_id == bindparam("show"), tickets.c.shelf == "on")
#: Rows that a buyer is locking at this moment are skipped; a later batch finds them.
WITHDRAW_BATCH = Statement(
    update(tickets)
    .where(
        tickets.c.id.in_(
            select(tickets.c.id)
            .where(
                *_UNSOLD, tickets.c.status == source(MOVES, "withdraw"), tickets.c.code_serial == 0
            )
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(
        shelf="off", withdraw_reason=WithdrawReason.SHOW_CANCELLED,
        status=target(MOVES, "withdraw"), version=tickets.c.version + 1,
        updated_at=bindparam("now"),
    )
    .returning(*OWN_COLUMNS)
)  # fmt: skip
RELISTED = Statement(
    select(tickets.c.id, tickets.c.owner_id)
    .where(*_UNSOLD, tickets.c.status == source(MOVES, "take_back"), tickets.c.code_serial > 0)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
LIST_LOCKED = Statement(
    select(tickets.c.id, tickets.c.order_id)
    .where(*_UNSOLD, tickets.c.status == TicketStatus.LOCKED, tickets.c.id > bindparam("after_id"))
    .order_by(tickets.c.id)
    .limit(bindparam("limit"))
)
COUNT_UNSOLD = Statement(
    select(tickets.c.status, func.count()).where(*_UNSOLD).group_by(tickets.c.status)
)


def withdraw_batch(tx: Tx, *, show_id: str, limit: int) -> int:
    """Withdraw up to `limit` available tickets of a show; return how many.

    Tickets that were bought go back to the wallets of their owners.
    """
    rows = tx.all(WITHDRAW_BATCH, show=show_id, limit=limit, now=tx.now_us)
    for row in rows:
        tx.publish(service.withdrawn(row))
    relisted = tx.all(RELISTED, show=show_id, limit=limit - len(rows))
    for ticket_id, owner_id in relisted:
        resale.withdraw(tx, seller_id=owner_id, ticket_id=ticket_id, based_on=None)
    return len(rows) + len(relisted)


def list_locked(tx: Tx, *, show_id: str, after_id: str, limit: int) -> list[tuple[str, str]]:
    """Return up to `limit` locked tickets of a show with their orders, in the order of ids."""
    rows = tx.all(LIST_LOCKED, show=show_id, after_id=after_id, limit=limit)
    return [(row[0], row[1]) for row in rows]


def count_unsold(tx: Tx, *, show_id: str) -> dict[str, int]:
    """Return how many tickets of a show are available, and how many are locked."""
    return dict(tx.all(COUNT_UNSOLD, show=show_id))

"""What tickets knows and does: list, edit, lock, unlock, sell, withdraw."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET
from sqlalchemy import bindparam, func, insert, or_, select, update

from contract.money import Money
from contract.problems import Problem, StaleVersion
from contract.shows import ShowIsCancelled, ShowStarted
from contract.tickets import (
    AlreadyListed,
    CreateTicket,
    EditTicket,
    ExternalIdTaken,
    NotYourTicket,
    OwnTicket,
    Ticket,
    TicketCreated,
    TicketNotFound,
    TicketStatus,
    TicketUnavailable,
    TicketUpdated,
    TicketWithdrawn,
)
from db.schema.shows import shows as show_table
from db.schema.tickets import tickets
from db.statement import Row, Statement
from db.types import from_us, to_us
from server.shows import service as shows
from server.states import source, target
from server.tickets.states import MOVES
from server.tx import Tx

Event = TypeVar("Event", TicketCreated, TicketUpdated, TicketWithdrawn)

CODE_LENGTH = 16
OWN = (
    tickets.c.id, tickets.c.show_id, tickets.c.seller_id, tickets.c.section, tickets.c.row,
    tickets.c.seat, tickets.c.price_amount, tickets.c.price_currency, tickets.c.status,
    tickets.c.version, tickets.c.external_id, tickets.c.created_at, tickets.c.updated_at,
    tickets.c.order_id, tickets.c.starts_at,
)  # fmt: skip
#: A ticket is told with its show, so this room may read the shows table, and only here.
SELECT = select(*OWN, *shows.COLUMNS).join(show_table, show_table.c.id == tickets.c.show_id)
SHOW_AT = len(OWN)


def _moves(verb: str) -> dict[str, Any]:
    return {
        "status": target(MOVES, verb),
        "version": tickets.c.version + 1,
        "updated_at": bindparam("now"),
    }


_IS_ONE = tickets.c.id == bindparam("ticket_id")
VIEW = Statement(SELECT.where(_IS_ONE))
INSERT = Statement(insert(tickets))
# The WHERE clause is the lock: two buyers race here and exactly one row changes.
LOCK = Statement(
    update(tickets)
    .where(
        _IS_ONE,
        tickets.c.status == source(MOVES, "lock"),
        tickets.c.seller_id != bindparam("buyer_id"),
        tickets.c.starts_at > bindparam("now"),
    )
    .values(order_id=bindparam("by_order"), **_moves("lock"))
    .returning(*OWN)
)
# Only the order that holds a lock can end it: a late timer must not free the next buyer's.
UNLOCK = Statement(
    update(tickets)
    .where(
        _IS_ONE,
        tickets.c.status == source(MOVES, "unlock"),
        tickets.c.order_id == bindparam("by_order"),
    )
    .values(order_id=None, **_moves("unlock"))
    .returning(*OWN)
)
SELL = Statement(
    update(tickets)
    .where(
        _IS_ONE,
        tickets.c.status == source(MOVES, "sell"),
        tickets.c.order_id == bindparam("by_order"),
    )
    .values(shelf="sold", **_moves("sell"))
    .returning(*OWN)
)
# Half of a claim about a seat is none: the edit and the version it is based on go together.
EDIT = Statement(
    update(tickets)
    .where(
        _IS_ONE,
        tickets.c.status == source(MOVES, "edit"),
        tickets.c.seller_id == bindparam("by_seller"),
        tickets.c.version == bindparam("based_on"),
    )
    .values(
        section=bindparam("new_section"), row=bindparam("new_row"), seat=bindparam("new_seat"),
        price_amount=bindparam("new_amount"), price_currency=bindparam("new_currency"),
        code=func.coalesce(bindparam("new_code"), tickets.c.code), **_moves("edit"),
    )
    .returning(*OWN)
)  # fmt: skip
WITHDRAW = Statement(
    update(tickets)
    .where(
        _IS_ONE,
        tickets.c.status == source(MOVES, "withdraw"),
        tickets.c.seller_id == bindparam("by_seller"),
        or_(bindparam("based_on") == 0, tickets.c.version == bindparam("based_on")),
    )
    .values(shelf="off", **_moves("withdraw"))
    .returning(*OWN)
)
CODE = Statement(select(tickets.c.code).where(_IS_ONE))
EXTERNAL = Statement(
    SELECT.add_columns(tickets.c.code).where(
        tickets.c.seller_id == bindparam("by_seller"),
        tickets.c.external_id == bindparam("external"),
    )
)
COUNT = Statement(select(tickets.c.status, func.count()).group_by(tickets.c.status))


class Held(msgspec.Struct, frozen=True):
    """A ticket as it is while an order takes or leaves it, without its show."""

    id: str
    show_id: str
    seller_id: str
    section: str
    row: str
    seat: str
    price: Money
    status: TicketStatus
    version: int
    order_id: str | None


def view(tx: Tx, *, ticket_id: str) -> Ticket:
    """Return a ticket. Raises TicketNotFound."""
    row = tx.first(VIEW, ticket_id=ticket_id)
    if row is None:
        raise TicketNotFound
    return told(row)


def create(tx: Tx, *, seller_id: str, body: CreateTicket) -> Ticket:
    """List a ticket. Raises ShowStarted, ShowIsCancelled, AlreadyListed, ExternalIdTaken."""
    show = shows.named(tx, body.show)
    if body.external_id is not None:
        tx.advisory_lock(f"external:{seller_id}:{body.external_id}")
        if tx.first(EXTERNAL, by_seller=seller_id, external=body.external_id) is not None:
            raise ExternalIdTaken(f"You already have a ticket with external_id {body.external_id}.")
    ticket_id = tx.new_id("tkt")
    with tx.mapping_integrity_error(AlreadyListed):
        tx.execute(
            INSERT,
            id=ticket_id, show_id=show.id, starts_at=to_us(show.starts_at), seller_id=seller_id,
            section=body.section.strip(), row=body.row.strip(), seat=body.seat.strip(),
            price_amount=body.price.amount, price_currency=body.price.currency,
            status=TicketStatus.AVAILABLE.value, shelf="on", order_id=None,
            code=body.code or tx.new_code(CODE_LENGTH).upper(), external_id=body.external_id,
            version=1, created_at=tx.now_us, updated_at=tx.now_us,
        )  # fmt: skip
    ticket = view(tx, ticket_id=ticket_id)
    tx.publish(
        TicketCreated(
            id=ticket.id,
            version=1,
            show_id=show.id,
            seller_id=seller_id,
            section=ticket.section,
            row=ticket.row,
            seat=ticket.seat,
            price=ticket.price,
            status=ticket.status,
            order_id=None,
        )
    )
    return ticket


def edit(
    tx: Tx, *, seller_id: str, ticket_id: str, body: EditTicket, based_on: int | None
) -> Ticket:
    """Change an available ticket.

    Raises TicketNotFound, NotYourTicket, TicketUnavailable, ShowIsCancelled, AlreadyListed, and
    StaleVersion when `based_on` is no longer its version.
    """
    now = view(tx, ticket_id=ticket_id)
    if now.show.cancelled and now.seller_id == seller_id:
        raise ShowIsCancelled(f"{now.show.name} was cancelled.")
    price = now.price if body.price is UNSET else body.price
    with tx.mapping_integrity_error(AlreadyListed):
        row = tx.first(
            EDIT,
            ticket_id=ticket_id, by_seller=seller_id, now=tx.now_us,
            based_on=now.version if based_on is None else based_on,
            new_section=now.section if body.section is UNSET else body.section.strip(),
            new_row=now.row if body.row is UNSET else body.row.strip(),
            new_seat=now.seat if body.seat is UNSET else body.seat.strip(),
            new_amount=price.amount, new_currency=price.currency,
            new_code=None if body.code is UNSET else body.code,
        )  # fmt: skip
    if row is None:
        raise _why_not(view(tx, ticket_id=ticket_id), seller_id=seller_id, based_on=based_on)
    tx.publish(event(TicketUpdated, read_held(row)))
    return view(tx, ticket_id=ticket_id)


def withdraw(tx: Tx, *, seller_id: str, ticket_id: str, based_on: int | None) -> Ticket:
    """Take an available ticket off sale, for good.

    Raises TicketNotFound, NotYourTicket, TicketUnavailable, StaleVersion.
    """
    row = tx.first(
        WITHDRAW, ticket_id=ticket_id, by_seller=seller_id, based_on=based_on or 0, now=tx.now_us
    )
    ticket = view(tx, ticket_id=ticket_id)
    if row is None:
        raise _why_not(ticket, seller_id=seller_id, based_on=based_on)
    tx.publish(event(TicketWithdrawn, read_held(row)))
    return ticket


def lock(tx: Tx, *, ticket_id: str, buyer_id: str, order_id: str) -> Held:
    """Lock an available ticket for an order.

    Raises TicketNotFound, OwnTicket, ShowIsCancelled, ShowStarted, TicketUnavailable.
    """
    row = tx.first(LOCK, ticket_id=ticket_id, buyer_id=buyer_id, by_order=order_id, now=tx.now_us)
    if row is None:
        ticket = view(tx, ticket_id=ticket_id)
        if ticket.seller_id == buyer_id:
            raise OwnTicket
        if ticket.show.cancelled:
            raise ShowIsCancelled(f"{ticket.show.name} was cancelled.")
        if ticket.status is TicketStatus.AVAILABLE:
            raise ShowStarted(f"{ticket.show.name} has already started.")
        raise TicketUnavailable(f"The ticket is {ticket.status}.")
    held = read_held(row)
    tx.publish(event(TicketUpdated, held))
    return held


def unlock(tx: Tx, *, ticket_id: str, order_id: str) -> None:
    """Put a ticket back on sale, if it is this order that holds it."""
    row = tx.first(UNLOCK, ticket_id=ticket_id, by_order=order_id, now=tx.now_us)
    if row is not None:
        tx.publish(event(TicketUpdated, read_held(row)), order_id=order_id)


def sell(tx: Tx, *, ticket_id: str, order_id: str) -> None:
    """Hand a locked ticket over for good. That its lock is another's would be a bug."""
    row = tx.first(SELL, ticket_id=ticket_id, by_order=order_id, now=tx.now_us)
    if row is None:
        msg = f"{order_id} does not hold {ticket_id}"
        raise RuntimeError(msg)
    tx.publish(event(TicketUpdated, read_held(row)))


def entry_code(tx: Tx, *, ticket_id: str) -> str:
    """Return the code that opens the gate; only a buyer's wallet may ask."""
    row = tx.first(CODE, ticket_id=ticket_id)
    if row is None:
        raise TicketNotFound
    code: str = row[0]
    return code


def count(tx: Tx) -> dict[str, int]:
    """Return how many tickets there are in each status."""
    return dict(tx.all(COUNT))


def told(row: Row) -> Ticket:
    """Read a ticket with its show from a row of `SELECT`."""
    return Ticket(
        id=row[0], show=shows.told(row[SHOW_AT:]), seller_id=row[2], section=row[3], row=row[4],
        seat=row[5], price=Money(amount=row[6], currency=row[7]), status=TicketStatus(row[8]),
        version=row[9], external_id=row[10], created_at=from_us(row[11]),
        updated_at=from_us(row[12]),
    )  # fmt: skip


def read_held(row: Row) -> Held:
    """Read a ticket without its show from its `OWN` columns."""
    return Held(
        id=row[0], show_id=row[1], seller_id=row[2], section=row[3], row=row[4], seat=row[5],
        price=Money(amount=row[6], currency=row[7]), status=TicketStatus(row[8]), version=row[9],
        order_id=row[13],
    )  # fmt: skip


def event(kind: type[Event], held: Held) -> Event:
    """Say what has become of a ticket."""
    return kind(
        id=held.id, version=held.version, show_id=held.show_id, seller_id=held.seller_id,
        section=held.section, row=held.row, seat=held.seat, price=held.price, status=held.status,
        order_id=held.order_id,
    )  # fmt: skip


def _why_not(ticket: Ticket, *, seller_id: str, based_on: int | None) -> Problem:
    """Say why a change of a ticket did not happen; whose it is comes before what state it is in."""
    if ticket.seller_id != seller_id:
        return NotYourTicket()
    if ticket.status is not TicketStatus.AVAILABLE:
        return TicketUnavailable(f"The ticket is {ticket.status}.")
    return StaleVersion(f"The ticket is at version {ticket.version} now, not {based_on}.")

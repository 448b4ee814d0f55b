"""The rules of tickets: list, edit, lock, unlock, sell. `resale` has what their owners do next."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import UNSET

from contract import prices
from contract.money import Money
from contract.policies import TicketSuspended
from contract.problems import Problem, StaleVersion
from contract.shows import Show, ShowDetails, ShowIsCancelled, ShowStarted
from contract.text_keys import tidy
from contract.tickets import (
    CodeRevocation,
    CreateTicket,
    EditTicket,
    ExternalIdTaken,
    IssuedByOrganiser,
    NotYourTicket,
    OwnTicket,
    SeatTaken,
    Ticket,
    TicketCreated,
    TicketNotFound,
    TicketOrigin,
    TicketStatus,
    TicketUnavailable,
    TicketUpdated,
    TicketWithdrawn,
    WithdrawReason,
)
from db.statement import Row
from db.types import from_us, to_us
from server.principal import Principal
from server.shows import service as shows
from server.tickets import barcodes, entry_codes, policies, seats
from server.tickets import statements as sql
from server.tx import Tx

#: Where a lock, or its end, returns `sql.RULE_COLUMNS`.
RULES = slice(len(sql.RECORD_COLUMNS), len(sql.RECORD_COLUMNS) + len(sql.RULE_COLUMNS))
TicketEvent = TypeVar("TicketEvent", TicketCreated, TicketUpdated, TicketWithdrawn)


class TicketRecord(msgspec.Struct, frozen=True):
    """A ticket without its show, as a transition returns it."""

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
    origin: TicketOrigin
    locked_until: datetime | None
    #: How many tickets of the show its organiser allows one buyer; only a lock says it.
    per_buyer: int | None = None


def view(tx: Tx, *, ticket_id: str) -> Ticket:
    """Return a ticket. Raises TicketNotFound."""
    row = tx.first(sql.VIEW, ticket_id=ticket_id)
    if row is None:
        raise TicketNotFound
    return from_row(row)


def create(tx: Tx, *, seller_id: str, body: CreateTicket) -> Ticket:
    """List a ticket.

    Raises ShowStarted, ShowIsCancelled, IssuedByOrganiser, AlreadyListed, SeatTaken,
    ExternalIdTaken.
    """
    show = _listable(tx, body.show)
    if body.external_id is not None:
        tx.advisory_lock(f"external:{seller_id}:{body.external_id}")
        current = by_external_id(tx, seller_id=seller_id, external_id=body.external_id)
        if current is not None and current[0].status is not TicketStatus.WITHDRAWN:
            raise ExternalIdTaken(f"You already have a ticket with external_id {body.external_id}.")
    ticket_id = tx.new_id("tkt")
    section, row, seat = tidy(body.section), tidy(body.row), tidy(body.seat)
    key = seats.claim(
        tx, show=show, seat=(section, row, seat), seller_id=seller_id, ticket_id=ticket_id
    )
    barcode = barcodes.claim(tx, body.barcode, show=show, seller_id=seller_id, ticket_id=ticket_id)
    with tx.mapping_integrity_error(SeatTaken):
        tx.execute(
            sql.INSERT,
            id=ticket_id, show_id=show.id, starts_at=to_us(show.starts_at), seller_id=seller_id,
            section=section, row=row, seat=seat, seat_key=key,
            price_amount=body.price.amount, price_currency=body.price.currency,
            status=TicketStatus.AVAILABLE.value, shelf="on", order_id=None,
            owner_id=seller_id, external_id=body.external_id, version=1, withdraw_reason=None,
            withdraw_note=None, created_at=tx.now_us, updated_at=tx.now_us, code_serial=0,
            inside=0, refunding=0, transfer_id=None, locked_until=None,
            barcode=barcode.text, barcode_digest=barcode.digest,
            origin=TicketOrigin.IMPORTED.value, face_amount=None, face_currency=None, suspended=0,
        )  # fmt: skip
    ticket = view(tx, ticket_id=ticket_id)
    tx.publish(
        TicketCreated(
            id=ticket.id, version=1, show_id=show.id, seller_id=seller_id, section=section, row=row,
            seat=seat, price=ticket.price, status=ticket.status, order_id=None,
        )
    )  # fmt: skip
    return ticket


def _listable(tx: Tx, details: ShowDetails) -> Show:
    """Return a show that anybody may list tickets for; create it if it does not exist."""
    show = shows.get_or_create(tx, details)
    if show.organiser_id is not None:
        raise IssuedByOrganiser(
            f"{show.name} ({show.id}) is an organiser's show: only its managers create tickets "
            "for it, with `ticketing issue`.",
            rule="issued_by_organiser",
        )
    return show


def by_external_id(tx: Tx, *, seller_id: str, external_id: str) -> tuple[Ticket, str | None] | None:
    """Return the seller's ticket with this external_id, and its barcode.

    It is the one that is not withdrawn, or else the latest withdrawn one. None if there is neither.
    """
    row = tx.first(sql.BY_EXTERNAL_ID, by_seller=seller_id, external_id=external_id)
    if row is None:
        return None
    return from_row(row), None if row[-1] is None else barcodes.unseal(tx, row[-1])


def edit(
    tx: Tx, *, seller_id: str, ticket_id: str, body: EditTicket, based_on: int | None
) -> Ticket:
    """Change an available ticket.

    Raises TicketNotFound, NotYourTicket, TicketUnavailable, ShowIsCancelled, AlreadyListed,
    SeatTaken, and StaleVersion when `based_on` is no longer its version.
    """
    current = view(tx, ticket_id=ticket_id)
    if current.seller_id != seller_id:
        raise NotYourTicket
    if current.show.cancelled:
        raise ShowIsCancelled(f"{current.show.name} was cancelled.")
    price = current.price if body.price is UNSET else body.price
    seat = (
        current.section if body.section is UNSET else tidy(body.section),
        current.row if body.row is UNSET else tidy(body.row),
        current.seat if body.seat is UNSET else tidy(body.seat),
    )
    moves = seat != (current.section, current.row, current.seat)
    key, barcode, show = None, barcodes.NO_BARCODE, current.show
    if moves:
        key = seats.claim(tx, show=show, seat=seat, seller_id=seller_id, ticket_id=ticket_id)
    if body.barcode is not UNSET:
        claimant = {"seller_id": seller_id, "ticket_id": ticket_id}
        barcode = barcodes.claim(tx, body.barcode, show=show, **claimant)
    with tx.mapping_integrity_error(SeatTaken):
        row = tx.first(
            sql.EDIT,
            ticket_id=ticket_id, by_seller=seller_id, now=tx.now_us,
            based_on=current.version if based_on is None else based_on,
            new_section=seat[0], new_row=seat[1], new_seat=seat[2], new_seat_key=key,
            same_seat=int(not moves),
            new_amount=price.amount, new_currency=price.currency,
            new_barcode=barcode.text, new_digest=barcode.digest,
        )  # fmt: skip
    if row is None:
        raise refusal(view(tx, ticket_id=ticket_id), seller_id=seller_id, based_on=based_on)
    tx.publish(event(TicketUpdated, record_from_row(row)))
    return view(tx, ticket_id=ticket_id)


def restore(tx: Tx, *, ticket_id: str) -> bool:
    """Put a ticket that a ban withdrew back on sale; tell whether that was still possible.

    It is not once its show has started or was cancelled, or its seat was listed again.
    """
    try:
        with tx.savepoint(), tx.mapping_integrity_error(SeatTaken):
            row = tx.first(sql.RESTORE, ticket_id=ticket_id, now=tx.now_us)
    except SeatTaken:
        return False
    if row is not None:
        tx.publish(event(TicketUpdated, record_from_row(row)))
    return row is not None


def holder(tx: Tx, *, ticket_id: str) -> str:
    """Return the order that has locked or bought a ticket; empty if there is none."""
    row = tx.first(sql.VIEW, ticket_id=ticket_id)
    return "" if row is None else row[10] or ""


def list_listed(
    tx: Tx, *, seller_id: str, after_id: str, limit: int
) -> list[tuple[str, str | None]]:
    """Return a seller's tickets that can still be sold, with the orders that have locked them."""
    rows = tx.all(sql.LISTED_OF, by_seller=seller_id, after_id=after_id, limit=limit)
    return [(row[0], row[1]) for row in rows]


def list_banned(tx: Tx, *, seller_id: str, after_id: str, limit: int) -> list[str]:
    """Return a seller's tickets that a ban withdrew."""
    rows = tx.all(sql.BANNED_OF, by_seller=seller_id, after_id=after_id, limit=limit)
    return [row[0] for row in rows]


def seen_by(ticket: Ticket, principal: Principal) -> Ticket:
    """Return a ticket without what only its seller and operators may see."""
    if principal.is_admin or principal.user_id == ticket.seller_id:
        return ticket
    return msgspec.structs.replace(ticket, external_id=None, withdraw_note="")


def lock(tx: Tx, *, ticket_id: str, buyer_id: str, order_id: str, until_us: int) -> TicketRecord:
    """Lock an available ticket for an order, until its deadline.

    Raises TicketNotFound, OwnTicket, ShowIsCancelled, ShowStarted, TicketUnavailable; the last one
    also for a price that cannot be charged, which tickets listed by an older release may have, and
    for a resale that the organiser's rules do not allow.
    """
    row = tx.first(
        sql.LOCK,
        ticket_id=ticket_id, buyer_id=buyer_id, by_order=order_id, until=until_us, now=tx.now_us,
    )  # fmt: skip
    if row is None:
        ticket = view(tx, ticket_id=ticket_id)
        if ticket.seller_id == buyer_id:
            raise OwnTicket
        if ticket.show.cancelled:
            raise ShowIsCancelled(f"{ticket.show.name} was cancelled.")
        if ticket.status is TicketStatus.AVAILABLE:
            raise ShowStarted(f"{ticket.show.name} has already started.")
        raise TicketUnavailable(f"The ticket is {ticket.status}.")
    record = record_from_row(row)
    if why := prices.refusal(record.price):
        raise TicketUnavailable(f"The ticket cannot be paid for: its price {why}.")
    if row[RULES][-1] is not None:
        refused = policies.listing_refusal(row[RULES], record.price, now=tx.now)
        if refused is not None:  # a job takes it off sale this very moment
            raise TicketUnavailable(refused.detail, rule=refused.rule)
        record = msgspec.structs.replace(record, per_buyer=policies.per_buyer(row[RULES]))
    tx.publish(event(TicketUpdated, record))
    return record


def unlock(tx: Tx, *, ticket_id: str, order_id: str) -> None:
    """Put a ticket back on sale if this order holds it.

    One whose owner was refunded meanwhile goes back to their wallet, void; so does one that the
    organiser's rules do not allow to be sold on any more.
    """
    row = tx.first(sql.UNLOCK, ticket_id=ticket_id, by_order=order_id, now=tx.now_us)
    if row is None:
        return
    tx.publish(event(TicketUpdated, record_from_row(row)), order_id=order_id)
    owner_id = row[-1]
    if row[RULES][0] and (tx.first(sql.CUSTODY, ticket_id=ticket_id) or row)[-1] is None:
        back = tx.first(
            sql.TAKE_BACK,
            ticket_id=ticket_id, by_owner=owner_id, based_on=0, now=tx.now_us, is_suspended=0,
        )  # fmt: skip
        assert back is not None  # noqa: S101  it is available, and this transaction has it
        tx.publish(event(TicketUpdated, record_from_row(back)))
        return
    price = Money(amount=row[6], currency=row[7])
    if refused := policies.listing_refusal(row[RULES], price, now=tx.now):
        suspend(tx, ticket_id=ticket_id, owner_id=owner_id, why=refused)


def suspend(tx: Tx, *, ticket_id: str, owner_id: str, why: Problem) -> None:
    """Take a resale off sale that the organiser's rules do not allow; its owner is told why.

    It is in the wallet again, with the same entry code. One that is locked stays as it is.
    """
    row = tx.first(
        sql.TAKE_BACK,
        ticket_id=ticket_id, by_owner=owner_id, based_on=0, now=tx.now_us, is_suspended=1,
    )  # fmt: skip
    if row is None:
        return
    record = record_from_row(row)
    tx.publish(event(TicketUpdated, record))
    tx.publish(
        TicketSuspended(
            id=ticket_id, version=0, show_id=record.show_id, owner_id=owner_id,
            price=record.price, rule=why.rule or why.code, why=why.detail,
        )
    )  # fmt: skip


def sell(tx: Tx, *, ticket_id: str, order_id: str, buyer_id: str) -> None:
    """Sell a ticket to the order that has locked it: the buyer owns it and has a new entry code.

    Any other order is a bug: RuntimeError.
    """
    row = tx.first(
        sql.SELL, ticket_id=ticket_id, by_order=order_id, new_owner=buyer_id, now=tx.now_us
    )
    if row is None:
        msg = f"{order_id} does not hold {ticket_id}"
        raise RuntimeError(msg)
    record = record_from_row(row)
    tx.publish(event(TicketUpdated, record))
    entry_codes.revoke(tx, ticket_id=ticket_id, reason=CodeRevocation.SOLD)
    entry_codes.issue(
        tx, ticket_id=ticket_id, show_id=record.show_id, owner_id=buyer_id, order_id=order_id
    )


def barcode(tx: Tx, *, ticket_id: str) -> str | None:
    """Return the barcode that the seller brought, for the buyer alone; None if there is none."""
    row = tx.first(sql.BARCODE, ticket_id=ticket_id)
    return None if row is None or row[0] is None else barcodes.unseal(tx, row[0])


def count(tx: Tx) -> dict[str, int]:
    """Return how many tickets there are in each status."""
    return dict(tx.all(sql.COUNT))


def from_row(row: Row) -> Ticket:
    """Read a ticket with its show from a row of `sql.SELECT`."""
    return Ticket(
        id=row[0], show=shows.from_row(row[sql.SHOW_OFFSET:]), seller_id=row[2], section=row[3],
        row=row[4], seat=row[5], price=Money(amount=row[6], currency=row[7]),
        status=TicketStatus(row[8]), version=row[9], external_id=row[13],
        created_at=from_us(row[14]), updated_at=from_us(row[15]),
        withdraw_reason=None if row[17] is None else WithdrawReason(row[17]),
        withdraw_note=row[18] or "", origin=TicketOrigin(row[11]), locked_until=_moment(row[12]),
        face_value=None if row[19] is None else Money(amount=row[19], currency=row[20]),
        suspended=bool(row[21]),
    )  # fmt: skip


def record_from_row(row: Row) -> TicketRecord:
    """Read a ticket without its show from its own columns."""
    return TicketRecord(
        id=row[0], show_id=row[1], seller_id=row[2], section=row[3], row=row[4], seat=row[5],
        price=Money(amount=row[6], currency=row[7]), status=TicketStatus(row[8]), version=row[9],
        order_id=row[10], origin=TicketOrigin(row[11]), locked_until=_moment(row[12]),
    )  # fmt: skip


def _moment(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def event(kind: type[TicketEvent], record: TicketRecord) -> TicketEvent:
    """Make an event of the ticket's current state."""
    return kind(
        id=record.id, version=record.version, show_id=record.show_id, seller_id=record.seller_id,
        section=record.section, row=record.row, seat=record.seat, price=record.price,
        status=record.status, order_id=record.order_id, origin=record.origin,
        locked_until=record.locked_until,
    )  # fmt: skip


def withdrawn(row: Row) -> TicketWithdrawn:
    """Make the event of a withdrawal from the ticket's own columns."""
    made = event(TicketWithdrawn, record_from_row(row))
    return msgspec.structs.replace(made, reason=WithdrawReason(row[17]))


def refusal(ticket: Ticket, *, seller_id: str, based_on: int | None) -> Problem:
    """Return why a change was refused: ownership is checked before the status."""
    if ticket.seller_id != seller_id:
        return NotYourTicket()
    if ticket.status is not TicketStatus.AVAILABLE:
        return TicketUnavailable(f"The ticket is {ticket.status}.")
    return StaleVersion(f"The ticket is now at version {ticket.version}, not {based_on}.")

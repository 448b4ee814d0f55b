"""Resale: what the owner of a ticket may do with it, and what becomes of it at the gate.

Between a completed order and the gate a ticket has one owner. The owner sells it on, takes it back
from sale, offers it to somebody; a refund gives it back to its seller or makes it void.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from contract.money import Money
from contract.problems import FieldError, Invalid, Problem, StaleVersion
from contract.shows import ShowIsCancelled, ShowStarted
from contract.tickets import (
    CodeRevocation,
    EditTicket,
    NotYourTicket,
    Ticket,
    TicketInside,
    TicketNotFound,
    TicketOffered,
    TicketStatus,
    TicketUnavailable,
    TicketUpdated,
    TicketVoid,
    WithdrawReason,
)
from server.tickets import entry_codes, policies, service
from server.tickets import statements as sql
from server.tx import Tx


def relist(tx: Tx, *, owner_id: str, ticket_id: str, price: Money) -> Ticket:
    """Put a ticket on sale that its owner bought or was given; the entry code works until the sale.

    Raises Invalid for a price that cannot be charged, TicketNotFound, NotYourTicket,
    TicketUnavailable, TicketInside, TicketOffered, TicketVoid, ShowStarted, ShowIsCancelled,
    ResaleNotAllowed, PriceAboveCap.
    """
    ticket = service.view(tx, ticket_id=ticket_id)
    if ticket.show.cancelled:
        raise ShowIsCancelled(f"{ticket.show.name} was cancelled.")
    policies.hold(tx, ticket)
    row = tx.first(
        sql.RELIST,
        ticket_id=ticket_id, by_owner=owner_id, new_amount=price.amount,
        new_currency=price.currency, now=tx.now_us,
    )  # fmt: skip
    if row is None:
        raise refusal(tx, ticket_id=ticket_id, owner_id=owner_id)
    policies.refuse_resale(tx, ticket, price)
    tx.publish(service.event(TicketUpdated, service.record_from_row(row)))
    return service.view(tx, ticket_id=ticket_id)


def edit(
    tx: Tx, *, seller_id: str, ticket_id: str, body: EditTicket, based_on: int | None
) -> Ticket:
    """Change a ticket on sale, or put one that was suspended on sale again at another price.

    Raises what `service.edit` and `relist` raise, and Invalid for another seat of a ticket that was
    sold before.
    """
    if entry_codes.count(tx, ticket_id=ticket_id) > 0:
        _refuse_changes(body)
        ticket = service.view(tx, ticket_id=ticket_id)
        if ticket.suspended and body.price is not UNSET:
            if based_on not in (None, ticket.version):
                raise StaleVersion(
                    f"The ticket is now at version {ticket.version}, not {based_on}."
                )
            price = Money(amount=body.price.amount, currency=body.price.currency)
            return relist(tx, owner_id=seller_id, ticket_id=ticket_id, price=price)
        if ticket.seller_id == seller_id and body.price is not UNSET:
            price = Money(amount=body.price.amount, currency=body.price.currency)
            policies.refuse_resale(tx, ticket, price)
    return service.edit(tx, seller_id=seller_id, ticket_id=ticket_id, body=body, based_on=based_on)


def _refuse_changes(body: EditTicket) -> None:
    """Refuse to change what a ticket is for, once it was sold. Raises Invalid."""
    fixed = {name: getattr(body, name) for name in ("section", "row", "seat", "barcode")}
    errors = tuple(
        FieldError(field=name, message="cannot be changed: the ticket was sold before")
        for name, value in fixed.items()
        if value is not UNSET
    )
    if errors:
        raise Invalid(errors=errors)


def withdraw(tx: Tx, *, seller_id: str, ticket_id: str, based_on: int | None) -> Ticket:
    """Take an available ticket off sale: for good, or back to the wallet of who has bought it.

    Raises TicketNotFound, NotYourTicket, TicketUnavailable, StaleVersion.
    """
    binds = {"ticket_id": ticket_id, "based_on": based_on or 0, "now": tx.now_us}
    withdrawn = tx.first(sql.WITHDRAW, by_seller=seller_id, **binds)
    if withdrawn is not None:
        tx.publish(service.withdrawn(withdrawn))
        return service.view(tx, ticket_id=ticket_id)
    row = tx.first(sql.TAKE_BACK, by_owner=seller_id, is_suspended=0, **binds)
    ticket = service.view(tx, ticket_id=ticket_id)
    if row is None:
        raise service.refusal(ticket, seller_id=seller_id, based_on=based_on)
    tx.publish(service.event(TicketUpdated, service.record_from_row(row)))
    return ticket


def take_down(tx: Tx, *, ticket_id: str, reason: WithdrawReason, note: str | None = None) -> None:
    """Take anybody's available ticket off sale; one that was bought goes back to its owner.

    Raises TicketUnavailable, TicketNotFound.
    """
    row = tx.first(sql.TAKE_DOWN, ticket_id=ticket_id, why=reason.value, note=note, now=tx.now_us)
    if row is not None:
        tx.publish(service.withdrawn(row))
        return
    ticket = service.view(tx, ticket_id=ticket_id)
    if ticket.status is not TicketStatus.AVAILABLE:
        raise TicketUnavailable(f"The ticket is {ticket.status}.")
    withdraw(tx, seller_id=ticket.seller_id, ticket_id=ticket_id, based_on=None)


def enter(tx: Tx, *, ticket_id: str) -> bool:
    """Record that a ticket was admitted, which takes it off sale; False while it is being sold."""
    row = tx.first(sql.ENTER, ticket_id=ticket_id)
    if row is None:
        return False
    if row[0] == TicketStatus.AVAILABLE:
        withdraw(tx, seller_id=row[1], ticket_id=ticket_id, based_on=None)
    entry_codes.touch(tx, ticket_id=ticket_id)
    return True


def leave(tx: Tx, *, ticket_id: str) -> None:
    """Record that a ticket left. It stays used, so that nobody sells it on while it is outside."""
    entry_codes.touch(tx, ticket_id=ticket_id)


def undo_entry(tx: Tx, *, ticket_id: str, was_inside: bool) -> None:
    """Record that an admission of a ticket was undone; it stays used if it was inside before."""
    tx.execute(sql.UNDO_ENTRY, ticket_id=ticket_id, was_inside=int(was_inside))
    entry_codes.touch(tx, ticket_id=ticket_id)


def offer(tx: Tx, *, owner_id: str, ticket_id: str, transfer_id: str) -> Ticket:
    """Reserve a ticket for a transfer: until that ends it can be neither sold nor offered again.

    Raises TicketNotFound, NotYourTicket, TicketUnavailable, TicketInside, TicketOffered,
    TicketVoid, ShowStarted, ShowIsCancelled, TransferNotAllowed.
    """
    ticket = service.view(tx, ticket_id=ticket_id)
    if ticket.show.cancelled:
        raise ShowIsCancelled(f"{ticket.show.name} was cancelled.")
    row = tx.first(
        sql.OFFER,
        ticket_id=ticket_id, by_owner=owner_id, by_transfer=transfer_id, now=tx.now_us,
    )  # fmt: skip
    if row is None:
        raise refusal(tx, ticket_id=ticket_id, owner_id=owner_id)
    policies.refuse_transfer(ticket)
    return ticket


def end_offer(tx: Tx, *, ticket_id: str, transfer_id: str) -> None:
    """Free a ticket from a transfer that ended without a new owner."""
    tx.execute(sql.END_OFFER, ticket_id=ticket_id, by_transfer=transfer_id)


def transfer(tx: Tx, *, ticket_id: str, transfer_id: str, to_id: str) -> None:
    """Give a ticket to its new owner, with a new entry code; the giver's opens the gate no more.

    Raises TicketUnavailable when the transfer does not have the ticket any more.
    """
    row = tx.first(
        sql.TRANSFER,
        ticket_id=ticket_id, by_transfer=transfer_id, new_owner=to_id, now=tx.now_us,
    )  # fmt: skip
    if row is None:
        raise TicketUnavailable("The ticket is no longer offered.")
    record = service.record_from_row(row)
    tx.publish(service.event(TicketUpdated, record))
    revoked = entry_codes.revoke(tx, ticket_id=ticket_id, reason=CodeRevocation.TRANSFERRED)
    if revoked is None or record.order_id is None:
        msg = f"{ticket_id} was offered without a valid entry code"
        raise RuntimeError(msg)
    entry_codes.issue(
        tx, ticket_id=ticket_id, show_id=record.show_id, owner_id=to_id, order_id=record.order_id
    )


def owner_of(tx: Tx, *, ticket_id: str) -> str:
    """Return who owns a ticket. Raises TicketNotFound."""
    row = tx.first(sql.CUSTODY, ticket_id=ticket_id)
    if row is None:
        raise TicketNotFound
    owner_id: str = row[0]
    return owner_id


def hold(tx: Tx, *, ticket_id: str) -> str:
    """Let nobody else change a ticket until the end of the transaction; return its owner.

    Raises TicketNotFound.
    """
    row = tx.first(sql.HOLD, ticket_id=ticket_id)
    if row is None:
        raise TicketNotFound
    owner_id: str = row[0]
    return owner_id


def owned_among(tx: Tx, tickets: Sequence[Ticket], *, owner_id: str) -> set[str]:
    """Return which of some tickets were sold and are this user's."""
    sold = [ticket.id for ticket in tickets if ticket.status is TicketStatus.SOLD]
    if not owner_id or not sold:
        return set()
    rows = tx.all(sql.OWNED_AMONG, of_owner=owner_id, first=min(sold), last=max(sold))
    return {row[0] for row in rows}


def void(tx: Tx, *, ticket_id: str, owner_id: str, reason: CodeRevocation) -> None:
    """Revoke the entry code of a ticket if this is still its owner, and take it off sale.

    While somebody pays for it, it stays locked; `service.unlock` takes it off sale.
    """
    if hold(tx, ticket_id=ticket_id) != owner_id:
        return
    ticket = service.view(tx, ticket_id=ticket_id)
    if ticket.status is TicketStatus.AVAILABLE:
        withdraw(tx, seller_id=owner_id, ticket_id=ticket_id, based_on=None)
    tx.execute(sql.END_REFUND, ticket_id=ticket_id)
    entry_codes.revoke(tx, ticket_id=ticket_id, reason=reason)


def begin_refund(tx: Tx, *, ticket_id: str, owner_id: str) -> bool:
    """Take a ticket off sale while money goes back to its owner, who will lose it for that.

    The entry code works until the money has arrived. False if somebody else owns it by now, or is
    just buying it.
    """
    row = tx.first(sql.BEGIN_REFUND, ticket_id=ticket_id, by_owner=owner_id)
    if row is None:
        return False
    if row[0] == TicketStatus.AVAILABLE:
        withdraw(tx, seller_id=owner_id, ticket_id=ticket_id, based_on=None)
    return True


def end_refund(tx: Tx, *, ticket_id: str) -> None:
    """Let the owner do as before with a ticket whose refund failed."""
    tx.execute(sql.END_REFUND, ticket_id=ticket_id)


def reissue_code(tx: Tx, *, ticket_id: str, owner_id: str, order_id: str) -> None:
    """Give the owner of a ticket a new entry code, because the refund that took it failed."""
    hold(tx, ticket_id=ticket_id)
    entry_codes.revoke(tx, ticket_id=ticket_id, reason=CodeRevocation.REISSUED)
    entry_codes.issue(
        tx, ticket_id=ticket_id, show_id=service.view(tx, ticket_id=ticket_id).show.id,
        owner_id=owner_id, order_id=order_id,
    )  # fmt: skip


def replace_code(tx: Tx, *, ticket_id: str, note: str) -> Ticket:
    """Replace the entry code of a ticket for an operator; its owner and the rest stay as they are.

    Raises TicketNotFound, ShowIsCancelled, TicketUnavailable for a ticket that nobody has bought,
    TicketVoid for one that was refunded or lost to a bank.
    """
    hold(tx, ticket_id=ticket_id)
    ticket = service.view(tx, ticket_id=ticket_id)
    if ticket.show.cancelled:
        raise ShowIsCancelled(f"{ticket.show.name} was cancelled.")
    revoked = entry_codes.revoke(tx, ticket_id=ticket_id, reason=CodeRevocation.REISSUED, note=note)
    if revoked is None and entry_codes.count(tx, ticket_id=ticket_id) == 0:
        raise TicketUnavailable("Nobody has bought the ticket, so it has no entry code.")
    if revoked is None:
        raise TicketVoid
    entry_codes.issue(
        tx, ticket_id=ticket_id, show_id=ticket.show.id, owner_id=revoked.owner_id,
        order_id=revoked.order_id, note=note,
    )  # fmt: skip
    return ticket


def give_back(
    tx: Tx, *, ticket_id: str, order_id: str, seller_id: str, sellers_order_id: str | None
) -> bool:
    """Give a refunded ticket back to who sold it by this order; tell whether it was still there.

    A seller who had bought it has it in the wallet again, with a new code. Otherwise the ticket is
    withdrawn, and the seller may list the seat again.
    """
    statement = sql.RETURN_TO_SELLER if sellers_order_id is None else sql.RETURN_TO_OWNER
    more = {} if sellers_order_id is None else {"owners_order": sellers_order_id}
    row = tx.first(
        statement, ticket_id=ticket_id, of_order=order_id, back_to=seller_id, now=tx.now_us, **more
    )
    if row is None:
        return False
    record = service.record_from_row(row)
    if sellers_order_id is None:
        tx.publish(service.withdrawn(row))
    else:
        tx.publish(service.event(TicketUpdated, record))
    entry_codes.revoke(tx, ticket_id=ticket_id, reason=CodeRevocation.REFUNDED)
    if sellers_order_id is not None:
        entry_codes.issue(
            tx, ticket_id=ticket_id, show_id=record.show_id, owner_id=record.seller_id,
            order_id=sellers_order_id,
        )  # fmt: skip
    return True


def why_not_returned(tx: Tx, *, ticket_id: str) -> str | None:
    """Return why a ticket in its owner's wallet cannot be given back; None if it can."""
    _, inside, refunding, transfer_id, valid = tx.first(sql.CUSTODY, ticket_id=ticket_id) or (
        "", 0, 0, None, None,
    )  # fmt: skip
    reasons = (
        (inside, "This ticket was admitted at the gate."),
        (transfer_id, "You have offered this ticket to somebody. Cancel the offer first."),
        (refunding, "A refund of this ticket is under way."),
        (valid is None, "This ticket is void."),
    )
    return next((reason for applies, reason in reasons if applies), None)


def refusal(tx: Tx, *, ticket_id: str, owner_id: str) -> Problem:
    """Return why a ticket can be neither sold nor offered by this user."""
    ticket = service.view(tx, ticket_id=ticket_id)
    row = tx.first(sql.CUSTODY, ticket_id=ticket_id)
    owner, inside, refunding, transfer_id, valid = row or ("", 0, 0, "", "")
    if owner != owner_id:
        return NotYourTicket()
    if ticket.status is not TicketStatus.SOLD:
        return TicketUnavailable(f"The ticket is {ticket.status}.")
    reasons: tuple[tuple[object, Problem], ...] = (
        (valid is None, TicketVoid()),
        (inside, TicketInside()),
        (refunding, TicketVoid("The ticket is being refunded.")),
        (transfer_id, TicketOffered()),
    )
    started = ShowStarted(f"{ticket.show.name} has already started.")
    return next((problem for applies, problem in reasons if applies), started)

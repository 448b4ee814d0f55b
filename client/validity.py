"""Validity: what a ticket in a wallet or on a receipt is worth, in the same words everywhere."""

from __future__ import annotations

from collections.abc import Iterable

from client.formatting import local_time
from contract.orders import CustodyChange, CustodyStep, Order, WalletTicket
from contract.receipts import Receipt
from contract.refunds import RefundedTicket, RefundStatus
from contract.shows import Show
from contract.tickets import CodeRevocation, Ticket, TicketStatus, WithdrawReason
from contract.transfers import Transfer, TransferStatus

#: Refunds that have reached the buyer.
ARRIVED = (RefundStatus.DONE, RefundStatus.SETTLED)

#: What is said about a ticket that its seller did not withdraw.
WITHDRAWN_BECAUSE = {
    WithdrawReason.SHOW_CANCELLED: "the show was cancelled",
    WithdrawReason.OPERATOR: "by an operator",
    WithdrawReason.BAN: "the seller is banned",
}


SUSPENDED = "by the organiser's rules; you can sell it as they allow"


def why_void(bought: WalletTicket | Receipt) -> str:
    """Return why a ticket is void, such as `show cancelled, refunded`; empty if it is valid."""
    cancelled = "show cancelled" if bought.ticket.show.cancelled else ""
    return ", ".join(filter(None, (cancelled, _why_revoked(bought))))


def void_notice(bought: WalletTicket | Receipt) -> str:
    """Return the sentence that says why a ticket is void; empty if it is valid."""
    why = why_void(bought)
    return f"This ticket is void ({why}). It does not open the gate." if why else ""


def status_text(ticket: Ticket) -> str:
    """Return the status of a ticket, and that its show is cancelled: `sold (show cancelled)`.

    One that is in the reader's own wallet is `owned`: to its owner it is not sold. One that the
    organiser's rules took off sale is `suspended`.
    """
    status = "owned" if ticket.owned else ticket.status.value
    if ticket.suspended:
        status += " (suspended)"
    return f"{status} (show cancelled)" if ticket.show.cancelled else status


def passed_on(order: Order) -> str | None:
    """Return that the ticket of an order has a newer owner, and since when; None otherwise."""
    if order.replaced_at is None:
        return None
    verb = "given away" if order.replaced_by is CodeRevocation.TRANSFERRED else "sold on"
    return f"{verb} {local_time(order.replaced_at)}; its code of then is replaced"


def returns(show: Show) -> str | None:
    """Return until when buyers can return tickets because the show was postponed, or None."""
    if show.refund_until is None:
        return None
    return f"until {local_time(show.refund_until)}, as the show was postponed"


def why_withdrawn(ticket: Ticket) -> str | None:
    """Return why a ticket was taken off sale, if not by its seller; None otherwise."""
    if ticket.suspended:
        return SUSPENDED
    if ticket.withdraw_reason in (None, WithdrawReason.SELLER):
        return None
    note = f": {ticket.withdraw_note}" if ticket.withdraw_note else ""
    return f"{WITHDRAWN_BECAUSE[ticket.withdraw_reason]}{note}"


def entry_code(bought: WalletTicket) -> str:
    """Return the code that opens the gate; empty if the ticket is void."""
    return "" if why_void(bought) else bought.code or ""


def qr_text(bought: WalletTicket) -> str:
    """Return what the QR code of a ticket says; empty if the ticket is void."""
    return "" if why_void(bought) else bought.qr or bought.code or ""


def custody_lines(bought: WalletTicket) -> tuple[str, ...]:
    """Return how a ticket came to its owner, without names, the latest step last."""
    return tuple(f"{local_time(step.at)}: {_step(step)}" for step in bought.history)


def _step(step: CustodyStep) -> str:
    if step.how is CustodyChange.REISSUED:
        return "a new entry code" + (" for you" if step.to_you else "")
    if step.how is CustodyChange.RETURNED:
        return "returned to you with a refund" if step.to_you else "returned with a refund"
    verb = "sold" if step.how is CustodyChange.SOLD else "given"
    if step.to_you:
        return "sold to you by a seller" if verb == "sold" else "given to you"
    return "sold to somebody" if verb == "sold" else "given to somebody"


def wallet_state(bought: WalletTicket, offer: Transfer | None = None) -> str:
    """Return how a ticket in a wallet stands: `valid`, `on sale at EUR 50.00`, `void: refunded`.

    `offer` is the transfer with which the owner is giving it away.
    """
    if why := why_void(bought):
        return f"void: {why}"
    if bought.ticket.status is TicketStatus.AVAILABLE:
        return f"on sale at {bought.ticket.price}"
    if bought.ticket.status is TicketStatus.LOCKED:
        return f"being sold at {bought.ticket.price}"
    if offer is not None:
        return f"offered to {offer.to} until {local_time(offer.expires_at)}"
    if bought.ticket.suspended:
        return "valid (taken off sale by the organiser's rules)"
    return "valid"


def open_offers(transfers: Iterable[Transfer]) -> dict[str, Transfer]:
    """Return the transfers that can still be accepted, by ticket: a ticket has one at most."""
    return {each.ticket.id: each for each in transfers if each.status is TransferStatus.OFFERED}


def _why_revoked(bought: WalletTicket | Receipt) -> str:
    """Return why the owner has no entry code; a refund may leave the ticket as it is."""
    if isinstance(bought, WalletTicket):
        if bought.code is None and bought.refunded:
            return "refunded"
        return "" if bought.code is not None or bought.ticket.show.cancelled else "disputed"
    arrived = [each for each in bought.refunds if each.status in ARRIVED]
    if sum(each.amount.amount for each in arrived) < bought.price.amount:
        return ""
    last = max(arrived, key=lambda each: each.created_at)
    return "" if last.ticket is RefundedTicket.KEEP else "refunded"

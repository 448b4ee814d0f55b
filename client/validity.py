"""Validity: why a bought ticket no longer opens the gate, in the same words everywhere."""

from __future__ import annotations

from contract.orders import WalletTicket
from contract.receipts import Receipt
from contract.refunds import RefundStatus
from contract.tickets import Ticket, WithdrawReason

#: Refunds that have reached the buyer.
ARRIVED = (RefundStatus.DONE, RefundStatus.SETTLED)

#: What is said about a ticket that its seller did not withdraw.
WITHDRAWN_BECAUSE = {
    WithdrawReason.SHOW_CANCELLED: "the show was cancelled",
    WithdrawReason.OPERATOR: "by an operator",
    WithdrawReason.BAN: "the seller is banned",
}


def why_void(bought: WalletTicket | Receipt) -> str:
    """Return why a ticket is void, such as `show cancelled, refunded`; empty if it is valid."""
    reasons = (
        ("show cancelled", bought.ticket.show.cancelled), ("refunded", _is_refunded(bought)),
        ("no valid code", _has_no_code(bought)),
    )  # fmt: skip
    return ", ".join(reason for reason, applies in reasons if applies)


def void_notice(bought: WalletTicket | Receipt) -> str:
    """Return the sentence that says why a ticket is void; empty if it is valid."""
    why = why_void(bought)
    return f"This ticket is void ({why}). It does not open the gate." if why else ""


def entry_code(bought: WalletTicket) -> str:
    """Return the code that opens the gate; empty if the ticket is void."""
    return "" if why_void(bought) else bought.code or ""


def status_text(ticket: Ticket) -> str:
    """Return the status of a ticket, and that its show is cancelled: `sold (show cancelled)`."""
    return (
        f"{ticket.status.value} (show cancelled)"
        if ticket.show.cancelled
        else (ticket.status.value)
    )


def why_withdrawn(ticket: Ticket) -> str | None:
    """Return why a ticket was taken off sale, if not by its seller; None otherwise."""
    if ticket.withdraw_reason in (None, WithdrawReason.SELLER):
        return None
    note = f": {ticket.withdraw_note}" if ticket.withdraw_note else ""
    return f"{WITHDRAWN_BECAUSE[ticket.withdraw_reason]}{note}"


def _has_no_code(bought: WalletTicket | Receipt) -> bool:
    """Tell whether a code was revoked for another reason than a refund."""
    return isinstance(bought, WalletTicket) and bought.code is None and not bought.refunded


def _is_refunded(bought: WalletTicket | Receipt) -> bool:
    if isinstance(bought, WalletTicket):
        return bought.refunded
    back = sum(each.amount.amount for each in bought.refunds if each.status in ARRIVED)
    return back >= bought.price.amount

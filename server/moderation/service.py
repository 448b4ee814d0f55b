"""The rules of moderation, each in one transaction.

A ban withdraws a first batch of listings at once. A job does the rest, because a seller may have
very many. No table
records its progress: what is left to do follows from the account and its tickets, so that a crash,
or a ban that is lifted meanwhile, needs no special case.
"""

from __future__ import annotations

from contract.auth import Account, AccountStatus
from contract.orders import CancelReason, OrderConfirming, OrderOver, ReportStatus
from contract.refunds import RefundedTicket, RefundReason
from contract.reports import Report
from contract.tickets import Ticket, TicketStatus, TicketUnavailable, WithdrawReason
from server import jobs
from server.auth import service as auth
from server.orders import reports
from server.orders import service as orders
from server.payments import refunds
from server.tickets import resale
from server.tickets import service as tickets
from server.tx import Tx

#: The kind of job. Its subject is an account.
FOLLOW_BAN = "seller.follow_ban"
#: Tickets in one transaction: few enough that a purchase elsewhere hardly waits.
BATCH = 25


def ban(tx: Tx, *, user_id: str, banned: bool) -> Account:
    """Ban an account or lift the ban, and let its listings follow. Raises NotFound."""
    role = auth.view(tx, user_id=user_id).account.role
    status = AccountStatus.BANNED if banned else AccountStatus.ACTIVE
    account = auth.set_role_and_status(tx, user_id=user_id, role=role, status=status)
    if banned:
        follow_batch(tx, user_id=user_id, after="")  # nobody may buy until the job begins
    jobs.enqueue(tx, FOLLOW_BAN, user_id)
    return account


def withdraw(tx: Tx, *, ticket_id: str, note: str) -> Ticket:
    """Take a listing off sale and cancel the order that has locked it.

    Raises TicketNotFound, TicketUnavailable for one that is sold or withdrawn, OrderConfirming.
    """
    ticket = tickets.view(tx, ticket_id=ticket_id)
    if ticket.status is TicketStatus.LOCKED:
        order_id = tickets.holder(tx, ticket_id=ticket_id)
        orders.cancel(tx, order_id=order_id, reason=CancelReason.LISTING_WITHDRAWN)
    resale.take_down(tx, ticket_id=ticket_id, reason=WithdrawReason.OPERATOR, note=note)
    return tickets.view(tx, ticket_id=ticket_id)


def refund_report(tx: Tx, *, report_id: str, by: str, note: str, ticket: RefundedTicket) -> Report:
    """Refund all of a reported order; the sale stays out of payouts until the money has arrived.

    Raises ReportNotFound, ReportOver, and what a refund raises.
    """
    order_id = reports.view(tx, report_id=report_id).order_id
    made = reports.resolve(tx, report_id=report_id, outcome=ReportStatus.REFUNDED, by=by, note=note)
    refunds.begin(tx, order_id=order_id, amount=None, reason=RefundReason.OPERATOR, ticket=ticket)
    return made


def follow_batch(tx: Tx, *, user_id: str, after: str) -> str | None:
    """Withdraw or restore a batch of a seller's tickets; return the last one, None at the end."""
    if auth.view(tx, user_id=user_id).account.status is AccountStatus.ACTIVE:
        restored = tickets.list_banned(tx, seller_id=user_id, after_id=after, limit=BATCH)
        for ticket_id in restored:
            tickets.restore(tx, ticket_id=ticket_id)
        return restored[-1] if restored else None
    listed = tickets.list_listed(tx, seller_id=user_id, after_id=after, limit=BATCH)
    for ticket_id, order_id in listed:
        _withdraw_banned(tx, ticket_id=ticket_id, order_id=order_id)
    return listed[-1][0] if listed else None


def is_done(tx: Tx, *, user_id: str) -> bool:
    """Tell whether nothing of a banned seller is on sale any more."""
    active = auth.view(tx, user_id=user_id).account.status is AccountStatus.ACTIVE
    return active or not tickets.list_listed(tx, seller_id=user_id, after_id="", limit=1)


def _withdraw_banned(tx: Tx, *, ticket_id: str, order_id: str | None) -> None:
    """Withdraw a banned seller's ticket; one whose payment is being confirmed is left for later."""
    try:
        if order_id is not None:
            orders.cancel(tx, order_id=order_id, reason=CancelReason.LISTING_WITHDRAWN)
        resale.take_down(tx, ticket_id=ticket_id, reason=WithdrawReason.BAN)
    except (OrderConfirming, OrderOver, TicketUnavailable):
        return  # sold or locked this very moment; the next pass finds it if it is still on sale

"""Postings: every movement of money is booked in the transaction in which it becomes known.

A book says whose money an amount is: `platform` is what lies at the payment provider; the others
are owed, below zero. An event cannot be refused, and received twice it is booked once.
"""

from __future__ import annotations

from contract.alerts import AlertKind
from contract.ledger import Book, EntryKind
from contract.orders import OrderReported, OrderReportResolved
from contract.payments import (
    PaymentCreated,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentLate,
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
    PaymentStatus,
)
from contract.shows import ShowMerged, ShowUpdated
from db.types import to_us
from server.alerts import service as alerts
from server.ledger import statements as sql
from server.ledger.allocation import allocate_refund
from server.ledger.booking import BookedPayment, book, booked_payment, is_booked
from server.shows import service as shows
from server.tx import Tx

RefundEvent = PaymentRefundDue | PaymentRefunded | PaymentRefundFailed | PaymentRefundSettled
DisputeEvent = PaymentDisputed | PaymentDisputeWon | PaymentDisputeLost


def sold(tx: Tx, event: PaymentCreated) -> None:
    """Book a captured price: the fee for the marketplace, the rest for the seller."""
    payment = booked_payment(tx, order_id=event.order_id, payment_id=event.id)
    if is_booked(tx, payment, EntryKind.CAPTURE, event.id):
        return
    known, price = payment.known, event.amount.amount
    starts = shows.view(tx, show_id=known.show_id).starts_at
    tx.execute(
        sql.INSERT_SALE,
        order_id=event.order_id, seller_id=known.seller_id, show_id=known.show_id,
        currency=event.amount.currency, owed=0, frozen=0, refunding=0, reported=0,
        payout_id=None, sold_at=tx.now_us,
        releases_at=to_us(starts) + tx.settings.payout_delay,
    )  # fmt: skip
    fee = known.order.fee.amount
    amounts = {Book.PLATFORM: price, Book.SELLER: fee - price, Book.FEE: -fee}
    book(tx, payment, EntryKind.CAPTURE, event.id, amounts)


def show_updated(tx: Tx, event: ShowUpdated) -> None:
    """Pay the sellers of a show after its new start, unless they were paid already."""
    releases = to_us(event.starts_at) + tx.settings.payout_delay
    tx.execute(sql.RESCHEDULE, show=event.id, releases=releases)


def show_merged(tx: Tx, event: ShowMerged) -> None:
    """Move the sales of a show to the one that it was merged into, and pay after its start."""
    releases = to_us(event.starts_at) + tx.settings.payout_delay
    tx.execute(sql.RESCHEDULE, show=event.id, releases=releases)
    tx.execute(sql.MOVE, show=event.id, into=event.into_id)


def reported(tx: Tx, event: OrderReported) -> None:
    """Keep a sale out of payouts while a report of its buyer is open, and alert operators."""
    tx.execute(sql.SET_REPORTED, of_order=event.id, is_reported=1)
    payout_id, status = tx.first(sql.PAYOUT_OF, of_order=event.id) or ("", "")
    money = "The seller is not paid meanwhile."
    if status in sql.IN_TRANSIT:
        money = f"The seller is being paid, with {payout_id}, which is {status}."
    elif status:
        money = f"The seller was paid already, with {payout_id}."
    alerts.open_alert(
        tx, AlertKind.REPORT, event.id, order_id=event.id,
        detail=f"The buyer reports a ticket as {event.problem.replace('_', ' ')}. {money} "
        "`ticketing admin reports` shows what the buyer wrote; refund the buyer, or release the "
        "sale by resolving this alert.",
    )  # fmt: skip


def report_resolved(tx: Tx, event: OrderReportResolved) -> None:
    """Let a sale be paid out again, if nothing else holds it; its alert is over."""
    tx.execute(sql.SET_REPORTED, of_order=event.id, is_reported=0)
    alerts.auto_resolve(tx, AlertKind.REPORT, event.id, note=f"The report was {event.status}.")


def late(tx: Tx, event: PaymentLate) -> None:
    """Book money captured for an order that could not have it: all of it is the buyer's."""
    payment = booked_payment(tx, order_id=event.order_id, payment_id=event.id)
    amount = event.amount.amount
    book(tx, payment, EntryKind.LATE, event.id, {Book.PLATFORM: amount, Book.BUYER: -amount})


def refund_due(tx: Tx, event: PaymentRefundDue) -> None:
    """Keep a sale out of payouts while a refund of it is under way."""
    _mark_refunding(tx, _payment(tx, event), event)


def refunded(tx: Tx, event: PaymentRefunded) -> None:
    """Book a refund at the expense of seller and marketplace."""
    _book_refund(tx, _payment(tx, event), event)


def refund_failed(tx: Tx, event: PaymentRefundFailed) -> None:
    """Book a refund that was returned: the money is at the provider again, owed to the buyer.

    A refund that had never arrived is booked first, so that seller and marketplace bear it either
    way.
    """
    payment, amount = _payment(tx, event), event.refunded.amount
    _book_refund(tx, payment, event)
    returned = {Book.PLATFORM: amount, Book.BUYER: -amount}
    book(tx, payment, EntryKind.REFUND_FAILED, event.refund_id, returned)


def refund_settled(tx: Tx, event: PaymentRefundSettled) -> None:
    """Book that an operator paid the buyer what a failed refund left owed."""
    amount = event.refunded.amount
    payment, paid = _payment(tx, event), {Book.PLATFORM: -amount, Book.BUYER: amount}
    book(tx, payment, EntryKind.REFUND_SETTLED, event.refund_id, paid)
    _mark_refunding(tx, payment, event)


def disputed(tx: Tx, event: PaymentDisputed) -> None:
    """Book money that a bank took until a dispute is decided, and freeze the sale."""
    _book_dispute(tx, event)
    _freeze(tx, event)


def dispute_won(tx: Tx, event: PaymentDisputeWon) -> None:
    """Book disputed money that came back to the marketplace, and unfreeze the sale."""
    _book_dispute(tx, event)
    amount = event.disputed.amount
    won = {Book.PLATFORM: amount, Book.DISPUTE: -amount}
    book(tx, _payment(tx, event), EntryKind.DISPUTE_WON, event.dispute_id, won)
    _freeze(tx, event)


def dispute_lost(tx: Tx, event: PaymentDisputeLost) -> None:
    """Book disputed money that the buyer keeps, borne like a refund, and unfreeze the sale."""
    _book_dispute(tx, event)
    payment, amount = _payment(tx, event), event.disputed.amount
    lost = {Book.DISPUTE: -amount, **allocate_refund(payment.totals, amount)}
    book(tx, payment, EntryKind.DISPUTE_LOST, event.dispute_id, lost)
    _freeze(tx, event)


def _payment(tx: Tx, event: RefundEvent | DisputeEvent) -> BookedPayment:
    return booked_payment(tx, order_id=event.order_id, payment_id=event.id)


def _book_refund(tx: Tx, payment: BookedPayment, event: RefundEvent) -> None:
    amount = event.refunded.amount
    sent = {Book.PLATFORM: -amount, **allocate_refund(payment.totals, amount)}
    book(tx, payment, EntryKind.REFUND, event.refund_id, sent)
    _mark_refunding(tx, payment, event)


def _mark_refunding(tx: Tx, payment: BookedPayment, event: RefundEvent) -> None:
    """Keep a sale out of payouts for as long as its payment has a refund under way."""
    if not payment.totals.late:
        underway = event.status is PaymentStatus.REFUND_DUE
        tx.execute(sql.SET_REFUNDING, of_order=payment.order_id, is_refunding=int(underway))


def _book_dispute(tx: Tx, event: DisputeEvent) -> None:
    """Book what a bank took; a dispute may already be decided when its first event arrives."""
    amount = event.disputed.amount
    taken = {Book.PLATFORM: -amount, Book.DISPUTE: amount}
    book(tx, _payment(tx, event), EntryKind.DISPUTE, event.dispute_id, taken)


def _freeze(tx: Tx, event: DisputeEvent) -> None:
    """Keep a sale frozen for as long as a bank holds money of it."""
    payment = _payment(tx, event)
    if not payment.totals.late:
        frozen = payment.totals.disputed != 0
        tx.execute(sql.SET_FROZEN, of_order=payment.order_id, is_frozen=int(frozen))

"""Postings: what becomes of money is booked in the very transaction in which it becomes known.

Books say whose money an amount is about: `platform` is what lies at the bank, the others are owed,
below zero. An event cannot be refused, and heard twice it is booked once.
"""

from __future__ import annotations

from contract.ledger import Book, EntryKind
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
from db.types import to_us
from server.ledger import booking
from server.ledger import statements as sql
from server.ledger.booking import Money, book
from server.ledger.shares import bear
from server.shows import service as shows
from server.tx import Tx

Refund = PaymentRefundDue | PaymentRefunded | PaymentRefundFailed | PaymentRefundSettled
Dispute = PaymentDisputed | PaymentDisputeWon | PaymentDisputeLost


def sold(tx: Tx, event: PaymentCreated) -> None:
    """Book a captured price: the fee is the house's, the rest the seller's after the show."""
    money = booking.of(tx, order_id=event.order_id, payment_id=event.id)
    if booking.booked(tx, money, EntryKind.CAPTURE, event.id):
        return
    known, price = money.known, event.amount.amount
    starts = shows.view(tx, show_id=known.show_id).starts_at
    tx.execute(
        sql.SELL,
        order_id=event.order_id, seller_id=known.seller_id, show_id=known.show_id,
        currency=event.amount.currency, owed=0, frozen=0, refunding=0, payout_id=None,
        sold_at=tx.now_us, releases_at=to_us(starts) + tx.settings.payout_after,
    )  # fmt: skip
    fee = known.order.fee.amount
    amounts = {Book.PLATFORM: price, Book.SELLER: fee - price, Book.FEE: -fee}
    book(tx, money, EntryKind.CAPTURE, event.id, amounts)


def late(tx: Tx, event: PaymentLate) -> None:
    """Book money that came for an order that could not have it: all of it is the buyer's."""
    money = booking.of(tx, order_id=event.order_id, payment_id=event.id)
    amount = event.amount.amount
    book(tx, money, EntryKind.LATE, event.id, {Book.PLATFORM: amount, Book.BUYER: -amount})


def refund_due(tx: Tx, event: PaymentRefundDue) -> None:
    """Hold a sale back from payouts while money of it is going back."""
    _hold_back(tx, _of(tx, event), event)


def refunded(tx: Tx, event: PaymentRefunded) -> None:
    """Book money that went back to the buyer, at the expense of seller and house."""
    _refund(tx, _of(tx, event), event)


def refund_failed(tx: Tx, event: PaymentRefundFailed) -> None:
    """Book a refund that came back: the money is at the bank again, but owed to the buyer.

    One that had never arrived is booked first, so that seller and house bear it either way.
    """
    money, amount = _of(tx, event), event.refunded.amount
    _refund(tx, money, event)
    back = {Book.PLATFORM: amount, Book.BUYER: -amount}
    book(tx, money, EntryKind.REFUND_FAILED, event.refund_id, back)


def refund_settled(tx: Tx, event: PaymentRefundSettled) -> None:
    """Book that an operator paid the buyer what a failed refund left owed."""
    amount = event.refunded.amount
    money, paid = _of(tx, event), {Book.PLATFORM: -amount, Book.BUYER: amount}
    book(tx, money, EntryKind.REFUND_SETTLED, event.refund_id, paid)
    _hold_back(tx, money, event)


def disputed(tx: Tx, event: PaymentDisputed) -> None:
    """Book money that a bank took until it is decided whose it is, and freeze the sale."""
    _dispute(tx, event)
    _freeze(tx, event)


def dispute_won(tx: Tx, event: PaymentDisputeWon) -> None:
    """Book disputed money that came back to the house; the sale thaws."""
    _dispute(tx, event)
    amount = event.disputed.amount
    won = {Book.PLATFORM: amount, Book.DISPUTE: -amount}
    book(tx, _of(tx, event), EntryKind.DISPUTE_WON, event.dispute_id, won)
    _freeze(tx, event)


def dispute_lost(tx: Tx, event: PaymentDisputeLost) -> None:
    """Book disputed money that stays with the buyer, borne as a refund is; the sale thaws."""
    _dispute(tx, event)
    money, amount = _of(tx, event), event.disputed.amount
    lost = {Book.DISPUTE: -amount, **bear(money.paid, amount)}
    book(tx, money, EntryKind.DISPUTE_LOST, event.dispute_id, lost)
    _freeze(tx, event)


def _of(tx: Tx, event: Refund | Dispute) -> Money:
    return booking.of(tx, order_id=event.order_id, payment_id=event.id)


def _refund(tx: Tx, money: Money, event: Refund) -> None:
    amount = event.refunded.amount
    sent = {Book.PLATFORM: -amount, **bear(money.paid, amount)}
    book(tx, money, EntryKind.REFUND, event.refund_id, sent)
    _hold_back(tx, money, event)


def _hold_back(tx: Tx, money: Money, event: Refund) -> None:
    """Let a sale wait for as long as its payment says that a refund is under way."""
    if not money.paid.late:
        underway = event.status is PaymentStatus.REFUND_DUE
        tx.execute(sql.HOLD_BACK, of_order=money.order_id, is_refunding=int(underway))


def _dispute(tx: Tx, event: Dispute) -> None:
    """Book what a bank took; a dispute may be decided by the time we hear of it."""
    amount = event.disputed.amount
    taken = {Book.PLATFORM: -amount, Book.DISPUTE: amount}
    book(tx, _of(tx, event), EntryKind.DISPUTE, event.dispute_id, taken)


def _freeze(tx: Tx, event: Dispute) -> None:
    """Freeze a sale as long as a bank holds money of it."""
    money = _of(tx, event)
    if not money.paid.late:
        tx.execute(sql.FREEZE, of_order=money.order_id, is_frozen=int(money.paid.contested != 0))

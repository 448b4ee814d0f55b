"""What payments decides, each in one transaction; the calls to Stripe are in `jobs`.

The protocol is "claim": authorise, claim the order in one guarded step together with the job that
captures, capture, complete. In a bounded model of every interleaving it is the only one of four
that never refunds, never revokes a ticket and never loses money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from contract.money import Money
from contract.orders import CancelReason, Order, OrderCancelled, OrderOver, OrderStatus
from contract.payments import (
    Payment,
    PaymentCreated,
    PaymentDeclined,
    PaymentFailed,
    PaymentNotStarted,
    PaymentRefunded,
    PaymentRefused,
    PaymentStarted,
    PaymentStatus,
    PaymentUpdated,
)
from db.statement import Row
from db.types import from_us, to_us
from server import jobs
from server.clock import SECOND
from server.orders import service as orders
from server.payments import statements as sql
from server.payments import states, stripe
from server.tickets import service as tickets
from server.tx import Tx

Fact = TypeVar(
    "Fact", PaymentStarted, PaymentUpdated, PaymentCreated, PaymentFailed, PaymentRefunded
)

#: Kinds of jobs. The subject of each is a payment, of the last a refund.
PAGE, REFRESH, CAPTURE, VOID, REFUND = (
    "payment.page", "payment.refresh", "payment.capture", "payment.void", "payment.refund",
)  # fmt: skip
#: Stripe keeps a page open for at least 30 minutes from when it is created, which is never after
#: the deadline. One minute more is for clocks that differ. The same for every replay of an order.
PAGE_AFTER_DEADLINE = 31 * 60


@dataclass(frozen=True)
class Attempt:
    """A payment as the house knows it."""

    id: str
    order_id: str
    buyer_id: str
    status: PaymentStatus
    amount: Money
    parameters: dict[str, Any]
    session_id: str | None
    intent_id: str | None
    page_url: str | None
    live: bool
    declines: int
    declined: str | None
    version: int
    created_us: int


def start(tx: Tx, *, order_id: str) -> Attempt:
    """Begin to pay an order, or go on with the page that is open already.

    Raises OrderOver, OrderConfirming, PaymentRefused. Every argument of the page is frozen here.
    """
    known = orders.view(tx, order_id=order_id)
    order = known.order
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        raise orders.why_not(known)
    if order.expires_at <= tx.now:
        raise OrderOver("The time to pay this order has run out.")
    tx.alone(f"payment:{order_id}")
    for attempt in of_order(tx, order_id=order_id):
        if attempt.status in (PaymentStatus.NEW, PaymentStatus.OPEN):
            return attempt
    payment_id = tx.new_id("pay")
    row = tx.first(
        sql.INSERT,
        id=payment_id, order_id=order.id, buyer_id=order.buyer_id,
        status=PaymentStatus.NEW.value, amount=order.price.amount,
        currency=order.price.currency,
        parameters=msgspec.json.encode(_page(tx, order, known.pay_code, payment_id)).decode(),
        session_id=None, intent_id=None, page_url=None, live=int(tx.settings.live), declines=0,
        declined=None, version=1, created_at=tx.now_us, updated_at=tx.now_us,
    )  # fmt: skip
    attempt = _read(row)
    tx.publish(_fact(PaymentStarted, attempt))
    jobs.enqueue(tx, PAGE, attempt.id, order_id=order.id)
    return attempt


def _page(tx: Tx, order: Order, pay_code: str, payment_id: str) -> dict[str, Any]:
    """Return the arguments of the Checkout Session, which no replay may change."""
    try:
        amount = stripe.minor_units(order.price)
    except stripe.Refused as refused:
        raise PaymentRefused(f"This price cannot be charged: {refused}.") from refused
    ticket = tickets.view(tx, ticket_id=order.ticket_id)
    seat = " ".join(
        f"{word} {value}"
        for word, value in (("section", ticket.section), ("row", ticket.row), ("seat", ticket.seat))
        if value
    )
    link = {"order": order.id, "payment": payment_id}
    return {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.price.currency.lower(),
                    "unit_amount": amount,
                    "product_data": {
                        "name": f"{ticket.show.name}, {seat}" if seat else ticket.show.name,
                        "description": f"{ticket.show.venue}, {ticket.show.city}, "
                        f"{ticket.show.starts_at:%a %d %b %Y %H:%M}",
                    },
                },
            }
        ],
        "client_reference_id": order.id,
        "metadata": link,
        "payment_intent_data": {
            "capture_method": "manual",
            "metadata": link,
            "transfer_group": order.id,
        },
        "expires_at": to_us(order.expires_at) // SECOND + PAGE_AFTER_DEADLINE,
        "success_url": f"{tx.settings.public_url}/p/{pay_code}",
    }


def opened(tx: Tx, payment_id: str, truth: stripe.Truth) -> Attempt:
    """Write down where the page is; from now on look after it until it is decided."""
    name(tx, payment_id, truth)
    attempt = _move(tx, "open", payment_id)
    if attempt is not None:
        jobs.enqueue(
            tx, REFRESH, payment_id, order_id=attempt.order_id, after=tx.settings.payment_poll
        )
    return view(tx, payment_id=payment_id)


def learn(tx: Tx, payment_id: str, truth: stripe.Truth) -> Attempt:
    """Decide from what Stripe says; hearing the same twice, late or out of order does no harm."""
    name(tx, payment_id, truth)
    attempt = view(tx, payment_id=payment_id)
    for decline in truth.declines:
        _learn_decline(tx, attempt, decline)
    match truth.money:
        case stripe.Money.HELD:
            _learn_held(tx, attempt)
        case stripe.Money.OURS:
            _learn_ours(tx, attempt)
        case stripe.Money.RELEASED:
            _learn_released(tx, attempt)
        case stripe.Money.NOWHERE if not truth.page_open:
            _learn_released(tx, attempt)
    return view(tx, payment_id=payment_id)


def _learn_held(tx: Tx, attempt: Attempt) -> None:
    """Claim the order for money that is held; if it cannot be had, let the money go."""
    if attempt.status not in (PaymentStatus.NEW, PaymentStatus.OPEN):
        return
    if not orders.confirm(tx, order_id=attempt.order_id, payment_id=attempt.id):
        _move(tx, "exceed", attempt.id)
        jobs.enqueue(tx, VOID, attempt.id, order_id=attempt.order_id)
        return
    _move(tx, "authorise", attempt.id)
    jobs.enqueue(tx, CAPTURE, attempt.id, order_id=attempt.order_id)
    void_others(tx, attempt)


def _learn_ours(tx: Tx, attempt: Attempt) -> None:
    """Complete the order its money was captured for; money for nothing goes back."""
    if attempt.status is PaymentStatus.PAID:
        return
    owner = orders.view(tx, order_id=attempt.order_id).payment_id == attempt.id
    if owner and orders.complete(tx, order_id=attempt.order_id, payment_id=attempt.id):
        paid = _moved(tx, "keep", attempt.id)
        if paid is not None:
            tx.publish(_fact(PaymentCreated, paid))
        return
    if attempt.status in states.before("owe"):
        _move(tx, "owe", attempt.id)
        refund_id = tx.new_id("ref")
        tx.change(
            sql.OWE,
            id=refund_id, payment_id=attempt.id, amount=attempt.amount.amount, reason="late",
            status="due", stripe_id=None, created_at=tx.now_us, updated_at=tx.now_us,
        )  # fmt: skip
        jobs.enqueue(tx, REFUND, refund_id, order_id=attempt.order_id)


def _learn_released(tx: Tx, attempt: Attempt) -> None:
    """Free the order of money that is not to be had any more; with no time left it fails."""
    status = orders.release(tx, order_id=attempt.order_id, payment_id=attempt.id)
    gone = _moved(tx, "void", attempt.id)
    if gone is None:
        return
    if status is OrderStatus.CANCELLED:
        tx.publish(_fact(PaymentFailed, gone))
    else:
        tx.publish(_fact(PaymentUpdated, gone))


def _learn_decline(tx: Tx, attempt: Attempt, decline: stripe.Decline) -> None:
    """Count a bank's refusal once; after the last allowed one the order fails."""
    new = tx.change(
        sql.NOTE_DECLINE,
        charge_id=decline.charge_id, payment_id=attempt.id, order_id=attempt.order_id,
        code=decline.code, at=tx.now_us,
    )  # fmt: skip
    if not new:
        return
    row = tx.first(sql.DECLINE, payment_id=attempt.id, words=decline.words, now=tx.now_us)
    told = _read(row)
    count = tx.first(sql.DECLINES_OF_ORDER, order=attempt.order_id) or (0,)
    left = max(0, tx.settings.max_declines - count[0])
    if left:
        tx.publish(
            PaymentDeclined(
                id=told.id, version=told.version, order_id=told.order_id, buyer_id=told.buyer_id,
                status=told.status, amount=told.amount, declined=decline.words, attempts_left=left,
            )
        )  # fmt: skip
        return
    tx.publish(_fact(PaymentFailed, told))
    known = orders.view(tx, order_id=attempt.order_id)
    if known.order.status is OrderStatus.AWAITING_PAYMENT:
        orders.cancel(tx, order_id=attempt.order_id, reason=CancelReason.PAYMENT_FAILED)


def captured(tx: Tx, payment_id: str) -> None:
    """Complete the order: the money is ours."""
    _learn_ours(tx, view(tx, payment_id=payment_id))


def voided(tx: Tx, payment_id: str) -> None:
    """Write down that no money can come of this payment any more."""
    _move(tx, "void", payment_id)


def refunded(tx: Tx, refund_id: str, *, stripe_id: str, failed: bool) -> None:
    """Write down that money went back, or that it would not."""
    row = tx.first(sql.REFUND, refund_id=refund_id)
    status = "failed" if failed else "done"
    if row is None or not tx.change(
        sql.SETTLE_REFUND, refund_id=refund_id, new_status=status, stripe=stripe_id, now=tx.now_us
    ):
        return
    if failed:
        _move(tx, "fail_refund", row[1])
        return
    moved = _moved(tx, "refund", row[1])
    if moved is not None:
        tx.publish(_fact(PaymentRefunded, moved))


def stop(tx: Tx, fact: OrderCancelled) -> None:
    """Close the pages of an order that is over, and release what is held for it."""
    for attempt in of_order(tx, order_id=fact.id):
        if attempt.status in states.UNDECIDED:
            jobs.enqueue(tx, VOID, attempt.id, order_id=fact.id)


def void_others(tx: Tx, owner: Attempt) -> None:
    """Close every other page of an order that one payment has claimed: nobody pays twice."""
    for attempt in of_order(tx, order_id=owner.order_id):
        if attempt.id != owner.id and attempt.status in states.UNDECIDED:
            jobs.enqueue(tx, VOID, attempt.id, order_id=owner.order_id)


def name(tx: Tx, payment_id: str, truth: stripe.Truth) -> None:
    """Keep Stripe's ids of a payment, whoever tells them first."""
    tx.change(
        sql.NAME,
        payment_id=payment_id, session=truth.session_id, intent=truth.intent_id, url=truth.url,
    )  # fmt: skip


def view(tx: Tx, *, payment_id: str) -> Attempt:
    """Return a payment. Raises PaymentNotStarted."""
    row = tx.first(sql.VIEW, payment_id=payment_id)
    if row is None:
        raise PaymentNotStarted
    return _read(row)


def of_order(tx: Tx, *, order_id: str) -> tuple[Attempt, ...]:
    """Return the payments of an order, newest first."""
    return tuple(_read(row) for row in tx.all(sql.OF_ORDER, order=order_id))


def told(tx: Tx, attempt: Attempt) -> Payment:
    """Return a payment as its buyer may see it."""
    known = orders.view(tx, order_id=attempt.order_id)
    return Payment(
        id=attempt.id, order_id=attempt.order_id, status=attempt.status, amount=attempt.amount,
        declines=attempt.declines, declined=attempt.declined, live=attempt.live,
        url=known.order.payment_url, version=attempt.version,
        created_at=from_us(attempt.created_us),
    )  # fmt: skip


def _move(tx: Tx, verb: str, payment_id: str) -> Attempt | None:
    """Move a payment if it may, and tell of it."""
    attempt = _moved(tx, verb, payment_id)
    if attempt is not None:
        tx.publish(_fact(PaymentUpdated, attempt))
    return attempt


def _moved(tx: Tx, verb: str, payment_id: str) -> Attempt | None:
    row = tx.first(sql.MOVE[verb], payment_id=payment_id, now=tx.now_us)
    return None if row is None else _read(row)


def _fact(kind: type[Fact], attempt: Attempt) -> Fact:
    return kind(
        id=attempt.id, version=attempt.version, order_id=attempt.order_id,
        buyer_id=attempt.buyer_id, status=attempt.status, amount=attempt.amount,
    )  # fmt: skip


def _read(row: Row | None) -> Attempt:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return Attempt(
        id=row[0], order_id=row[1], buyer_id=row[2], status=PaymentStatus(row[3]),
        amount=Money(amount=row[4], currency=row[5]), parameters=msgspec.json.decode(row[6]),
        session_id=row[7], intent_id=row[8], page_url=row[9], live=bool(row[10]),
        declines=row[11], declined=row[12], version=row[13], created_us=row[14],
    )  # fmt: skip

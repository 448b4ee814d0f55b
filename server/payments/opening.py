"""Opening: begin to pay an order, with every argument of its page frozen.

A page and a try with a saved card may stand beside each other: whichever claims the order ends the
other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from contract.orders import Order, OrderOver, OrderStatus
from contract.payments import Payment, PaymentRefused, PaymentStarted, PaymentStatus
from db.types import from_us, to_us
from server import jobs
from server.clock import SECOND
from server.orders import service as orders
from server.payments import attempts, stripe
from server.payments import statements as sql
from server.payments.attempts import Attempt
from server.tickets import service as tickets
from server.tx import Tx

#: Stripe keeps a page open for at least 30 minutes from when it is created, which is never after
#: the deadline. One minute more is for clocks that differ. The same for every replay of an order.
PAGE_AFTER_DEADLINE = 31 * 60


def start(tx: Tx, *, order_id: str) -> Attempt:
    """Begin to pay an order, or go on with the page that is open already.

    Raises OrderOver, OrderConfirming, PaymentRefused. Every argument of the page is frozen here.
    """
    known = payable(tx, order_id=order_id)
    tx.advisory_lock(f"payment:{order_id}")
    for attempt in attempts.of_order(tx, order_id=order_id):
        if attempt.card_id is None and attempt.status in (PaymentStatus.NEW, PaymentStatus.OPEN):
            return attempt
    payment_id = tx.new_id("pay")
    arguments = _page(tx, known.order, known.pay_code, payment_id)
    attempt = write(tx, known.order, payment_id, parameters=arguments)
    jobs.enqueue(tx, attempts.PAGE, attempt.id, order_id=order_id)
    return attempt


def payable(tx: Tx, *, order_id: str) -> orders.OrderRecord:
    """Return an order that can still be paid. Raises OrderNotFound, OrderOver, OrderConfirming."""
    known = orders.view(tx, order_id=order_id)
    if known.order.status is not OrderStatus.AWAITING_PAYMENT:
        raise orders.not_open(known)
    if known.order.expires_at <= tx.now:
        raise OrderOver("The time to pay this order has run out.")
    return known


def write(
    tx: Tx, order: Order, payment_id: str, *, parameters: dict[str, Any], card_id: str | None = None
) -> Attempt:
    """Write down a new attempt and tell of it; `parameters` are what Stripe will be asked with."""
    row = tx.first(
        sql.INSERT,
        id=payment_id, order_id=order.id, buyer_id=order.buyer_id,
        status=PaymentStatus.NEW.value, amount=order.price.amount,
        currency=order.price.currency, parameters=msgspec.json.encode(parameters).decode(),
        session_id=None, intent_id=None, page_url=None, live=int(tx.settings.live), declines=0,
        declined=None, version=1, created_at=tx.now_us, updated_at=tx.now_us, card_id=card_id,
        charge_id=None, card=None,
    )  # fmt: skip
    attempt = attempts.read(row)
    tx.publish(attempts.event(PaymentStarted, attempt))
    return attempt


def charged(order: Order) -> int:
    """Return an order's price in the unit Stripe counts in. Raises PaymentRefused."""
    try:
        return stripe.minor_units(order.price)
    except stripe.Refused as refused:
        raise PaymentRefused(f"This price cannot be charged: {refused}.") from refused


@dataclass(frozen=True)
class Words:
    """What a buyer is told to pay for."""

    name: str
    note: str


def words(tx: Tx, order: Order) -> Words:
    """Say what an order is for."""
    ticket = tickets.view(tx, ticket_id=order.ticket_id)
    seat = " ".join(
        f"{word} {value}"
        for word, value in (("section", ticket.section), ("row", ticket.row), ("seat", ticket.seat))
        if value
    )
    return Words(
        name=f"{ticket.show.name}, {seat}" if seat else ticket.show.name,
        note=f"{ticket.show.venue}, {ticket.show.city}, {ticket.show.starts_at:%a %d %b %Y %H:%M}",
    )


def _page(tx: Tx, order: Order, pay_code: str, payment_id: str) -> dict[str, Any]:
    """Return the arguments of the Checkout Session, which no replay may change."""
    amount, said = charged(order), words(tx, order)
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
                    "product_data": {"name": said.name, "description": said.note},
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
    attempts.name(tx, payment_id, truth)
    attempt = attempts.move(tx, "open", payment_id)
    if attempt is not None:
        jobs.enqueue(
            tx,
            attempts.REFRESH,
            payment_id,
            order_id=attempt.order_id,
            after=tx.settings.payment_poll,
        )
    return attempts.view(tx, payment_id=payment_id)


def told(tx: Tx, attempt: Attempt) -> Payment:
    """Return a payment as its buyer may see it."""
    known = orders.view(tx, order_id=attempt.order_id)
    return Payment(
        id=attempt.id, order_id=attempt.order_id, status=attempt.status, amount=attempt.amount,
        declines=attempt.declines, declined=attempt.declined, live=attempt.live,
        url=known.order.payment_url, version=attempt.version,
        created_at=from_us(attempt.created_us), saved_card=attempt.card_id, card=attempt.card,
    )  # fmt: skip

"""Checkout: begin to pay an order on a page, with every argument of its Stripe session frozen.

A page and a charge of a saved card may exist side by side: whichever claims the order ends the
other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contract.orders import Order, OrderOver, OrderStatus
from contract.payments import Payment, PaymentRefused, PaymentStatus
from db.types import from_us, to_us
from server import jobs, stripe
from server.clock import SECOND
from server.orders import service as orders
from server.payments import repository
from server.payments.repository import PaymentRecord
from server.tickets import service as tickets
from server.tx import Tx

#: Kinds of jobs: create a payment's page; retrieve its state from Stripe and apply it.
PAGE, REFRESH = "payment.page", "payment.refresh"
#: Stripe keeps a page open for at least 30 minutes from its creation, which is never after the
#: deadline. One more minute covers clocks that differ. The same for every replay of an order.
PAGE_AFTER_DEADLINE = 31 * 60


def start(tx: Tx, *, order_id: str) -> PaymentRecord:
    """Begin to pay an order on a page, or return the payment whose page is open already.

    Raises OrderOver, OrderConfirming, PaymentRefused.
    """
    known = payable(tx, order_id=order_id)
    tx.advisory_lock(f"payment:{order_id}")
    for payment in repository.of_order(tx, order_id=order_id):
        if payment.card_id is None and payment.status in (PaymentStatus.NEW, PaymentStatus.OPEN):
            return payment
    payment_id = tx.new_id("pay")
    parameters = _session_parameters(tx, known.order, known.pay_code, payment_id)
    payment = repository.create(tx, known.order, payment_id, parameters=parameters)
    jobs.enqueue(tx, PAGE, payment.id, order_id=order_id)
    return payment


def payable(tx: Tx, *, order_id: str) -> orders.OrderRecord:
    """Return an order that can still be paid. Raises OrderNotFound, OrderOver, OrderConfirming."""
    known = orders.view(tx, order_id=order_id)
    if known.order.status is not OrderStatus.AWAITING_PAYMENT:
        raise orders.not_open(known)
    if known.order.expires_at <= tx.now:
        raise OrderOver("The time to pay this order has run out.")
    return known


def charge_amount(order: Order) -> int:
    """Return an order's price in Stripe's unit. Raises PaymentRefused."""
    try:
        return stripe.minor_units(order.price)
    except stripe.RequestRefused as refused:
        raise PaymentRefused(f"This price cannot be charged: {refused}.") from refused


@dataclass(frozen=True)
class ProductText:
    """What the buyer reads about the ticket on the page and on the receipt."""

    name: str
    description: str


def product_text(tx: Tx, order: Order) -> ProductText:
    """Describe the ticket of an order."""
    ticket = tickets.view(tx, ticket_id=order.ticket_id)
    show = ticket.show
    seat = " ".join(
        f"{word} {value}"
        for word, value in (("section", ticket.section), ("row", ticket.row), ("seat", ticket.seat))
        if value
    )
    return ProductText(
        name=f"{show.name}, {seat}" if seat else show.name,
        description=f"{show.venue}, {show.city}, {show.starts_at:%a %d %b %Y %H:%M}",
    )


def _session_parameters(tx: Tx, order: Order, pay_code: str, payment_id: str) -> dict[str, Any]:
    """Return the arguments of the Checkout Session; every replay must send the same ones."""
    amount, text = charge_amount(order), product_text(tx, order)
    metadata = {"order": order.id, "payment": payment_id}
    return {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.price.currency.lower(),
                    "unit_amount": amount,
                    "product_data": {"name": text.name, "description": text.description},
                },
            }
        ],
        "client_reference_id": order.id,
        "metadata": metadata,
        "payment_intent_data": {
            "capture_method": "manual",
            "metadata": metadata,
            "transfer_group": order.id,
        },
        "expires_at": to_us(order.expires_at) // SECOND + PAGE_AFTER_DEADLINE,
        "success_url": f"{tx.settings.public_url}/p/{pay_code}",
    }


def opened(tx: Tx, payment_id: str, state: stripe.PaymentState) -> PaymentRecord:
    """Store the page's address, and check the payment regularly until it is decided."""
    repository.store_ids(tx, payment_id, state)
    payment = repository.move(tx, "open", payment_id)
    if payment is not None:
        poll = tx.settings.payment_poll
        jobs.enqueue(tx, REFRESH, payment_id, order_id=payment.order_id, after=poll)
    return repository.view(tx, payment_id=payment_id)


def to_contract(tx: Tx, payment: PaymentRecord) -> Payment:
    """Return a payment as its buyer may see it."""
    known = orders.view(tx, order_id=payment.order_id)
    return Payment(
        id=payment.id, order_id=payment.order_id, status=payment.status, amount=payment.amount,
        declines=payment.declines, declined=payment.declined, live=payment.live,
        url=known.order.payment_url, version=payment.version,
        created_at=from_us(payment.created_us), saved_card=payment.card_id, card=payment.card,
    )  # fmt: skip

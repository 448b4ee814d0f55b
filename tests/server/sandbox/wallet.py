"""A wallet: the calls with which our shop saves a buyer's card and charges it again."""

from __future__ import annotations

from typing import Any

import stripe
from stripe.checkout import Session

from tests.server.sandbox.till import GOOD, MINUTE, Till

SAVES_THEN_DECLINES = "4000000000000341"
ALWAYS_ASKS, ASKS_ONCE = "4000002760003184", "4000002500003155"
ASKS_THEN_POOR = "4000008260003178"


def customer(till: Till, user: str = "usr_1") -> str:
    options: Any = {"idempotency_key": f"customer-{user}"}
    return till.stripe.customers.create({"metadata": {"user": user}}, options).id


def form(till: Till, customer_id: str, **changes: Any) -> Any:
    """Fill in the form our shop opens a page with on which a card is saved."""
    return {
        "mode": "setup",
        "customer": customer_id,
        "allowed_payment_method_types": ["card"],
        "client_reference_id": "set_1",
        "metadata": {"setup": "set_1"},
        "setup_intent_data": {"metadata": {"setup": "set_1"}},
        "expires_at": till.time + 46 * MINUTE,
        "success_url": "https://shop.test/saved",
        "cancel_url": "https://shop.test/back",
        **changes,
    }


def open_page(till: Till, customer_id: str, **changes: Any) -> Session:
    return till.stripe.checkout.sessions.create(form(till, customer_id, **changes))


def setup_of(till: Till, session_id: str) -> stripe.SetupIntent:
    found = till.session(session_id, "setup_intent.payment_method").setup_intent
    assert isinstance(found, stripe.SetupIntent)
    return found


def save(till: Till, customer_id: str, number: str = GOOD) -> str:
    """Save a card on the page, whatever the bank asks, and return the payment method's id."""
    session = open_page(till, customer_id)
    reply = till.type_in(session.id, number)
    if reply.state == "challenge":
        reply = till.answer(session.id, "pass")
    assert reply.state == "saved", reply.message
    method = setup_of(till, session.id).payment_method
    assert isinstance(method, stripe.PaymentMethod)
    return method.id


def bill(customer_id: str, method_id: str, **changes: Any) -> Any:
    """Fill in the form our shop charges a saved card with."""
    return {
        "customer": customer_id,
        "payment_method": method_id,
        "amount": 4500,
        "currency": "eur",
        "capture_method": "manual",
        "confirm": True,
        "allowed_payment_method_types": ["card"],
        "metadata": {"order": "ord_1", "payment": "pay_1"},
        "transfer_group": "ord_1",
        **changes,
    }


def charge(till: Till, customer_id: str, method_id: str, **changes: Any) -> stripe.PaymentIntent:
    return till.stripe.payment_intents.create(bill(customer_id, method_id, **changes))


def saved(till: Till, customer_id: str) -> list[str]:
    """Return the ids of a customer's saved cards, newest first."""
    listed = till.stripe.payment_methods.list({"customer": customer_id, "type": "card"})
    return [method.id for method in listed.data]

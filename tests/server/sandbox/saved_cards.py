"""Saved cards: the calls with which our shop saves a buyer's card and charges it again."""

from __future__ import annotations

from typing import Any

import stripe
from stripe.checkout import Session

from tests.server.sandbox.merchant import GOOD, MINUTE, Merchant

SAVED_THEN_DECLINED = "4000000000000341"
ALWAYS_CHALLENGED, CHALLENGED_ONCE = "4000002760003184", "4000002500003155"
CHALLENGED_THEN_DECLINED = "4000008260003178"


def create_customer(merchant: Merchant, user: str = "usr_1") -> str:
    options: Any = {"idempotency_key": f"customer-{user}"}
    return merchant.stripe.customers.create({"metadata": {"user": user}}, options).id


def setup_form(merchant: Merchant, customer_id: str, **changes: Any) -> Any:
    """Return the form with which our shop opens a page that saves a card."""
    return {
        "mode": "setup",
        "customer": customer_id,
        "allowed_payment_method_types": ["card"],
        "client_reference_id": "set_1",
        "metadata": {"setup": "set_1"},
        "setup_intent_data": {"metadata": {"setup": "set_1"}},
        "expires_at": merchant.time + 46 * MINUTE,
        "success_url": "https://shop.test/saved",
        "cancel_url": "https://shop.test/back",
        **changes,
    }


def open_setup_page(merchant: Merchant, customer_id: str, **changes: Any) -> Session:
    return merchant.stripe.checkout.sessions.create(setup_form(merchant, customer_id, **changes))


def setup_intent_of(merchant: Merchant, session_id: str) -> stripe.SetupIntent:
    found = merchant.session(session_id, "setup_intent.payment_method").setup_intent
    assert isinstance(found, stripe.SetupIntent)
    return found


def save_card(merchant: Merchant, customer_id: str, number: str = GOOD) -> str:
    """Save a card on the page, pass any challenge, and return the payment method's id."""
    session = open_setup_page(merchant, customer_id)
    reply = merchant.submit_card(session.id, number)
    if reply.state == "challenge":
        reply = merchant.answer(session.id, "pass")
    assert reply.state == "saved", reply.message
    method = setup_intent_of(merchant, session.id).payment_method
    assert isinstance(method, stripe.PaymentMethod)
    return method.id


def charge_form(customer_id: str, method_id: str, **changes: Any) -> Any:
    """Return the form with which our shop charges a saved card."""
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


def charge_card(
    merchant: Merchant, customer_id: str, method_id: str, **changes: Any
) -> stripe.PaymentIntent:
    return merchant.stripe.payment_intents.create(charge_form(customer_id, method_id, **changes))


def saved_cards(merchant: Merchant, customer_id: str) -> list[str]:
    """Return the ids of a customer's saved cards, newest first."""
    listed = merchant.stripe.payment_methods.list({"customer": customer_id, "type": "card"})
    return [method.id for method in listed.data]

"""A merchant: a sandbox on a manual clock, the real SDK in front of it, and a webhook inbox."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import stripe
from stripe.checkout import Session

from server.sandbox import Sandbox, SandboxTransport, hosted_page
from server.sandbox.hosted_page import PageReply

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400
START = 1_800_000_000
BASE = "http://127.0.0.1:8000"

GOOD, DECLINED, INSUFFICIENT_FUNDS = "4242424242424242", "4000000000000002", "4000000000009995"
CHALLENGED, CHALLENGED_DECLINED = "4000002500003155", "4000008400001629"
REFUND_FAILS, REFUND_PENDING = "4000000000005126", "4000000000007726"
DISPUTED_AS_FRAUD, DISPUTED_AS_NOT_RECEIVED = "4000000000000259", "4000000000002685"


@dataclass
class WebhookInbox:
    """Accepts webhooks, or rejects them while `rejecting`."""

    rejecting: bool = False
    attempts: int = 0
    received: list[tuple[bytes, str]] = field(default_factory=list)

    def __call__(self, raw: bytes, signature: str) -> bool:
        self.attempts += 1
        if not self.rejecting:
            self.received.append((raw, signature))
        return not self.rejecting

    @property
    def types(self) -> list[str]:
        return [json.loads(raw)["type"] for raw, _ in self.received]


class Merchant:
    """Everything that a test needs to sell something through Stripe's API."""

    def __init__(
        self, path: Path | str = ":memory:", *, seed: int = 1, webhooks: bool = True
    ) -> None:
        self.time = START
        self.webhooks = WebhookInbox()
        self.sandbox = Sandbox(
            path,
            now=lambda: self.time * SECOND,
            rng=random.Random(seed),
            base_url=BASE,
            deliver=self.webhooks if webhooks else None,
        )
        self.transport = SandboxTransport(self.sandbox)
        self.stripe = stripe.StripeClient(
            "sk_test_merchant", http_client=self.transport, max_network_retries=0
        ).v1

    def form(self, **changes: Any) -> Any:
        """Return the form with which our shop opens a page."""
        product = {"name": "Seat 12", "description": "Paradiso, Amsterdam"}
        item = {"currency": "eur", "unit_amount": 4500, "product_data": product}
        return {
            "mode": "payment",
            "allowed_payment_method_types": ["card"],
            "line_items": [{"quantity": 1, "price_data": item}],
            "client_reference_id": "ord_1",
            "metadata": {"order": "ord_1", "payment": "pay_1"},
            "payment_intent_data": {
                "capture_method": "manual",
                "metadata": {"order": "ord_1", "payment": "pay_1"},
                "transfer_group": "ord_1",
            },
            "expires_at": self.time + 46 * MINUTE,
            "success_url": "https://shop.test/paid",
            "cancel_url": "https://shop.test/back",
            **changes,
        }

    def open(self, **changes: Any) -> Session:
        return self.stripe.checkout.sessions.create(self.form(**changes))

    def submit_card(
        self, page_id: str, number: str, exp: str = "12/40", cvc: str = "123"
    ) -> PageReply:
        form = {"card_number": number, "exp": exp, "cvc": cvc}
        return hosted_page.submit(self.sandbox, page_id, form)

    def answer(self, page_id: str, answer: str) -> PageReply:
        return hosted_page.challenge(self.sandbox, page_id, {"answer": answer})

    def session(self, session_id: str, *expand: str) -> Session:
        return self.stripe.checkout.sessions.retrieve(session_id, {"expand": list(expand)})

    def intent(self, session_id: str) -> stripe.PaymentIntent:
        found = self.session(session_id, "payment_intent").payment_intent
        assert isinstance(found, stripe.PaymentIntent)
        return found

    def authorize(self, number: str = GOOD, **changes: Any) -> stripe.PaymentIntent:
        """Open a page, pay on it, and return the authorized intent."""
        session = self.open(**changes)
        cvc = "1234" if len(number) == 15 else "123"
        assert self.submit_card(session.id, number, cvc=cvc).state == "paid"
        return self.intent(session.id)

    def capture(self, number: str = GOOD) -> stripe.PaymentIntent:
        return self.stripe.payment_intents.capture(self.authorize(number).id)

    def charge(self, intent: stripe.PaymentIntent) -> stripe.Charge:
        charge = self.stripe.payment_intents.retrieve(intent.id).latest_charge
        assert isinstance(charge, str)
        return self.stripe.charges.retrieve(charge)

    def events(self, *types: str) -> list[stripe.Event]:
        return self.stripe.events.list({"types": list(types), "limit": 100}).data


def error(raised: stripe.StripeError) -> dict[str, Any]:
    """Return the error as Stripe sent it."""
    assert isinstance(raised.json_body, dict)
    return dict(raised.json_body["error"])

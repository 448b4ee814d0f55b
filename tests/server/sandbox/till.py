"""A till: a sandbox on a clock moved by hand, the real SDK in front of it, and a letter box."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import stripe
from stripe.checkout import Session

from server.sandbox import Sandbox, SandboxTransport, page
from server.sandbox.page import PageReply

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400
START = 1_800_000_000
BASE = "http://127.0.0.1:8000"

GOOD, DECLINED, POOR = "4242424242424242", "4000000000000002", "4000000000009995"
CHALLENGED, CHALLENGED_DECLINED = "4000002500003155", "4000008400001629"
REFUND_FAILS, REFUND_PENDS = "4000000000005126", "4000000000007726"
FRAUD_CLAIMED, NONE_RECEIVED = "4000000000000259", "4000000000002685"


@dataclass
class LetterBox:
    """Takes webhooks, or refuses them while `shut`."""

    shut: bool = False
    tries: int = 0
    letters: list[tuple[bytes, str]] = field(default_factory=list)

    def __call__(self, raw: bytes, signature: str) -> bool:
        self.tries += 1
        if not self.shut:
            self.letters.append((raw, signature))
        return not self.shut

    @property
    def kinds(self) -> list[str]:
        return [json.loads(raw)["type"] for raw, _ in self.letters]


class Till:
    """Everything a test needs to buy something."""

    def __init__(
        self, path: Path | str = ":memory:", *, seed: int = 1, letters: bool = True
    ) -> None:
        self.time = START
        self.box = LetterBox()
        self.sandbox = Sandbox(
            path,
            now=lambda: self.time * SECOND,
            rng=random.Random(seed),
            base_url=BASE,
            deliver=self.box if letters else None,
        )
        self.transport = SandboxTransport(self.sandbox)
        self.stripe = stripe.StripeClient(
            "sk_test_till", http_client=self.transport, max_network_retries=0
        ).v1

    def form(self, **changes: Any) -> Any:
        """Fill in the form our shop opens a page with."""
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

    def type_in(self, page_id: str, number: str, exp: str = "12/40", cvc: str = "123") -> PageReply:
        typed = {"card_number": number, "exp": exp, "cvc": cvc}
        return page.submit(self.sandbox, page_id, typed)

    def answer(self, page_id: str, answer: str) -> PageReply:
        return page.challenge(self.sandbox, page_id, {"answer": answer})

    def session(self, session_id: str, *expand: str) -> Session:
        return self.stripe.checkout.sessions.retrieve(session_id, {"expand": list(expand)})

    def intent(self, session_id: str) -> stripe.PaymentIntent:
        found = self.session(session_id, "payment_intent").payment_intent
        assert isinstance(found, stripe.PaymentIntent)
        return found

    def authorise(self, number: str = GOOD, **changes: Any) -> stripe.PaymentIntent:
        """Open a page, pay on it, and return the intent that holds the money."""
        session = self.open(**changes)
        cvc = "1234" if len(number) == 15 else "123"
        assert self.type_in(session.id, number, cvc=cvc).state == "paid"
        return self.intent(session.id)

    def capture(self, number: str = GOOD) -> stripe.PaymentIntent:
        return self.stripe.payment_intents.capture(self.authorise(number).id)

    def charge(self, intent: stripe.PaymentIntent) -> stripe.Charge:
        charge = self.stripe.payment_intents.retrieve(intent.id).latest_charge
        assert isinstance(charge, str)
        return self.stripe.charges.retrieve(charge)

    def events(self, *kinds: str) -> list[stripe.Event]:
        return self.stripe.events.list({"types": list(kinds), "limit": 100}).data


def error(raised: stripe.StripeError) -> dict[str, Any]:
    """Return the error as Stripe sent it."""
    assert isinstance(raised.json_body, dict)
    return dict(raised.json_body["error"])

"""Provider: an implementation of Stripe's API, as the checks use it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx
import stripe

from tests.clock import SECOND, ManualClock
from tests.server.sandbox.contract.webhook_receiver import WebhookReceiver

if TYPE_CHECKING:
    from stripe._v1_services import V1Services

T = TypeVar("T")

#: Seconds within which a provider with a clock of its own must act.
TIMEOUT = 60
GOOD, DECLINED, CHALLENGED = "4242424242424242", "4000000000000002", "4000002500003155"


def client(
    url: str | None, key: str, http_client: stripe.HTTPClient | None = None
) -> stripe.StripeClient:
    """Return the real SDK for an address, or for Stripe."""
    addresses: Any = {"api": url} if url else {}
    return stripe.StripeClient(
        key,
        base_addresses=addresses,
        http_client=http_client or stripe.RequestsClient(timeout=15),
        max_network_retries=0,
    )


@dataclass(kw_only=True)
class Provider:
    """An implementation of Stripe's API.

    `v1` is the SDK with checked requests and responses where that is possible; `raw` is the plain
    SDK. `numbers` are the cards that it knows by number instead of by name.
    """

    name: str
    v1: V1Services
    raw: stripe.StripeClient
    url: str | None
    secret: str
    clock: ManualClock | None = None
    webhooks: WebhookReceiver | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None

    def now(self) -> int:
        return self.clock.now() // SECOND if self.clock else int(time.time())

    def key(self) -> str:
        """Return a new idempotency key."""
        return f"contract-{uuid.uuid4()}"

    def card(self, name: str) -> str:
        """Return the test method `pm_card_{name}`, or one created from its number."""
        if name not in self.numbers:
            return f"pm_card_{name}"
        card: Any = {"number": self.numbers[name], "exp_month": 12, "exp_year": 2035, "cvc": "123"}
        return self.raw.v1.payment_methods.create({"type": "card", "card": card}).id

    def wait_for(self, poll: Callable[[], T | None]) -> T:
        """Poll until there is a result, advancing the clock where that is possible."""
        began = time.monotonic()
        while not (found := poll()):
            assert time.monotonic() - began < TIMEOUT, "nothing appeared in time"
            if self.clock is not None:
                self.clock.advance(SECOND)
            else:
                time.sleep(0.5)
        return found

    def pay(self, **form: Any) -> stripe.PaymentIntent:
        """Pay 45 euros, captured at once."""
        return self.v1.payment_intents.create(
            cast("Any", {
                "amount": 4500,
                "currency": "eur",
                "confirm": True,
                "payment_method": "pm_card_visa",
                **self._no_redirects(),
                **form,
            })
        )  # fmt: skip

    def authorize(self, **form: Any) -> stripe.PaymentIntent:
        """Authorize 45 euros."""
        return self.pay(capture_method="manual", **form)

    def _no_redirects(self) -> dict[str, Any]:
        """Exclude methods that redirect, where the provider has any."""
        if self.name == "localstripe":
            return {}
        return {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}

    def open_page(self, **form: Any) -> stripe.checkout.Session:
        """Open a page as our shop does."""
        item = {"currency": "eur", "unit_amount": 4500, "product_data": {"name": "Seat 12"}}
        return self.v1.checkout.sessions.create(
            cast("Any", {
                "mode": "payment",
                "allowed_payment_method_types": ["card"],
                "line_items": [{"quantity": 1, "price_data": item}],
                "payment_intent_data": {"capture_method": "manual", "metadata": {"payment": "1"}},
                "metadata": {"order": "ord_1"},
                "client_reference_id": "ord_1",
                "success_url": "https://shop.test/paid",
                **form,
            })
        )  # fmt: skip

    def submit_form(self, url: str | None, **form: str) -> str:
        """Submit a page's form and return the state in the reply."""
        fields = {"exp": "12/40", "cvc": "123", **form}
        reply = httpx.post(
            str(url), data=fields, headers={"Accept": "application/json"}, trust_env=False
        )
        state: str = reply.json()["state"]
        return state


def error(raised: BaseException) -> dict[str, Any]:
    """Return the error as the provider sent it."""
    assert isinstance(raised, stripe.StripeError)
    assert isinstance(raised.json_body, dict)
    return dict(raised.json_body["error"])


def charge_of(intent: stripe.PaymentIntent) -> str:
    """Return the id of an intent's charge, which a provider may expand."""
    charge = intent.latest_charge
    return str(charge if isinstance(charge, str | None) else charge.id)


def metadata_of(metadata: Any) -> dict[str, str]:
    """Return metadata as a dict."""
    return {} if metadata is None else dict(metadata.to_dict())

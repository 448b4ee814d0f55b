"""A provider: something that speaks Stripe's API, as the checks see it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx
import stripe

from tests.clock import SECOND, ManualClock
from tests.server.sandbox.contract.letters import Letters

if TYPE_CHECKING:
    from stripe._v1_services import V1Services

T = TypeVar("T")

#: How long whoever has a clock of its own may take to do what it does later.
PATIENCE = 60
GOOD, DECLINED, CHALLENGED = "4242424242424242", "4000000000000002", "4000002500003155"


def client(url: str | None, key: str, wire: stripe.HTTPClient | None = None) -> stripe.StripeClient:
    """Return the real SDK in front of an address, or of Stripe."""
    addresses: Any = {"api": url} if url else {}
    return stripe.StripeClient(
        key,
        base_addresses=addresses,
        http_client=wire or stripe.RequestsClient(timeout=15),
        max_network_retries=0,
    )


@dataclass(kw_only=True)
class Provider:
    """One leg of the contract.

    `v1` is the SDK with every request and reply held against its types where that is possible;
    `raw` is the SDK as it is. `numbers` are the cards it knows by number instead of by name.
    """

    name: str
    v1: V1Services
    raw: stripe.StripeClient
    url: str | None
    secret: str
    clock: ManualClock | None = None
    letters: Letters | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None

    def now(self) -> int:
        return self.clock.now() // SECOND if self.clock else int(time.time())

    def key(self) -> str:
        """Return an idempotency key nobody used before."""
        return f"contract-{uuid.uuid4()}"

    def card(self, name: str) -> str:
        """Return the test method `pm_card_{name}`, or one made from its number."""
        if name not in self.numbers:
            return f"pm_card_{name}"
        card: Any = {"number": self.numbers[name], "exp_month": 12, "exp_year": 2035, "cvc": "123"}
        return self.raw.v1.payment_methods.create({"type": "card", "card": card}).id

    def until(self, look: Callable[[], T | None]) -> T:
        """Look again and again until something is there; time flies where it can be made to."""
        began = time.monotonic()
        while not (found := look()):
            assert time.monotonic() - began < PATIENCE, "it never came"
            if self.clock is not None:
                self.clock.advance(SECOND)
            else:
                time.sleep(0.5)
        return found

    def intent(self, **form: Any) -> stripe.PaymentIntent:
        """Try a card for 45 euros, which are captured at once."""
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

    def hold(self, **form: Any) -> stripe.PaymentIntent:
        """Try a card for 45 euros, which are held."""
        return self.intent(capture_method="manual", **form)

    def _no_redirects(self) -> dict[str, Any]:
        """Keep methods that lead away from the terminal out, where there are any."""
        if self.name == "localstripe":
            return {}
        return {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}

    def page(self, **form: Any) -> stripe.checkout.Session:
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

    def types(self, url: str | None, **form: str) -> str:
        """Fill in a page and return what state it says it is in."""
        said = {"exp": "12/40", "cvc": "123", **form}
        reply = httpx.post(
            str(url), data=said, headers={"Accept": "application/json"}, trust_env=False
        )
        state: str = reply.json()["state"]
        return state


def error(raised: BaseException) -> dict[str, Any]:
    """Return the error as the provider sent it."""
    assert isinstance(raised, stripe.StripeError)
    assert isinstance(raised.json_body, dict)
    return dict(raised.json_body["error"])


def charge_of(intent: stripe.PaymentIntent) -> str:
    """Return the id of an intent's charge, which a provider may give as a whole."""
    charge = intent.latest_charge
    return str(charge if isinstance(charge, str | None) else charge.id)


def said(metadata: Any) -> dict[str, str]:
    """Return what metadata says."""
    return {} if metadata is None else dict(metadata.to_dict())

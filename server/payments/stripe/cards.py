"""Cards: customers, the pages on which their cards are saved, and the cards themselves.

A card's number is typed on the hosted page; what comes back is a payment method: its name at
Stripe, and what is printed on the card that tells it from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe

from server.payments.stripe.errors import Refused, Stuck, translated

#: Stripe's largest page.
MOST = 100
_MISSING = "resource_missing"


@dataclass(frozen=True, kw_only=True)
class Method:
    """A card that was saved. `fingerprint` is the same for the same card."""

    id: str
    fingerprint: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, kw_only=True)
class SetupSeen:
    """What Stripe says of a page on which a card is saved; `method` is there once one was."""

    session_id: str
    url: str | None
    page_open: bool
    live: bool
    method: Method | None


def setup_page(setup_id: str, *, customer: str, closes_at: int, returns_to: str) -> dict[str, Any]:
    """Return the arguments of a page that saves a card; `closes_at` in seconds since 1970."""
    link = {"setup": setup_id}
    return {
        "mode": "setup",
        "allowed_payment_method_types": ["card"],
        "customer": customer,
        "client_reference_id": setup_id,
        "metadata": link,
        "setup_intent_data": {"metadata": link},
        "expires_at": closes_at,
        "success_url": returns_to,
    }


def charge(  # noqa: PLR0913  what is charged, to which card, for what
    *, amount: int, currency: str, customer: str, method: str, link: Mapping[str, str], words: str
) -> dict[str, Any]:
    """Return the arguments that hold `amount`, in Stripe's units, on a saved card.

    The buyer is there, so a bank may ask for confirmation; only a page can answer it. `link` names
    our `order` and `payment`.
    """
    return {
        "amount": amount,
        "currency": currency.lower(),
        "customer": customer,
        "payment_method": method,
        "allowed_payment_method_types": ["card"],
        "capture_method": "manual",
        "confirm": True,
        "description": words,
        "metadata": dict(link),
        "transfer_group": link["order"],
    }


class SavedCards:
    """Calls Stripe about saved cards."""

    def __init__(self, client: stripe.StripeClient) -> None:
        """Speak through `client`."""
        self._client = client

    def make_customer(self, user_id: str, *, setup_id: str) -> str:
        """Make a user known to Stripe; repeated, it returns the very same customer.

        Where a failure was stored it makes another, for this setup: one too many does no harm.
        """
        try:
            return self._customer(user_id, key=f"customer-{user_id}")
        except Stuck:
            return self._customer(user_id, key=f"customer-{setup_id}")

    def open_page(self, setup_id: str, parameters: Mapping[str, Any]) -> SetupSeen:
        """Create the page of a setup; repeated, it returns the very same one."""
        with translated():
            session = self._client.v1.checkout.sessions.create(
                params=dict(parameters),  # type: ignore[arg-type]
                options={"idempotency_key": f"setup-{setup_id}"},
            )
        return _seen(session)

    def look(self, session_id: str) -> SetupSeen:
        """Ask what has become of a page on which a card is saved."""
        with translated():
            session = self._client.v1.checkout.sessions.retrieve(
                session_id, params={"expand": ["setup_intent.payment_method"]}
            )
        return _seen(session)

    def detach(self, method_id: str) -> None:
        """Have a card forgotten; that it is forgotten already is as good.

        Without a key of ours: repeating it does no harm, and a stored failure would stand for a
        day.
        """
        try:
            with translated():
                self._client.v1.payment_methods.detach(method_id)
        except (Refused, Stuck):
            if self._is_kept(method_id):
                raise

    def lost_charge(self, payment_id: str, *, customer: str, since: int) -> str | None:
        """Return the intent of a payment whose creation was never answered, if there is one.

        It is not made again: that would hold money anew. `since` is seconds since 1970.
        """
        with translated():
            found = self._client.v1.payment_intents.list(
                {"customer": customer, "created": {"gte": since}, "limit": MOST}
            )
            for intent in found.auto_paging_iter():
                if "payment" in intent.metadata and intent.metadata["payment"] == payment_id:
                    return intent.id
        return None

    def _customer(self, user_id: str, *, key: str) -> str:
        with translated():
            customer = self._client.v1.customers.create(
                params={"metadata": {"user": user_id}}, options={"idempotency_key": key}
            )
        return customer.id

    def _is_kept(self, method_id: str) -> bool:
        try:
            with translated():
                return self._client.v1.payment_methods.retrieve(method_id).customer is not None
        except Refused as refused:
            if refused.code != _MISSING:
                raise
            return False


def _seen(session: Any) -> SetupSeen:
    """Read a Checkout Session that saves a card, its setup expanded or not."""
    intent = session["setup_intent"]
    done = intent is not None and not isinstance(intent, str) and intent["status"] == "succeeded"
    return SetupSeen(
        session_id=session["id"],
        url=session["url"],
        page_open=session["status"] == "open",
        live=bool(session["livemode"]),
        method=_method(intent["payment_method"]) if done else None,
    )


def _method(method: Any) -> Method:
    card = method["card"]
    return Method(
        id=method["id"],
        # Where Stripe gives none, a card cannot be told from another and counts as new.
        fingerprint=card["fingerprint"] or method["id"],
        brand=card["brand"],
        last4=card["last4"],
        exp_month=card["exp_month"],
        exp_year=card["exp_year"],
    )

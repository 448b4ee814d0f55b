"""Calls about saved cards: customers, the pages on which cards are saved, and payment methods.

A card's number is typed on the hosted page. We receive a payment method: Stripe's id for the card,
and the details that tell it from other cards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe as sdk

from server.stripe.errors import ReplayedError, RequestRefused, translated_errors
from server.stripe.mode import require_mode

#: Stripe's largest page of a list.
PAGE_SIZE = 100
_MISSING = "resource_missing"


@dataclass(frozen=True, kw_only=True)
class StoredCard:
    """A card saved at Stripe. `fingerprint` is the same for the same card."""

    id: str
    fingerprint: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, kw_only=True)
class SetupState:
    """A page on which a card is saved, as Stripe has it now; `method` is set once one was saved."""

    session_id: str
    url: str | None
    page_open: bool
    live: bool
    method: StoredCard | None


def setup_parameters(
    setup_id: str, *, customer: str, expires_at: int, success_url: str
) -> dict[str, Any]:
    """Return the arguments of a session that saves a card; `expires_at` is in Unix seconds."""
    metadata = {"setup": setup_id}
    return {
        "mode": "setup",
        "allowed_payment_method_types": ["card"],
        "customer": customer,
        "client_reference_id": setup_id,
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
        "expires_at": expires_at,
        "success_url": success_url,
    }


def charge_parameters(  # noqa: PLR0913  the amount, the card, and what it is for
    *,
    amount: int,
    currency: str,
    customer: str,
    method: str,
    metadata: Mapping[str, str],
    description: str,
) -> dict[str, Any]:
    """Return the arguments that hold `amount`, in Stripe's units, on a saved card.

    The buyer is present, so a bank may ask for confirmation; only a page can answer it. `metadata`
    names our `order` and `payment`.
    """
    return {
        "amount": amount,
        "currency": currency.lower(),
        "customer": customer,
        "payment_method": method,
        "allowed_payment_method_types": ["card"],
        "capture_method": "manual",
        "confirm": True,
        "description": description,
        "metadata": dict(metadata),
        "transfer_group": metadata["order"],
    }


class CardsApi:
    """Stripe's customers, setup sessions and payment methods."""

    def __init__(self, client: sdk.StripeClient, *, live: bool) -> None:
        """Call Stripe through `client`; `live` is the mode of its key."""
        self._client = client
        self._live = live

    def create_customer(self, user_id: str, *, setup_id: str) -> str:
        """Create the customer of a user; repeated, it returns the same customer.

        When Stripe stored an error under the user's key, it creates another customer under a key
        of this setup. A superfluous customer does no harm.
        """
        try:
            return self._create_customer(user_id, key=f"customer-{user_id}")
        except ReplayedError:
            return self._create_customer(user_id, key=f"customer-{setup_id}")

    def create_session(self, setup_id: str, parameters: Mapping[str, Any]) -> SetupState:
        """Create the page of a setup; repeated, it returns the same page."""
        with translated_errors():
            session = self._client.v1.checkout.sessions.create(
                params=dict(parameters),  # type: ignore[arg-type]
                options={"idempotency_key": f"setup-{setup_id}"},
            )
        return _setup_state(session)

    def retrieve_session(self, session_id: str) -> SetupState:
        """Return the state of a page on which a card is saved."""
        with translated_errors():
            session = self._client.v1.checkout.sessions.retrieve(
                session_id, params={"expand": ["setup_intent.payment_method"]}
            )
        state = _setup_state(session)
        require_mode(session_id, live=state.live, key_is_live=self._live)
        return state

    def detach(self, method_id: str) -> None:
        """Delete a card at Stripe; one that is deleted already is fine.

        Sent without an idempotency key: repeating it does no harm, and a stored error would be
        replayed for a day.
        """
        try:
            with translated_errors():
                self._client.v1.payment_methods.detach(method_id)
        except (RequestRefused, ReplayedError):
            if self._is_attached(method_id):
                raise

    def find_charge(self, payment_id: str, *, customer: str, since: int) -> str | None:
        """Return the intent of a payment whose creation was never answered, if there is one.

        Creating it again could hold the money twice. `since` is in Unix seconds.
        """
        with translated_errors():
            found = self._client.v1.payment_intents.list(
                {"customer": customer, "created": {"gte": since}, "limit": PAGE_SIZE}
            )
            for intent in found.auto_paging_iter():
                if "payment" in intent.metadata and intent.metadata["payment"] == payment_id:
                    return intent.id
        return None

    def _create_customer(self, user_id: str, *, key: str) -> str:
        with translated_errors():
            customer = self._client.v1.customers.create(
                params={"metadata": {"user": user_id}}, options={"idempotency_key": key}
            )
        return customer.id

    def _is_attached(self, method_id: str) -> bool:
        try:
            with translated_errors():
                return self._client.v1.payment_methods.retrieve(method_id).customer is not None
        except RequestRefused as refused:
            if refused.code != _MISSING:
                raise
            return False


def _setup_state(session: Any) -> SetupState:
    """Read a Checkout Session that saves a card, its setup intent expanded or not."""
    intent = session["setup_intent"]
    done = intent is not None and not isinstance(intent, str) and intent["status"] == "succeeded"
    return SetupState(
        session_id=session["id"],
        url=session["url"],
        page_open=session["status"] == "open",
        live=bool(session["livemode"]),
        method=_payment_method(intent["payment_method"]) if done else None,
    )


def _payment_method(method: Any) -> StoredCard:
    card = method["card"]
    return StoredCard(
        id=method["id"],
        # Without a fingerprint a card cannot be told from others and counts as a new one.
        fingerprint=card["fingerprint"] or method["id"],
        brand=card["brand"],
        last4=card["last4"],
        exp_month=card["exp_month"],
        exp_year=card["exp_year"],
    )

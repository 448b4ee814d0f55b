"""The gateway: every call that moves a buyer's money, or looks up where it is.

Every call that changes something carries an idempotency key of ours, so that it can be repeated
after a lost reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import stripe as sdk

from server.stripe.cards import CardsApi
from server.stripe.errors import OutcomeUnknown, RequestRefused, translated_errors
from server.stripe.mode import require_mode
from server.stripe.payment_state import (
    PaymentState,
    RefundState,
    from_intent,
    from_refund,
    from_session,
)
from server.stripe.records import RecordsApi
from server.stripe.transfers import TransfersApi

#: The SDK's defaults are 80 s, most of a lock, and no retry.
TIMEOUT_SECONDS = 15
RETRIES = 2
#: Charges read for each payment; far more than the declines an order is allowed.
MAX_CHARGES = 20
#: Stripe's largest page; no payment is refunded in more parts.
MAX_REFUNDS = 100


class Gateway:
    """Calls Stripe, or the sandbox that stands in for it, through the same SDK."""

    def __init__(self, key: str, *, transport: sdk.HTTPClient | None, base: str = "") -> None:
        """Use `key` over `transport`, or over HTTPS to Stripe."""
        sdk.enable_telemetry = False  # it writes a file into the home directory
        client = transport or sdk.RequestsClient(timeout=TIMEOUT_SECONDS)
        addresses: Any = {"api": base} if base else {}
        self._client = sdk.StripeClient(
            key, max_network_retries=RETRIES, http_client=client, base_addresses=addresses
        )
        self.live = key.startswith(("sk_live_", "rk_live_"))
        self.cards = CardsApi(self._client, live=self.live)
        self.records = RecordsApi(self._client, live=self.live)
        self.transfers = TransfersApi(self._client, live=self.live)

    def create_session(self, payment_id: str, parameters: Mapping[str, Any]) -> PaymentState:
        """Create the Checkout Session of a payment; repeated, it returns the same session."""
        with translated_errors():
            session = self._client.v1.checkout.sessions.create(
                params=dict(parameters),  # type: ignore[arg-type]
                options={"idempotency_key": f"session-{payment_id}"},
            )
        return from_session(session)

    def retrieve_session(self, session_id: str) -> PaymentState:
        """Return the state of a payment made on a page. Raises AuthRejected for the wrong mode."""
        with translated_errors():
            session = self._client.v1.checkout.sessions.retrieve(
                session_id, params={"expand": ["payment_intent"]}
            )
            intent: Any = session["payment_intent"]
            charges = () if intent is None else self._charges(intent)
        return self._in_our_mode(from_session(session, charges))

    def charge_card(self, payment_id: str, parameters: Mapping[str, Any]) -> PaymentState:
        """Charge a saved card; repeated, it returns the result of that one charge.

        A decline is a result, not an error.
        """
        try:
            with translated_errors():
                intent: Any = self._client.v1.payment_intents.create(
                    params=dict(parameters),  # type: ignore[arg-type]
                    options={"idempotency_key": f"pay-{payment_id}"},
                )
        except RequestRefused as refused:
            if refused.intent_id is None:
                raise
            return self.retrieve_intent(refused.intent_id)
        return self.retrieve_intent(intent["id"])

    def retrieve_intent(self, intent_id: str) -> PaymentState:
        """Return the state of a payment without a page. Raises AuthRejected for the wrong mode."""
        with translated_errors():
            intent = self._client.v1.payment_intents.retrieve(intent_id)
            charges = self._charges(intent)
        return self._in_our_mode(from_intent(intent, charges))

    def capture(self, payment_id: str, intent_id: str, *, retry: int = 0) -> None:
        """Capture the money that is held. Each `retry` above 0 has a key of its own."""
        with translated_errors():
            self._client.v1.payment_intents.capture(
                intent_id, options={"idempotency_key": _key("capture", payment_id, retry)}
            )

    def expire_session(self, session_id: str) -> None:
        """Close a payment page; one that is closed already is fine."""
        try:
            with translated_errors():
                self._client.v1.checkout.sessions.expire(session_id)
        except RequestRefused:
            return

    def void(self, payment_id: str, intent_id: str, *, retry: int = 0) -> None:
        """Release the money that is held. Each `retry` above 0 has a key of its own."""
        with translated_errors():
            self._client.v1.payment_intents.cancel(
                intent_id,
                params={"cancellation_reason": "abandoned"},
                options={"idempotency_key": _key("void", payment_id, retry)},
            )

    def refund(self, refund_id: str, *, intent_id: str, amount: int) -> RefundState:
        """Refund `amount`, in Stripe's units, once; an earlier call for this id is found again."""
        try:
            with translated_errors():
                return from_refund(
                    self._client.v1.refunds.create(
                        params={"payment_intent": intent_id, "amount": amount,
                                "metadata": {"refund": refund_id}},
                        options={"idempotency_key": f"refund-{refund_id}"},
                    )
                )  # fmt: skip
        except (RequestRefused, OutcomeUnknown):
            # It may have taken effect, more than a day ago or in a call whose reply was lost.
            for refund in self.list_refunds(intent_id):
                if refund.refund_id == refund_id:
                    return refund
            raise

    def retrieve_refund(self, stripe_id: str) -> RefundState:
        """Return the state of a refund."""
        with translated_errors():
            return from_refund(self._client.v1.refunds.retrieve(stripe_id))

    def list_refunds(self, intent_id: str) -> tuple[RefundState, ...]:
        """Return every refund of a payment, ours and those made in the dashboard."""
        with translated_errors():
            found = self._client.v1.refunds.list(
                {"payment_intent": intent_id, "limit": MAX_REFUNDS}
            )
        return tuple(from_refund(refund) for refund in found.data)

    def _charges(self, intent: Any) -> Sequence[Any]:
        """Return every charge tried: the intent itself only keeps its last decline."""
        if intent["latest_charge"] is None:
            return ()
        charges = self._client.v1.charges.list(
            {"payment_intent": intent["id"], "limit": MAX_CHARGES}
        )
        found: Sequence[Any] = charges.data
        return found

    def _in_our_mode(self, state: PaymentState) -> PaymentState:
        name = state.session_id or state.intent_id or "a payment"
        require_mode(name, live=state.live, key_is_live=self.live)
        return state


def _key(verb: str, payment_id: str, retry: int) -> str:
    return f"{verb}-{payment_id}-{retry}" if retry else f"{verb}-{payment_id}"

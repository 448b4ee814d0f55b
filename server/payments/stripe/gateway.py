"""The gateway: every call that moves a buyer's money, or looks where it is.

Every call that changes something carries an idempotency key of ours, so that repeating it after a
lost reply is safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import stripe

from server.payments.stripe.cards import SavedCards
from server.payments.stripe.errors import Refused, Unsure, translated
from server.payments.stripe.records import Records
from server.payments.stripe.transfers import Transfers
from server.payments.stripe.truth import RefundSeen, Truth, of_intent, of_session, seen_refund

#: The SDK waits 80 s by default, most of a lock; and repeats nothing by itself.
SECONDS = 15
RETRIES = 2
#: Charges looked at for each payment; far more than the declines an order is allowed.
MOST_CHARGES = 20
#: Stripe's largest page; nobody sends one payment back in more parts.
MOST_REFUNDS = 100


class Gateway:
    """Calls Stripe, or the sandbox that stands in for it: the same SDK, the same code."""

    def __init__(self, key: str, *, transport: stripe.HTTPClient | None, base: str = "") -> None:
        """Speak with `key` over `transport`, or over HTTPS to Stripe."""
        stripe.enable_telemetry = False  # it writes a file into the home folder
        client = transport or stripe.RequestsClient(timeout=SECONDS)
        addresses: Any = {"api": base} if base else {}
        self._client = stripe.StripeClient(
            key, max_network_retries=RETRIES, http_client=client, base_addresses=addresses
        )
        self.live = key.startswith(("sk_live_", "rk_live_"))
        self.cards = SavedCards(self._client)
        self.records = Records(self._client, live=self.live)
        self.transfers = Transfers(self._client, live=self.live)

    def open_page(self, payment_id: str, parameters: Mapping[str, Any]) -> Truth:
        """Create the Checkout Session of a payment; repeated, it returns the very same one."""
        with translated():
            session = self._client.v1.checkout.sessions.create(
                params=dict(parameters),  # type: ignore[arg-type]
                options={"idempotency_key": f"session-{payment_id}"},
            )
        return of_session(session)

    def look(self, session_id: str) -> Truth:
        """Ask what has become of a payment."""
        with translated():
            session = self._client.v1.checkout.sessions.retrieve(
                session_id, params={"expand": ["payment_intent"]}
            )
            intent: Any = session["payment_intent"]
            if intent is None:
                return of_session(session)
            return of_session(session, self._charges(intent))

    def charge_card(self, payment_id: str, parameters: Mapping[str, Any]) -> Truth:
        """Try a saved card; repeated, it tells how that one try went. A decline is no error."""
        try:
            with translated():
                intent: Any = self._client.v1.payment_intents.create(
                    params=dict(parameters),  # type: ignore[arg-type]
                    options={"idempotency_key": f"pay-{payment_id}"},
                )
        except Refused as refused:
            if refused.intent_id is None:
                raise
            return self.look_at_intent(refused.intent_id)
        return self.look_at_intent(intent["id"])

    def look_at_intent(self, intent_id: str) -> Truth:
        """Ask what has become of a payment that has no page."""
        with translated():
            intent = self._client.v1.payment_intents.retrieve(intent_id)
            return of_intent(intent, self._charges(intent))

    def _charges(self, intent: Any) -> Sequence[Any]:
        """Return every charge tried: the intent only remembers its last refusal."""
        if intent["latest_charge"] is None:
            return ()
        charges = self._client.v1.charges.list(
            {"payment_intent": intent["id"], "limit": MOST_CHARGES}
        )
        found: Sequence[Any] = charges.data
        return found

    def capture(self, payment_id: str, intent_id: str, *, again: int = 0) -> None:
        """Take the money that is held. `again` names a try with a key of its own."""
        with translated():
            self._client.v1.payment_intents.capture(
                intent_id, options={"idempotency_key": _key("capture", payment_id, again)}
            )

    def close_page(self, session_id: str) -> None:
        """Close the page; that it is closed already is as good."""
        try:
            with translated():
                self._client.v1.checkout.sessions.expire(session_id)
        except Refused:
            return

    def let_go(self, payment_id: str, intent_id: str, *, again: int = 0) -> None:
        """Release the money that is held. `again` names a try with a key of its own."""
        with translated():
            self._client.v1.payment_intents.cancel(
                intent_id,
                params={"cancellation_reason": "abandoned"},
                options={"idempotency_key": _key("void", payment_id, again)},
            )

    def refund(self, refund_id: str, *, intent_id: str, amount: int) -> RefundSeen:
        """Send money back, once; what was sent under this name before is found again."""
        try:
            with translated():
                return seen_refund(
                    self._client.v1.refunds.create(
                        params={"payment_intent": intent_id, "amount": amount,
                                "metadata": {"refund": refund_id}},
                        options={"idempotency_key": f"refund-{refund_id}"},
                    )
                )  # fmt: skip
        except (Refused, Unsure):
            # It may have been carried out all the same, a day ago or by an answer that was lost.
            for refund in self.refunds_of(intent_id):
                if refund.refund_id == refund_id:
                    return refund
            raise

    def look_at_refund(self, stripe_id: str) -> RefundSeen:
        """Ask what has become of a refund."""
        with translated():
            return seen_refund(self._client.v1.refunds.retrieve(stripe_id))

    def refunds_of(self, intent_id: str) -> tuple[RefundSeen, ...]:
        """Return every refund of a payment, ours and those of the dashboard."""
        with translated():
            found = self._client.v1.refunds.list(
                {"payment_intent": intent_id, "limit": MOST_REFUNDS}
            )
        return tuple(seen_refund(refund) for refund in found.data)


def _key(verb: str, payment_id: str, again: int) -> str:
    return f"{verb}-{payment_id}-{again}" if again else f"{verb}-{payment_id}"

"""The one translation between Stripe's words and ours. Nothing else imports the SDK's objects.

Stripe spells `canceled`, we spell `cancelled`; a PaymentIntent that `requires_capture` is a payment
that is authorised. Every call that changes something carries an idempotency key of ours, so that
repeating it after a lost reply is safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import stripe

from contract import money as contract

#: The SDK waits 80 s by default, most of a lock; and repeats nothing by itself.
SECONDS = 15
RETRIES = 2
#: Charges looked at for each payment; far more than the declines an order is allowed.
MOST_CHARGES = 20
#: What a lost, stolen or suspicious card is called to whoever holds it.
DISCREET = "The card was declined."


class Money(StrEnum):
    """Where the buyer's money is."""

    NOWHERE = "nowhere"
    HELD = "held"
    OURS = "ours"
    RELEASED = "released"


@dataclass(frozen=True, kw_only=True)
class Decline:
    """A bank's refusal. `words` may be shown to the buyer."""

    charge_id: str
    code: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What Stripe says of a payment now."""

    session_id: str
    intent_id: str | None
    url: str | None
    page_open: bool
    money: Money
    declines: tuple[Decline, ...]
    live: bool


class Unsure(Exception):
    """Whether it happened is not known; ask again with the same key."""


class Refused(Exception):
    """Stripe refused; `code` and `param` say why."""

    def __init__(self, code: str, param: str, message: str) -> None:
        """Keep what to branch on."""
        super().__init__(f"{code or 'invalid request'} ({param}): {message}")
        self.code = code
        self.param = param


class Locked(Exception):
    """Stripe does not accept our key; nothing can be done until an operator sees to it."""


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

    def open_page(self, payment_id: str, parameters: Mapping[str, Any]) -> Truth:
        """Create the Checkout Session of a payment; repeated, it returns the very same one."""
        with _translated():
            session = self._client.v1.checkout.sessions.create(
                params=dict(parameters),  # type: ignore[arg-type]
                options={"idempotency_key": f"session-{payment_id}"},
            )
        return _truth(session)

    def look(self, session_id: str) -> Truth:
        """Ask what has become of a payment."""
        with _translated():
            session = self._client.v1.checkout.sessions.retrieve(
                session_id, params={"expand": ["payment_intent"]}
            )
            intent: Any = session["payment_intent"]
            if intent is None or intent["latest_charge"] is None:
                return _truth(session)
            # The intent only remembers its last refusal; a good card after it would hide it.
            charges = self._client.v1.charges.list(
                {"payment_intent": intent["id"], "limit": MOST_CHARGES}
            )
        return _truth(session, charges.data)

    def capture(self, payment_id: str, intent_id: str) -> None:
        """Take the money that is held."""
        with _translated():
            self._client.v1.payment_intents.capture(
                intent_id, options={"idempotency_key": f"capture-{payment_id}"}
            )

    def close_page(self, session_id: str) -> None:
        """Close the page; that it is closed already is as good."""
        try:
            with _translated():
                self._client.v1.checkout.sessions.expire(session_id)
        except Refused:
            return

    def let_go(self, payment_id: str, intent_id: str) -> None:
        """Release the money that is held."""
        with _translated():
            self._client.v1.payment_intents.cancel(
                intent_id,
                params={"cancellation_reason": "abandoned"},
                options={"idempotency_key": f"void-{payment_id}"},
            )

    def refund(self, refund_id: str, *, intent_id: str, amount: int) -> tuple[str, bool]:
        """Send money back; return Stripe's id and whether it has failed already."""
        with _translated():
            refund = self._client.v1.refunds.create(
                params={"payment_intent": intent_id, "amount": amount,
                        "metadata": {"refund": refund_id}},
                options={"idempotency_key": f"refund-{refund_id}"},
            )  # fmt: skip
        return refund.id, refund.status == "failed"


class _translated:  # noqa: N801  reads as a sentence: with _translated(): …
    """Say the SDK's errors in our words."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case None:
                return
            case stripe.AuthenticationError() | stripe.PermissionError():
                raise Locked(str(error)) from error
            case stripe.IdempotencyError():
                # Ours to mend: the same key with other parameters. Never mint a new key for it.
                raise RuntimeError(f"idempotency key reused: {error}") from error
            case stripe.CardError() | stripe.InvalidRequestError():
                code, param = str(error.code or ""), str(getattr(error, "param", "") or "")
                raise Refused(code, param, str(error)) from error
            case stripe.StripeError():
                raise Unsure(f"{type(error).__name__}: {error}") from error


def _truth(session: Any, charges: Sequence[Any] = ()) -> Truth:
    intent = session["payment_intent"]
    named = isinstance(intent, str)
    status = None if intent is None or named else intent["status"]
    return Truth(
        session_id=session["id"],
        intent_id=intent if named or intent is None else intent["id"],
        url=session["url"],
        page_open=session["status"] == "open",
        money=_money(status),
        declines=tuple(_decline(charge) for charge in charges if charge["status"] == "failed"),
        live=bool(session["livemode"]),
    )


def _money(status: str | None) -> Money:
    match status:
        case "requires_capture":
            return Money.HELD
        case "succeeded":
            return Money.OURS
        case "canceled":
            return Money.RELEASED
    return Money.NOWHERE


def _decline(charge: Any) -> Decline:
    outcome = charge["outcome"]
    reason = None if outcome is None else outcome["reason"]
    code = str(reason or charge["failure_code"] or "card_declined")
    return Decline(charge_id=charge["id"], code=code, words=WORDS.get(code, DISCREET))


#: Where Stripe counts in another minor unit than ISO 4217: by how many decimals it has more.
_MORE_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": -2}
#: Stripe takes three decimals, but only with a 0 at the end.
_ROUND_TO_TEN = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def minor_units(price: contract.Money) -> int:
    """Return a price in the unit Stripe counts in; raise Refused where there is none, not round.

    Source: docs.stripe.com/currencies, zero-decimal and three-decimal currencies, special cases.
    """
    more = _MORE_DECIMALS.get(price.currency, 0)
    scale: int = 10 ** abs(more)
    amount, rest = (price.amount * scale, 0) if more >= 0 else divmod(price.amount, scale)
    if rest or (price.currency in _ROUND_TO_TEN and amount % 10):
        raise Refused("invalid_amount", "unit_amount", f"{price} is finer than Stripe can charge")
    return amount


#: What a buyer may be told. A lost, stolen or blocked card is only ever "declined".
WORDS: Mapping[str, str] = {
    "insufficient_funds": "The card has insufficient funds.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The security code (CVC) is wrong.",
    "processing_error": "The bank could not process the card just now.",
    "card_velocity_exceeded": "The card has reached its limit for now.",
    "authentication_required": "The bank wants the payment confirmed.",
    "payment_intent_authentication_failure": "The payment was not confirmed with the bank.",
}

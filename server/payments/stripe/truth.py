"""Truth: what Stripe says of a payment, read from its objects into our words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: What a lost, stolen or suspicious card is called to whoever holds it.
DISCREET = "The card was declined."

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

#: Why a try with a saved card ended that only a page could bring to its end.
ASKS = WORDS["authentication_required"]


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
    """What Stripe says of a payment now. One made with a saved card has no session and no page.

    `asks` says that the bank wants the buyer to confirm, which only a page can do. `charge_id` and
    `card` (as in `visa 4242`) are those of the attempt that went through.
    """

    session_id: str | None
    intent_id: str | None
    url: str | None
    page_open: bool
    money: Money
    declines: tuple[Decline, ...]
    live: bool
    asks: bool = False
    charge_id: str | None = None
    card: str | None = None


@dataclass(frozen=True, kw_only=True)
class RefundSeen:
    """What Stripe says of a refund. `refund_id` is our name for it, if it is one of ours."""

    id: str
    refund_id: str | None
    amount: int
    arrived: bool
    failed: bool


def of_session(session: Any, charges: Sequence[Any] = ()) -> Truth:
    """Read a Checkout Session, its intent expanded or not, and the charges tried for it."""
    intent = session["payment_intent"]
    named = isinstance(intent, str)
    status = None if intent is None or named else intent["status"]
    passed = _passed(charges)
    return Truth(
        session_id=session["id"],
        intent_id=intent if named or intent is None else intent["id"],
        url=session["url"],
        page_open=session["status"] == "open",
        money=money_of(status),
        declines=_declines(charges),
        live=bool(session["livemode"]),
        charge_id=passed and passed["id"],
        card=passed and card_of(passed),
    )


def of_intent(intent: Any, charges: Sequence[Any] = ()) -> Truth:
    """Read a PaymentIntent that has no page, and the charges tried for it."""
    passed = _passed(charges)
    return Truth(
        session_id=None,
        intent_id=intent["id"],
        url=None,
        page_open=False,
        money=money_of(intent["status"]),
        declines=_declines(charges),
        live=bool(intent["livemode"]),
        asks=intent["status"] == "requires_action",
        charge_id=passed and passed["id"],
        card=passed and card_of(passed),
    )


def seen_refund(refund: Any) -> RefundSeen:
    """Read a refund; one that its bank has not answered has neither arrived nor failed."""
    said = refund["metadata"]
    return RefundSeen(
        id=refund["id"],
        refund_id=said["refund"] if said and "refund" in said else None,
        amount=refund["amount"],
        arrived=refund["status"] == "succeeded",
        failed=refund["status"] in ("failed", "canceled"),
    )


def card_of(charge: Any) -> str | None:
    """Return how a card is told from another, as in `visa 4242`."""
    card = charge["payment_method_details"] and charge["payment_method_details"]["card"]
    return f"{card['brand']} {card['last4']}" if card else None


def _passed(charges: Sequence[Any]) -> Any:
    return next((charge for charge in charges if charge["status"] == "succeeded"), None)


def _declines(charges: Sequence[Any]) -> tuple[Decline, ...]:
    return tuple(_decline(charge) for charge in charges if charge["status"] == "failed")


def money_of(status: str | None) -> Money:
    """Say where the money of an intent is."""
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

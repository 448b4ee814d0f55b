"""The state of a payment and of a refund, read from Stripe's objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: The buyer is told only this about a lost, stolen or suspicious card.
GENERIC_DECLINE = "The card was declined."

#: What a buyer may be told, by decline code. Any other code gives `GENERIC_DECLINE`.
DECLINE_MESSAGES: Mapping[str, str] = {
    "insufficient_funds": "The card has insufficient funds.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The security code (CVC) is wrong.",
    "processing_error": "The bank could not process the card. Try again in a moment.",
    "card_velocity_exceeded": "The card has reached its limit for now.",
    "authentication_required": "The bank requires you to confirm this payment.",
    "payment_intent_authentication_failure": "The payment was not confirmed with the bank.",
}

#: Why a charge of a saved card ended when its bank asked the buyer to confirm on a page.
AUTHENTICATION_REQUIRED = DECLINE_MESSAGES["authentication_required"]


class FundsState(StrEnum):
    """Where the buyer's money is."""

    NOT_HELD = "not held"
    HELD = "held"
    CAPTURED = "captured"
    RELEASED = "released"


@dataclass(frozen=True, kw_only=True)
class ChargeDecline:
    """A bank's refusal of one charge. `message` may be shown to the buyer."""

    charge_id: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class PaymentState:
    """A payment as Stripe has it now. One made with a saved card has no session and no page.

    `requires_action` means that the bank wants the buyer to confirm, which needs a page.
    `charge_id` and `card` (such as `visa 4242`) are those of the charge that succeeded.
    """

    session_id: str | None
    intent_id: str | None
    url: str | None
    page_open: bool
    funds: FundsState
    declines: tuple[ChargeDecline, ...]
    live: bool
    requires_action: bool = False
    charge_id: str | None = None
    card: str | None = None


@dataclass(frozen=True, kw_only=True)
class RefundState:
    """A refund as Stripe has it now. `refund_id` is our id, if we sent it."""

    id: str
    refund_id: str | None
    amount: int
    succeeded: bool
    failed: bool


def from_session(session: Any, charges: Sequence[Any] = ()) -> PaymentState:
    """Read a Checkout Session, its intent expanded or not, and the charges tried for it."""
    intent = session["payment_intent"]
    is_id = isinstance(intent, str)
    status = None if intent is None or is_id else intent["status"]
    charge = _succeeded(charges)
    return PaymentState(
        session_id=session["id"],
        intent_id=intent if is_id or intent is None else intent["id"],
        url=session["url"],
        page_open=session["status"] == "open",
        funds=funds_of(status),
        declines=_declines(charges),
        live=bool(session["livemode"]),
        charge_id=charge and charge["id"],
        card=charge and _card_of(charge),
    )


def from_intent(intent: Any, charges: Sequence[Any] = ()) -> PaymentState:
    """Read a PaymentIntent that has no page, and the charges tried for it."""
    charge = _succeeded(charges)
    return PaymentState(
        session_id=None,
        intent_id=intent["id"],
        url=None,
        page_open=False,
        funds=funds_of(intent["status"]),
        declines=_declines(charges),
        live=bool(intent["livemode"]),
        requires_action=intent["status"] == "requires_action",
        charge_id=charge and charge["id"],
        card=charge and _card_of(charge),
    )


def from_refund(refund: Any) -> RefundState:
    """Read a refund. One that its bank has not answered has neither succeeded nor failed."""
    metadata = refund["metadata"]
    return RefundState(
        id=refund["id"],
        refund_id=metadata["refund"] if metadata and "refund" in metadata else None,
        amount=refund["amount"],
        succeeded=refund["status"] == "succeeded",
        failed=refund["status"] in ("failed", "canceled"),
    )


def funds_of(status: str | None) -> FundsState:
    """Return where the money of an intent with this status is."""
    match status:
        case "requires_capture":
            return FundsState.HELD
        case "succeeded":
            return FundsState.CAPTURED
        case "canceled":
            return FundsState.RELEASED
    return FundsState.NOT_HELD


def _card_of(charge: Any) -> str | None:
    """Return the brand and last four digits of a charge's card, such as `visa 4242`."""
    card = charge["payment_method_details"] and charge["payment_method_details"]["card"]
    return f"{card['brand']} {card['last4']}" if card else None


def _succeeded(charges: Sequence[Any]) -> Any:
    return next((charge for charge in charges if charge["status"] == "succeeded"), None)


def _declines(charges: Sequence[Any]) -> tuple[ChargeDecline, ...]:
    return tuple(_decline(charge) for charge in charges if charge["status"] == "failed")


def _decline(charge: Any) -> ChargeDecline:
    outcome = charge["outcome"]
    reason = None if outcome is None else outcome["reason"]
    code = str(reason or charge["failure_code"] or "card_declined")
    message = DECLINE_MESSAGES.get(code, GENERIC_DECLINE)
    return ChargeDecline(charge_id=charge["id"], code=code, message=message)

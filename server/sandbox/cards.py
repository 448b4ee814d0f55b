"""Cards: the only place with card numbers, all of them test numbers that Stripe publishes.

Any other number is refused, and neither stored nor logged: nobody may pay with a real card in the
sandbox. Source: docs.stripe.com/testing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

import msgspec

from server.sandbox.errors import ApiError, doc_url
from server.sandbox.models import Charge, Data, PaymentMethod, Resource


@dataclass(frozen=True, kw_only=True)
class CardDecline:
    """Why a bank declines. Three reasons have a code of their own and no `decline_code`."""

    code: str
    message: str
    decline_code: str | None = None
    blocked: bool = False


class DisputeReason(StrEnum):
    """Why a cardholder disputes a charge."""

    FRAUDULENT = "fraudulent"
    NOT_RECEIVED = "product_not_received"

    @property
    def network_code(self) -> str:
        """The card network's reason code (Visa's)."""
        return {DisputeReason.FRAUDULENT: "10.4", DisputeReason.NOT_RECEIVED: "13.1"}[self]


class RefundOutcome(StrEnum):
    """What happens to a refund to a card."""

    SUCCEEDS = "succeeds"
    PENDING_FIRST = "pending_first"
    FAILS_LATER = "fails_later"


@dataclass(frozen=True, kw_only=True)
class SandboxCard:
    """A test card and how it behaves; `summary` is shown on the hosted page."""

    number: str
    summary: str
    brand: str = "visa"
    decline: CardDecline | None = None
    challenge: bool = False
    #: The bank asks for no further challenge once the card is set up for later payments.
    challenge_once: bool = False
    #: The card can be saved, although every charge is declined.
    can_be_saved: bool = False
    refund: RefundOutcome = RefundOutcome.SUCCEEDS
    dispute: DisputeReason | None = None

    @property
    def fingerprint(self) -> str:
        """Identifies a card without its number, as Stripe's fingerprint does."""
        return sha256(self.number.encode()).hexdigest()[:16]

    @property
    def last4(self) -> str:
        """The last four digits, which may be shown."""
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        """The number as printed on a card."""
        cuts = (0, 4, 10, 15) if self.brand == "amex" else (0, 4, 8, 12, 16)
        return " ".join(self.number[a:b] for a, b in pairwise(cuts))


def _declined(
    decline_code: str, message: str = "Your card was declined.", *, blocked: bool = False
) -> CardDecline:
    return CardDecline(
        code="card_declined", decline_code=decline_code, message=message, blocked=blocked
    )


GENERIC = _declined("generic_decline")
INSUFFICIENT_FUNDS = _declined("insufficient_funds", "Your card has insufficient funds.")
LOST = _declined("lost_card")
STOLEN = _declined("stolen_card")
FRAUD = _declined("fraudulent", blocked=True)
VELOCITY = _declined(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount "
    "limit.",
)
EXPIRED = CardDecline(code="expired_card", message="Your card has expired.")
CVC = CardDecline(code="incorrect_cvc", message="Your card's security code is incorrect.")
PROCESSING = CardDecline(
    code="processing_error",
    message="An error occurred while processing your card. Try again in a little bit.",
)
PAYMENT_NOT_AUTHENTICATED = CardDecline(
    code="payment_intent_authentication_failure",
    message="We are unable to authenticate your payment method. Please choose a different payment "
    "method and try again.",
)
SETUP_NOT_AUTHENTICATED = CardDecline(
    code="setup_intent_authentication_failure",
    message="The latest attempt to set up the payment method has failed because authentication "
    "failed.",
)
#: The bank asks for a challenge, but the customer is absent, or the shop refuses challenges.
OFF_SESSION, NOT_HANDLED = (
    CardDecline(
        code="authentication_required",
        decline_code=decline_code,
        message="Your card was declined. This transaction requires authentication.",
    )
    for decline_code in ("authentication_required", "authentication_not_handled")
)

CARDS: tuple[SandboxCard, ...] = (
    SandboxCard(number="4242424242424242", summary="pays"),
    SandboxCard(number="5555555555554444", summary="pays", brand="mastercard"),
    SandboxCard(number="378282246310005", summary="pays", brand="amex"),
    SandboxCard(number="4000000000000002", summary="is declined", decline=GENERIC),
    SandboxCard(
        number="4000000000009995", summary="insufficient funds", decline=INSUFFICIENT_FUNDS
    ),
    SandboxCard(number="4000000000009987", summary="was reported lost", decline=LOST),
    SandboxCard(number="4000000000009979", summary="was reported stolen", decline=STOLEN),
    SandboxCard(number="4000000000000069", summary="has expired", decline=EXPIRED),
    SandboxCard(number="4000000000000127", summary="has an incorrect security code", decline=CVC),
    SandboxCard(
        number="4000000000000119", summary="fails while it is processed", decline=PROCESSING
    ),
    SandboxCard(
        number="4000000000000341",
        summary="is declined when charged",
        decline=GENERIC,
        can_be_saved=True,
    ),
    SandboxCard(number="4100000000000019", summary="is blocked as fraudulent", decline=FRAUD),
    SandboxCard(number="4000000000006975", summary="was used too often", decline=VELOCITY),
    SandboxCard(number="4000000000003220", summary="3-D Secure, pays", challenge=True),
    SandboxCard(number="4000002760003184", summary="3-D Secure, pays", challenge=True),
    SandboxCard(
        number="4000002500003155", summary="3-D Secure, pays", challenge=True, challenge_once=True
    ),
    SandboxCard(
        number="4000008400001629",
        summary="3-D Secure, then declined",
        challenge=True,
        decline=GENERIC,
    ),
    SandboxCard(
        number="4000008260003178",
        summary="3-D Secure, then insufficient funds",
        challenge=True,
        can_be_saved=True,
        decline=INSUFFICIENT_FUNDS,
    ),
    SandboxCard(
        number="4000000000005126", summary="pays; refund fails", refund=RefundOutcome.FAILS_LATER
    ),
    SandboxCard(
        number="4000000000007726",
        summary="pays; refund is pending",
        refund=RefundOutcome.PENDING_FIRST,
    ),
    SandboxCard(
        number="4000000000000259",
        summary="pays; disputed as fraud",
        dispute=DisputeReason.FRAUDULENT,
    ),
    SandboxCard(
        number="4000000000002685",
        summary="pays; disputed as not received",
        dispute=DisputeReason.NOT_RECEIVED,
    ),
)
BY_NUMBER: Mapping[str, SandboxCard] = {card.number: card for card in CARDS}
BY_FINGERPRINT: Mapping[str, SandboxCard] = {card.fingerprint: card for card in CARDS}
#: The cards that the page offers: one of each kind that is useful for trying things out.
SHOWN: tuple[SandboxCard, ...] = tuple(BY_NUMBER[n] for n in (
    "4242424242424242", "4000002500003155", "4000000000000002", "4000000000009995",
))  # fmt: skip
#: The cards offered on a page that saves a card, with their summaries there.
SHOWN_TO_SAVE: tuple[tuple[SandboxCard, str], ...] = tuple((BY_NUMBER[n], text) for n, text in (
    ("4242424242424242", "is saved"),
    ("4000002500003155", "3-D Secure once"),
    ("4000000000000002", "is declined"),
    ("4000000000000341", "saved, fails later"),
))  # fmt: skip

#: Stripe's names for test payment methods, for use without a page.
NAMED: Mapping[str, SandboxCard] = {
    f"pm_card_{name}": BY_NUMBER[number]
    for name, number in (
        ("visa", "4242424242424242"),
        ("mastercard", "5555555555554444"),
        ("amex", "378282246310005"),
        ("visa_chargeDeclined", "4000000000000002"),
        ("visa_chargeDeclinedInsufficientFunds", "4000000000009995"),
        ("visa_chargeDeclinedLostCard", "4000000000009987"),
        ("visa_chargeDeclinedStolenCard", "4000000000009979"),
        ("chargeDeclinedExpiredCard", "4000000000000069"),
        ("chargeDeclinedIncorrectCvc", "4000000000000127"),
        ("chargeDeclinedProcessingError", "4000000000000119"),
        ("chargeCustomerFail", "4000000000000341"),
        ("threeDSecure2Required", "4000000000003220"),
        ("authenticationRequired", "4000002760003184"),
        ("authenticationRequiredOnSetup", "4000002500003155"),
        ("refundFail", "4000000000005126"),
        ("pendingRefund", "4000000000007726"),
        ("createDispute", "4000000000000259"),
        ("createDisputeProductNotReceived", "4000000000002685"),
    )
}


def passes_luhn(number: str) -> bool:
    """Tell whether the check digit is right, as it is on every real card."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  the sum of both digits
    return total % 10 == 0


def decline_details(
    decline: CardDecline, method: PaymentMethod, *, charge: Charge | None = None
) -> Data:
    """Return a decline as an intent stores it in its last error; `charge` is the failed one."""
    details: Data = {
        "type": "card_error",
        "code": decline.code,
        "message": decline.message,
        "doc_url": doc_url(decline.code),
        "payment_method": msgspec.to_builtins(method),
    }
    if decline.decline_code is not None:
        details["decline_code"] = decline.decline_code
    if charge is not None:
        details["charge"] = charge.id
    return details


def card_error(details: Data, intent: Resource | None = None) -> ApiError:
    """Return a decline as the response to the call that tried the card: a 402 with the intent."""
    fields = {name: details.get(name) for name in ("code", "decline_code", "charge")}
    if intent is not None:
        fields[intent.kind()] = intent
    return ApiError(
        details["message"],
        status=402,
        kind="card_error",
        final=True,
        payment_method=details["payment_method"],
        **fields,
    )

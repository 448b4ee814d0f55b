"""Cards: the only place with card numbers, all of them Stripe's published test numbers.

A number that is not here is refused, not stored and not logged: the sandbox must never become a
place where real cards are typed. Source: docs.stripe.com/testing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise


@dataclass(frozen=True, kw_only=True)
class Decline:
    """Why a bank says no. Three reasons have a code of their own and no `decline_code`."""

    code: str
    message: str
    decline_code: str | None = None
    blocked: bool = False


class Complaint(StrEnum):
    """Why a card's owner disputes what was charged."""

    FRAUDULENT = "fraudulent"
    NOT_RECEIVED = "product_not_received"

    @property
    def network_code(self) -> str:
        """The card network's own number for it (Visa's)."""
        return {Complaint.FRAUDULENT: "10.4", Complaint.NOT_RECEIVED: "13.1"}[self]


class RefundFate(StrEnum):
    """What becomes of a refund to a card."""

    SUCCEEDS = "succeeds"
    PENDING_FIRST = "pending_first"
    FAILS_LATER = "fails_later"


@dataclass(frozen=True, kw_only=True)
class Card:
    """A test card and what it does. `says` tells people on the page."""

    number: str
    says: str
    brand: str = "visa"
    decline: Decline | None = None
    challenge: bool = False
    #: Its bank asks no more once the card was set up for later payments.
    asks_once: bool = False
    #: It can be saved, though every charge is declined.
    saves: bool = False
    refund: RefundFate = RefundFate.SUCCEEDS
    disputes: Complaint | None = None

    @property
    def fingerprint(self) -> str:
        """What tells two cards apart without their numbers, as Stripe's fingerprint does."""
        return sha256(self.number.encode()).hexdigest()[:16]

    @property
    def last4(self) -> str:
        """The digits that may be shown."""
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        """The number as it is printed on a card."""
        cuts = (0, 4, 10, 15) if self.brand == "amex" else (0, 4, 8, 12, 16)
        return " ".join(self.number[a:b] for a, b in pairwise(cuts))


def _no(
    decline_code: str, message: str = "Your card was declined.", *, blocked: bool = False
) -> Decline:
    return Decline(
        code="card_declined", decline_code=decline_code, message=message, blocked=blocked
    )


GENERIC = _no("generic_decline")
FUNDS = _no("insufficient_funds", "Your card has insufficient funds.")
LOST = _no("lost_card")
STOLEN = _no("stolen_card")
FRAUD = _no("fraudulent", blocked=True)
VELOCITY = _no(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount "
    "limit.",
)
EXPIRED = Decline(code="expired_card", message="Your card has expired.")
CVC = Decline(code="incorrect_cvc", message="Your card's security code is incorrect.")
PROCESSING = Decline(
    code="processing_error",
    message="An error occurred while processing your card. Try again in a little bit.",
)
NOT_AUTHENTICATED = Decline(
    code="payment_intent_authentication_failure",
    message="We are unable to authenticate your payment method. Please choose a different payment "
    "method and try again.",
)
NOT_SET_UP = Decline(
    code="setup_intent_authentication_failure",
    message="The latest attempt to set up the payment method has failed because authentication "
    "failed.",
)
#: The bank wants its customer, who is not there; or there, but nobody would show the challenge.
UNATTENDED, UNHANDLED = (
    Decline(
        code="authentication_required",
        decline_code=decline_code,
        message="Your card was declined. This transaction requires authentication.",
    )
    for decline_code in ("authentication_required", "authentication_not_handled")
)

CARDS: tuple[Card, ...] = (
    Card(number="4242424242424242", says="pays"),
    Card(number="5555555555554444", says="pays", brand="mastercard"),
    Card(number="378282246310005", says="pays", brand="amex"),
    Card(number="4000000000000002", says="is declined", decline=GENERIC),
    Card(number="4000000000009995", says="lacks the funds", decline=FUNDS),
    Card(number="4000000000009987", says="was reported lost", decline=LOST),
    Card(number="4000000000009979", says="was reported stolen", decline=STOLEN),
    Card(number="4000000000000069", says="has expired", decline=EXPIRED),
    Card(number="4000000000000127", says="has an incorrect security code", decline=CVC),
    Card(number="4000000000000119", says="fails while it is processed", decline=PROCESSING),
    Card(number="4000000000000341", says="is declined when charged", decline=GENERIC, saves=True),
    Card(number="4100000000000019", says="is blocked as fraudulent", decline=FRAUD),
    Card(number="4000000000006975", says="was used too often", decline=VELOCITY),
    Card(number="4000000000003220", says="3-D Secure, pays", challenge=True),
    Card(number="4000002760003184", says="3-D Secure, pays", challenge=True),
    Card(number="4000002500003155", says="3-D Secure, pays", challenge=True, asks_once=True),
    Card(
        number="4000008400001629", says="3-D Secure, then declined", challenge=True, decline=GENERIC
    ),
    Card(
        number="4000008260003178",
        says="3-D Secure, then no funds",
        challenge=True,
        saves=True,
        decline=FUNDS,
    ),
    Card(number="4000000000005126", says="pays; refund fails", refund=RefundFate.FAILS_LATER),
    Card(number="4000000000007726", says="pays; refund pends", refund=RefundFate.PENDING_FIRST),
    Card(number="4000000000000259", says="pays; fraud claimed", disputes=Complaint.FRAUDULENT),
    Card(number="4000000000002685", says="pays; none received", disputes=Complaint.NOT_RECEIVED),
)
BY_NUMBER: Mapping[str, Card] = {card.number: card for card in CARDS}
BY_FINGERPRINT: Mapping[str, Card] = {card.fingerprint: card for card in CARDS}
#: Those that the page offers: one of each kind that somebody trying things out would want.
SHOWN: tuple[Card, ...] = tuple(BY_NUMBER[n] for n in (
    "4242424242424242", "4000002500003155", "4000000000000002", "4000000000009995",
))  # fmt: skip
#: And those for trying out how a card is saved.
SHOWN_TO_SAVE: tuple[tuple[Card, str], ...] = tuple((BY_NUMBER[n], says) for n, says in (
    ("4242424242424242", "is saved"),
    ("4000002500003155", "3-D Secure once"),
    ("4000000000000002", "is declined"),
    ("4000000000000341", "saved, fails later"),
))  # fmt: skip

#: Stripe's names for test payment methods, for use without a page.
NAMED: Mapping[str, Card] = {
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


def luhn(number: str) -> bool:
    """Tell whether the digits' checksum is right, as it is for every real card."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  the sum of its two digits
    return total % 10 == 0

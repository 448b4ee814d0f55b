"""Methods: a card becomes a payment method, and its number is forgotten."""

from __future__ import annotations

from server.payments.sandbox import cards
from server.payments.sandbox.cards import Card
from server.payments.sandbox.params import Params
from server.payments.sandbox.refusals import invalid
from server.payments.sandbox.shapes import PaymentMethod
from server.payments.sandbox.turn import Turn

#: What a card named `pm_card_…` expires on; those typed on the page say it themselves.
FAR = (12, 2099)


def make(turn: Turn, card: Card, *, expires: tuple[int, int] = FAR) -> PaymentMethod:
    """Keep a payment method for a test card; `expires` is its month and year."""
    month, year = expires
    details = {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": card.fingerprint,
        "funding": "credit",
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
    }
    return turn.add(PaymentMethod(id=turn.new_id("pm"), created=turn.now, card=details))


def allowed(params: Params) -> list[str] | None:
    """Take the kinds of payment method that are wanted, which may only be cards."""
    wanted = params.texts("allowed_payment_method_types")
    if params.texts("payment_method_types"):  # removed in 2026-09-30.endive
        raise invalid(
            "payment_method_types is no longer supported; use allowed_payment_method_types.",
            param="payment_method_types",
            code="payment_method_types_no_longer_supported",
        )
    if {*wanted} - {"card"}:
        raise invalid("The sandbox takes cards only.", param="allowed_payment_method_types")
    return list(wanted) or None


def find(turn: Turn, method_id: str) -> PaymentMethod:
    """Return a payment method by its id, or make one from a name such as `pm_card_visa`."""
    if method_id in cards.NAMED:
        return make(turn, cards.NAMED[method_id])
    return turn.store.find(PaymentMethod, method_id, param="payment_method")


def card_of(method: PaymentMethod) -> Card:
    """Return what the card behind a payment method does."""
    return cards.BY_FINGERPRINT[str(method.card["fingerprint"])]

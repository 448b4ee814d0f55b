"""Methods: a card becomes a payment method, and its number is forgotten."""

from __future__ import annotations

from server.sandbox import cards, declines
from server.sandbox.cards import Card
from server.sandbox.params import Params
from server.sandbox.refusals import Refused, invalid
from server.sandbox.saving import Mark
from server.sandbox.shapes import Data, PaymentMethod
from server.sandbox.turn import Turn

#: What a card named `pm_card_…` expires on; those typed on the page say it themselves.
FAR = (12, 2099)
#: The marks of a method: its bank has agreed to later payments; it may not be used again.
AGREED, SPENT = "agreed", "spent"
#: Finds the methods of a customer.
OWNED = "json_extract(body, '$.customer') = ?"


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


def automatic(params: Params) -> Data | None:
    """Take `automatic_payment_methods`; None unless it is enabled."""
    group = params.group("automatic_payment_methods")
    redirects = group.choice("allow_redirects", ("always", "never")) or "always"
    return {"allow_redirects": redirects, "enabled": True} if group.flag("enabled") else None


def find(turn: Turn, method_id: str) -> PaymentMethod:
    """Return a payment method by its id, or make one from a name such as `pm_card_visa`."""
    if method_id in cards.NAMED:
        return make(turn, cards.NAMED[method_id])
    return turn.store.find(PaymentMethod, method_id, param="payment_method")


def save(turn: Turn, method_id: str, customer: str) -> PaymentMethod:
    """Save a method for a customer, unless its bank says no or it is somebody else's."""
    method = find(turn, method_id)
    if method.customer not in {None, customer}:
        message = "The payment method you provided has already been attached to a customer."
        raise Refused(message, final=True)
    _refuse_spent(turn, method)
    card = card_of(method)
    if card.decline is not None and not card.saves:
        raise declines.refused(declines.error(card.decline, method))
    return attach(turn, method, customer)


def usable(turn: Turn, method_id: str, *, customer: str | None) -> PaymentMethod:
    """Return a method that may be used for a customer, or for nobody; refuse all others."""
    method = find(turn, method_id)
    if method.customer is not None and customer is None:
        message = (
            f"The payment method {method.id} belongs to the Customer {method.customer}. Please "
            "include the Customer in the `customer` parameter."
        )
        raise invalid(message, param="payment_method")
    if method.customer not in {None, customer}:
        message = (
            f"The customer does not have a payment method with the ID {method.id}. The payment "
            "method must be attached to the customer."
        )
        raise invalid(message, param="payment_method")
    _refuse_spent(turn, method)
    return method


def attach(turn: Turn, method: PaymentMethod, customer: str) -> PaymentMethod:
    """Save a method for a customer; that it is saved already is as good."""
    if method.customer == customer:
        return method
    attached = turn.change(method, customer=customer)
    turn.emit("payment_method.attached", attached)
    return attached


def detach(turn: Turn, method: PaymentMethod) -> PaymentMethod:
    """Take a method from its customer; it can never be used again."""
    if method.customer is None:
        message = (
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
        raise Refused(message, final=True)
    detached = turn.change(method, customer=None)
    _mark(turn, method, SPENT)
    turn.emit("payment_method.detached", detached, customer=method.customer)
    return detached


def keep(turn: Turn, method: PaymentMethod, *, customer: str | None) -> None:
    """Save a method with its bank's consent to later payments."""
    _mark(turn, method, AGREED)
    if customer is not None:
        attach(turn, method, customer)


def spend(turn: Turn, method: PaymentMethod) -> None:
    """Note that a method has paid: unless somebody owns it, that was all it was for."""
    if method.customer is None:
        _mark(turn, method, SPENT)


def asks(turn: Turn, method: PaymentMethod) -> bool:
    """Tell whether the bank wants a challenge answered before it says anything else."""
    card = card_of(method)
    return card.challenge and not (card.asks_once and _marked(turn, method, AGREED))


def card_of(method: PaymentMethod) -> Card:
    """Return what the card behind a payment method does."""
    return cards.BY_FINGERPRINT[str(method.card["fingerprint"])]


def _refuse_spent(turn: Turn, method: PaymentMethod) -> None:
    if _marked(turn, method, SPENT):
        message = (
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment or was detached from a Customer. It may not be used again. To use a "
            "PaymentMethod multiple times, you must attach it to a Customer first."
        )
        raise invalid(message, param="payment_method")


def _mark(turn: Turn, method: PaymentMethod, what: str) -> None:
    if not _marked(turn, method, what):
        turn.add(Mark(id=f"{method.id}_{what}"), owner=method.id)


def _marked(turn: Turn, method: PaymentMethod, what: str) -> bool:
    return turn.store.look(Mark, f"{method.id}_{what}") is not None

"""Payment methods: cards without their numbers, for a single payment or saved for a customer."""

from __future__ import annotations

from server.sandbox import cards
from server.sandbox.cards import SandboxCard, card_error, decline_details
from server.sandbox.context import Context
from server.sandbox.errors import ApiError, invalid_request, resource_missing
from server.sandbox.models import Charge, Customer, Data, PaymentMethod, Resource
from server.sandbox.params import Params, list_page

#: The expiry of a card named `pm_card_…`; that of a card on the page is entered there.
DEFAULT_EXPIRY = (12, 2099)
#: The marks of a method: its bank has agreed to later payments; it may not be used again.
AGREED, USED_UP = "agreed", "spent"
#: A condition that selects the methods of a customer.
OF_CUSTOMER = "json_extract(body, '$.customer') = ?"


class PaymentMethodMark(Resource, frozen=True, kw_only=True, tag="sandbox.mark"):
    """What the bank or Stripe remembers about a payment method. It cannot be retrieved."""


def create(
    ctx: Context, card: SandboxCard, *, expires: tuple[int, int] = DEFAULT_EXPIRY
) -> PaymentMethod:
    """Create a payment method for a test card; `expires` is a month and a year."""
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
    return ctx.insert(PaymentMethod(id=ctx.new_id("pm"), created=ctx.now, card=details))


def retrieve(ctx: Context, _: Params, method_id: str) -> PaymentMethod:
    """Return a payment method, attached or not."""
    return ctx.store.require(PaymentMethod, method_id)


def list_all(ctx: Context, params: Params) -> Data:
    """Return the saved methods of the `customer` in the form, newest first."""
    customer_id = params.required_text("customer")
    customer = ctx.store.require(Customer, customer_id, param="customer")
    return _list(ctx, params, customer, url="/v1/payment_methods")


def list_of_customer(ctx: Context, params: Params, customer_id: str) -> Data:
    """Return the saved methods of a customer, newest first."""
    customer = ctx.store.require(Customer, customer_id)
    return _list(ctx, params, customer, url=f"/v1/customers/{customer.id}/payment_methods")


def retrieve_of_customer(
    ctx: Context, _: Params, customer_id: str, method_id: str
) -> PaymentMethod:
    """Return a saved method of a customer."""
    customer = ctx.store.require(Customer, customer_id)
    method = ctx.store.require(PaymentMethod, method_id, param="payment_method")
    if method.customer != customer.id:
        raise resource_missing("payment_method", method_id, param="payment_method")
    return method


def attach(ctx: Context, params: Params, method_id: str) -> PaymentMethod:
    """Save a method for a customer."""
    customer_id = params.required_text("customer")
    customer = ctx.store.require(Customer, customer_id, param="customer")
    params.reject_unknown()
    return save(ctx, method_id, customer.id)


def detach(ctx: Context, params: Params, method_id: str) -> PaymentMethod:
    """Remove a method from its customer for good."""
    params.reject_unknown()
    return detach_method(ctx, ctx.store.require(PaymentMethod, method_id))


def read_allowed_types(params: Params) -> list[str] | None:
    """Read the allowed types of payment method, which may only be cards."""
    allowed = params.texts("allowed_payment_method_types")
    if params.texts("payment_method_types"):  # removed in 2026-09-30.endive
        raise invalid_request(
            "payment_method_types is no longer supported; use allowed_payment_method_types.",
            param="payment_method_types",
            code="payment_method_types_no_longer_supported",
        )
    if {*allowed} - {"card"}:
        message = "The sandbox accepts cards only."
        raise invalid_request(message, param="allowed_payment_method_types")
    return list(allowed) or None


def read_automatic(params: Params) -> Data | None:
    """Read `automatic_payment_methods`; None unless it is enabled."""
    group = params.group("automatic_payment_methods")
    redirects = group.choice("allow_redirects", ("always", "never")) or "always"
    return {"allow_redirects": redirects, "enabled": True} if group.flag("enabled") else None


def save(ctx: Context, method_id: str, customer_id: str) -> PaymentMethod:
    """Save a method for a customer, unless its bank declines or it is another customer's."""
    method = _get_or_create(ctx, method_id)
    if method.customer not in {None, customer_id}:
        message = "The payment method you provided has already been attached to a customer."
        raise ApiError(message, final=True)
    _require_not_used_up(ctx, method)
    card = card_of(method)
    if card.decline is not None and not card.can_be_saved:
        raise card_error(decline_details(card.decline, method))
    return _attach(ctx, method, customer_id)


def require_usable(ctx: Context, method_id: str, *, customer_id: str | None) -> PaymentMethod:
    """Return a method that may be used for a customer, or without one; refuse any other."""
    method = _get_or_create(ctx, method_id)
    if method.customer is not None and customer_id is None:
        message = (
            f"The payment method {method.id} belongs to the Customer {method.customer}. Please "
            "include the Customer in the `customer` parameter."
        )
        raise invalid_request(message, param="payment_method")
    if method.customer not in {None, customer_id}:
        message = (
            f"The customer does not have a payment method with the ID {method.id}. The payment "
            "method must be attached to the customer."
        )
        raise invalid_request(message, param="payment_method")
    _require_not_used_up(ctx, method)
    return method


def detach_method(ctx: Context, method: PaymentMethod) -> PaymentMethod:
    """Remove a method from its customer; it can never be used again."""
    if method.customer is None:
        message = (
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
        raise ApiError(message, final=True)
    detached = ctx.update(method, customer=None)
    _mark(ctx, method, USED_UP)
    ctx.emit("payment_method.detached", detached, customer=method.customer)
    return detached


def save_with_consent(ctx: Context, method: PaymentMethod, *, customer_id: str | None) -> None:
    """Record the bank's consent to later payments, and attach the method to the customer."""
    _mark(ctx, method, AGREED)
    if customer_id is not None:
        _attach(ctx, method, customer_id)


def use_once(ctx: Context, method: PaymentMethod) -> None:
    """Record that a method has paid: without a customer it cannot be used again."""
    if method.customer is None:
        _mark(ctx, method, USED_UP)


def requires_challenge(ctx: Context, method: PaymentMethod) -> bool:
    """Tell whether the bank requires a 3-D Secure challenge before it decides."""
    card = card_of(method)
    return card.challenge and not (card.challenge_once and _is_marked(ctx, method, AGREED))


def card_of(method: PaymentMethod) -> SandboxCard:
    """Return the test card of a payment method."""
    return cards.BY_FINGERPRINT[str(method.card["fingerprint"])]


def card_of_charge(ctx: Context, charge: Charge) -> SandboxCard:
    """Return the test card of a charge."""
    return card_of(ctx.store.require(PaymentMethod, charge.payment_method))


def _get_or_create(ctx: Context, method_id: str) -> PaymentMethod:
    """Return a payment method by its id, or create one from a name such as `pm_card_visa`."""
    if method_id in cards.NAMED:
        return create(ctx, cards.NAMED[method_id])
    return ctx.store.require(PaymentMethod, method_id, param="payment_method")


def _attach(ctx: Context, method: PaymentMethod, customer_id: str) -> PaymentMethod:
    """Attach a method to a customer, unless it is attached already."""
    if method.customer == customer_id:
        return method
    attached = ctx.update(method, customer=customer_id)
    ctx.emit("payment_method.attached", attached)
    return attached


def _list(ctx: Context, params: Params, customer: Customer, *, url: str) -> Data:
    params.choice("type", ("card",))  # there are no others
    return list_page(ctx, PaymentMethod, params, url=url, where={OF_CUSTOMER: customer.id})


def _require_not_used_up(ctx: Context, method: PaymentMethod) -> None:
    if _is_marked(ctx, method, USED_UP):
        message = (
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment or was detached from a Customer. It may not be used again. To use a "
            "PaymentMethod multiple times, you must attach it to a Customer first."
        )
        raise invalid_request(message, param="payment_method")


def _mark(ctx: Context, method: PaymentMethod, mark: str) -> None:
    if not _is_marked(ctx, method, mark):
        ctx.insert(PaymentMethodMark(id=f"{method.id}_{mark}"), owner=method.id)


def _is_marked(ctx: Context, method: PaymentMethod, mark: str) -> bool:
    return ctx.store.get(PaymentMethodMark, f"{method.id}_{mark}") is not None

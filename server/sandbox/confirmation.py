"""Confirmation: how an intent moves when a card is tried, challenged, declined or canceled.

A PaymentIntent charges the card, a SetupIntent only saves it; the rest is the same for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from server.sandbox import cards, charges, payment_methods
from server.sandbox.cards import CardDecline, card_error, decline_details
from server.sandbox.context import Context
from server.sandbox.errors import invalid_request, unexpected_state
from server.sandbox.models import Charge, Data, PaymentIntent, PaymentMethod, SetupIntent
from server.sandbox.params import Params

Intent = TypeVar("Intent", PaymentIntent, SetupIntent)

#: The timer that ends an authorization nobody captured; existing files store this value.
EXPIRE = "intent.lapse"
USAGES = ("off_session", "on_session")
#: The values of `off_session` that mean that the customer is absent.
OFF_SESSION = ("true", "one_off", "recurring")


class IntentStatus(StrEnum):
    """The status of an intent; only a payment is captured. `processing` is not for cards."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class IntentAction(StrEnum):
    """What a shop may do with an intent; the value completes the sentence of an error."""

    CONFIRM = "confirmed"
    CAPTURE = "captured"
    CANCEL = "canceled"


UNCONFIRMED = (
    IntentStatus.REQUIRES_PAYMENT_METHOD,
    IntentStatus.REQUIRES_CONFIRMATION,
    IntentStatus.REQUIRES_ACTION,
)
#: The statuses in which each action is allowed.
PAYMENT_ACTIONS: Mapping[IntentAction, tuple[IntentStatus, ...]] = {
    IntentAction.CONFIRM: UNCONFIRMED,
    IntentAction.CAPTURE: (IntentStatus.REQUIRES_CAPTURE,),
    IntentAction.CANCEL: (*UNCONFIRMED, IntentStatus.REQUIRES_CAPTURE),
}
SETUP_ACTIONS: Mapping[IntentAction, tuple[IntentStatus, ...]] = {
    IntentAction.CONFIRM: UNCONFIRMED,
    IntentAction.CANCEL: UNCONFIRMED,
}
#: The field with the last error of an intent, and the event of a failed attempt.
ERROR_FIELDS = {PaymentIntent: "last_payment_error", SetupIntent: "last_setup_error"}
FAILURE_EVENTS = {
    PaymentIntent: "payment_intent.payment_failed",
    SetupIntent: "setup_intent.setup_failed",
}


@dataclass(frozen=True, kw_only=True)
class ConfirmOptions:
    """How to confirm: where the customer can return, and which decline replaces a challenge."""

    return_url: str | None
    decline: CardDecline | None

    def challenge(self, ctx: Context, intent_id: str) -> Data:
        """Return the `next_action`: a redirect to our page, if the client can return from it."""
        url = f"{ctx.base_url}/sandbox/pay/{intent_id}/challenge"
        if self.return_url is None:
            return {"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": url}}
        return {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": self.return_url, "url": url},
        }


def read_options(params: Params, *, confirm: bool, payment: bool = True) -> ConfirmOptions:
    """Read the options of a form: none unless it has `confirm`, two only for a payment."""
    return_url = params.text("return_url")
    off_session = payment and params.choice("off_session", (*OFF_SESSION, "false")) in OFF_SESSION
    refuses_action = payment and params.flag("error_on_requires_action")
    given = {
        "return_url": return_url is not None,
        "off_session": off_session,
        "error_on_requires_action": refuses_action,
    }
    for name, is_given in given.items():
        if is_given and not confirm:
            raise invalid_request(f"{name} requires confirm=true.", param=name)
    decline = cards.NOT_HANDLED if refuses_action else None
    if off_session:
        decline = cards.OFF_SESSION
    return ConfirmOptions(return_url=return_url, decline=decline)


def require_allowed(action: IntentAction, intent: PaymentIntent | SetupIntent) -> None:
    """Refuse an action that the intent's status does not allow, with Stripe's message."""
    if isinstance(intent, PaymentIntent):
        name, allowed = "PaymentIntent", PAYMENT_ACTIONS[action]
    else:
        name, allowed = "SetupIntent", SETUP_ACTIONS[action]
    if intent.status in allowed:
        return
    if action is IntentAction.CAPTURE and intent.status == IntentStatus.SUCCEEDED:
        message = f"This {name} could not be captured because it has already been captured."
    else:
        message = (
            f"This {name} could not be {action} because it has a status of {intent.status}. "
            f"Only a {name} with one of the following statuses may be {action}: "
            f"{', '.join(allowed)}."
        )
    raise unexpected_state(message, intent)


def confirm(ctx: Context, intent: Intent, method_id: str, options: ConfirmOptions) -> Intent:
    """Try a payment method that the shop names; raise a card error when it is declined."""
    method = payment_methods.require_usable(ctx, method_id, customer_id=intent.customer)
    challenge = options.decline or options.challenge(ctx, intent.id)
    tried = attempt(ctx, intent, method, challenge=challenge)
    error = last_error(tried)
    if error is not None:
        raise card_error(error, tried)
    return tried


def attempt(
    ctx: Context, intent: Intent, method: PaymentMethod, *, challenge: Data | CardDecline
) -> Intent:
    """Try a card: the bank declines, agrees, or requires `challenge` as the next action.

    A decline in the place of the challenge is the bank's answer when the customer is absent.
    """
    if not payment_methods.requires_challenge(ctx, method):
        return _ask_bank(ctx, intent, method)
    if isinstance(challenge, CardDecline):
        return _decline(ctx, intent, method, challenge)
    waiting = _update(
        ctx,
        intent,
        status=IntentStatus.REQUIRES_ACTION,
        payment_method=method.id,
        next_action=challenge,
        error=None,
    )
    ctx.emit(f"{intent.kind()}.requires_action", waiting)
    return waiting


def answer_challenge(ctx: Context, intent: Intent, *, passed: bool) -> Intent:
    """Continue after a 3-D Secure challenge: ask the bank, or fail the attempt."""
    method = ctx.store.require(PaymentMethod, str(intent.payment_method))
    if passed:
        return _ask_bank(ctx, intent, method)
    if isinstance(intent, PaymentIntent):
        return _fail(ctx, intent, method, cards.PAYMENT_NOT_AUTHENTICATED)
    return _fail(ctx, intent, method, cards.SETUP_NOT_AUTHENTICATED)


def cancel(ctx: Context, intent: Intent, *, reason: str | None) -> Intent:
    """Cancel an intent for good. An authorization is released; its charge stays as it is.

    Until 2025-03-31.basil a release counted as a refund (docs.stripe.com/changelog/basil).
    """
    changes: Data = {}
    if isinstance(intent, PaymentIntent):
        changes = {"amount_capturable": 0, "canceled_at": ctx.now}
    canceled = ctx.update(
        intent,
        status=IntentStatus.CANCELED,
        cancellation_reason=reason,
        next_action=None,
        **changes,
    )
    ctx.emit(f"{intent.kind()}.canceled", canceled)
    return canceled


def expire(ctx: Context, intent_id: str) -> None:
    """Cancel an authorization that nobody captured in time; do nothing otherwise."""
    intent = ctx.store.require(PaymentIntent, intent_id)
    if intent.status == IntentStatus.REQUIRES_CAPTURE:
        ctx.emit("charge.expired", ctx.store.require(Charge, str(intent.latest_charge)))
        cancel(ctx, intent, reason="expired")


def last_error(intent: PaymentIntent | SetupIntent) -> Data | None:
    """Return why the last attempt failed; None when it did not."""
    if isinstance(intent, PaymentIntent):
        return intent.last_payment_error
    return intent.last_setup_error


def _ask_bank(ctx: Context, intent: Intent, method: PaymentMethod) -> Intent:
    card = payment_methods.card_of(method)
    saves = isinstance(intent, SetupIntent)
    if card.decline is not None and not (saves and card.can_be_saved):
        return _decline(ctx, intent, method, card.decline)
    if isinstance(intent, PaymentIntent):
        return _charge(ctx, intent, method)
    return _save(ctx, intent, method)


def _charge(ctx: Context, intent: PaymentIntent, method: PaymentMethod) -> PaymentIntent:
    charge = charges.create(ctx, intent, method, decline=None)
    if intent.setup_future_usage is None:
        payment_methods.use_once(ctx, method)
    else:
        payment_methods.save_with_consent(ctx, method, customer_id=intent.customer)
    authorized = not charge.captured
    paid = _update(
        ctx,
        intent,
        status=IntentStatus.REQUIRES_CAPTURE if authorized else IntentStatus.SUCCEEDED,
        payment_method=method.id,
        latest_charge=charge.id,
        amount_capturable=intent.amount if authorized else 0,
        amount_received=0 if authorized else intent.amount,
        next_action=None,
        error=None,
    )
    if authorized:
        ctx.schedule(ctx.now + charges.HOLD, EXPIRE, intent.id)
        ctx.emit("payment_intent.amount_capturable_updated", paid)
    else:
        ctx.emit("payment_intent.succeeded", paid)
    return paid


def _save(ctx: Context, intent: SetupIntent, method: PaymentMethod) -> SetupIntent:
    payment_methods.save_with_consent(ctx, method, customer_id=intent.customer)
    saved = _update(
        ctx,
        intent,
        status=IntentStatus.SUCCEEDED,
        payment_method=method.id,
        next_action=None,
        error=None,
    )
    ctx.emit("setup_intent.succeeded", saved)
    return saved


def _decline(ctx: Context, intent: Intent, method: PaymentMethod, decline: CardDecline) -> Intent:
    """Let the bank decline; a payment keeps the failed charge."""
    charge = None
    if isinstance(intent, PaymentIntent):
        charge = charges.create(ctx, intent, method, decline=decline)
    return _fail(ctx, intent, method, decline, charge=charge)


def _fail(
    ctx: Context,
    intent: Intent,
    method: PaymentMethod,
    decline: CardDecline,
    *,
    charge: Charge | None = None,
) -> Intent:
    failed = _update(
        ctx,
        intent,
        status=IntentStatus.REQUIRES_PAYMENT_METHOD,
        payment_method=None,
        next_action=None,
        error=decline_details(decline, method, charge=charge),
        **({"latest_charge": charge.id} if charge else {}),
    )
    ctx.emit(FAILURE_EVENTS[type(intent)], failed)
    return failed


def _update(ctx: Context, intent: Intent, *, error: Data | None, **changes: object) -> Intent:
    """Change an intent and its last error."""
    return ctx.update(intent, **{ERROR_FIELDS[type(intent)]: error}, **changes)

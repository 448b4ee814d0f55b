"""States: where an intent or a setup can be, and which step each state allows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from server.sandbox.refusals import unexpected_state
from server.sandbox.saving import Setup
from server.sandbox.shapes import Intent


class IntentStatus(StrEnum):
    """Where an intent is; Stripe's spelling. `processing` is not for cards."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class SetupStatus(StrEnum):
    """Where a setup is; it holds no money, so it is either under way or over."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class Step(StrEnum):
    """What may be asked of an intent; the value completes the sentence of a refusal."""

    CONFIRM = "confirmed"
    CAPTURE = "captured"
    CANCEL = "canceled"


UNPAID = (
    IntentStatus.REQUIRES_PAYMENT_METHOD,
    IntentStatus.REQUIRES_CONFIRMATION,
    IntentStatus.REQUIRES_ACTION,
)
MAY: Mapping[Step, tuple[IntentStatus, ...]] = {
    Step.CONFIRM: UNPAID,
    Step.CAPTURE: (IntentStatus.REQUIRES_CAPTURE,),
    Step.CANCEL: (*UNPAID, IntentStatus.REQUIRES_CAPTURE),
}
UNSAVED = (
    SetupStatus.REQUIRES_PAYMENT_METHOD,
    SetupStatus.REQUIRES_CONFIRMATION,
    SetupStatus.REQUIRES_ACTION,
)
SETUP_MAY: Mapping[Step, tuple[SetupStatus, ...]] = {Step.CONFIRM: UNSAVED, Step.CANCEL: UNSAVED}


def refuse_unless(step: Step, intent: Intent | Setup) -> None:
    """Refuse a step that the intent's status does not allow, in Stripe's words."""
    paying = isinstance(intent, Intent)
    name, allowed = ("PaymentIntent", MAY[step]) if paying else ("SetupIntent", SETUP_MAY[step])
    if intent.status in allowed:
        return
    if step is Step.CAPTURE and intent.status == IntentStatus.SUCCEEDED:
        message = f"This {name} could not be captured because it has already been captured."
    else:
        message = (
            f"This {name} could not be {step} because it has a status of {intent.status}. "
            f"Only a {name} with one of the following statuses may be {step}: "
            f"{', '.join(allowed)}."
        )
    raise unexpected_state(message, intent)

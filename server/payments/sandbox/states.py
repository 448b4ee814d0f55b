"""States: where an intent can be, and which step each state allows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from server.payments.sandbox.refusals import unexpected_state
from server.payments.sandbox.shapes import Intent


class IntentStatus(StrEnum):
    """Where an intent is; Stripe's spelling. `processing` is not for cards."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    REQUIRES_CAPTURE = "requires_capture"
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


def refuse_unless(step: Step, intent: Intent) -> None:
    """Refuse a step that the intent's status does not allow, in Stripe's words."""
    if intent.status in MAY[step]:
        return
    if step is Step.CAPTURE and intent.status == IntentStatus.SUCCEEDED:
        message = "This PaymentIntent could not be captured because it has already been captured."
    else:
        message = (
            f"This PaymentIntent could not be {step} because it has a status of {intent.status}. "
            f"Only a PaymentIntent with one of the following statuses may be {step}: "
            f"{', '.join(MAY[step])}."
        )
    raise unexpected_state(message, intent)

"""Reconciliation: our payments compared with the payment provider's."""

from __future__ import annotations

from enum import StrEnum

from contract.base import Id, Model, Request
from contract.endpoint import Access, Endpoint
from contract.payments import PaymentsPaused


class Difference(StrEnum):
    """How our payments and the provider's differ."""

    UNDECIDED = "undecided"
    UNKNOWN_MONEY = "unknown_money"
    CAPTURED_NOT_COMPLETE = "captured_not_complete"
    COMPLETE_NOT_CAPTURED = "complete_not_captured"
    AMOUNT = "amount"
    OLD_HOLD = "old_hold"
    REFUNDS = "refunds"
    DISPUTE = "dispute"


class ReconciliationAction(StrEnum):
    """What is done about a difference."""

    LOOK_AGAIN = "look_again"
    RELEASE_HOLD = "release_hold"
    TELL_OPERATOR = "tell_operator"


class ReconciliationFinding(Model, frozen=True, kw_only=True):
    """One difference. `intent` is the provider's id of the payment."""

    difference: Difference
    action: ReconciliationAction
    order_id: Id | None
    payment_id: Id | None
    intent: str | None
    detail: str


class Reconcile(Request, frozen=True, kw_only=True):
    """Compare now. With `dry_run` differences are reported and not acted on."""

    dry_run: bool = False


class Reconciliation(Model, frozen=True, kw_only=True):
    """What a comparison found in `payments` of ours and `intents` of the provider.

    `live` is False for test money.
    """

    payments: int
    intents: int
    findings: tuple[ReconciliationFinding, ...]
    dry_run: bool
    live: bool


RECONCILE = Endpoint(
    method="POST", path="/v1/admin/reconcile", request=Reconcile, response=Reconciliation,
    summary="Compare our payments with the provider's, and act on every difference.",
    access=Access.ADMIN, errors=(PaymentsPaused,),
)  # fmt: skip

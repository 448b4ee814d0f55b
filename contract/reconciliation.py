"""Reconciliation: our rows held against what the payment provider knows."""

from __future__ import annotations

from enum import StrEnum

from contract.base import Id, Model, Request
from contract.endpoint import Access, Endpoint
from contract.payments import PaymentsPaused


class Difference(StrEnum):
    """In what our rows and the provider's differ."""

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
    """Compare now. With `dry_run` nothing is done about what is found."""

    dry_run: bool = False


class Reconciliation(Model, frozen=True, kw_only=True):
    """What a comparison found among `payments` of ours and `intents` of the provider's.

    `live` is False for test money.
    """

    payments: int
    intents: int
    findings: tuple[ReconciliationFinding, ...]
    dry_run: bool
    live: bool


RECONCILE = Endpoint(
    method="POST", path="/v1/admin/reconcile", request=Reconcile, response=Reconciliation,
    summary="Hold our payments against the provider's, and act on every difference.",
    access=Access.ADMIN, errors=(PaymentsPaused,),
)  # fmt: skip

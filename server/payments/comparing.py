"""Comparing: a payment as Stripe lists it, held against our rows. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from contract.money import Money as Price
from contract.orders import OrderStatus
from contract.payments import PaymentNotStarted, PaymentStatus
from contract.reconciliation import Action, Difference, Finding
from contract.refunds import RefundStatus
from db.schema.payments import UNDERWAY, refunds
from db.statement import Statement
from server.orders import service as orders
from server.payments import attempts, states, stripe
from server.payments.attempts import Attempt
from server.payments.stripe import IntentSeen, Money
from server.tx import Tx

#: Seconds after which a hold is none that is on its way any more.
OLD_HOLD = 3600
GOING_BACK = (PaymentStatus.REFUND_DUE, PaymentStatus.REFUNDED, PaymentStatus.REFUND_FAILED)
#: What our row must be, when the money is where Stripe says.
AGREES = {
    Money.NOWHERE: (PaymentStatus.NEW, PaymentStatus.OPEN, PaymentStatus.VOID),
    Money.HELD: (PaymentStatus.AUTHORISED, PaymentStatus.SURPLUS),
    Money.OURS: (PaymentStatus.PAID, *GOING_BACK),
    Money.RELEASED: (PaymentStatus.VOID,),
}
BACK = Statement(
    select(
        func.coalesce(func.sum(refunds.c.amount).filter(refunds.c.status == RefundStatus.DONE), 0),
        func.coalesce(func.sum(refunds.c.amount).filter(refunds.c.status.in_(UNDERWAY)), 0),
    ).where(refunds.c.payment_id == bindparam("payment_id"))
)


@dataclass(frozen=True)
class Ours:
    """A payment of ours, with what decides whether the provider's agrees with it.

    `back` is what has arrived at the buyer, `underway` what is on its way, in our minor units.
    """

    attempt: Attempt
    order: OrderStatus
    owns: bool
    back: int
    underway: int


def ours(tx: Tx, seen: IntentSeen) -> Ours | None:
    """Return what we know of a payment; None when it has no row here."""
    if seen.payment_id is None:
        return None
    try:
        attempt = attempts.view(tx, payment_id=seen.payment_id)
    except PaymentNotStarted:
        return None
    known = orders.view(tx, order_id=attempt.order_id)
    back, underway = tx.first(BACK, payment_id=attempt.id) or (0, 0)
    return Ours(
        attempt, known.order.status, known.payment_id == attempt.id, int(back), int(underway)
    )


def differences(seen: IntentSeen, known: Ours | None, now: int) -> Iterator[Finding]:
    """Say in what a payment differs from our row; `now` is in seconds.

    One without our note is somebody else's on the same account, and none of our business.
    """
    if seen.payment_id is None:
        return
    if known is None:
        if seen.money in (Money.HELD, Money.OURS):
            yield _finding(
                Difference.UNKNOWN_MONEY, Action.TELL_OPERATOR, seen,
                f"{_said(seen)} is {seen.money}, for a payment that has no row here: another shop "
                "on the same account, or rows that were lost",
            )  # fmt: skip
        return
    yield from _of_money(seen, known, now=now)
    if seen.money is Money.OURS:
        yield from _of_refunds(seen, known)


def _of_money(seen: IntentSeen, known: Ours, *, now: int) -> Iterator[Finding]:
    status = known.attempt.status
    if _amount(known.attempt) != (seen.amount, seen.currency) or (
        seen.money is Money.OURS and seen.captured != seen.amount
    ):
        yield _finding(
            Difference.AMOUNT, Action.TELL_OPERATOR, seen,
            f"{_said(seen)}, of which {seen.captured} is captured; ours is {known.attempt.amount}",
        )  # fmt: skip
    complete = known.owns and known.order is OrderStatus.COMPLETE
    if complete and seen.money is not Money.OURS:
        yield _finding(
            Difference.COMPLETE_NOT_CAPTURED, Action.TELL_OPERATOR, seen,
            f"the order is complete, and the money is {seen.money}",
        )  # fmt: skip
    elif seen.money is Money.OURS and not complete and status not in GOING_BACK:
        yield _finding(
            Difference.CAPTURED_NOT_COMPLETE, Action.LOOK_AGAIN, seen,
            f"{_said(seen)} is captured, and the payment is {status}",
        )  # fmt: skip
    elif seen.money is Money.HELD and now - seen.created > OLD_HOLD:
        confirming = status is PaymentStatus.AUTHORISED
        yield _finding(
            Difference.OLD_HOLD, Action.LOOK_AGAIN if confirming else Action.RELEASE_HOLD, seen,
            f"{_said(seen)} is held for {(now - seen.created) // 60} min; ours is {status}",
        )  # fmt: skip
    elif status in states.UNDECIDED and status not in AGREES[seen.money]:
        yield _finding(
            Difference.UNDECIDED, Action.LOOK_AGAIN, seen,
            f"the money is {seen.money}, and the payment is {status}",
        )  # fmt: skip


def _of_refunds(seen: IntentSeen, known: Ours) -> Iterator[Finding]:
    """Compare what went back. What is under way may be counted at Stripe already, or not yet."""
    arrived, underway = (
        stripe.minor_units(Price(amount=amount, currency=seen.currency))
        for amount in (known.back, known.underway)
    )
    if seen.refunded not in (arrived, arrived + underway):
        yield _finding(
            Difference.REFUNDS, Action.LOOK_AGAIN, seen,
            f"{seen.refunded} went back, and we know of {arrived}; {underway} is under way",
        )  # fmt: skip


def _amount(attempt: Attempt) -> tuple[int, str]:
    return stripe.minor_units(attempt.amount), attempt.amount.currency


def _said(seen: IntentSeen) -> str:
    return f"{seen.currency} {seen.amount} (smallest units)"


def _finding(difference: Difference, action: Action, seen: IntentSeen, detail: str) -> Finding:
    return Finding(
        difference=difference, action=action, order_id=seen.order_id, payment_id=seen.payment_id,
        intent=seen.id, detail=detail,
    )  # fmt: skip

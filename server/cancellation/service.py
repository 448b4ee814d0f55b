"""The rules of cancellation, each in one transaction, a batch at a time.

No table records the progress: what is left to do follows from tickets, orders and payments, so that
a crash at any point loses nothing and nobody is refunded twice.
"""

from __future__ import annotations

from contract.alerts import AlertClosed, AlertKind
from contract.money import Money
from contract.orders import CancelReason, OrderConfirming, OrderOver
from contract.payments import PaymentDisputeWon
from contract.refunds import (
    FINAL_STATUSES,
    NothingToRefund,
    RefundReason,
    RefundUnderway,
    UnderDispute,
)
from contract.shows import ShowCancellation
from contract.tickets import TicketStatus
from server import jobs
from server.alerts import service as alerts
from server.cancellation import statements as sql
from server.orders import service as orders
from server.payments import refunds
from server.shows import service as shows
from server.tickets import bulk_withdraw
from server.tx import Tx

#: The kind of job. Its subject is a show.
CLEAR = "show.clear"
#: Orders or tickets in one transaction: few enough that a purchase elsewhere hardly waits.
BATCH = 25


def cancel(tx: Tx, *, show_id: str) -> ShowCancellation:
    """Cancel a show and start clearing its market. Raises NotFound."""
    show = shows.cancel(tx, show_id=shows.view(tx, show_id=show_id).id)
    jobs.enqueue(tx, CLEAR, show.id)
    return progress(tx, show_id=show.id)


def progress(tx: Tx, *, show_id: str) -> ShowCancellation:
    """Return the progress of a show's cancellation. Raises NotFound."""
    show = shows.view(tx, show_id=show_id)
    show_id = show.id  # of a merged show, the one that it was merged into
    unsold = bulk_withdraw.count_unsold(tx, show_id=show_id)
    tickets_left = sum(unsold.values())
    paid_left = (tx.first(sql.ORDERS_LEFT, show=show_id) or (0,))[0]
    orders_left = unsold.get(TicketStatus.LOCKED, 0) + paid_left
    counted: dict[str, int] = dict(tx.all(sql.REFUND_COUNTS, show=show_id))
    refunded = tx.all(sql.REFUNDED_AMOUNTS, show=show_id)
    nothing_left = not (tickets_left or orders_left or counted.keys() - FINAL_STATUSES)
    return ShowCancellation(
        show=show, tickets_left=tickets_left, orders_left=orders_left, refunds=counted,
        refunded=tuple(Money(amount=int(row[1]), currency=row[0]) for row in refunded),
        done=show.cancelled and nothing_left, live=tx.settings.live,
    )  # fmt: skip


def end_locks(tx: Tx, *, show_id: str, after: str) -> str | None:
    """Cancel a batch of orders that await payment; return the last ticket read, None at the end.

    An order that is being confirmed is left alone: in a moment it is complete, or can be cancelled.
    """
    found = bulk_withdraw.list_locked(tx, show_id=show_id, after_id=after, limit=BATCH)
    for _, order_id in found:
        try:
            orders.cancel(tx, order_id=order_id, reason=CancelReason.SHOW_CANCELLED)
        except (OrderConfirming, OrderOver):
            continue
    return found[-1][0] if found else None


def withdraw(tx: Tx, *, show_id: str) -> bool:
    """Withdraw a batch of tickets; tell whether there were any."""
    return bulk_withdraw.withdraw_batch(tx, show_id=show_id, limit=BATCH) > 0


def refund_batch(tx: Tx, *, show_id: str, after: str) -> str | None:
    """Refund a batch of paid orders in full; return the last one, None at the end."""
    found = [row[0] for row in tx.all(sql.NOT_REFUNDED, show=show_id, after=after, most=BATCH)]
    for order_id in found:
        _refund(tx, order_id)
    return found[-1] if found else None


def _refund(tx: Tx, order_id: str) -> None:
    try:
        refunds.begin(tx, order_id=order_id, amount=None, reason=RefundReason.SHOW_CANCELLED)
    except UnderDispute:
        alerts.open_alert(
            tx, AlertKind.DISPUTE, order_id, order_id=order_id,
            detail="The show was cancelled, but the buyer's bank disputes the payment, so it was "
            "not refunded. It will be if the dispute is won.",
        )  # fmt: skip
    except (RefundUnderway, NothingToRefund):
        # A refund is under way or failed, which operators know of: the rest follows once it is done
        # or settled.
        return


def dispute_won(tx: Tx, event: PaymentDisputeWon) -> None:
    """Refund an order once its dispute is won, if its show was cancelled meanwhile."""
    _resume(tx, event.order_id)
    note = "The dispute was won, and the order is being refunded."
    alerts.auto_resolve(tx, AlertKind.DISPUTE, event.order_id, note=note)


def refund_resolved(tx: Tx, event: AlertClosed) -> None:
    """Refund the rest of an order whose failed refund was settled, if its show was cancelled."""
    if event.kind is AlertKind.REFUND_FAILED and event.order_id is not None:
        _resume(tx, event.order_id)


def _resume(tx: Tx, order_id: str) -> None:
    show_id = orders.view(tx, order_id=order_id).show_id
    if shows.view(tx, show_id=show_id).cancelled:
        jobs.enqueue(tx, CLEAR, show_id)

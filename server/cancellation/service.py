"""What cancellation decides, each in one transaction, and a batch at a time.

There is no table of what has been done: what is left to do can be read off tickets, orders and
payments at any time, so that a crash at any point costs nothing and nobody is refunded twice.
"""

from __future__ import annotations

from contract.alerts import AlertClosed, AlertKind
from contract.money import Money
from contract.orders import CancelReason, OrderConfirming, OrderOver
from contract.payments import PaymentDisputeWon
from contract.refunds import (
    NothingToRefund,
    RefundReason,
    RefundStatus,
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
#: Orders or tickets in one transaction: few enough that a lock elsewhere hardly waits for them.
BATCH = 25
#: After these a refund has no further to go.
OVER = (RefundStatus.DONE, RefundStatus.FAILED, RefundStatus.SETTLED, RefundStatus.DROPPED)


def cancel(tx: Tx, *, show_id: str) -> ShowCancellation:
    """Cancel a show, and have its market cleared. Raises NotFound."""
    shows.cancel(tx, show_id=show_id)
    jobs.enqueue(tx, CLEAR, show_id)
    return tell(tx, show_id=show_id)


def tell(tx: Tx, *, show_id: str) -> ShowCancellation:
    """Tell how far the cancelling of a show is. Raises NotFound."""
    show = shows.view(tx, show_id=show_id)
    unsold = bulk_withdraw.count_unsold(tx, show_id=show_id)
    tickets_left = sum(unsold.values())
    paid_left = (tx.first(sql.LEFT, show=show_id) or (0,))[0]
    orders_left = unsold.get(TicketStatus.LOCKED, 0) + paid_left
    counted: dict[str, int] = dict(tx.all(sql.REFUNDS, show=show_id))
    nothing_left = not (tickets_left or orders_left or counted.keys() - OVER)
    return ShowCancellation(
        show=show, tickets_left=tickets_left, orders_left=orders_left, refunds=counted,
        refunded=tuple(
            Money(amount=int(row[1]), currency=row[0]) for row in tx.all(sql.REFUNDED, show=show_id)
        ),
        done=show.cancelled and nothing_left, live=tx.settings.live,
    )  # fmt: skip


def end_locks(tx: Tx, *, show_id: str, after: str) -> str | None:
    """End a batch of orders that await payment; return the last ticket seen, None at the end.

    An order that is being confirmed is left: in a moment it is complete, or can be ended.
    """
    found = bulk_withdraw.list_locked(tx, show_id=show_id, after_id=after, limit=BATCH)
    for _, order_id in found:
        try:
            orders.cancel(tx, order_id=order_id, reason=CancelReason.ADMIN)
        except (OrderConfirming, OrderOver):
            continue
    return found[-1][0] if found else None


def withdraw(tx: Tx, *, show_id: str) -> bool:
    """Take a batch of tickets off sale; tell whether there were any."""
    return bulk_withdraw.withdraw_batch(tx, show_id=show_id, limit=BATCH) > 0


def owe(tx: Tx, *, show_id: str, after: str) -> str | None:
    """Send back what is left of a batch of paid orders; return the last one, None at the end."""
    found = [row[0] for row in tx.all(sql.OWED, show=show_id, after=after, most=BATCH)]
    for order_id in found:
        _owe(tx, order_id)
    return found[-1] if found else None


def _owe(tx: Tx, order_id: str) -> None:
    try:
        refunds.begin(tx, order_id=order_id, amount=None, reason=RefundReason.SHOW_CANCELLED)
    except UnderDispute:
        alerts.open_alert(
            tx, AlertKind.DISPUTE, order_id, order_id=order_id,
            detail="Its show was cancelled, but the buyer's bank disputes the payment: nothing "
            "was sent back. If the dispute is won it will be.",
        )  # fmt: skip
    except (RefundUnderway, NothingToRefund):
        # Something of it is on its way, and the rest follows; or a refund failed, which operators
        # know of: when that one is settled the rest follows too.
        return


def dispute_won(tx: Tx, event: PaymentDisputeWon) -> None:
    """Refund the order after all, if its show was cancelled meanwhile."""
    _look_again(tx, event.order_id)
    note = "The dispute was won: the buyer gets the money back from us."
    alerts.auto_resolve(tx, AlertKind.DISPUTE, event.order_id, note=note)


def refund_settled(tx: Tx, event: AlertClosed) -> None:
    """Refund what is left of the order, if its show was cancelled."""
    if event.kind is AlertKind.REFUND_FAILED and event.order_id is not None:
        _look_again(tx, event.order_id)


def _look_again(tx: Tx, order_id: str) -> None:
    show_id = orders.view(tx, order_id=order_id).show_id
    if shows.view(tx, show_id=show_id).cancelled:
        jobs.enqueue(tx, CLEAR, show_id)

"""What orders knows and does: place, confirm, complete, reopen, cancel, expire."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from contract.expiration import ExpirationComplete
from contract.money import Money
from contract.orders import (
    CancelReason,
    CoolingDown,
    Order,
    OrderCancelled,
    OrderCompleted,
    OrderConfirming,
    OrderCreated,
    OrderNotFound,
    OrderOver,
    OrderStatus,
    OrderUpdated,
    TooManyOpenOrders,
)
from contract.problems import Problem
from contract.terms import fee_of
from db.statement import Row
from db.types import from_us
from server.clock import SECOND
from server.orders import statements as sql
from server.tickets import service as tickets
from server.tx import Tx

Event = TypeVar("Event", OrderCreated, OrderUpdated, OrderCompleted)

#: 40 bits in letters that can be read out: short enough for a small QR code in a terminal.
PAY_CODE_LENGTH = 8


class Known(msgspec.Struct, frozen=True):
    """An order as the house knows it: what is told to its buyer, and what is not."""

    order: Order
    pay_code: str
    payment_id: str | None
    ended_us: int | None
    seller_id: str
    show_id: str


def place(tx: Tx, *, buyer_id: str, ticket_id: str) -> Order:
    """Lock the ticket and open an order that must be paid before it expires.

    Raises TicketNotFound, TicketUnavailable, OwnTicket, ShowStarted, ShowIsCancelled,
    TooManyOpenOrders, CoolingDown.
    """
    refuse_hoarding(tx, buyer_id=buyer_id, ticket_id=ticket_id)
    order_id = tx.new_id("ord")
    held = tickets.lock(tx, ticket_id=ticket_id, buyer_id=buyer_id, order_id=order_id)
    expires, pay_code = tx.now_us + tx.settings.lock_for, tx.new_code(PAY_CODE_LENGTH)
    fee = fee_of(held.price, tx.settings.fee_basis_points)
    tx.execute(
        sql.INSERT,
        id=order_id, ticket_id=held.id, buyer_id=buyer_id, seller_id=held.seller_id,
        show_id=held.show_id, section=held.section, row=held.row, seat=held.seat,
        price_amount=held.price.amount, price_currency=held.price.currency,
        status=OrderStatus.AWAITING_PAYMENT.value, reason=None, payment_id=None,
        pay_code=pay_code, version=1, expires_at=expires, created_at=tx.now_us,
        updated_at=tx.now_us, ended_at=None, fee_amount=fee.amount, refunded_amount=0, disputed=0,
    )  # fmt: skip
    order = Order(
        id=order_id, ticket_id=held.id, buyer_id=buyer_id, status=OrderStatus.AWAITING_PAYMENT,
        reason=None, price=held.price, expires_at=from_us(expires), created_at=tx.now, version=1,
        payment_url=_pay_link(tx, pay_code), fee=fee,
        refunded=Money(amount=0, currency=held.price.currency),
        disputed=False, live=tx.settings.live,
    )  # fmt: skip
    tx.publish(_event(OrderCreated, order))
    return order


def refuse_hoarding(tx: Tx, *, buyer_id: str, ticket_id: str) -> None:
    """Refuse who holds too much, or takes up again what he let lapse.

    Raises TooManyOpenOrders, CoolingDown; each names the rule behind it.
    """
    tx.advisory_lock(f"buyer:{buyer_id}")
    open_orders, lapsed = tx.first(sql.HABITS, buyer=buyer_id, ticket=ticket_id) or (0, None)
    most = tx.settings.max_open_orders
    if open_orders >= most:
        detail = f"You have {open_orders} open orders; a buyer may have {most}. Pay or cancel one."
        raise TooManyOpenOrders(detail, rule="max_open_orders")
    free_again = 0 if lapsed is None else lapsed + tx.settings.cool_down
    if free_again > tx.now_us:
        seconds = -(-(free_again - tx.now_us) // SECOND)
        detail = f"You let a lock on this ticket run out; you may lock it again in {seconds} s."
        raise CoolingDown(detail, rule="cool_down", retry_after=seconds)


def view(tx: Tx, *, order_id: str) -> Known:
    """Return an order. Raises OrderNotFound."""
    row = tx.first(sql.VIEW, order_id=order_id)
    if row is None:
        raise OrderNotFound
    return _read(tx, row)


def of(tx: Tx, *, order_id: str, buyer_id: str) -> Known:
    """Return a buyer's own order. Raises OrderNotFound, for somebody else's too."""
    known = view(tx, order_id=order_id)
    if known.order.buyer_id != buyer_id:
        raise OrderNotFound
    return known


def by_pay_code(tx: Tx, *, code: str) -> Known:
    """Return the order behind a short payment link. Raises OrderNotFound."""
    row = tx.first(sql.BY_PAY_CODE, code=code)
    if row is None:
        raise OrderNotFound
    return _read(tx, row)


def confirm(tx: Tx, *, order_id: str, payment_id: str) -> bool:
    """Claim an order for a payment; tell whether it was still to be had, in time."""
    row = tx.first(sql.CONFIRM, order_id=order_id, by_payment=payment_id, now=tx.now_us)
    if row is not None:
        tx.publish(_event(OrderUpdated, _read(tx, row).order))
    return row is not None


def complete(tx: Tx, *, order_id: str, payment_id: str) -> bool:
    """Complete an order and sell its ticket, once, however often its payment asks."""
    row = tx.first(sql.COMPLETE, order_id=order_id, by_payment=payment_id, now=tx.now_us)
    if row is None:
        return False
    order = _read(tx, row).order
    tickets.sell(tx, ticket_id=order.ticket_id, order_id=order.id)
    tx.publish(_event(OrderCompleted, order))
    return True


def release(tx: Tx, *, order_id: str, payment_id: str) -> OrderStatus | None:
    """Let go of an order whose capture failed: open again if there is time, else cancelled.

    Returns the state it went to, or None when this payment did not hold it.
    """
    row = tx.first(sql.REOPEN, order_id=order_id, by_payment=payment_id, now=tx.now_us)
    if row is not None:
        tx.publish(_event(OrderUpdated, _read(tx, row).order))
        return OrderStatus.AWAITING_PAYMENT
    row = tx.first(sql.GIVE_UP, order_id=order_id, by_payment=payment_id, now=tx.now_us)
    if row is None:
        return None
    _cancelled(tx, row)
    return OrderStatus.CANCELLED


def cancel(tx: Tx, *, order_id: str, reason: CancelReason) -> Order:
    """End an order that awaits payment; the ticket is on sale again at once.

    Raises OrderConfirming, OrderOver.
    """
    row = tx.first(sql.CANCEL, order_id=order_id, why=reason.value, now=tx.now_us)
    if row is None:
        raise why_not(view(tx, order_id=order_id))
    return _cancelled(tx, row)


def expire(tx: Tx, event: ExpirationComplete) -> None:
    """End an order whose deadline has passed, unless it was claimed or ended before."""
    row = tx.first(sql.EXPIRE, order_id=event.order_id, now=tx.now_us)
    if row is not None:
        _cancelled(tx, row)


def refund(tx: Tx, *, order_id: str, more: int) -> None:
    """Note that `more` minor units went back to the buyer, or came back when negative."""
    row = tx.first(sql.REFUNDED, order_id=order_id, more=more, now=tx.now_us)
    tx.publish(_event(OrderUpdated, _read(tx, row).order))


def dispute(tx: Tx, *, order_id: str, disputed: bool) -> None:
    """Note that a bank disputes the payment, or does no longer."""
    row = tx.first(sql.DISPUTED, order_id=order_id, is_disputed=int(disputed), now=tx.now_us)
    if row is not None:
        tx.publish(_event(OrderUpdated, _read(tx, row).order))


def bought(tx: Tx, *, ticket_id: str, buyer_id: str) -> Known | None:
    """Return the complete order by which a buyer got a ticket, if he did."""
    row = tx.first(sql.BOUGHT, ticket=ticket_id, buyer=buyer_id)
    return None if row is None else _read(tx, row)


def find(  # noqa: PLR0913  one for each filter
    tx: Tx, *, status: str, before: str, most: int, buyer: str = "", ticket: str = ""
) -> tuple[Known, ...]:
    """List orders, newest first."""
    if buyer and not ticket:
        rows = tx.all(sql.OF_BUYER, buyer_is=buyer, status_is=status, before=before, most=most)
    else:
        rows = tx.all(
            sql.FIND,
            buyer_is=buyer, ticket_is=ticket, status_is=status, before=before, most=most,
        )  # fmt: skip
    return tuple(_read(tx, row) for row in rows)


def due(tx: Tx, *, most: int) -> list[ExpirationComplete]:
    """Return up to `most` orders whose deadline has passed, the latest first in line."""
    return [
        ExpirationComplete(
            id=row[0], version=0, order_id=row[0], buyer_id=row[1], expires_at=from_us(row[2])
        )
        for row in tx.all(sql.DUE, now=tx.now_us, most=most)
    ]


def next_deadline(tx: Tx) -> int | None:
    """Return the nearest deadline of an order that awaits payment, in microseconds."""
    row = tx.first(sql.NEXT_DEADLINE)
    return None if row is None else row[0]


def count(tx: Tx) -> dict[str, int]:
    """Return how many orders there are in each status."""
    return dict(tx.all(sql.COUNT))


def why_not(known: Known) -> Problem:
    """Say why an order can neither be paid nor cancelled."""
    if known.order.status is OrderStatus.CONFIRMING:
        return OrderConfirming(retry_after=2)
    reason = f" ({known.order.reason})" if known.order.reason is not None else ""
    return OrderOver(f"The order is {known.order.status}{reason}.")


def _cancelled(tx: Tx, row: Row) -> Order:
    order = _read(tx, row).order
    tickets.unlock(tx, ticket_id=order.ticket_id, order_id=order.id)
    tx.publish(
        OrderCancelled(
            id=order.id,
            version=order.version,
            ticket_id=order.ticket_id,
            buyer_id=order.buyer_id,
            status=order.status,
            price=order.price,
            expires_at=order.expires_at,
            reason=order.reason or CancelReason.ADMIN,
        )
    )
    return order


def _event(kind: type[Event], order: Order) -> Event:
    return kind(
        id=order.id, version=order.version, ticket_id=order.ticket_id, buyer_id=order.buyer_id,
        status=order.status, price=order.price, expires_at=order.expires_at,
    )  # fmt: skip


def _pay_link(tx: Tx, pay_code: str) -> str:
    return f"{tx.settings.public_url}/p/{pay_code}"


def _read(tx: Tx, row: Row | None) -> Known:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    order = Order(
        id=row[0], ticket_id=row[1], buyer_id=row[2], status=OrderStatus(row[3]),
        reason=None if row[4] is None else CancelReason(row[4]),
        price=Money(amount=row[5], currency=row[6]), expires_at=from_us(row[7]),
        created_at=from_us(row[8]), version=row[9],
        payment_url=_pay_link(tx, row[10]), fee=Money(amount=row[13], currency=row[6]),
        refunded=Money(amount=row[14], currency=row[6]), disputed=bool(row[15]),
        live=tx.settings.live,
    )  # fmt: skip
    return Known(
        order, pay_code=row[10], payment_id=row[11], ended_us=row[12], seller_id=row[16],
        show_id=row[17],
    )  # fmt: skip

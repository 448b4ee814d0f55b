"""The rules of orders: place, confirm, complete, reopen, cancel, expire."""

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
    PlacedOrder,
    TooManyOpenOrders,
)
from contract.problems import Problem
from contract.refunds import RefundedTicket, TicketPassedOn
from contract.shows import PastSale, PriceHistory, ShowMerged
from contract.terms import fee_of
from contract.tickets import CodeRevocation, TicketStatus, TicketUnavailable
from db.statement import Row
from db.types import from_us
from server.clock import SECOND
from server.orders import statements as sql
from server.orders import ticket_limit
from server.shows import service as shows
from server.tickets import entry_codes, resale
from server.tickets import service as tickets
from server.tx import Tx

OrderEvent = TypeVar("OrderEvent", OrderCreated, OrderUpdated, OrderCompleted)

#: 40 bits in characters that can be read out: short enough for a small QR code in a terminal.
PAY_CODE_LENGTH = 8


class OrderRecord(msgspec.Struct, frozen=True):
    """An order with the fields that its buyer does not see."""

    order: Order
    pay_code: str
    payment_id: str | None
    ended_us: int | None
    seller_id: str
    show_id: str


def place(tx: Tx, *, buyer_id: str, ticket_id: str) -> PlacedOrder:
    """Lock the ticket and open an order, or continue the buyer's own open order for it.

    Raises TicketNotFound, TicketUnavailable, OwnTicket, ShowStarted, ShowIsCancelled,
    TooManyOpenOrders, CoolingDown, TooManyTickets.
    """
    try:
        return _place(tx, buyer_id=buyer_id, ticket_id=ticket_id)
    except (TicketUnavailable, TooManyOpenOrders):
        # Looked for only now: a lock that succeeds needs one statement less.
        row = tx.first(sql.OWN_LOCK, ticket=ticket_id, buyer=buyer_id, now=tx.now_us)
        if row is None:
            raise
        return PlacedOrder(**msgspec.structs.asdict(_from_row(tx, row).order), continued=True)


def _place(tx: Tx, *, buyer_id: str, ticket_id: str) -> PlacedOrder:
    """Lock the ticket and open an order that must be paid before it expires."""
    enforce_purchase_limits(tx, buyer_id=buyer_id, ticket_id=ticket_id)
    order_id = tx.new_id("ord")
    expires, pay_code = tx.now_us + tx.settings.lock_for, tx.new_code(PAY_CODE_LENGTH)
    ticket = tickets.lock(
        tx, ticket_id=ticket_id, buyer_id=buyer_id, order_id=order_id, until_us=expires
    )
    ticket_limit.enforce(tx, buyer_id=buyer_id, show_id=ticket.show_id, limit=ticket.per_buyer)
    fee = fee_of(ticket.price, tx.settings.fee_basis_points)
    tx.execute(
        sql.INSERT,
        id=order_id, ticket_id=ticket.id, buyer_id=buyer_id, seller_id=ticket.seller_id,
        show_id=ticket.show_id, section=ticket.section, row=ticket.row, seat=ticket.seat,
        price_amount=ticket.price.amount, price_currency=ticket.price.currency,
        status=OrderStatus.AWAITING_PAYMENT.value, reason=None, payment_id=None,
        pay_code=pay_code, version=1, expires_at=expires, created_at=tx.now_us,
        updated_at=tx.now_us, ended_at=None, fee_amount=fee.amount, refunded_amount=0, disputed=0,
        is_current=0,
    )  # fmt: skip
    order = PlacedOrder(
        id=order_id, ticket_id=ticket.id, buyer_id=buyer_id, status=OrderStatus.AWAITING_PAYMENT,
        reason=None, price=ticket.price, expires_at=from_us(expires), created_at=tx.now, version=1,
        payment_url=_payment_url(tx, pay_code), fee=fee,
        refunded=Money(amount=0, currency=ticket.price.currency),
        disputed=False, live=tx.settings.live,
    )  # fmt: skip
    tx.publish(_event(OrderCreated, order))
    return order


def enforce_purchase_limits(tx: Tx, *, buyer_id: str, ticket_id: str) -> None:
    """Refuse a buyer who has too many open orders, or whose lock on this ticket expired recently.

    Raises TooManyOpenOrders, CoolingDown; each names its rule.
    """
    tx.advisory_lock(f"buyer:{buyer_id}")
    found = tx.first(sql.BUYER_LIMITS, buyer=buyer_id, ticket=ticket_id)
    open_orders, expired_us = found or (0, None)
    limit = tx.settings.max_open_orders
    if open_orders >= limit:
        detail = (
            f"You have {open_orders} open orders; the limit is {limit}. Pay or cancel one first."
        )
        raise TooManyOpenOrders(detail, rule="max_open_orders")
    allowed_us = 0 if expired_us is None else expired_us + tx.settings.cool_down
    if allowed_us > tx.now_us:
        seconds = -(-(allowed_us - tx.now_us) // SECOND)
        detail = f"Your lock on this ticket expired; you can lock it again in {seconds} s."
        raise CoolingDown(detail, rule="cool_down", retry_after=seconds)


def view(tx: Tx, *, order_id: str) -> OrderRecord:
    """Return an order. Raises OrderNotFound."""
    row = tx.first(sql.VIEW, order_id=order_id)
    if row is None:
        raise OrderNotFound
    return _from_row(tx, row)


def view_own(tx: Tx, *, order_id: str, buyer_id: str) -> OrderRecord:
    """Return an order of this buyer. Raises OrderNotFound, also for another buyer's."""
    record = view(tx, order_id=order_id)
    if record.order.buyer_id != buyer_id:
        raise OrderNotFound
    return record


def by_pay_code(tx: Tx, *, code: str) -> OrderRecord:
    """Return the order of a short payment link. Raises OrderNotFound."""
    row = tx.first(sql.BY_PAY_CODE, code=code)
    if row is None:
        raise OrderNotFound
    return _from_row(tx, row)


def confirm(tx: Tx, *, order_id: str, payment_id: str) -> bool:
    """Claim an order for a payment; tell whether it was still open and in time."""
    row = tx.first(sql.CONFIRM, order_id=order_id, by_payment=payment_id, now=tx.now_us)
    if row is not None:
        tx.publish(_event(OrderUpdated, _from_row(tx, row).order))
    return row is not None


def complete(tx: Tx, *, order_id: str, payment_id: str) -> bool:
    """Complete an order and sell its ticket, once; tell whether this call did it."""
    tx.execute(sql.SUPERSEDE, order_id=order_id, by_payment=payment_id)
    row = tx.first(sql.COMPLETE, order_id=order_id, by_payment=payment_id, now=tx.now_us)
    if row is None:
        return False
    order = _from_row(tx, row).order
    tickets.sell(tx, ticket_id=order.ticket_id, order_id=order.id, buyer_id=order.buyer_id)
    tx.publish(_event(OrderCompleted, order))
    return True


def release(tx: Tx, *, order_id: str, payment_id: str) -> OrderStatus | None:
    """End the claim of a payment whose capture failed: reopen or, if time is up, cancel the order.

    Returns the new status, or None if this payment did not hold the order.
    """
    row = tx.first(sql.REOPEN, order_id=order_id, by_payment=payment_id, now=tx.now_us)
    if row is not None:
        tx.publish(_event(OrderUpdated, _from_row(tx, row).order))
        return OrderStatus.AWAITING_PAYMENT
    row = tx.first(sql.GIVE_UP, order_id=order_id, by_payment=payment_id, now=tx.now_us)
    if row is None:
        return None
    _cancelled(tx, row)
    return OrderStatus.CANCELLED


def cancel(tx: Tx, *, order_id: str, reason: CancelReason) -> Order:
    """Cancel an order that awaits payment; its ticket is on sale again at once.

    Raises OrderConfirming, OrderOver.
    """
    row = tx.first(sql.CANCEL, order_id=order_id, why=reason.value, now=tx.now_us)
    if row is None:
        raise not_open(view(tx, order_id=order_id))
    return _cancelled(tx, row)


def expire(tx: Tx, event: ExpirationComplete) -> None:
    """Cancel an order whose deadline has passed, unless it has been claimed or ended."""
    row = tx.first(sql.EXPIRE, order_id=event.order_id, now=tx.now_us)
    if row is not None:
        _cancelled(tx, row)


def refund(
    tx: Tx, *, order_id: str, more: int, ticket: RefundedTicket = RefundedTicket.VOID
) -> None:
    """Record that `more` minor units were refunded, or that a refund failed when negative.

    `ticket` is what becomes of the ticket once everything is refunded; a buyer whose refund failed
    has it again.
    """
    row = tx.first(sql.ADD_REFUND, order_id=order_id, more=more, now=tx.now_us)
    order = _from_row(tx, row).order
    tx.publish(_event(OrderUpdated, order))
    if order.refunded == order.price:
        _end_custody(tx, order, ticket)
    elif order.refunded.amount - more == order.price.amount and has_ticket(tx, order_id=order_id):
        resale.reissue_code(
            tx, ticket_id=order.ticket_id, owner_id=order.buyer_id, order_id=order.id
        )


def begin_refund(tx: Tx, *, order_id: str) -> None:
    """Reserve the ticket of an order for a full refund. Raises TicketPassedOn."""
    order = view(tx, order_id=order_id).order
    if tx.first(sql.IS_CURRENT, order_id=order_id) is None or not resale.begin_refund(
        tx, ticket_id=order.ticket_id, owner_id=order.buyer_id
    ):
        raise TicketPassedOn


def end_refund(tx: Tx, *, order_id: str) -> None:
    """Give the ticket free again when its refund failed, if the buyer still has it."""
    if has_ticket(tx, order_id=order_id):
        resale.end_refund(tx, ticket_id=view(tx, order_id=order_id).order.ticket_id)


def has_ticket(tx: Tx, *, order_id: str) -> bool:
    """Tell whether the buyer still has the ticket, and is not just selling it."""
    record = view(tx, order_id=order_id)
    ticket = tickets.view(tx, ticket_id=record.order.ticket_id)
    owner_id = resale.owner_of(tx, ticket_id=ticket.id)
    return (
        tx.first(sql.IS_CURRENT, order_id=order_id) is not None
        and owner_id == record.order.buyer_id
        and ticket.status is not TicketStatus.LOCKED
    )


def is_current(tx: Tx, *, order_id: str) -> bool:
    """Tell whether this is the last purchase of its ticket."""
    return tx.first(sql.IS_CURRENT, order_id=order_id) is not None


def _end_custody(tx: Tx, order: Order, ticket: RefundedTicket) -> None:
    """Do what was asked for to the ticket of a refunded order, unless it was passed on."""
    if ticket is RefundedTicket.KEEP or tx.first(sql.IS_CURRENT, order_id=order.id) is None:
        return
    if ticket is RefundedTicket.RETURN and _give_back(tx, order):
        return
    resale.void(
        tx, ticket_id=order.ticket_id, owner_id=order.buyer_id, reason=CodeRevocation.REFUNDED
    )


def _give_back(tx: Tx, order: Order) -> bool:
    """Give the ticket back to its seller; the purchase they had it from is the last one again."""
    seller_id = view(tx, order_id=order.id).seller_id
    sellers_order_id = entry_codes.sold_from(tx, ticket_id=order.ticket_id, seller_id=seller_id)
    given = resale.give_back(
        tx, ticket_id=order.ticket_id, order_id=order.id, sellers_order_id=sellers_order_id,
        seller_id=seller_id,
    )  # fmt: skip
    if given:
        tx.execute(sql.SET_CURRENT, order_id=order.id, current=0)
        if sellers_order_id is not None:
            tx.execute(sql.SET_CURRENT, order_id=sellers_order_id, current=1)
    return given


def lose_dispute(tx: Tx, *, order_id: str) -> None:
    """Revoke the entry code of a buyer whose bank took the money back for good."""
    order = view(tx, order_id=order_id).order
    resale.void(
        tx, ticket_id=order.ticket_id, owner_id=order.buyer_id, reason=CodeRevocation.DISPUTED
    )


def dispute(tx: Tx, *, order_id: str, disputed: bool) -> None:
    """Record whether a bank disputes the payment."""
    row = tx.first(sql.SET_DISPUTED, order_id=order_id, is_disputed=int(disputed), now=tx.now_us)
    if row is not None:
        tx.publish(_event(OrderUpdated, _from_row(tx, row).order))


def list_orders(  # noqa: PLR0913  one for each filter
    tx: Tx, *, status: str, before_id: str, limit: int, buyer_id: str = "", ticket_id: str = ""
) -> tuple[OrderRecord, ...]:
    """List orders, newest first."""
    filters = {"buyer_id": buyer_id, "status": status, "before_id": before_id, "limit": limit}
    if buyer_id and not ticket_id:
        rows = tx.all(sql.LIST_OF_BUYER, **filters)
    else:
        rows = tx.all(sql.LIST, **filters, ticket_id=ticket_id)
    return tuple(_from_row(tx, row) for row in rows)


def list_due(tx: Tx, *, limit: int) -> list[ExpirationComplete]:
    """Return the events of up to `limit` orders whose deadline has passed, the oldest first."""
    return [
        ExpirationComplete(
            id=row[0], version=0, order_id=row[0], buyer_id=row[1], expires_at=from_us(row[2])
        )
        for row in tx.all(sql.DUE, now=tx.now_us, limit=limit)
    ]


def next_deadline(tx: Tx) -> int | None:
    """Return the nearest deadline of an order that awaits payment, in microseconds."""
    row = tx.first(sql.NEXT_DEADLINE)
    return None if row is None else row[0]


def count(tx: Tx) -> dict[str, int]:
    """Return how many orders there are in each status."""
    return dict(tx.all(sql.COUNT))


def price_history(tx: Tx, *, show_id: str, limit: int) -> PriceHistory:
    """Return the newest sales of a show, at most `limit`. Raises NotFound."""
    show_id = shows.view(tx, show_id=show_id).id
    sales = tuple(
        PastSale(at=from_us(at), section=section, price=Money(amount=amount, currency=currency))
        for at, section, amount, currency in tx.all(sql.PAST_SALES, show=show_id, limit=limit)
    )
    return PriceHistory(sales=sales, live=tx.settings.live)


def show_merged(tx: Tx, event: ShowMerged) -> None:
    """Move the orders of a show to the one that it was merged into."""
    tx.execute(sql.MOVE, show=event.id, into=event.into_id)


def not_open(record: OrderRecord) -> Problem:
    """Return why an order can be neither paid nor cancelled."""
    if record.order.status is OrderStatus.CONFIRMING:
        return OrderConfirming(retry_after=2)
    reason = f" ({record.order.reason})" if record.order.reason is not None else ""
    return OrderOver(f"The order is {record.order.status}{reason}.")


def _cancelled(tx: Tx, row: Row) -> Order:
    order = _from_row(tx, row).order
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


def _event(kind: type[OrderEvent], order: Order) -> OrderEvent:
    return kind(
        id=order.id, version=order.version, ticket_id=order.ticket_id, buyer_id=order.buyer_id,
        status=order.status, price=order.price, expires_at=order.expires_at,
    )  # fmt: skip


def _payment_url(tx: Tx, pay_code: str) -> str:
    return f"{tx.settings.public_url}/p/{pay_code}"


def _from_row(tx: Tx, row: Row | None) -> OrderRecord:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    order = Order(
        id=row[0], ticket_id=row[1], buyer_id=row[2], status=OrderStatus(row[3]),
        reason=None if row[4] is None else CancelReason(row[4]),
        price=Money(amount=row[5], currency=row[6]), expires_at=from_us(row[7]),
        created_at=from_us(row[8]), version=row[9],
        payment_url=_payment_url(tx, row[10]), fee=Money(amount=row[13], currency=row[6]),
        refunded=Money(amount=row[14], currency=row[6]), disputed=bool(row[15]),
        live=tx.settings.live,
    )  # fmt: skip
    return OrderRecord(
        order, pay_code=row[10], payment_id=row[11], ended_us=row[12], seller_id=row[16],
        show_id=row[17],
    )  # fmt: skip

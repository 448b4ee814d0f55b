"""Orders' answers, and the wallet's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contract.base import Empty, Page, PageQuery
from contract.orders import (
    AdminOrdersQuery,
    CancelReason,
    Order,
    OrdersQuery,
    OrderStatus,
    PlaceOrder,
    WalletTicket,
)
from contract.shows import PriceHistory, PriceHistoryQuery
from contract.tickets import TicketNotFound
from db.types import from_us
from server import paging
from server.orders import history, service
from server.principal import Principal
from server.tickets import service as tickets
from server.tx import Tx

LAST = "ord_~"


def place(tx: Tx, principal: Principal, body: PlaceOrder) -> Order:
    """Lock a ticket for the principal."""
    return service.place(tx, buyer_id=principal.user_id, ticket_id=body.ticket_id)


def find(tx: Tx, principal: Principal, query: OrdersQuery) -> Page[Order]:
    """List the principal's orders, newest first."""
    return _page(
        lambda limit: service.find(
            tx, buyer=principal.user_id, status=query.status or "", before=query.cursor or LAST,
            most=limit,
        ),
        query.limit,
    )  # fmt: skip


def view(tx: Tx, principal: Principal, query: Empty, *, order_id: str) -> Order:
    """Show one of the principal's orders; operators may see any."""
    if principal.is_admin:
        return service.view(tx, order_id=order_id).order
    return service.of(tx, order_id=order_id, buyer_id=principal.user_id).order


def cancel(tx: Tx, principal: Principal, body: Empty, *, order_id: str) -> Order:
    """Give up one of the principal's locks."""
    service.of(tx, order_id=order_id, buyer_id=principal.user_id)
    return service.cancel(tx, order_id=order_id, reason=CancelReason.BUYER)


def wallet(tx: Tx, principal: Principal, query: PageQuery) -> Page[WalletTicket]:
    """List the tickets the principal has bought, newest first."""
    bought, following = paging.page(
        lambda limit: service.find(
            tx, buyer=principal.user_id, status=OrderStatus.COMPLETE, before=query.cursor or LAST,
            most=limit,
        ),
        query.limit,
        lambda record: record.order.id,
    )  # fmt: skip
    return Page(items=tuple(_delivered(tx, record) for record in bought), next=following)


def view_wallet(tx: Tx, principal: Principal, query: Empty, *, ticket_id: str) -> WalletTicket:
    """Show one bought ticket with its entry code; nobody else's can be told from none."""
    known = service.bought(tx, ticket_id=ticket_id, buyer_id=principal.user_id)
    if known is None:
        raise TicketNotFound("There is no such ticket in your wallet.")
    return _delivered(tx, known)


def prices(tx: Tx, principal: Principal, query: PriceHistoryQuery, *, show_id: str) -> PriceHistory:
    """Tell what tickets of a show were sold for; only orders know when that was."""
    return history.prices(tx, show_id=show_id, most=query.limit)


def admin_find(tx: Tx, principal: Principal, query: AdminOrdersQuery) -> Page[Order]:
    """List orders of anybody, newest first."""
    return _page(
        lambda limit: service.find(
            tx, buyer=query.buyer_id or "", ticket=query.ticket_id or "",
            status=query.status or "", before=query.cursor or LAST, most=limit,
        ),
        query.limit,
    )  # fmt: skip


def admin_cancel(tx: Tx, principal: Principal, body: Empty, *, order_id: str) -> Order:
    """Cancel an order of anybody that awaits payment."""
    return service.cancel(tx, order_id=order_id, reason=CancelReason.ADMIN)


def _page(fetch: Callable[[int], Sequence[service.Known]], limit: int) -> Page[Order]:
    records, following = paging.page(fetch, limit, lambda record: record.order.id)
    return Page(items=tuple(record.order for record in records), next=following)


def _delivered(tx: Tx, known: service.Known) -> WalletTicket:
    ticket_id = known.order.ticket_id
    return WalletTicket(
        ticket=tickets.view(tx, ticket_id=ticket_id),
        order_id=known.order.id,
        code=tickets.entry_code(tx, ticket_id=ticket_id),
        bought_at=from_us(known.ended_us or 0),
        refunded=known.order.refunded == known.order.price,
        live=known.order.live,
    )

"""Orders' answers, and the wallet's."""

from __future__ import annotations

from contract.base import Empty, Page, PageQuery
from contract.orders import (
    AdminOrdersQuery,
    CancelReason,
    Order,
    OrdersQuery,
    OrderStatus,
    PlaceOrder,
    Stats,
    WalletTicket,
)
from contract.shows import PriceHistory, PriceHistoryQuery
from contract.terms import Terms
from contract.tickets import TicketNotFound
from db.types import from_us
from server import auth, feed, jobs
from server.caller import Caller
from server.clock import SECOND
from server.orders import history, service
from server.tickets import service as tickets
from server.tx import Tx

LAST = "ord_~"


def terms(tx: Tx, caller: Caller, query: Empty) -> Terms:
    """Show what the house asks for."""
    settings = tx.settings
    return Terms(
        fee_basis_points=settings.fee_basis_points, lock_seconds=settings.lock_for // SECOND,
        payout_after_seconds=settings.payout_after // SECOND, live=settings.live,
    )  # fmt: skip


def place(tx: Tx, caller: Caller, body: PlaceOrder) -> Order:
    """Lock a ticket for the caller."""
    return service.place(tx, buyer_id=caller.user_id, ticket_id=body.ticket_id)


def find(tx: Tx, caller: Caller, query: OrdersQuery) -> Page[Order]:
    """List the caller's orders, newest first."""
    found = service.find(
        tx, buyer=caller.user_id, status=query.status or "", before=query.cursor or LAST,
        most=query.limit + 1,
    )  # fmt: skip
    return _page(found, query.limit)


def view(tx: Tx, caller: Caller, query: Empty, *, order_id: str) -> Order:
    """Show one of the caller's orders; operators may see any."""
    if caller.is_admin:
        return service.view(tx, order_id=order_id).order
    return service.of(tx, order_id=order_id, buyer_id=caller.user_id).order


def cancel(tx: Tx, caller: Caller, body: Empty, *, order_id: str) -> Order:
    """Give up one of the caller's locks."""
    service.of(tx, order_id=order_id, buyer_id=caller.user_id)
    return service.cancel(tx, order_id=order_id, reason=CancelReason.BUYER)


def wallet(tx: Tx, caller: Caller, query: PageQuery) -> Page[WalletTicket]:
    """List the tickets the caller has bought, newest first."""
    found = service.find(
        tx, buyer=caller.user_id, status=OrderStatus.COMPLETE, before=query.cursor or LAST,
        most=query.limit + 1,
    )  # fmt: skip
    shown = found[: query.limit]
    more = shown[-1].order.id if len(found) > query.limit else None
    return Page(items=tuple(_delivered(tx, known) for known in shown), next=more)


def view_wallet(tx: Tx, caller: Caller, query: Empty, *, ticket_id: str) -> WalletTicket:
    """Show one bought ticket with its entry code; nobody else's can be told from none."""
    known = service.bought(tx, ticket_id=ticket_id, buyer_id=caller.user_id)
    if known is None:
        raise TicketNotFound("There is no such ticket in your wallet.")
    return _delivered(tx, known)


def prices(tx: Tx, caller: Caller, query: PriceHistoryQuery, *, show_id: str) -> PriceHistory:
    """Tell what tickets of a show were sold for; only orders know when that was."""
    return history.prices(tx, show_id=show_id, most=query.limit)


def admin_find(tx: Tx, caller: Caller, query: AdminOrdersQuery) -> Page[Order]:
    """List orders of anybody, newest first."""
    found = service.find(
        tx, buyer=query.buyer_id or "", ticket=query.ticket_id or "", status=query.status or "",
        before=query.cursor or LAST, most=query.limit + 1,
    )  # fmt: skip
    return _page(found, query.limit)


def admin_cancel(tx: Tx, caller: Caller, body: Empty, *, order_id: str) -> Order:
    """Cancel an order of anybody that awaits payment."""
    return service.cancel(tx, order_id=order_id, reason=CancelReason.ADMIN)


def stats(tx: Tx, caller: Caller, query: Empty) -> Stats:
    """Count what is in the house."""
    return Stats(
        accounts=auth.count(tx), tickets=tickets.count(tx), orders=service.count(tx),
        jobs=jobs.count(tx), events=feed.count(tx),
    )  # fmt: skip


def _page(found: tuple[service.Known, ...], limit: int) -> Page[Order]:
    shown = tuple(known.order for known in found[:limit])
    return Page(items=shown, next=shown[-1].id if len(found) > limit else None)


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

"""The endpoints of orders and of the wallet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from contract.base import Empty, Page, PageQuery
from contract.orders import (
    AdminOrdersQuery,
    CancelReason,
    Order,
    OrdersQuery,
    PlacedOrder,
    PlaceOrder,
    Validity,
    WalletTicket,
)
from contract.reports import ReportOrder
from contract.shows import PriceHistory, PriceHistoryQuery
from contract.tickets import Ticket, TicketNotFound
from server import paging
from server.orders import custody, reports, returns, service, sold
from server.principal import Principal
from server.shows import service as shows
from server.tickets import entry_codes
from server.tickets import service as tickets
from server.tx import Tx

#: Sorts after every order id.
LAST_ID = "ord_~"
#: Sorts after every id of an entry code.
LAST_CODE = "cod_~"


def place_order(tx: Tx, principal: Principal, body: PlaceOrder) -> PlacedOrder:
    """Lock a ticket for the principal, or continue their own lock on it."""
    return service.place(tx, buyer_id=principal.user_id, ticket_id=body.ticket_id)


def list_orders(tx: Tx, principal: Principal, query: OrdersQuery) -> Page[Order]:
    """List the principal's orders, newest first."""
    return _page(
        tx,
        lambda limit: service.list_orders(
            tx, buyer_id=principal.user_id, status=query.status or "",
            before_id=query.cursor or LAST_ID, limit=limit,
        ),
        query.limit,
    )  # fmt: skip


def view_order(tx: Tx, principal: Principal, query: Empty, *, order_id: str) -> Order:
    """Show one of the principal's orders; operators and who sold it as an organiser may too."""
    record = service.view(tx, order_id=order_id)
    if not (principal.is_admin or record.order.buyer_id == principal.user_id):
        sold.view(tx, order_id=order_id, manager_id=principal.user_id)
    return _reply(tx, record)


def cancel_order(tx: Tx, principal: Principal, body: Empty, *, order_id: str) -> Order:
    """Cancel one of the principal's orders and release its ticket."""
    service.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
    service.cancel(tx, order_id=order_id, reason=CancelReason.BUYER)
    return _reply(tx, service.view(tx, order_id=order_id))


def report_order(tx: Tx, principal: Principal, body: ReportOrder, *, order_id: str) -> Order:
    """Report a problem with one of the principal's orders."""
    reports.report(
        tx, buyer_id=principal.user_id, order_id=order_id, problem=body.problem,
        details=body.details,
    )  # fmt: skip
    return _reply(tx, service.view(tx, order_id=order_id))


def list_wallet(tx: Tx, principal: Principal, query: PageQuery) -> Page[WalletTicket]:
    """List the tickets that the principal owns, newest first."""
    owned, following = paging.page(
        lambda limit: entry_codes.list_owned(
            tx, owner_id=principal.user_id, before=query.cursor or LAST_CODE, limit=limit
        ),
        query.limit,
        lambda ticket: ticket.entry_code_id,
    )
    return Page(
        items=tuple(_wallet_ticket(tx, principal, ticket) for ticket in owned), next=following
    )


def view_wallet(tx: Tx, principal: Principal, query: Empty, *, ticket_id: str) -> WalletTicket:
    """Show one ticket with its entry code. Raises TicketNotFound for somebody else's."""
    owned = entry_codes.find_owned(tx, owner_id=principal.user_id, ticket_id=ticket_id)
    if owned is None:
        raise TicketNotFound("There is no such ticket in your wallet.")
    return _wallet_ticket(tx, principal, owned, with_history=True)


def view_prices(
    tx: Tx, principal: Principal, query: PriceHistoryQuery, *, show_id: str
) -> PriceHistory:
    """Return the recent sales of a show."""
    return service.price_history(tx, show_id=show_id, limit=query.limit)


def admin_list_orders(tx: Tx, principal: Principal, query: AdminOrdersQuery) -> Page[Order]:
    """List the orders of all buyers, newest first."""
    return _page(
        tx,
        lambda limit: service.list_orders(
            tx, buyer_id=query.buyer_id or "", ticket_id=query.ticket_id or "",
            status=query.status or "", before_id=query.cursor or LAST_ID, limit=limit,
        ),
        query.limit,
    )  # fmt: skip


def admin_cancel_order(tx: Tx, principal: Principal, body: Empty, *, order_id: str) -> Order:
    """Cancel any order that awaits payment."""
    service.cancel(tx, order_id=order_id, reason=CancelReason.ADMIN)
    return _reply(tx, service.view(tx, order_id=order_id))


def _page(tx: Tx, fetch: Callable[[int], Sequence[service.OrderRecord]], limit: int) -> Page[Order]:
    records, following = paging.page(fetch, limit, lambda record: record.order.id)
    return Page(items=_replies(tx, records), next=following)


def _reply(tx: Tx, record: service.OrderRecord) -> Order:
    (reply,) = _replies(tx, (record,))
    return reply


def _replies(tx: Tx, records: Sequence[service.OrderRecord]) -> tuple[Order, ...]:
    """Return orders with what became of show and ticket, and with what their buyer reported."""
    ids = [record.order.id for record in records]
    found = reports.of_orders(tx, ids)
    passed_on = {
        order_id: replaced
        for buyer_id in {record.order.buyer_id for record in records}
        for order_id, replaced in entry_codes.passed_on(tx, ids, owner_id=buyer_id).items()
    }
    replies = []
    for record in records:
        replaced_at, replaced_by = passed_on.get(record.order.id, (None, None))
        replies.append(
            msgspec.structs.replace(
                record.order,
                show_cancelled=shows.view(tx, show_id=record.show_id).cancelled,
                report=found.get(record.order.id), replaced_at=replaced_at,
                replaced_by=replaced_by,
                refund_until=None if replaced_at else returns.refund_until(tx, record),
            )
        )  # fmt: skip
    return tuple(replies)


def _wallet_ticket(
    tx: Tx, principal: Principal, owned: entry_codes.OwnedTicket, *, with_history: bool = False
) -> WalletTicket:
    bought = service.view(tx, order_id=owned.order_id)
    given = bought.order.buyer_id != principal.user_id
    ticket = tickets.seen_by(tickets.view(tx, ticket_id=owned.ticket_id), principal)
    refunded = bought.order.refunded == bought.order.price
    validity = _validity(ticket, code=owned.code, refunded=refunded)
    valid = validity is Validity.VALID
    history = custody.history(tx, ticket_id=owned.ticket_id, reader_id=principal.user_id)
    return WalletTicket(
        ticket=ticket,
        order_id=None if given else owned.order_id,
        code=owned.code if valid else None,
        qr=owned.qr if valid else None,
        barcode=tickets.barcode(tx, ticket_id=owned.ticket_id) if valid else None,
        bought_at=custody.owned_since(history),
        refunded=refunded,
        live=bought.order.live,
        paid=None if given else bought.order.price,
        validity=validity,
        history=history if with_history else (),
        refund_until=None if given else returns.refund_until(tx, bought),
    )


def _validity(ticket: Ticket, *, code: str | None, refunded: bool) -> Validity:
    """Return why a ticket is void; a refund may leave its owner the code."""
    if ticket.show.cancelled:
        return Validity.SHOW_CANCELLED
    if code is not None:
        return Validity.VALID
    return Validity.REFUNDED if refunded else Validity.DISPUTED

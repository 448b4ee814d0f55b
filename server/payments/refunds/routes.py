"""The endpoints of refunds, for operators and for the organiser who sold the ticket."""

from __future__ import annotations

from contract.base import Empty, Page
from contract.refunds import Refund, RefundOrder, RefundReason, RefundsQuery
from server import paging
from server.orders import sold
from server.payments.refunds import repository, service
from server.principal import Principal
from server.tx import Tx

LAST = "ref_~"


def begin(tx: Tx, principal: Principal, body: RefundOrder, *, order_id: str) -> Refund:
    """Refund an order, in full or in part."""
    return _begin(tx, body, order_id=order_id, reason=RefundReason.OPERATOR)


def begin_own(tx: Tx, principal: Principal, body: RefundOrder, *, order_id: str) -> Refund:
    """Refund an order that the principal's organiser sold."""
    sold.view(tx, order_id=order_id, manager_id=principal.user_id)
    return _begin(tx, body, order_id=order_id, reason=RefundReason.ORGANISER)


def return_own(tx: Tx, principal: Principal, body: Empty, *, order_id: str) -> Refund:
    """Return the ticket of one of the principal's orders."""
    return service.return_ticket(tx, order_id=order_id, buyer_id=principal.user_id)


def find(tx: Tx, principal: Principal, query: RefundsQuery) -> Page[Refund]:
    """List refunds, newest first."""
    refunds, following = paging.page(
        lambda limit: repository.find(
            tx, status=query.status or "", order_id=query.order_id or "",
            before=query.cursor or LAST, most=limit,
        ),
        query.limit,
        lambda refund: refund.id,
    )  # fmt: skip
    return Page(items=refunds, next=following)


def _begin(tx: Tx, body: RefundOrder, *, order_id: str, reason: RefundReason) -> Refund:
    return service.begin(
        tx, order_id=order_id, amount=body.amount, reason=reason, ticket=body.ticket
    )

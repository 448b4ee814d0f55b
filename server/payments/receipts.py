"""Receipts: what a buyer paid for, for keeping."""

from __future__ import annotations

from contract.base import Empty
from contract.orders import OrderStatus
from contract.receipts import NotPaid, Receipt
from db.types import from_us
from server.auth import service as auth
from server.orders import service as orders
from server.payments import attempts, refunds
from server.principal import Principal
from server.tickets import service as tickets
from server.tx import Tx


def view(tx: Tx, principal: Principal, query: Empty, *, order_id: str) -> Receipt:
    """Show the receipt of one of the principal's orders; operators may see any."""
    if principal.is_admin:
        known = orders.view(tx, order_id=order_id)
    else:
        known = orders.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
    order = known.order
    if order.status is not OrderStatus.COMPLETE or known.payment_id is None:
        raise NotPaid(f"There is no receipt: the order is {order.status}.")
    paid = attempts.view(tx, payment_id=known.payment_id)
    return Receipt(
        order_id=order.id, buyer_email=auth.view(tx, user_id=order.buyer_id).account.email,
        seller_id=known.seller_id, ticket=tickets.view(tx, ticket_id=order.ticket_id),
        price=order.price, fee=order.fee, card=paid.card, paid_at=from_us(known.ended_us or 0),
        refunds=refunds.of_payment(tx, payment_id=paid.id), live=paid.live,
    )  # fmt: skip

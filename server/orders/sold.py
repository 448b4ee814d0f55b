"""Sold: orders as the organiser who sold the tickets sees them."""

from __future__ import annotations

from contract.orders import OrderNotFound
from server.orders import service
from server.orders.service import OrderRecord
from server.shows import access
from server.tx import Tx


def view(tx: Tx, *, order_id: str, manager_id: str) -> OrderRecord:
    """Return an order that was sold by the organiser of a show that this account manages.

    Raises OrderNotFound, also for a sale of one fan to another.
    """
    record = service.view(tx, order_id=order_id)
    if not access.sells(tx, show_id=record.show_id, seller_id=record.seller_id, user_id=manager_id):
        raise OrderNotFound
    return record

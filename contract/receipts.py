"""Receipts: what a buyer paid for, in a form to keep."""

from __future__ import annotations

from datetime import datetime

from contract.base import Empty, Id, Model
from contract.endpoint import Endpoint
from contract.money import Money
from contract.orders import OrderNotFound
from contract.problems import Problem
from contract.refunds import Refund
from contract.tickets import Ticket


class Receipt(Model, frozen=True, kw_only=True):
    """What was paid, by whom, for what, with which card, and what was refunded.

    `fee` is the marketplace's share, included in `price`. `card` is the card, such as `visa 4242`.
    `live` is False for test money: such a receipt is worth nothing.
    """

    order_id: Id
    buyer_email: str
    seller_id: Id
    ticket: Ticket
    price: Money
    fee: Money
    card: str | None
    paid_at: datetime
    refunds: tuple[Refund, ...]
    live: bool


class NotPaid(Problem, status=409):
    """There is no receipt because the order was not paid."""


VIEW_RECEIPT = Endpoint(
    method="GET", path="/v1/orders/{order_id}/receipt", request=Empty, response=Receipt,
    summary="Show the receipt of one of your orders; operators see any.",
    errors=(OrderNotFound, NotPaid),
)  # fmt: skip

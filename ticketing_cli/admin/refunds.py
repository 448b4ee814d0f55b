"""Refunds: send a buyer's money back, and see which of it has arrived."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import marked
from contract.money import Money
from contract.orders import VIEW_ORDER, Order
from contract.refunds import (
    LIST_REFUNDS,
    REFUND_ORDER,
    Refund,
    RefundOrder,
    RefundsQuery,
    RefundStatus,
)
from ticketing_cli.runtime import options, outcome, prices
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import As, Column

COLUMNS = (
    Column[Refund](title="REFUND", of=lambda r: r.id, keep=True),
    Column[Refund](title="ORDER", of=lambda r: r.order_id, keep=True),
    Column[Refund](title="AMOUNT", of=lambda r: marked(r.amount, live=r.live), keep=True),
    Column[Refund](title="STATUS", of=lambda r: r.status, keep=True),
    Column[Refund](title="REASON", of=lambda r: r.reason, keep=True, spare=True),
    Column[Refund](title="PAYMENT", of=lambda r: r.payment_id, keep=True, spare=True),
    Column[Refund](title="BEGUN", of=lambda r: r.created_at, how=As.LEFT, spare=True),
)
Amount = Annotated[
    str, typer.Option(metavar="AMOUNT", help="Only this much, as in 10.00.", show_default=False)
]


def refund(
    ctx: typer.Context,
    order: options.OrderId,
    amount: Amount = "",
    yes: options.Yes = False,
    idempotency_key: options.IdempotencyKey = None,
    json: options.Json = None,
) -> None:
    """Send a buyer's money back, all that is left of it or a part. This cannot be undone.

    The ticket stays the buyer's; the seller and the house give back their shares.

    Examples:
      ticketing admin refund ord_7k
      ticketing admin refund ord_7k --amount 10.00 --yes
    """
    run = Run.of(ctx)
    fields = run.fields(json, Refund)
    if not yes:
        run.require_input("--yes")
    paid = run.api.call(VIEW_ORDER, order_id=order)
    part = prices.read(amount, paid.price.currency, flag="--amount") if amount else None
    if not yes:
        run.confirm(f"Send {marked(part or _left(paid), live=paid.live)} back to its buyer?")
    made = run.api.call(
        REFUND_ORDER, RefundOrder(amount=part.amount if part else None),
        idempotency_key=idempotency_key, order_id=order,
    )  # fmt: skip
    sentence = f"{marked(made.amount, live=made.live)} goes back for {order}: refund {made.id}"
    then = f"ticketing admin refunds --order {order}"
    outcome.tell(run, made, fields=fields, sentence=sentence, then=then)


def refunds(
    ctx: typer.Context,
    order: Annotated[str | None, typer.Option(metavar="ORDER", help="Of this order.")] = None,
    status: Annotated[RefundStatus | None, typer.Option(help="Only those in this state.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List refunds, newest first.

    Examples:
      ticketing admin refunds --status failed
      ticketing admin refunds --order ord_7k --json id,amount,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Refund)
    wanted = RefundsQuery(status=status, order_id=order)
    found = run.api.pages(LIST_REFUNDS, wanted, limit=limit)
    run.out.records(found, COLUMNS, fields, noun="refunds")


def _left(order: Order) -> Money:
    gone = order.refunded.amount
    return Money(amount=order.price.amount - gone, currency=order.price.currency)

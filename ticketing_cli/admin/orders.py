"""Orders of anybody: list them, cancel one, let go of one that hangs."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.orders import (
    ADMIN_CANCEL_ORDER,
    ADMIN_ORDERS,
    AdminOrdersQuery,
    Order,
    OrderStatus,
)
from contract.payments import RELEASE_ORDER
from ticketing_cli.orders import COLUMNS as OWN_COLUMNS
from ticketing_cli.orders import state
from ticketing_cli.runtime import options, outcome
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import Column

COLUMNS = (*OWN_COLUMNS, Column[Order](title="BUYER", of=lambda o: o.buyer_id))


def orders(
    ctx: typer.Context,
    status: Annotated[OrderStatus | None, typer.Option(help="Only those in this state.")] = None,
    buyer: Annotated[str | None, typer.Option(metavar="USER", help="Of this buyer.")] = None,
    ticket: Annotated[str | None, typer.Option(metavar="TICKET", help="Of this ticket.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List orders of anybody, newest first.

    Examples:
      ticketing admin orders --status awaiting_payment
      ticketing admin orders --ticket tkt_9f --json id,buyer_id,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    wanted = AdminOrdersQuery(status=status, buyer_id=buyer, ticket_id=ticket)
    found = run.api.pages(ADMIN_ORDERS, wanted, limit=limit)
    run.out.records(found, COLUMNS, fields, noun="orders")


def cancel_order(
    ctx: typer.Context,
    order: options.OrderId,
    confirm: options.Confirm = None,
    json: options.Json = None,
) -> None:
    """Cancel an order that awaits payment; its buyer loses the lock. This cannot be undone.

    Examples:
      ticketing admin cancel-order ord_7k
      ticketing admin cancel-order ord_7k --confirm ord_7k
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    run.confirm_name(f"Cancel order {order}?", order, confirm, flag="--confirm")
    after = run.api.call(ADMIN_CANCEL_ORDER, order_id=order)
    sentence = f"cancelled {after.id}; {after.ticket_id} is on sale again"
    then = f"ticketing admin trace {after.id}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then=then)


def release(
    ctx: typer.Context,
    order: options.OrderId,
    confirm: options.Confirm = None,
    json: options.Json = None,
) -> None:
    """Let go of an order whose payment hangs in confirmation; the payment provider is asked first.

    Refused when the money was captured after all: then the order is complete.

    Examples:
      ticketing admin release ord_7k
      ticketing admin release ord_7k --confirm ord_7k
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    run.confirm_name(f"Let go of order {order}?", order, confirm, flag="--confirm")
    after = run.api.call(RELEASE_ORDER, order_id=order)
    sentence = f"let go of {after.id}: it is {state(after)}"
    then = f"ticketing admin trace {after.id}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then=then)

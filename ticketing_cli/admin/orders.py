"""Orders of all buyers: list them, cancel one, release one that hangs in confirmation."""

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
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn

COLUMNS = (*OWN_COLUMNS, OutputColumn[Order](title="BUYER", of=lambda o: o.buyer_id))


def orders(
    ctx: typer.Context,
    status: Annotated[
        OrderStatus | None, typer.Option(help="Only orders with this status.")
    ] = None,
    buyer: Annotated[str | None, typer.Option(metavar="USER", help="Only this buyer's.")] = None,
    ticket: Annotated[
        str | None, typer.Option(metavar="TICKET", help="Only for this ticket.")
    ] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List the orders of all buyers, newest first.

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
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Cancel an unpaid order; its buyer loses the ticket. This cannot be undone.

    Examples:
      ticketing admin cancel-order ord_7k
      ticketing admin cancel-order ord_7k --confirm ord_7k
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    if not yes:
        run.confirm_name(f"Cancel order {order}?", order, confirm, flag="--confirm")
    after = run.api.call(ADMIN_CANCEL_ORDER, order_id=order)
    message = f"Order {after.id} is cancelled. Ticket {after.ticket_id} is back on sale"
    next_command = f"ticketing admin trace {after.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)


def release(
    ctx: typer.Context,
    order: options.OrderId,
    confirm: options.Confirm = None,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Release an order whose payment hangs in confirmation, after asking the payment provider.

    It fails if the money was captured after all: then the order is complete.

    Examples:
      ticketing admin release ord_7k
      ticketing admin release ord_7k --confirm ord_7k
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    if not yes:
        run.confirm_name(f"Release order {order}?", order, confirm, flag="--confirm")
    after = run.api.call(RELEASE_ORDER, order_id=order)
    message = f"Order {after.id} is released: {state(after)}"
    next_command = f"ticketing admin trace {after.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)

"""Orders: lock a ticket, give a lock up, and look at what one has ordered."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import Marked, local_time, marked, relative_time
from contract.orders import (
    CANCEL_ORDER,
    LIST_ORDERS,
    PLACE_ORDER,
    VIEW_ORDER,
    Order,
    OrdersQuery,
    OrderStatus,
    PlaceOrder,
)
from ticketing_cli.runtime import options, outcome
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import As, Column


def state(order: Order) -> str:
    """Say where an order is and what became of it: `cancelled (expired)`, `complete (disputed)`."""
    said = [order.reason.value] if order.reason else []
    if order.refunded.amount:
        said.append("refunded" if order.refunded == order.price else "part refunded")
    if order.disputed:
        said.append("disputed")
    return f"{order.status.value} ({', '.join(said)})" if said else order.status.value


def price(order: Order) -> Marked:
    """Return an order's price, marked as real or not."""
    return marked(order.price, live=order.live)


def _refunded(order: Order) -> Marked | None:
    return marked(order.refunded, live=order.live) if order.refunded.amount else None


COLUMNS = (
    Column[Order](title="ORDER", of=lambda o: o.id, keep=True),
    Column[Order](title="TICKET", of=lambda o: o.ticket_id, keep=True, spare=True),
    Column[Order](title="STATUS", of=state, keep=True),
    Column[Order](title="PRICE", of=price, keep=True),
    Column[Order](title="PAY BY", of=lambda o: o.expires_at),
)
DETAILS = (
    Column[Order](title="Order", of=lambda o: o.id),
    Column[Order](title="Ticket", of=lambda o: o.ticket_id),
    Column[Order](title="Status", of=state),
    Column[Order](title="Price", of=price),
    Column[Order](title="Fee in it", of=lambda o: marked(o.fee, live=o.live), people=True),
    Column[Order](title="Refunded", of=_refunded, people=True),
    Column[Order](title="Ordered", of=lambda o: o.created_at),
    Column[Order](title="Pay by", of=lambda o: o.expires_at),
    Column[Order](title="That is", of=lambda o: o.expires_at, how=As.LEFT),
    Column[Order](title="Pay at", of=lambda o: o.payment_url),
)


def lock(
    ctx: typer.Context,
    ticket: options.TicketId,
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> None:
    """Lock a ticket for you without paying yet. Unpaid, it unlocks by itself.

    Examples:
      ticketing lock tkt_9f
      order=$(ticketing lock tkt_9f --quiet)
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    request = PlaceOrder(ticket_id=ticket)
    order = run.api.call(PLACE_ORDER, request, idempotency_key=idempotency_key)
    if quiet:
        run.out.line(order.id)
        return
    until = f"{local_time(order.expires_at)} ({relative_time(order.expires_at, run.clock.now())})"
    sentence = f"locked {order.ticket_id} at {price(order)} until {until}: order {order.id}"
    outcome.tell(run, order, fields=fields, sentence=sentence, then=f"ticketing pay {order.id}")


def cancel(ctx: typer.Context, order: options.OrderId, json: options.Json = None) -> None:
    """Give a lock up. The ticket is on sale again at once.

    Examples:
      ticketing cancel ord_7k
      ticketing cancel ord_7k --json status,reason
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    after = run.api.call(CANCEL_ORDER, order_id=order)
    sentence = f"cancelled {after.id}; {after.ticket_id} is on sale again"
    then = f"ticketing view {after.ticket_id}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then=then)


def orders(
    ctx: typer.Context,
    status: Annotated[OrderStatus | None, typer.Option(help="Only those in this state.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List your orders, newest first.

    Examples:
      ticketing orders
      ticketing orders --status awaiting_payment --json id,expires_at
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    found = run.api.pages(LIST_ORDERS, OrdersQuery(status=status), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="orders")


def view(ctx: typer.Context, order: options.OrderId, json: options.Json = None) -> None:
    """Show one of your orders.

    Examples:
      ticketing orders view ord_7k
      ticketing orders view ord_7k --json status,payment_url
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    run.out.record(run.api.call(VIEW_ORDER, order_id=order), DETAILS, fields)

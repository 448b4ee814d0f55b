"""Orders: lock a ticket, release it, list, view and report orders."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from client import report_text, validity
from client.formatting import Marked, changed_from, duration, local_time, marked
from client.formatting import place as place_of
from contract.orders import (
    CANCEL_ORDER,
    LIST_ORDERS,
    PLACE_ORDER,
    VIEW_ORDER,
    CancelReason,
    Order,
    OrdersQuery,
    OrderStatus,
    PlacedOrder,
    PlaceOrder,
    ReportProblem,
    ReportStatus,
)
from contract.reports import REPORT_ORDER, ReportOrder
from contract.tickets import VIEW_TICKET, CodeRevocation, Ticket
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import SIGNALS, interrupted
from ticketing_cli.runtime.formats import CellStyle, OutputColumn


class ProblemOption(StrEnum):
    """What can be reported, as `--problem` spells it."""

    REFUSED_AT_DOOR = "refused-at-door"
    NOT_AS_DESCRIBED = "not-as-described"


def state(order: Order) -> str:
    """Return an order's status with details: `cancelled (expired)`, `complete (disputed)`."""
    details = [order.reason.value.replace("_", " ")] if order.reason else []
    if order.show_cancelled and order.reason is not CancelReason.SHOW_CANCELLED:
        details.append("show cancelled")
    if order.refunded.amount:
        details.append("refunded" if order.refunded == order.price else "part refunded")
    if order.disputed:
        details.append("disputed")
    if order.report is not None and order.report.status is ReportStatus.OPEN:
        details.append("reported")
    if order.replaced_at is not None:
        given = order.replaced_by is CodeRevocation.TRANSFERRED
        details.append("given away" if given else "sold on")
    return f"{order.status.value} ({', '.join(details)})" if details else order.status.value


def price(order: Order) -> Marked:
    """Return an order's price, labelled as TEST or LIVE."""
    return marked(order.price, live=order.live)


def _refunded(order: Order) -> Marked | None:
    return marked(order.refunded, live=order.live) if order.refunded.amount else None


COLUMNS = (
    OutputColumn[Order](title="ORDER", of=lambda o: o.id, keep=True),
    OutputColumn[Order](title="TICKET", of=lambda o: o.ticket_id, keep=True, optional=True),
    OutputColumn[Order](title="STATUS", of=state, keep=True),
    OutputColumn[Order](title="PRICE", of=price, keep=True),
    OutputColumn[Order](title="PAY BY", of=lambda o: o.expires_at),
)
DETAILS = (
    OutputColumn[Order](title="Order", of=lambda o: o.id),
    OutputColumn[Order](title="Ticket", of=lambda o: o.ticket_id),
    OutputColumn[Order](title="Status", of=state),
    OutputColumn[Order](title="Price", of=price),
    OutputColumn[Order](
        title="Fee included", of=lambda o: marked(o.fee, live=o.live), human_only=True
    ),
    OutputColumn[Order](title="Refunded", of=_refunded, human_only=True),
    OutputColumn[Order](
        title="Reported", of=lambda o: report_text.describe(o.report), human_only=True
    ),
    OutputColumn[Order](title="Passed on", of=validity.passed_on, human_only=True),
    OutputColumn[Order](title="Return until", of=lambda o: o.refund_until, human_only=True),
    OutputColumn[Order](title="Ordered", of=lambda o: o.created_at),
    OutputColumn[Order](title="Pay by", of=lambda o: o.expires_at),
    OutputColumn[Order](title="Time left", of=lambda o: o.expires_at, style=CellStyle.RELATIVE),
    OutputColumn[Order](title="Pay at", of=lambda o: o.payment_url),
)


def place(run: Run, ticket_id: str, idempotency_key: str | None) -> PlacedOrder:
    """Place an order; on Ctrl-C or SIGTERM meanwhile, say that it may exist."""
    try:
        request = PlaceOrder(ticket_id=ticket_id)
        return run.api.call(PLACE_ORDER, request, idempotency_key=idempotency_key)
    except SIGNALS as signal:
        message = "the ticket may be reserved for you"
        hint = "`ticketing orders` shows it; the same command again continues the order"
        raise interrupted(signal, message, hint=hint) from None


def lock(
    ctx: typer.Context,
    ticket: options.TicketId,
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> None:
    """Lock a ticket, to pay for it later. An unpaid ticket is released automatically.

    If you have locked it already, nothing changes and your order is shown.

    Examples:
      ticketing lock tkt_9f
      order=$(ticketing lock tkt_9f --quiet)
    """
    run = Run.of(ctx)
    fields = run.fields(json, PlacedOrder)
    order = place(run, ticket, idempotency_key)
    if quiet:
        run.out.line(order.id)
        return
    already = "already " if order.continued else ""
    deadline = local_time(order.expires_at)
    seconds = (order.expires_at - run.now()).total_seconds()
    message = (
        f"Ticket {order.ticket_id} is {already}reserved for you at {price(order)} until {deadline} "
        f"({duration(seconds)}): order {order.id}"
    )
    run.out.result(order, fields=fields, message=message, next_command=f"ticketing pay {order.id}")


def cancel(ctx: typer.Context, order: options.OrderId, json: options.Json = None) -> None:
    """Release a ticket you locked. It is back on sale at once.

    Examples:
      ticketing cancel ord_7k
      ticketing cancel ord_7k --json status,reason
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    after = run.api.call(CANCEL_ORDER, order_id=order)
    message = f"Order {after.id} is cancelled. Ticket {after.ticket_id} is back on sale"
    next_command = f"ticketing view {after.ticket_id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)


def orders(
    ctx: typer.Context,
    status: Annotated[
        OrderStatus | None, typer.Option(help="Only orders with this status.")
    ] = None,
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
    """Show one of your orders, for people also with its show, and what was changed about that.

    Examples:
      ticketing orders view ord_7k
      ticketing orders view ord_7k --json status,payment_url
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    found = run.api.call(VIEW_ORDER, order_id=order)
    if run.out.human and fields is None:
        ticket = run.api.call(VIEW_TICKET, ticket_id=found.ticket_id)
        run.out.record(found, (*DETAILS[:2], *_place(ticket), *DETAILS[2:]))
    else:
        run.out.record(found, DETAILS, fields)


def _place(ticket: Ticket) -> tuple[OutputColumn[Order], ...]:
    """Return the lines about the show and the seat that an order is for."""
    show = ticket.show
    return (
        OutputColumn(title="Show", of=lambda _: show.name),
        OutputColumn(title="Starts", of=lambda _: show.starts_at, style=CellStyle.VENUE_TIME),
        OutputColumn(title="Before", of=lambda _: changed_from(show), human_only=True),
        OutputColumn(title="Venue", of=lambda _: f"{show.venue}, {show.city}, {show.country}"),
        OutputColumn(title="Seat", of=lambda _: place_of(ticket)),
    )


def report(
    ctx: typer.Context,
    order: options.OrderId,
    problem: Annotated[
        ProblemOption, typer.Option(help="What is wrong with the ticket.", show_default=False)
    ],
    details: Annotated[
        str, typer.Option(metavar="TEXT", help="What happened; operators read it.")
    ] = "",
    json: options.Json = None,
) -> None:
    """Report a ticket that you paid for: it was refused at the door, or is not as described.

    Its seller is not paid until an operator has decided whether you get the money back. You can
    report an order once, until two days after the start of its show. The organiser of an official
    show refunds the tickets that it issued itself.

    Examples:
      ticketing orders report ord_7k --problem refused-at-door
      ticketing orders report ord_7k --problem not-as-described --details "Row Z, not row A."
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    body = ReportOrder(problem=ReportProblem[problem.name], details=details)
    after = run.api.call(REPORT_ORDER, body, order_id=order)
    message = f"Order {after.id} is reported; its seller is not paid until an operator has decided"
    next_command = f"ticketing orders view {after.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)

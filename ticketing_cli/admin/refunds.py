"""Refunds: refund an order, and list refunds with their status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from client.formatting import marked
from contract.endpoint import Endpoint
from contract.money import Money
from contract.orders import VIEW_ORDER, Order
from contract.refunds import (
    LIST_REFUNDS,
    REFUND_ORDER,
    Refund,
    RefundedTicket,
    RefundOrder,
    RefundsQuery,
    RefundStatus,
)
from ticketing_cli.runtime import options, prices
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import CellStyle, OutputColumn

COLUMNS = (
    OutputColumn[Refund](title="REFUND", of=lambda r: r.id, keep=True),
    OutputColumn[Refund](title="ORDER", of=lambda r: r.order_id, keep=True),
    OutputColumn[Refund](title="AMOUNT", of=lambda r: marked(r.amount, live=r.live), keep=True),
    OutputColumn[Refund](title="STATUS", of=lambda r: r.status, keep=True),
    OutputColumn[Refund](title="REASON", of=lambda r: r.reason, keep=True, optional=True),
    OutputColumn[Refund](title="PAYMENT", of=lambda r: r.payment_id, keep=True, optional=True),
    OutputColumn[Refund](
        title="STARTED", of=lambda r: r.created_at, style=CellStyle.RELATIVE, optional=True
    ),
    OutputColumn[Refund](title="TICKET", of=lambda r: r.ticket, optional=True),
)
Amount = Annotated[
    str,
    typer.Option(metavar="AMOUNT", help="Refund only this much, e.g. 10.00.", show_default=False),
]
ReturnTicket = Annotated[
    bool,
    typer.Option(
        "--return-ticket", help="Give the ticket back to its seller, off sale, ready to be listed."
    ),
]
MoneyOnly = Annotated[bool, typer.Option("--money-only", help="Leave the ticket where it is.")]
#: What becomes of the ticket, in the words of the question.
OUTCOMES = {
    RefundedTicket.VOID: "The ticket becomes void",
    RefundedTicket.RETURN: "The ticket goes back to its seller",
    RefundedTicket.KEEP: "The ticket stays where it is",
}


def outcome(*, return_ticket: bool, money_only: bool) -> RefundedTicket:
    """Return what becomes of the ticket; raise CommandError if both options are given."""
    if return_ticket and money_only:
        message = "--return-ticket and --money-only cannot be combined"
        raise CommandError(ExitCode.USAGE, message, hint="choose one; without them it becomes void")
    if return_ticket:
        return RefundedTicket.RETURN
    return RefundedTicket.KEEP if money_only else RefundedTicket.VOID


@dataclass(frozen=True)
class RefundWish:
    """How much to refund, empty for everything, and what becomes of the ticket."""

    amount: str
    ticket: RefundedTicket


def refund(
    ctx: typer.Context,
    order: options.OrderId,
    amount: Amount = "",
    return_ticket: ReturnTicket = False,
    money_only: MoneyOnly = False,
    yes: options.Yes = False,
    idempotency_key: options.IdempotencyKey = None,
    json: options.Json = None,
) -> None:
    """Refund an order, in full or in part. This cannot be undone.

    Once everything is refunded, the ticket is void: its entry code opens the gate no more. With
    --return-ticket its seller gets it back instead; with --money-only it stays where it is, also
    with somebody to whom the buyer has sold or given it. The seller and the marketplace bear their
    shares of the refund.

    Examples:
      ticketing admin refund ord_7k --return-ticket
      ticketing admin refund ord_7k --amount 10.00 --yes
    """
    ticket = outcome(return_ticket=return_ticket, money_only=money_only)
    send(
        Run.of(ctx), REFUND_ORDER, order, RefundWish(amount, ticket), yes=yes, key=idempotency_key,
        json=json, next_command=f"ticketing admin refunds --order {order}",
    )  # fmt: skip


def send(
    run: Run,
    endpoint: Endpoint[RefundOrder, Refund],
    order: str,
    wish: RefundWish,
    *,
    yes: bool,
    key: str | None,
    json: str | None,
    next_command: str,
) -> None:
    """Ask, and refund an order through one of the two endpoints for it."""
    fields = run.fields(json, Refund)
    if not yes:
        run.require_input("--yes")
    paid = run.api.call(VIEW_ORDER, order_id=order)
    amount = wish.amount
    part = prices.read(amount, paid.price.currency, flag="--amount") if amount else None
    if not yes:
        amount_due = marked(part or _remaining(paid), live=paid.live)
        when = " once everything is refunded" if part else ""
        question = f"Refund {amount_due} to the buyer? {OUTCOMES[wish.ticket]}{when}."
        run.confirm(question, declined="Nothing was refunded")
    body = RefundOrder(amount=part.amount if part else None, ticket=wish.ticket)
    made = run.api.call(endpoint, body, idempotency_key=key, order_id=order)
    message = f"refunding {marked(made.amount, live=made.live)} of {order}: refund {made.id}"
    run.out.result(made, fields=fields, message=message, next_command=next_command)


def refunds(
    ctx: typer.Context,
    order: Annotated[str | None, typer.Option(metavar="ORDER", help="Only this order's.")] = None,
    status: Annotated[
        RefundStatus | None, typer.Option(help="Only refunds with this status.")
    ] = None,
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


def _remaining(order: Order) -> Money:
    refunded = order.refunded.amount
    return Money(amount=order.price.amount - refunded, currency=order.price.currency)

"""Payouts: list a seller's payouts, and view one order by order."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import Marked, marked
from contract.base import PageQuery
from contract.ledger import LIST_PAYOUTS, VIEW_PAYOUT, Payout, PayoutLine, PayoutStatement
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn
from ticketing_cli.runtime.output import Fields

PayoutId = Annotated[
    str, typer.Argument(metavar="PAYOUT", help="A payout's id, as `ticketing payouts` shows it.")
]
COLUMNS = (
    OutputColumn[Payout](title="PAYOUT", of=lambda p: p.id, keep=True),
    OutputColumn[Payout](title="AMOUNT", of=lambda p: marked(p.amount, live=p.live), keep=True),
    OutputColumn[Payout](title="SALES", of=lambda p: p.sales, keep=True, optional=True),
    OutputColumn[Payout](title="METHOD", of=lambda p: p.method, keep=True),
    OutputColumn[Payout](title="STATUS", of=lambda p: p.status, keep=True),
    OutputColumn[Payout](title="CREATED", of=lambda p: p.created_at),
)
DETAILS = (
    OutputColumn[Payout](title="Payout", of=lambda p: p.id),
    OutputColumn[Payout](title="Amount", of=lambda p: marked(p.amount, live=p.live)),
    OutputColumn[Payout](title="Sales", of=lambda p: p.sales),
    OutputColumn[Payout](title="Method", of=lambda p: p.method),
    OutputColumn[Payout](title="Status", of=lambda p: p.status),
    OutputColumn[Payout](title="Created", of=lambda p: p.created_at),
    OutputColumn[Payout](title="Seller", of=lambda p: p.seller_email),
    OutputColumn[Payout](title="Reason", of=lambda p: p.reason),
    OutputColumn[Payout](title="Batch", of=lambda p: p.batch_id),
)


def payouts(ctx: typer.Context, limit: options.Limit = 50, json: options.Json = None) -> None:
    """List your payouts, newest first.

    One that is `prepared` or `due` is on its way, one that is `paid` or `sent` has left the
    marketplace. What `failed` is paid again with the next one; `payouts view` says why it failed.

    Examples:
      ticketing payouts
      ticketing payouts --json id,amount,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Payout)
    found = run.api.pages(LIST_PAYOUTS, PageQuery(), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="payouts")


def view(ctx: typer.Context, payout: PayoutId, json: options.Json = None) -> None:
    """Show one of your payouts, order by order; a negative amount is a refund.

    In a pipe, only the lines of the orders are printed.

    Examples:
      ticketing payouts view out_3c
      ticketing payouts view out_3c --json all
    """
    run = Run.of(ctx)
    print_statement(run, payout, run.fields(json, PayoutStatement))


def print_statement(run: Run, payout: str, fields: Fields | None) -> None:
    """Print a payout and its orders."""
    statement = run.api.call(VIEW_PAYOUT, payout_id=payout)
    if fields is not None:
        run.out.record(statement, (), fields)
        return
    if run.out.human:
        run.out.record(statement.payout, DETAILS)
        run.out.line()
    live = statement.payout.live
    columns = (
        OutputColumn[PayoutLine](title="ORDER", of=lambda n: n.order_id, keep=True),
        OutputColumn[PayoutLine](
            title="AMOUNT", of=lambda n: Marked(n.amount, n.currency, live), keep=True
        ),
    )
    run.out.records(statement.lines, columns, noun="orders")

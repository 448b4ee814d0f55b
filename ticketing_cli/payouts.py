"""Payouts: statements of what one was paid for which sales."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import Marked, marked
from contract.base import PageQuery
from contract.ledger import LIST_PAYOUTS, VIEW_PAYOUT, Payout, PayoutLine, PayoutStatement
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import Column

PayoutId = Annotated[
    str, typer.Argument(metavar="PAYOUT", help="A payout's id, as `ticketing payouts` shows it.")
]
COLUMNS = (
    Column[Payout](title="PAYOUT", of=lambda p: p.id, keep=True),
    Column[Payout](title="AMOUNT", of=lambda p: marked(p.amount, live=p.live), keep=True),
    Column[Payout](title="SALES", of=lambda p: p.sales, keep=True, spare=True),
    Column[Payout](title="BY", of=lambda p: p.method, keep=True),
    Column[Payout](title="STATUS", of=lambda p: p.status, keep=True),
    Column[Payout](title="MADE", of=lambda p: p.created_at),
)
DETAILS = (
    Column[Payout](title="Payout", of=lambda p: p.id),
    Column[Payout](title="Amount", of=lambda p: marked(p.amount, live=p.live)),
    Column[Payout](title="Sales", of=lambda p: p.sales),
    Column[Payout](title="By", of=lambda p: p.method),
    Column[Payout](title="Status", of=lambda p: p.status),
    Column[Payout](title="Made", of=lambda p: p.created_at),
    Column[Payout](title="Seller", of=lambda p: p.seller_email),
)


def payouts(ctx: typer.Context, limit: options.Limit = 50, json: options.Json = None) -> None:
    """List your payouts, newest first.

    Examples:
      ticketing payouts
      ticketing payouts --json id,amount,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Payout)
    found = run.api.pages(LIST_PAYOUTS, PageQuery(), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="payouts")


def view(ctx: typer.Context, payout: PayoutId, json: options.Json = None) -> None:
    """Show one of your payouts, order by order; below zero is a refund taken back.

    In a pipe there is a line for each order and nothing else.

    Examples:
      ticketing payouts view out_3c
      ticketing payouts view out_3c --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, PayoutStatement)
    statement = run.api.call(VIEW_PAYOUT, payout_id=payout)
    if fields is not None:
        run.out.record(statement, (), fields)
        return
    if run.out.human:
        run.out.record(statement.payout, DETAILS)
        run.out.line()
    live = statement.payout.live
    columns = (
        Column[PayoutLine](title="ORDER", of=lambda n: n.order_id, keep=True),
        Column[PayoutLine](
            title="AMOUNT", of=lambda n: Marked(n.amount, n.currency, live), keep=True
        ),
    )
    run.out.records(statement.lines, columns, noun="orders")

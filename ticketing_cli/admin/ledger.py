"""Ledger: every line that was booked, of everybody."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import Marked
from contract.ledger import ADMIN_LEDGER, Book, LedgerEntry, LedgerQuery
from contract.terms import VIEW_TERMS
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import Column


def ledger(
    ctx: typer.Context,
    order: Annotated[str | None, typer.Option(metavar="ORDER", help="Of this order.")] = None,
    user: Annotated[str | None, typer.Option(metavar="USER", help="Of this account's id.")] = None,
    book: Annotated[Book | None, typer.Option(help="Of this book.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List the ledger's lines, newest first. The lines of a posting, and of an order, sum to 0.

    Examples:
      ticketing admin ledger --order ord_7k
      ticketing admin ledger --book fee --limit 0 --json seq,amount,currency
    """
    run = Run.of(ctx)
    fields = run.fields(json, LedgerEntry)
    wanted = LedgerQuery(order_id=order, user_id=user, book=book)
    found = run.api.pages(ADMIN_LEDGER, wanted, limit=limit)
    live = run.api.call(VIEW_TERMS).live if run.out.human and fields is None else None

    def money(entry: LedgerEntry) -> Marked:
        return Marked(entry.amount, entry.currency, live)

    columns = (
        Column[LedgerEntry](title="LINE", of=lambda e: e.seq, keep=True),
        Column[LedgerEntry](title="AT", of=lambda e: e.at, keep=True, spare=True),
        Column[LedgerEntry](title="POSTING", of=lambda e: e.posting, spare=True),
        Column[LedgerEntry](title="KIND", of=lambda e: e.kind, keep=True),
        Column[LedgerEntry](title="BOOK", of=lambda e: e.book, keep=True),
        Column[LedgerEntry](title="AMOUNT", of=money, keep=True),
        Column[LedgerEntry](title="ORDER", of=lambda e: e.order_id, keep=True),
        Column[LedgerEntry](title="USER", of=lambda e: e.user_id, spare=True),
    )
    run.out.records(found, columns, fields, noun="lines")

"""Ledger: list the ledger's lines, for all accounts."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import Marked
from contract.ledger import ADMIN_LEDGER, Book, LedgerEntry, LedgerQuery
from contract.terms import VIEW_TERMS
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn


def ledger(
    ctx: typer.Context,
    order: Annotated[str | None, typer.Option(metavar="ORDER", help="Only this order.")] = None,
    user: Annotated[str | None, typer.Option(metavar="USER", help="Only this account.")] = None,
    book: Annotated[Book | None, typer.Option(help="Only this book.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List ledger lines, newest first. The lines of a posting, and of an order, add up to 0.

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
        OutputColumn[LedgerEntry](title="LINE", of=lambda e: e.seq, keep=True),
        OutputColumn[LedgerEntry](title="AT", of=lambda e: e.at, keep=True, optional=True),
        OutputColumn[LedgerEntry](title="POSTING", of=lambda e: e.posting, optional=True),
        OutputColumn[LedgerEntry](title="KIND", of=lambda e: e.kind, keep=True),
        OutputColumn[LedgerEntry](title="BOOK", of=lambda e: e.book, keep=True),
        OutputColumn[LedgerEntry](title="AMOUNT", of=money, keep=True),
        OutputColumn[LedgerEntry](title="ORDER", of=lambda e: e.order_id, keep=True),
        OutputColumn[LedgerEntry](title="USER", of=lambda e: e.user_id, optional=True),
    )
    run.out.records(found, columns, fields, noun="lines")

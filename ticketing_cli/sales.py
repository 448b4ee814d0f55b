"""Sales: what one has sold, what the house keeps of it, and when the rest is paid out."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.ledger import LIST_SALES, Sale, SalesQuery
from contract.money import Money
from ticketing_cli.shell import options
from ticketing_cli.shell.context import Run
from ticketing_cli.shell.formats import As, Column, Marked, marked


def _refunded(sale: Sale) -> Marked | None:
    return _real(sale, sale.refunded) if sale.refunded.amount else None


def _real(sale: Sale, money: Money) -> Marked:
    return marked(money, live=sale.live)


COLUMNS = (
    Column[Sale](title="ORDER", of=lambda s: s.order_id, keep=True),
    Column[Sale](title="SHOW", of=lambda s: s.show.name),
    Column[Sale](title="SEAT", of=lambda s: " ".join(filter(None, (s.section, s.row, s.seat))),
                 spare=True),
    Column[Sale](title="PRICE", of=lambda s: _real(s, s.price), keep=True, spare=True),
    Column[Sale](title="FEE", of=lambda s: _real(s, s.fee), keep=True, spare=True),
    Column[Sale](title="REFUNDED", of=_refunded, keep=True, spare=True),
    Column[Sale](title="YOU GET", of=lambda s: _real(s, s.net), keep=True),
    Column[Sale](title="STATUS", of=lambda s: s.status, keep=True),
    Column[Sale](title="RELEASED", of=lambda s: s.releases_at, how=As.LEFT, keep=True),
    Column[Sale](title="PAYOUT", of=lambda s: s.payout_id, spare=True),
)  # fmt: skip


def sales(
    ctx: typer.Context,
    show: Annotated[str | None, typer.Option(metavar="SHOW", help="Only for this one.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List what you have sold, newest first: the price, the fee, what you get, and when.

    Examples:
      ticketing sales
      ticketing sales --limit 0 --json order_id,net,status,releases_at
    """
    run = Run.of(ctx)
    fields = run.fields(json, Sale)
    found = run.api.pages(LIST_SALES, SalesQuery(show_id=show), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="sales")

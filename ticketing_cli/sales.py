"""Sales: what one has sold, what the house keeps of it, and when the rest is paid out."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import marked
from contract.ledger import LIST_SALES, Sale, SalesQuery
from contract.money import Money
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import As, Column


def _refunded(sale: Sale) -> Money | None:
    return sale.refunded if sale.refunded.amount else None


#: One mark on a line is enough; four would leave no room for the show.
COLUMNS = (
    Column[Sale](title="ORDER", of=lambda s: s.order_id, keep=True),
    Column[Sale](title="SHOW", of=lambda s: s.show.name),
    Column[Sale](title="SEAT", of=lambda s: " ".join(filter(None, (s.section, s.row, s.seat))),
                 spare=True),
    Column[Sale](title="PRICE", of=lambda s: s.price, keep=True, spare=True),
    Column[Sale](title="FEE", of=lambda s: s.fee, keep=True, spare=True),
    Column[Sale](title="REFUNDED", of=_refunded, keep=True, spare=True),
    Column[Sale](title="YOU GET", of=lambda s: marked(s.net, live=s.live), keep=True),
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

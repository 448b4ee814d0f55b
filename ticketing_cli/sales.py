"""Sales: list what a seller sold, the fees, and when the rest is paid out."""

from __future__ import annotations

from typing import Annotated

import typer

from client import report_text
from client.formatting import marked
from contract.ledger import LIST_SALES, Sale, SalesQuery
from contract.money import Money
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn


def _refunded(sale: Sale) -> Money | None:
    return sale.refunded if sale.refunded.amount else None


def _seat(sale: Sale) -> str:
    return " ".join(filter(None, (sale.section, sale.row, sale.seat)))


#: One TEST or LIVE label per line is enough; four would leave no space for the show.
COLUMNS = (
    OutputColumn[Sale](title="ORDER", of=lambda s: s.order_id, keep=True),
    OutputColumn[Sale](title="SHOW", of=lambda s: s.show.name),
    OutputColumn[Sale](title="SEAT", of=_seat, optional=True),
    OutputColumn[Sale](title="PRICE", of=lambda s: s.price, keep=True, optional=True),
    OutputColumn[Sale](title="FEE", of=lambda s: s.fee, keep=True, optional=True),
    OutputColumn[Sale](title="REFUNDED", of=_refunded, keep=True, optional=True),
    OutputColumn[Sale](title="YOU GET", of=lambda s: marked(s.net, live=s.live), keep=True),
    OutputColumn[Sale](title="STATUS", of=lambda s: s.status, keep=True),
    OutputColumn[Sale](
        title="PAYS OUT", of=lambda s: s.releases_at, style=CellStyle.RELATIVE, keep=True
    ),
    OutputColumn[Sale](title="PAYOUT", of=lambda s: s.payout_id, optional=True),
)


def sales(
    ctx: typer.Context,
    show: Annotated[
        str | None, typer.Option(metavar="SHOW", help="Only sales for this show.")
    ] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List your sales, newest first: the price, the fee, what you receive, and when.

    A sale is frozen while a bank disputes it, or until an operator has decided about what its buyer
    has reported; below the list you read which.

    Examples:
      ticketing sales
      ticketing sales --limit 0 --json order_id,net,status,releases_at
    """
    run = Run.of(ctx)
    fields = run.fields(json, Sale)
    found = run.api.pages(LIST_SALES, SalesQuery(show_id=show), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="sales")
    for sale in run.out.shown:
        if isinstance(sale, Sale) and sale.report is not None:
            run.out.message(f"{sale.order_id}: {report_text.describe(sale.report)}")

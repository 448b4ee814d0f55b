"""Shows: list upcoming shows with their prices, and a show's recent sale prices."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import marked
from contract.base import PAGE_LIMIT
from contract.shows import (
    LIST_SHOWS,
    VIEW_PRICES,
    Category,
    PastSale,
    PriceHistoryQuery,
    ShowOnSale,
    ShowsQuery,
)
from contract.tickets import VIEW_TICKET
from ticketing_cli.runtime import dates, options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn


def prices(show: ShowOnSale) -> str:
    """Return the price range in each currency: `EUR 45.00 to EUR 120.00`, or `show cancelled`."""
    if show.show.cancelled:
        return "show cancelled"
    return ", ".join(
        str(each.lowest) if each.lowest == each.highest else f"{each.lowest} to {each.highest}"
        for each in show.prices
    )


def _official(show: ShowOnSale) -> str:
    return "official" if show.show.official else ""


COLUMNS = (
    OutputColumn[ShowOnSale](title="SHOW", of=lambda s: s.show.name),
    OutputColumn[ShowOnSale](
        title="STARTS", of=lambda s: s.show.starts_at, style=CellStyle.SHORT_VENUE_TIME, keep=True
    ),
    OutputColumn[ShowOnSale](title="VENUE", of=lambda s: s.show.venue, optional=True),
    OutputColumn[ShowOnSale](title="CITY", of=lambda s: s.show.city),
    OutputColumn[ShowOnSale](title="ON SALE", of=lambda s: s.on_sale, keep=True),
    OutputColumn[ShowOnSale](title="PRICES", of=prices, keep=True),
    OutputColumn[ShowOnSale](title="ID", of=lambda s: s.show.id, keep=True, optional=True),
    OutputColumn[ShowOnSale](title="OFFICIAL", of=_official, keep=True, optional=True),
)


def shows(
    ctx: typer.Context,
    query: options.Query = "",
    city: Annotated[str, typer.Option(help="Only cities whose name contains these words.")] = "",
    category: Annotated[Category | None, typer.Option(help="Only shows of this category.")] = None,
    starts_from: dates.From = None,
    starts_to: dates.To = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List upcoming shows with tickets on sale, the next one first.

    Examples:
      ticketing shows mexico
      ticketing shows --category concert --from 2028-06-01 --to 2028-06-30
    """
    run = Run.of(ctx)
    fields = run.fields(json, ShowOnSale)
    wanted = ShowsQuery(
        q=query,
        city=city,
        category=category,
        starts_from=dates.moment(starts_from),
        starts_to=dates.moment(starts_to),
        day_from=dates.day(starts_from),
        day_to=dates.day(starts_to),
    )
    found = run.api.pages(LIST_SHOWS, wanted, limit=limit)
    run.out.records(found, COLUMNS, fields, noun="shows")


def sold_for(
    ctx: typer.Context,
    show: options.ShowId,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", "-n", min=1, max=PAGE_LIMIT, metavar="N", help="Show at most this many."
        ),
    ] = 50,
    json: options.Json = None,
) -> None:
    """List recent sale prices of a show, the newest sale first.

    Examples:
      ticketing prices shw_2d
      ticketing prices tkt_9f --limit 10 --json at,section,price
    """
    run = Run.of(ctx)
    fields = run.fields(json, PastSale)
    is_ticket = show.startswith("tkt_")
    show_id = run.api.call(VIEW_TICKET, ticket_id=show).show.id if is_ticket else show
    history = run.api.call(VIEW_PRICES, PriceHistoryQuery(limit=limit), show_id=show_id)
    columns = (
        OutputColumn[PastSale](title="AT", of=lambda s: s.at, keep=True),
        OutputColumn[PastSale](title="SECTION", of=lambda s: s.section),
        OutputColumn[PastSale](
            title="PRICE", of=lambda s: marked(s.price, live=history.live), keep=True
        ),
    )
    run.out.records(history.sales, columns, fields, noun="sales")

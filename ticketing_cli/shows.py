"""Shows: what is coming, how many tickets are on sale, and from what price."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.shows import LIST_SHOWS, Category, ShowOnSale, ShowsQuery
from ticketing_cli.shell import dates, options
from ticketing_cli.shell.context import Run
from ticketing_cli.shell.formats import As, Column


def prices(show: ShowOnSale) -> str:
    """Say the range of prices in each currency: `EUR 45.00 to EUR 120.00`."""
    return ", ".join(
        str(each.lowest) if each.lowest == each.highest else f"{each.lowest} to {each.highest}"
        for each in show.prices
    )


COLUMNS = (
    Column[ShowOnSale](title="SHOW", of=lambda s: s.show.name),
    Column[ShowOnSale](title="STARTS", of=lambda s: s.show.starts_at, how=As.SHORT, keep=True),
    Column[ShowOnSale](title="VENUE", of=lambda s: s.show.venue, spare=True),
    Column[ShowOnSale](title="CITY", of=lambda s: s.show.city),
    Column[ShowOnSale](title="ON SALE", of=lambda s: s.on_sale, keep=True),
    Column[ShowOnSale](title="PRICES", of=prices, keep=True),
    Column[ShowOnSale](title="ID", of=lambda s: s.show.id, keep=True, spare=True),
)


def shows(
    ctx: typer.Context,
    query: options.Query = "",
    city: Annotated[str, typer.Option(help="Words in the city's name.")] = "",
    category: Annotated[Category | None, typer.Option(help="What kind of show.")] = None,
    starts_from: dates.From = None,
    starts_to: dates.To = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List coming shows, the next one first, with what is on sale.

    Examples:
      ticketing shows mexico
      ticketing shows --category concert --from 2028-06-01 --to 2028-06-30
    """
    run = Run.of(ctx)
    fields = run.fields(json, ShowOnSale)
    wanted = ShowsQuery(
        q=query, city=city, category=category, starts_from=starts_from, starts_to=starts_to
    )
    found = run.api.pages(LIST_SHOWS, wanted, limit=limit)
    run.out.records(found, COLUMNS, fields, noun="shows")

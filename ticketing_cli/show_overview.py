"""Overview: the shows of an organiser, with their seats, counted for its managers."""

from __future__ import annotations

from typing import Annotated

import typer

from client.show_totals import income
from contract.base import PageQuery
from contract.show_overview import (
    LIST_ORGANISER_SHOWS,
    VIEW_SHOW_OVERVIEW,
    OwnShow,
    SectionSeats,
    ShowOverview,
)
from ticketing_cli.own_shows import only_organiser
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn

COLUMNS = (
    OutputColumn[OwnShow](title="SHOW", of=lambda s: s.show.id, keep=True),
    OutputColumn[OwnShow](title="NAME", of=lambda s: s.show.name),
    OutputColumn[OwnShow](
        title="STARTS", of=lambda s: s.show.starts_at, style=CellStyle.SHORT_VENUE_TIME, keep=True
    ),
    OutputColumn[OwnShow](title="SOLD", of=lambda s: s.seats.sold, keep=True),
    OutputColumn[OwnShow](title="LOCKED", of=lambda s: s.seats.locked, keep=True),
    OutputColumn[OwnShow](title="LEFT", of=lambda s: s.seats.left, keep=True),
)
SECTIONS = (
    OutputColumn[SectionSeats](title="SECTION", of=lambda s: s.section or "none"),
    OutputColumn[SectionSeats](title="SOLD", of=lambda s: s.seats.sold, keep=True),
    OutputColumn[SectionSeats](title="LOCKED", of=lambda s: s.seats.locked, keep=True),
    OutputColumn[SectionSeats](title="LEFT", of=lambda s: s.seats.left, keep=True),
)


def list_shows(
    ctx: typer.Context,
    organiser: Annotated[
        str, typer.Argument(metavar="[ORGANISER]", help="Your organiser, if you have several.",
                            show_default=False)
    ] = "",
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:  # fmt: skip
    """List the shows of your organiser, with how many tickets are sold, locked and left.

    Examples:
      ticketing organisers shows
      ticketing organisers shows org_4c --json show,seats
    """
    run = Run.of(ctx)
    fields = run.fields(json, OwnShow)
    organiser_id = organiser or only_organiser(run)
    found = run.api.pages(LIST_ORGANISER_SHOWS, PageQuery(), limit=limit, organiser_id=organiser_id)
    run.out.records(found, COLUMNS, fields, noun="shows")


def overview(ctx: typer.Context, show: options.ShowId, json: options.Json = None) -> None:
    """Count the tickets of a show of your organiser by section: sold, locked, left.

    With --json also the sales of each hour. `ticketing shows sold` lists the sales one by one.

    Examples:
      ticketing shows overview shw_2d
      ticketing shows overview shw_2d --json sections,sales
    """
    run = Run.of(ctx)
    fields = run.fields(json, ShowOverview)
    seen = run.api.call(VIEW_SHOW_OVERVIEW, show_id=show)
    if fields is not None:
        run.out.record(seen, (), fields)
        return
    run.out.records(seen.sections, SECTIONS, noun="sections")
    sold = f"{seen.seats.sold:,} of {seen.seats.total:,} sold"
    run.out.message(f"{seen.show.name}: {', '.join((sold, *map(str, income(seen))))}")

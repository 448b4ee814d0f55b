"""Log: list events, trace one order, and count what is in the database."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.feed import ADMIN_EVENTS, TRACE_ORDER, EventsQuery, FeedEntry, Trace
from contract.jobs import JobStatus
from contract.system import VIEW_STATS, Stats
from ticketing_cli.runtime import event_text, options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn

EVENT_COLUMNS = (
    OutputColumn[FeedEntry](title="AT", of=lambda e: e.at, keep=True),
    *event_text.COLUMNS[1:],
)
JOB_COLUMNS = (
    OutputColumn[JobStatus](title="JOB", of=lambda j: j.kind, keep=True),
    OutputColumn[JobStatus](title="ABOUT", of=lambda j: j.subject, keep=True),
    OutputColumn[JobStatus](title="STATE", of=lambda j: j.state, keep=True),
    OutputColumn[JobStatus](title="TRIES", of=lambda j: j.attempts),
    OutputColumn[JobStatus](
        title="RUN AT", of=lambda j: j.run_at, style=CellStyle.CLOCK, keep=True
    ),
    OutputColumn[JobStatus](title="LAST ERROR", of=lambda j: j.last_error),
)
STATS_COLUMNS = (
    OutputColumn[Stats](title="Accounts", of=lambda s: counts(s.accounts)),
    OutputColumn[Stats](title="Tickets", of=lambda s: counts(s.tickets)),
    OutputColumn[Stats](title="Orders", of=lambda s: counts(s.orders)),
    OutputColumn[Stats](title="Jobs", of=lambda s: counts(s.jobs)),
    OutputColumn[Stats](title="Events", of=lambda s: s.events),
)


def trace(ctx: typer.Context, order: options.OrderId, json: options.Json = None) -> None:
    """Show everything that happened to an order: who did what when, and the jobs it led to.

    Examples:
      ticketing admin trace ord_7k
      ticketing admin trace ord_7k --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, Trace)
    found = run.api.call(TRACE_ORDER, order_id=order)
    if fields is not None:
        run.out.record(found, (), fields)
        return
    if run.out.human:
        for entry in found.events:
            run.out.line(event_text.two_lines(entry))
        run.out.line()
    else:
        run.out.records(found.events, event_text.COLUMNS, noun="events")
    run.out.records(found.jobs, JOB_COLUMNS, noun="jobs")


def events(
    ctx: typer.Context,
    kind: Annotated[
        str | None, typer.Option("--type", help="Only events of this type, e.g. order.created.")
    ] = None,
    about: Annotated[
        str | None, typer.Option(metavar="ID", help="Only events about this id.")
    ] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List events from the log, oldest first.

    Examples:
      ticketing admin events --type order.completed
      ticketing admin events --about tkt_9f --limit 0 --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, FeedEntry)
    found = run.api.pages(ADMIN_EVENTS, EventsQuery(type=kind, entity_id=about), limit=limit)
    run.out.records(found, EVENT_COLUMNS, fields, noun="events")


def stats(ctx: typer.Context, json: options.Json = None) -> None:
    """Count accounts, tickets, orders, jobs and events.

    Examples:
      ticketing admin stats
      ticketing admin stats --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, Stats)
    run.out.record(run.api.call(VIEW_STATS), STATS_COLUMNS, fields)


def counts(by_status: dict[str, int]) -> str:
    """Return counts on one line: `available 12, sold 3`."""
    return ", ".join(f"{status} {count}" for status, count in by_status.items()) or "none"

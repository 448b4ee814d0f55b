"""Log: what happened, in whole or about one order, and how much of everything there is."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.feed import ADMIN_EVENTS, TRACE_ORDER, EventsQuery, FeedEntry, Trace
from contract.jobs import JobStatus
from contract.system import VIEW_STATS, Stats
from ticketing_cli.runtime import event_text, options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import As, Column

EVENT_COLUMNS = (
    Column[FeedEntry](title="AT", of=lambda e: e.at, keep=True),
    *event_text.COLUMNS[1:],
)
JOB_COLUMNS = (
    Column[JobStatus](title="JOB", of=lambda j: j.kind, keep=True),
    Column[JobStatus](title="ABOUT", of=lambda j: j.subject, keep=True),
    Column[JobStatus](title="STATE", of=lambda j: j.state, keep=True),
    Column[JobStatus](title="TRIES", of=lambda j: j.attempts),
    Column[JobStatus](title="RUN AT", of=lambda j: j.run_at, how=As.TIME, keep=True),
    Column[JobStatus](title="LAST ERROR", of=lambda j: j.last_error),
)
STATS_COLUMNS = (
    Column[Stats](title="Accounts", of=lambda s: counts(s.accounts)),
    Column[Stats](title="Tickets", of=lambda s: counts(s.tickets)),
    Column[Stats](title="Orders", of=lambda s: counts(s.orders)),
    Column[Stats](title="Jobs", of=lambda s: counts(s.jobs)),
    Column[Stats](title="Facts", of=lambda s: s.events),
)


def trace(ctx: typer.Context, order: options.OrderId, json: options.Json = None) -> None:
    """Tell one order's whole story: who did what when, what changed, and the work it led to.

    Examples:
      ticketing admin trace ord_7k
      ticketing admin trace ord_7k --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, Trace)
    story = run.api.call(TRACE_ORDER, order_id=order)
    if fields is not None:
        run.out.record(story, (), fields)
        return
    if run.out.human:
        for entry in story.events:
            run.out.line(event_text.story(entry))
        run.out.line()
    else:
        run.out.records(story.events, event_text.COLUMNS, noun="facts")
    run.out.records(story.jobs, JOB_COLUMNS, noun="jobs")


def events(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option("--type", help="As order.created.")] = None,
    about: Annotated[str | None, typer.Option(metavar="ID", help="About this entity.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List facts from the log, oldest first.

    Examples:
      ticketing admin events --type order.completed
      ticketing admin events --about tkt_9f --limit 0 --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, FeedEntry)
    found = run.api.pages(ADMIN_EVENTS, EventsQuery(type=kind, entity_id=about), limit=limit)
    run.out.records(found, EVENT_COLUMNS, fields, noun="facts")


def stats(ctx: typer.Context, json: options.Json = None) -> None:
    """Count what is in the house.

    Examples:
      ticketing admin stats
      ticketing admin stats --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, Stats)
    run.out.record(run.api.call(VIEW_STATS), STATS_COLUMNS, fields)


def counts(by_status: dict[str, int]) -> str:
    """Write counts on one line: `available 12, sold 3`."""
    return ", ".join(f"{status} {count}" for status, count in by_status.items()) or "none"

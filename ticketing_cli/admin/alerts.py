"""Alerts: list what needs an operator, and resolve it."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.alerts import (
    LIST_ALERTS,
    RESOLVE_ALERT,
    Alert,
    AlertKind,
    AlertQuery,
    ResolveAlert,
)
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn

COLUMNS = (
    OutputColumn[Alert](title="Alert", of=lambda a: a.id),
    OutputColumn[Alert](title="Kind", of=lambda a: a.kind),
    OutputColumn[Alert](title="Since", of=lambda a: a.opened_at, style=CellStyle.RELATIVE),
    OutputColumn[Alert](title="About", of=lambda a: a.subject),
    OutputColumn[Alert](title="Order", of=lambda a: a.order_id),
    OutputColumn[Alert](title="Detail", of=lambda a: a.detail),
    OutputColumn[Alert](title="Resolved", of=lambda a: a.closed_at, style=CellStyle.RELATIVE),
    OutputColumn[Alert](title="By", of=lambda a: a.closed_by),
    OutputColumn[Alert](title="Note", of=lambda a: a.note),
)
Note = Annotated[str, typer.Option(metavar="TEXT", help="How it was resolved.", show_default=False)]


def list_alerts(
    ctx: typer.Context,
    kind: Annotated[
        AlertKind | None, typer.Option(metavar="KIND", help="Only this kind, e.g. seat_taken.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Include resolved alerts.")] = False,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List open alerts, newest first.

    Examples:
      ticketing admin attention
      ticketing admin attention --kind refund_failed --json id,subject,detail
    """
    run = Run.of(ctx)
    fields = run.fields(json, Alert)
    found = run.api.pages(LIST_ALERTS, AlertQuery(kind=kind, all=every), limit=limit)
    run.out.blocks(found, COLUMNS, fields, noun="open alerts")


def resolve(
    ctx: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's id.")],
    note: Note = "",
    json: options.Json = None,
) -> None:
    """Resolve an alert with a note. A failed refund is then marked as paid in another way.

    Examples:
      ticketing admin attention settle att_6m
      ticketing admin attention settle att_6m --note "paid by bank on 3 June"
    """
    run = Run.of(ctx)
    fields = run.fields(json, Alert)
    text = note or run.ask("How was it resolved", flag="--note")
    after = run.api.call(RESOLVE_ALERT, ResolveAlert(note=text), alert_id=alert)
    message = f"resolved {after.id}: {after.kind.value} {after.subject}"
    run.out.result(after, fields=fields, message=message, next_command="ticketing admin attention")

"""Alert: what the house cannot settle by itself, and what was done about it."""

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
from ticketing_cli.runtime import options, outcome
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import As, Column

COLUMNS = (
    Column[Alert](title="Matter", of=lambda a: a.id),
    Column[Alert](title="What", of=lambda a: a.kind),
    Column[Alert](title="Since", of=lambda a: a.opened_at, how=As.LEFT),
    Column[Alert](title="About", of=lambda a: a.subject),
    Column[Alert](title="Order", of=lambda a: a.order_id),
    Column[Alert](title="Detail", of=lambda a: a.detail),
    Column[Alert](title="Settled", of=lambda a: a.closed_at, how=As.LEFT),
    Column[Alert](title="By", of=lambda a: a.closed_by),
    Column[Alert](title="Note", of=lambda a: a.note),
)
Note = Annotated[
    str, typer.Option(metavar="TEXT", help="What was done about it.", show_default=False)
]


def list_alerts(
    ctx: typer.Context,
    kind: Annotated[AlertKind | None, typer.Option(help="Only alerts of this kind.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those settled too.")] = False,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List what needs an operator, newest first.

    Examples:
      ticketing admin attention
      ticketing admin attention --kind refund_failed --json id,subject,detail
    """
    run = Run.of(ctx)
    fields = run.fields(json, Alert)
    found = run.api.pages(LIST_ALERTS, AlertQuery(kind=kind, all=every), limit=limit)
    run.out.blocks(found, COLUMNS, fields, noun="alerts that need you")


def resolve(
    ctx: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="MATTER", help="A alert's id.")],
    note: Note = "",
    json: options.Json = None,
) -> None:
    """Close an alert, saying what was done. Of a failed refund it says: paid in another way.

    Examples:
      ticketing admin attention settle att_6m
      ticketing admin attention settle att_6m --note "paid by bank on 3 June"
    """
    run = Run.of(ctx)
    fields = run.fields(json, Alert)
    said = note or run.ask("What was done about it", flag="--note")
    after = run.api.call(RESOLVE_ALERT, ResolveAlert(note=said), alert_id=alert)
    sentence = f"settled {after.id}: {after.kind.value} {after.subject}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then="ticketing admin attention")

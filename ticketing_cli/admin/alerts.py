"""Alerts: list what needs an operator, compare who claims one seat, and resolve it."""

from __future__ import annotations

from typing import Annotated

import typer

from client import alert_text
from client.formatting import place
from client.validity import status_text
from contract.alerts import (
    LIST_ALERTS,
    RESOLVE_ALERT,
    Alert,
    AlertKind,
    AlertQuery,
    ResolveAlert,
)
from contract.moderation import VIEW_ALERT, SeatClaim, ViewedAlert
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
    OutputColumn[Alert](title="Compare", of=alert_text.compare_command, human_only=True),
)
CLAIM = (
    OutputColumn[SeatClaim](title="Ticket", of=lambda c: c.ticket and c.ticket.id),
    OutputColumn[SeatClaim](
        title="Status", of=lambda c: status_text(c.ticket) if c.ticket else "listing refused"
    ),
    OutputColumn[SeatClaim](title="Seat", of=lambda c: c.ticket and place(c.ticket)),
    OutputColumn[SeatClaim](title="Price", of=lambda c: c.ticket and c.ticket.price),
    OutputColumn[SeatClaim](
        title="Listed", of=lambda c: c.ticket and c.ticket.created_at, style=CellStyle.RELATIVE
    ),
    OutputColumn[SeatClaim](title="Seller", of=lambda c: c.seller.email),
    OutputColumn[SeatClaim](
        title="Account since", of=lambda c: c.seller.created_at, style=CellStyle.RELATIVE
    ),
    OutputColumn[SeatClaim](title="Owner", of=lambda c: c.owner and c.owner.email),
    OutputColumn[SeatClaim](
        title="Code since", of=lambda c: c.code_issued_at, style=CellStyle.RELATIVE
    ),
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
      ticketing admin alerts
      ticketing admin alerts --kind refund_failed --json id,subject,detail
    """
    run = Run.of(ctx)
    fields = run.fields(json, Alert)
    found = run.api.pages(LIST_ALERTS, AlertQuery(kind=kind, all=every), limit=limit)
    run.out.blocks(found, COLUMNS, fields, noun="open alerts")


def view(
    ctx: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's id.")],
    json: options.Json = None,
) -> None:
    """Show one alert. If two people claim one seat, both claims are shown, to compare.

    Examples:
      ticketing admin alerts view att_6m
      ticketing admin alerts view att_6m --json claims
    """
    run = Run.of(ctx)
    fields = run.fields(json, ViewedAlert)
    viewed = run.api.call(VIEW_ALERT, alert_id=alert)
    run.out.record(viewed, [c for c in COLUMNS if not c.human_only], fields)
    if fields is not None:
        return
    for claim in viewed.claims:
        run.out.line()
        run.out.record(claim, [c for c in CLAIM if c.of(claim) is not None or not run.out.human])
    commands = [each for claim in viewed.claims for each in alert_text.claim_commands(claim)]
    for command in (*commands, f"ticketing admin alerts resolve {viewed.id} --note TEXT"):
        run.out.message(f"next: {command}")


def resolve(
    ctx: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's id.")],
    note: Note = "",
    json: options.Json = None,
) -> None:
    """Resolve an alert with a note. A failed refund is then marked as paid in another way.

    Examples:
      ticketing admin alerts resolve att_6m
      ticketing admin alerts resolve att_6m --note "paid by bank on 3 June"
    """
    run = Run.of(ctx)
    fields = run.fields(json, Alert)
    text = note or run.ask("How was it resolved", flag="--note")
    after = run.api.call(RESOLVE_ALERT, ResolveAlert(note=text), alert_id=alert)
    message = f"resolved {after.id}: {after.kind.value} {after.subject}"
    run.out.result(after, fields=fields, message=message, next_command="ticketing admin alerts")

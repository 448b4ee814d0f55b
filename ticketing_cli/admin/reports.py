"""Reports: what buyers say is wrong with a ticket; refund the buyer, or let the seller be paid."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import marked
from client.report_text import PROBLEMS
from contract.reports import (
    LIST_REPORTS,
    REFUND_REPORT,
    RELEASE_REPORT,
    RefundReport,
    ReleaseReport,
    Report,
    ReportsQuery,
)
from ticketing_cli.admin.refunds import MoneyOnly, ReturnTicket, outcome
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn

COLUMNS = (
    OutputColumn[Report](title="Report", of=lambda r: r.id),
    OutputColumn[Report](title="Order", of=lambda r: r.order_id),
    OutputColumn[Report](title="Ticket", of=lambda r: r.ticket_id),
    OutputColumn[Report](title="Problem", of=lambda r: PROBLEMS[r.problem]),
    OutputColumn[Report](title="Details", of=lambda r: r.details or None),
    OutputColumn[Report](title="Price", of=lambda r: marked(r.price, live=r.live)),
    OutputColumn[Report](title="Buyer", of=lambda r: r.buyer_id),
    OutputColumn[Report](title="Seller", of=lambda r: r.seller_id),
    OutputColumn[Report](title="Since", of=lambda r: r.reported_at, style=CellStyle.RELATIVE),
    OutputColumn[Report](title="Status", of=lambda r: r.status),
    OutputColumn[Report](title="By", of=lambda r: r.resolved_by),
    OutputColumn[Report](title="Note", of=lambda r: r.note),
)
ReportId = Annotated[str, typer.Argument(metavar="REPORT", help="A report's id.")]
Note = Annotated[
    str,
    typer.Option(metavar="TEXT", help="Why; buyer and seller read it.", show_default=False),
]


def list_reports(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Include resolved reports.")] = False,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List open reports of buyers, newest first.

    Examples:
      ticketing admin reports
      ticketing admin reports --all --json id,order_id,status,note
    """
    run = Run.of(ctx)
    fields = run.fields(json, Report)
    found = run.api.pages(LIST_REPORTS, ReportsQuery(all=every), limit=limit)
    run.out.blocks(found, COLUMNS, fields, noun="reports" if every else "open reports")


def refund(
    ctx: typer.Context,
    report: ReportId,
    note: Note = "",
    return_ticket: ReturnTicket = False,
    money_only: MoneyOnly = False,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Decide for the buyer: all of the money goes back. This cannot be undone.

    The ticket becomes void, unless an option says otherwise; see `ticketing admin refund`.

    Examples:
      ticketing admin reports refund rpt_4c --note "The venue confirms it."
      ticketing admin reports refund rpt_4c --note "Sold twice." --money-only --yes
    """
    run = Run.of(ctx)
    fields = run.fields(json, Report)
    ticket = outcome(return_ticket=return_ticket, money_only=money_only)
    text = note or run.ask("Why is the buyer refunded", flag="--note")
    if not yes:
        run.confirm(f"Refund the buyer of report {report}?", declined="Nothing was refunded")
    made = run.api.call(REFUND_REPORT, RefundReport(note=text, ticket=ticket), report_id=report)
    message = f"refunding {marked(made.price, live=made.live)} of {made.order_id}"
    next_command = f"ticketing admin refunds --order {made.order_id}"
    run.out.result(made, fields=fields, message=message, next_command=next_command)


def release(
    ctx: typer.Context,
    report: ReportId,
    note: Note = "",
    json: options.Json = None,
) -> None:
    """Decide for the seller, who is paid like for any other sale.

    Examples:
      ticketing admin reports release rpt_4c --note "The gate let the buyer in at 20:02."
      ticketing admin reports release rpt_4c
    """
    run = Run.of(ctx)
    fields = run.fields(json, Report)
    text = note or run.ask("Why is the seller paid", flag="--note")
    made = run.api.call(RELEASE_REPORT, ReleaseReport(note=text), report_id=report)
    message = f"released the sale of order {made.order_id}; its seller is paid after the show"
    next_command = "ticketing admin reports"
    run.out.result(made, fields=fields, message=message, next_command=next_command)

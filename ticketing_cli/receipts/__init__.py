"""Receipts: show a receipt as text, or write it as a PDF or a calendar file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from client import calendar
from client.receipts import text
from contract.receipts import VIEW_RECEIPT, Receipt
from ticketing_cli.runtime import files, options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode

#: Draws a receipt; returns the PDF and warnings about characters it could not draw.
Drawer = Callable[[Receipt], tuple[bytes, list[str]]]
Pdf = Annotated[
    str, typer.Option(metavar="FILE", help="Write a PDF; - is stdout.", show_default=False)
]
Ics = Annotated[
    str,
    typer.Option(metavar="FILE", help="Write a calendar file; - is stdout.", show_default=False),
]


def receipt(
    ctx: typer.Context,
    order: options.OrderId,
    pdf: Pdf = "",
    ics: Ics = "",
    force: files.Force = False,
    json: options.Json = None,
) -> None:
    """Show the receipt of an order: what was paid, for what, with which card, what was refunded.

    It does not contain the entry code. The calendar entry ends three hours after the start.

    Examples:
      ticketing orders receipt ord_7k
      ticketing orders receipt ord_7k --pdf receipt.pdf --ics show.ics
      ticketing orders receipt ord_7k --ics - | less
    """
    run = Run.of(ctx)
    fields = run.fields(json, Receipt)
    wanted = [name for name in (pdf, ics) if name]
    if len(set(wanted)) < len(wanted):
        raise CommandError(ExitCode.USAGE, "--pdf and --ics cannot write to the same file")
    for name in wanted:
        files.refuse(name, force=force, as_json=fields is not None)
    draw = _drawer() if pdf else None
    paid = run.api.call(VIEW_RECEIPT, order_id=order)
    if draw is not None:
        content, warnings = draw(paid)
        files.write(run, pdf, content, force=force)
        for warning in warnings:
            run.out.warn(warning)
    if ics:
        files.write(run, ics, calendar.to_ics(paid, run.clock.now()), force=force)
    if fields is not None:
        run.out.record(paid, (), fields)
    elif written := [name for name in wanted if name != files.STDOUT]:
        run.out.message(f"wrote {', '.join(written)}")
    elif not wanted:
        for line in text.lines(paid, width=run.out.out.width, blocks=run.out.out.draws_blocks):
            run.out.line(line)


def _drawer() -> Drawer:
    """Return the function that draws a PDF; raise CommandError if reportlab is not installed."""
    try:
        from ticketing_cli.receipts import pdf
    except ImportError:
        hint = "install it with `pip install 'ticketing[pdf]'`"
        message = "PDF support is not installed"
        raise CommandError(ExitCode.USAGE, message, hint=hint, code="extra_missing") from None
    return pdf.draw

"""Receipts: what was paid for, as text, as a PDF, and as an entry for a calendar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from client import calendar
from client.receipts import text
from contract.receipts import VIEW_RECEIPT, Receipt
from ticketing_cli.runtime import files, options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop

#: Draws a receipt: the PDF, and what is to be said of letters it could not draw.
Drawer = Callable[[Receipt], tuple[bytes, list[str]]]
Pdf = Annotated[
    str, typer.Option(metavar="FILE", help="Write it as a PDF; - is stdout.", show_default=False)
]
Ics = Annotated[
    str,
    typer.Option(
        metavar="FILE", help="Write the show for a calendar; - is stdout.", show_default=False
    ),
]


def receipt(
    ctx: typer.Context,
    order: options.OrderId,
    pdf: Pdf = "",
    ics: Ics = "",
    force: files.Force = False,
    json: options.Json = None,
) -> None:
    """Show the receipt of an order: what was paid, for what, with which card, what went back.

    The entry code is not on it. A calendar needs an end: three hours after the start is assumed.

    Examples:
      ticketing orders receipt ord_7k
      ticketing orders receipt ord_7k --pdf receipt.pdf --ics show.ics
      ticketing orders receipt ord_7k --ics - | less
    """
    run = Run.of(ctx)
    fields = run.fields(json, Receipt)
    wanted = [name for name in (pdf, ics) if name]
    if len(set(wanted)) < len(wanted):
        raise Stop(Exit.USAGE, "--pdf and --ics cannot go to the same place")
    for name in wanted:
        files.refuse(name, force=force, as_json=fields is not None)
    draw = _drawer() if pdf else None
    paid = run.api.call(VIEW_RECEIPT, order_id=order)
    if draw is not None:
        content, remarks = draw(paid)
        files.write(run, pdf, content, force=force)
        for remark in remarks:
            run.out.warn(remark)
    if ics:
        files.write(run, ics, calendar.to_ics(paid, run.clock.now()), force=force)
    if fields is not None:
        run.out.record(paid, (), fields)
    elif written := [name for name in wanted if name != files.STDOUT]:
        run.out.say(f"wrote {', '.join(written)}")
    elif not wanted:
        for line in text.lines(paid, width=run.out.out.width, blocks=run.out.out.draws_blocks):
            run.out.line(line)


def _drawer() -> Drawer:
    """Return what draws a PDF; raise Stop with exit code 2 where that is not installed."""
    try:
        from ticketing_cli.receipts import pdf
    except ImportError:
        hint = "install it with `pip install 'ticketing[pdf]'`"
        message = "PDFs are drawn by an extra that is not installed here"
        raise Stop(Exit.USAGE, message, hint=hint, code="extra_missing") from None
    return pdf.draw

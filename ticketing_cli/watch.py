"""Watch: follow the marketplace's events live."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from client.feed import Signal, listen
from contract.feed import FeedEntry
from ticketing_cli.runtime import event_text, options
from ticketing_cli.runtime.context import Run


def watch(
    ctx: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Include all orders and payments; for admins.")
    ] = False,
    cursor: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Start after this event instead of now.")
    ] = None,
    json: options.Json = None,
) -> None:
    """Follow events, one per line, until Ctrl-C. Broken connections are resumed.

    With --json each line is a JSON object (JSON Lines); --cursor resumes after its `cursor`.

    Examples:
      ticketing watch
      ticketing watch --json all | jq .event
    """
    run = Run.of(ctx)
    fields = run.fields(json, FeedEntry)
    with closing(listen(run.api, cursor=cursor, everything=everything)) as feed:
        for item in feed:
            if isinstance(item, FeedEntry):
                run.out.entry(item, event_text.COLUMNS, fields)
            elif item is Signal.LIVE:
                run.out.message("connected; press Ctrl-C to stop")
            elif item is Signal.LOST:
                run.out.message("connection lost; reconnecting")
            elif item is Signal.RESYNC:
                run.out.warn("some events were missed; list the current state again")

"""Watch: follow what happens in the marketplace, live."""

from __future__ import annotations

from typing import Annotated

import typer

from client.feed import Signal, listen
from contract.feed import FeedEntry
from ticketing_cli.runtime import event_text, options
from ticketing_cli.runtime.context import Run


def watch(
    ctx: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Everybody's orders and payments too; for admins.")
    ] = False,
    cursor: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Start after this entry, not now.")
    ] = None,
    json: options.Json = None,
) -> None:
    """Follow what happens, one line each, until Ctrl-C. Broken connections are resumed.

    With --json each line is a JSON object of its own (JSON Lines); its `cursor` resumes after it.

    Examples:
      ticketing watch
      ticketing watch --json all | jq .event
    """
    run = Run.of(ctx)
    fields = run.fields(json, FeedEntry)
    for heard in listen(run.api, cursor=cursor, everything=everything):
        if isinstance(heard, FeedEntry):
            run.out.entry(heard, event_text.COLUMNS, fields)
        elif heard is Signal.LIVE:
            run.out.say("listening; Ctrl-C ends it")
        elif heard is Signal.LOST:
            run.out.say("the connection broke off; connecting again")
        elif heard is Signal.RESYNC:
            run.out.warn("some facts were missed; read the lists again")

"""Sessions: list where an account is signed in, and end a session."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.auth import END_SESSION, LIST_SESSIONS, Session
from contract.base import Empty, PageQuery
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn

COLUMNS = (
    OutputColumn[Session](title="ID", of=lambda s: s.id, keep=True),
    OutputColumn[Session](title="CLIENT", of=lambda s: s.client),
    OutputColumn[Session](title="LAST USED", of=lambda s: s.last_used_at, style=CellStyle.RELATIVE),
    OutputColumn[Session](title="EXPIRES", of=lambda s: s.expires_at, style=CellStyle.RELATIVE),
    OutputColumn[Session](title="THIS ONE", of=lambda s: s.current),
)


def sessions(
    ctx: typer.Context,
    end: Annotated[
        str | None, typer.Option("--end", metavar="SESSION", help="End this session.")
    ] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List your sessions, or end one.

    Examples:
      ticketing auth sessions
      ticketing auth sessions --end ses_9f
    """
    run = Run.of(ctx)
    fields = run.fields(json, Session)
    if end is not None:
        run.api.call(END_SESSION, Empty(), session_id=end)
        run.out.message(f"session {end} has ended")
        return
    found = run.api.pages(LIST_SESSIONS, PageQuery(), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="sessions")

"""Serve: run a server on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from ticketing_cli.runtime import child
from ticketing_cli.runtime.context import Run


def serve(
    ctx: typer.Context,
    database: Annotated[str, typer.Option(metavar="URL", help="SQLite or PostgreSQL.")] = "",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[
        str, typer.Option(metavar="PORT", help="Port to listen on; 0 for a free one.")
    ] = "",
    lock_for: Annotated[
        str, typer.Option(metavar="TIME", help="How long a lock lasts, e.g. 15m.")
    ] = "",
) -> int:
    """Run a server on this machine until Ctrl-C. Options left out come from the environment.

    It prints `listening on http://...` when it is ready. `ticketing-server run --help` has more.

    Examples:
      ticketing serve
      ticketing serve --database sqlite:////var/lib/ticketing/market.db --port 9000
    """
    run = Run.of(ctx)
    given = {"database": database, "host": host, "port": port, "lock-for": lock_for}
    args = [part for name, value in given.items() if value for part in (f"--{name}", value)]
    with child.server(args, run.env) as process, child.signals_to(process):
        status = process.wait()
    return 128 - status if status < 0 else status  # the shell's convention for a signal

"""Help: explain a command, or a topic that concerns several commands."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from ticketing_cli import topics
from ticketing_cli.commands import COMMANDS
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode


def help_command(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND|TOPIC]...", help=f"Topics: {', '.join(topics.TOPICS)}."),
    ] = None,
) -> None:
    """Explain a command or a topic.

    Examples:
      ticketing help buy
      ticketing help exit-codes
    """
    from ticketing_cli.runtime.command_loader import help_for

    run = Run.of(ctx)
    names = words or []
    if names[:1] and names[0] in topics.TOPICS:
        run.out.line(topics.TOPICS[names[0]]())
        return
    if names[:1] and names[0] not in COMMANDS:
        near = difflib.get_close_matches(names[0], [*COMMANDS, *topics.TOPICS], n=1)
        hint = (
            f"did you mean `ticketing help {near[0]}`?"
            if near
            else "`ticketing help` lists all commands"
        )
        raise CommandError(
            ExitCode.USAGE, f"there is no help on {names[0]!a}", hint=hint, code="usage"
        )
    run.out.line(help_for(names))

"""Tui: open the terminal app."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode


def tui(
    ctx: typer.Context,
    theme: Annotated[
        str, typer.Option(metavar="NAME", help="night, day, monochrome, or a Textual theme.")
    ] = "",
    no_mouse: Annotated[bool, typer.Option("--no-mouse", help="Do not capture the mouse.")] = False,
    readonly: Annotated[
        bool, typer.Option("--readonly", help="Allow viewing only, no purchases or changes.")
    ] = False,
) -> int:
    """Open the terminal app, with live updates and everything that these commands do.

    Each screen shows its keys at the bottom; ctrl-p lists all commands. Define your own keys in
    keys.toml in the settings folder, e.g. `market.buy = "B"`.

    Examples:
      ticketing tui
      ticketing tui --theme ansi-dark --no-mouse
      ticketing tui --server https://tickets.example.org --readonly
    """
    run = Run.of(ctx)
    if not (run.stdin.isatty() and run.out.stdout.isatty()) or run.env.get("TERM") == "dumb":
        raise CommandError(
            ExitCode.USAGE,
            "the app needs an interactive terminal",
            hint="`ticketing list` shows tickets on sale, `ticketing watch` follows events",
            code="no_terminal",
        )
    gc.disable()  # until the app is open: nearly all objects created before then stay
    from tui.launch import open_app
    from tui.session import LaunchOptions

    options = LaunchOptions(
        server=run.server, theme=theme or None, mouse=not no_mouse, readonly=readonly
    )
    return open_app(run.env, options)

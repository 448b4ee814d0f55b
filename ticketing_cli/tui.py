"""Tui: the way to the terminal app."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop


def tui(
    ctx: typer.Context,
    theme: Annotated[
        str, typer.Option(metavar="NAME", help="night, day, monochrome, or one of Textual's.")
    ] = "",
    no_mouse: Annotated[
        bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal.")
    ] = False,
    readonly: Annotated[
        bool, typer.Option("--readonly", help="Only look: nothing can be bought or changed.")
    ] = False,
) -> int:
    """Open the terminal app: the market, live, with everything these commands do.

    Its keys are shown at the foot of each screen; ctrl-p finds everything. Keys of your own stand
    in keys.toml in the settings' folder, as in `market.buy = "B"`.

    Examples:
      ticketing tui
      ticketing tui --theme ansi-dark --no-mouse
      ticketing tui --server https://tickets.example.org --readonly
    """
    run = Run.of(ctx)
    if not (run.stdin.isatty() and run.out.stdout.isatty()) or run.env.get("TERM") == "dumb":
        raise Stop(
            Exit.USAGE,
            "the app needs a terminal it can draw on",
            hint="`ticketing list` shows what is on sale, `ticketing watch` what happens",
            code="no_terminal",
        )
    gc.disable()  # until it is open: nearly everything that is made before stays
    from tui.launch import open_app
    from tui.session import LaunchOptions

    options = LaunchOptions(
        server=run.server, theme=theme or None, mouse=not no_mouse, readonly=readonly
    )
    return open_app(run.env, options)

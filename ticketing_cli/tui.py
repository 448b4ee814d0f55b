"""Tui: the way to the terminal app."""

from __future__ import annotations

from ticketing_cli.shell.exits import Exit, Stop


def tui() -> None:
    """Open the terminal app.

    Examples:
      ticketing tui
      ticketing watch
    """
    raise Stop(
        Exit.FAILED,
        "the terminal app is not part of this version yet",
        hint="`ticketing list` shows what is on sale, `ticketing watch` what happens",
        code="not_there_yet",
    )

"""Dates: what --from and --to accept. Never guessed: 03/04 is March to some and April to others."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

import typer

ACCEPTED = "write 2028-06-08, or 2028-06-08T13:00:00-06:00"


def start(text: str) -> datetime:
    """Read a moment; a bare date is where that day begins, on this machine's clock."""
    return _read(text, time.min)


def end(text: str) -> datetime:
    """Read a moment; a bare date is where that day ends, on this machine's clock."""
    return _read(text, time.max)


def _read(text: str, otherwise: time) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!a} is not a date; {ACCEPTED}.") from None
    if at.tzinfo is not None:
        return at
    if len(text) > len("2028-06-08"):
        raise typer.BadParameter(f"{text!a} does not say its offset from UTC; {ACCEPTED}.")
    return datetime.combine(at.date(), otherwise).astimezone()


From = Annotated[
    datetime | None,
    typer.Option("--from", parser=start, metavar="DATE", help="Starting on this day or later."),
]
To = Annotated[
    datetime | None,
    typer.Option("--to", parser=end, metavar="DATE", help="Starting on this day or earlier."),
]

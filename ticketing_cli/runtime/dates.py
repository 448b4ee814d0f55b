"""Dates: parse --from and --to. Only ISO dates: 03/04 is March to some and April to others."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

import typer

EXPECTED = "use 2028-06-08 or 2028-06-08T13:00:00-06:00"


def start(text: str) -> datetime:
    """Parse a time; a date alone is the beginning of that day, in this machine's time zone."""
    return _parse(text, time.min)


def end(text: str) -> datetime:
    """Parse a time; a date alone is the end of that day, in this machine's time zone."""
    return _parse(text, time.max)


def _parse(text: str, default: time) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!a} is not a date; {EXPECTED}.") from None
    if at.tzinfo is not None:
        return at
    if len(text) > len("2028-06-08"):
        raise typer.BadParameter(f"{text!a} has no UTC offset; {EXPECTED}.")
    return datetime.combine(at.date(), default).astimezone()


From = Annotated[
    datetime | None,
    typer.Option("--from", parser=start, metavar="DATE", help="Only shows on this day or later."),
]
To = Annotated[
    datetime | None,
    typer.Option("--to", parser=end, metavar="DATE", help="Only shows on this day or earlier."),
]

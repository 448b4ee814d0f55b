"""Dates: parse times and periods. Only ISO dates: 03/04 is March to some and April to others.

A date is one on the calendar where the show is, whatever the time zone of the reader.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

import typer

#: The units of a period, in seconds.
UNITS = {"m": 60, "h": 3600, "d": 24 * 3600}
PERIOD = re.compile(r"([1-9][0-9]{0,5})([mhd])")
EXPECTED = "use 2028-06-08 or 2028-06-08T13:00:00-06:00"


def period(text: str) -> int:
    """Parse a length of time such as `30m`, `12h` or `7d` into seconds."""
    match = PERIOD.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!a} is not a length of time; use 30m, 12h or 7d.")
    return int(match[1]) * UNITS[match[2]]


def parse(text: str) -> date:
    """Parse a date, or a moment with its UTC offset."""
    try:
        if len(text) <= len("2028-06-08"):
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!a} is not a date; {EXPECTED}.") from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text!a} has no UTC offset; {EXPECTED}.")
    return at


def moment(given: date | None) -> datetime | None:
    """Return what was given as a moment, for `starts_from` and `starts_to`."""
    return given if isinstance(given, datetime) else None


def day(given: date | None) -> date | None:
    """Return what was given as a date, for `day_from` and `day_to`."""
    return None if isinstance(given, datetime) else given


From = Annotated[
    date | None,
    typer.Option(
        "--from", parser=parse, metavar="DATE",
        help="Only shows on this day or later, by the local date of the show.",
    ),
]  # fmt: skip
To = Annotated[
    date | None,
    typer.Option(
        "--to", parser=parse, metavar="DATE",
        help="Only shows on this day or earlier, by the local date of the show.",
    ),
]  # fmt: skip

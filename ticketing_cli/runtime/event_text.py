"""Event text: the columns of an event in a list, and an event in two lines."""

from __future__ import annotations

from client.event_text import describe_change, subject
from contract.feed import FeedEntry
from ticketing_cli.runtime.formats import CellStyle, OutputColumn, for_people

COLUMNS = (
    OutputColumn[FeedEntry](title="AT", of=lambda e: e.at, style=CellStyle.CLOCK, keep=True),
    OutputColumn[FeedEntry](title="ACTOR", of=lambda e: e.actor, optional=True),
    OutputColumn[FeedEntry](title="EVENT", of=lambda e: e.event.name, keep=True),
    OutputColumn[FeedEntry](title="ABOUT", of=lambda e: subject(e.event), keep=True),
    OutputColumn[FeedEntry](title="CHANGE", of=lambda e: describe_change(e.event)),
)


def two_lines(entry: FeedEntry) -> str:
    """Return an event as two lines: when and what, then who and what changed."""
    at = for_people(entry.at, CellStyle.CLOCK, entry.at)
    details = f"by {entry.actor}: {describe_change(entry.event)}"
    return f"{at}  {entry.event.name}  {subject(entry.event)}\n          {details}"

"""Facts: one line for people about anything that happened."""

from __future__ import annotations

from client.event_text import describe_change, subject
from contract.feed import FeedEntry
from ticketing_cli.runtime.formats import As, Column, for_people

COLUMNS = (
    Column[FeedEntry](title="AT", of=lambda e: e.at, how=As.TIME, keep=True),
    Column[FeedEntry](title="ACTOR", of=lambda e: e.actor, spare=True),
    Column[FeedEntry](title="FACT", of=lambda e: e.event.name, keep=True),
    Column[FeedEntry](title="ABOUT", of=lambda e: subject(e.event), keep=True),
    Column[FeedEntry](title="CHANGE", of=lambda e: describe_change(e.event)),
)


def story(entry: FeedEntry) -> str:
    """Tell a fact in two lines: when and what, then who and what changed."""
    at = for_people(entry.at, As.TIME, entry.at)
    said = f"by {entry.actor}: {describe_change(entry.event)}"
    return f"{at}  {entry.event.name}  {subject(entry.event)}\n          {said}"

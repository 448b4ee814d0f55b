"""Facts: one line for people about anything that happened."""

from __future__ import annotations

from contract.feed import FeedEntry
from contract.money import Money
from contract.wire import Event
from ticketing_cli.shell.formats import As, Column, for_people, for_pipe

#: Said already by the columns beside it, or only of use to programs.
UNSAID = frozenset(
    {
        "id", "version", "order_id", "ticket_id", "show_id", "buyer_id", "seller_id",
        "section", "row", "seat",
    }
)  # fmt: skip
#: What people look for first.
FIRST = ("status", "reason")


def change(event: Event) -> str:
    """Say what a fact changed: `status locked, price EUR 45.00, order ord_7k`."""
    names = sorted(event.__struct_fields__, key=lambda name: name not in FIRST)
    said = [
        f"{name.replace('_', ' ')} {_value(value)}"
        for name in names
        if name not in UNSAID and (value := getattr(event, name)) not in (None, "")
    ]
    if event.order and event.order != event.id:
        said.append(f"order {event.order}")
    return ", ".join(said)


def subject(event: Event) -> str:
    """Say which entity a fact is about, at which version."""
    return f"{event.id} v{event.version}" if event.version else event.id


COLUMNS = (
    Column[FeedEntry](title="AT", of=lambda e: e.at, how=As.TIME, keep=True),
    Column[FeedEntry](title="ACTOR", of=lambda e: e.actor, spare=True),
    Column[FeedEntry](title="FACT", of=lambda e: e.event.name, keep=True),
    Column[FeedEntry](title="ABOUT", of=lambda e: subject(e.event), keep=True),
    Column[FeedEntry](title="CHANGE", of=lambda e: change(e.event)),
)


def story(entry: FeedEntry) -> str:
    """Tell a fact in two lines: when and what, then who and what changed."""
    at = for_people(entry.at, As.TIME, entry.at)
    said = f"by {entry.actor}: {change(entry.event)}"
    return f"{at}  {entry.event.name}  {subject(entry.event)}\n          {said}"


def _value(value: object) -> str:
    return str(value) if isinstance(value, Money) else for_pipe(value)

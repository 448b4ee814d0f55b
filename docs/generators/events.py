"""The event catalogue: each event, when and by whom it is published, and who handles it."""

from __future__ import annotations

from contract.alerts import OPERATORS
from contract.base import Event
from docs.generators import flow, shapes, traffic
from docs.generators.code import room, verb
from docs.generators.markdown import code, page, table, tick, ticks, told
from docs.generators.publishing import uncounted

ORIGIN = "`contract/` and `server/`"
OPENING = """\
A **event** says what has happened. It is published inside the transaction that makes it true, it
carries values and not rows, and it names no receiver. Rooms that react to it do so in that very
transaction, before the commit. After the commit the same row of the `events` table is audit log,
live feed and outbox at once. "Calls go down and may refuse; events go up and may not"
([architecture](architecture.md))."""
READING = """\
Calls come down the lanes on the left, to the verbs beside the caller's name. What a room tells
goes up its lane on the right, to the log. A dot on a lane is where another room hears of it; the
verb beside what it hears is left out where it is the event's own word."""
VERSIONS = """\
Every event has `type` (its name), `id` and `version`. `id` is the entity the event is about, and
`version` that entity's version after it: 1, 2, 3 without a gap. An event that changes no entity has
version 0. The database refuses a version that was used before, and `ticketing-server check` finds
one that is missing."""
AFTERWARDS = """\
After commit every event reaches the **feed**, which reads the log: everybody gets events without an
audience, an event with one reaches only that account, and operators may ask for all. **Expiration**
hears nothing: it looks at the orders' deadlines five times a second. The **job runner** is woken by
the jobs that a command or a subscription leaves behind."""
JOBS = """\
What leaves the process is a **job**: a row written in the same transaction, done at least once,
and safe to repeat."""
TRACE = """\
Which rooms did one sale pass through? `ticketing admin trace ORDER` tells an order's events and
jobs with actors and times, `ticketing watch` shows events as they are committed, and
`ticketing admin events` lists the log."""


def render() -> str:
    """Return the page."""
    return page(
        "Events",
        ORIGIN,
        OPENING,
        "## The flow",
        "![How calls and events pass between the rooms](events.svg)",
        READING,
        "The same as text, for a terminal:",
        code(flow.as_text(), "text"),
        "## Who publishes, who reacts",
        table(
            ("event", "published by", "in the same transaction", "after commit"),
            map(_summary, traffic.EVENTS),
        ),
        AFTERWARDS,
        "## Work after commit",
        JOBS,
        table(
            ("job", "left by", "what it does"),
            ((tick(kind), name, does) for kind, name, does in traffic.jobs()),
        ),
        "## What all events have in common",
        VERSIONS,
        TRACE,
        "## One by one",
        *map(_entry, traffic.EVENTS),
    )


def _summary(event: type[Event]) -> tuple[str, str, str, str]:
    return (f"[`{event.name}`](#{event.name.replace('.', '')})", _publishers(event),
            _reactions(event) or "nobody", _audience(event, short=True))  # fmt: skip


def _publishers(event: type[Event]) -> str:
    by_room: dict[str, list[str]] = {}
    for function in traffic.publishers()[event]:
        by_room.setdefault(flow.called(room(function.path)), []).append(verb(function))
    return "; ".join(f"**{name}**: {ticks(verbs)}" for name, verbs in by_room.items())


def _reactions(event: type[Event]) -> str:
    heard = traffic.subscriptions()[event]
    return "; ".join(f"**{name}** {tick(function)}" for name, function, _ in heard)


def _entry(event: type[Event]) -> str:
    lines = [
        f"### {event.name}",
        f"`{event.__name__}`. {told(event)}",
        f"- **Published by** {_publishers(event)}",
        *(
            f"- **Heard by** {name}, `{function}`: {does}"
            for name, function, does in traffic.subscriptions()[event]
        ),
        f"- **Audience** {_audience(event)}",
        f"- **Version** {_version(event)}",
        "",
        table(("field", "type"), (row[:2] for row in shapes.rows(event))),
    ]
    return "\n".join([lines[0], "", lines[1], "", *lines[2:]])


def _audience(event: type[Event], *, short: bool = False) -> str:
    """Say who may hear an event, by asking one whose fields are their own names."""
    names = {field.encode_name: field.encode_name for field in shapes.fields(event)}
    heard = event.audience.fget(_Named(names)) if event.audience.fget else None  # type: ignore[attr-defined]
    if heard is None:
        return "feed: everybody" if short else "everybody"
    if heard == OPERATORS:
        return "feed: operators" if short else "operators alone"
    who = "the account itself" if heard == "id" else f"the account in `{heard}`"
    return f"feed: {who}" if short else f"{who}, and operators"


def _version(event: type[Event]) -> str:
    if event in uncounted():
        return "0: it changes no entity by itself"
    what = event.name.partition(".")[0]
    return f"the {'alert' if what == 'attention' else what}'s, one more each time"


class _Named:
    """Stands in for an event: each of its fields is its own name."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.__dict__.update(fields)

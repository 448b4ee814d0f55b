"""The event catalogue: each event, who publishes it and when, who handles it, and its fields."""

from __future__ import annotations

from collections.abc import Iterator

from contract.alerts import OPERATORS
from contract.base import Event
from contract.flow import FlowJob
from docs.generators import marketplace, shapes
from docs.generators.code import service_of, short_name
from docs.generators.markdown import anchor, docstring, first_line, page, table, tick, ticks
from docs.generators.mermaid import diagram, edge
from docs.generators.publishing import EVENTS, publishers, unversioned
from server.app import SUBSCRIPTIONS

ORIGIN = "`contract/` and `server/`"
OPENING = """\
An **event** is something that happened. It is published inside the transaction that makes it true,
carries values, not rows, and names no receiver. The services that subscribe to it handle it in that
same transaction, before the commit. After the commit, its row in the `events` table is audit log,
live feed and outbox at once. "Calls go down and may refuse; events go up and may not"
([architecture](architecture.md))."""
CALLS = """\
An arrow is a call from a service to one in a lower layer, labelled with the functions called. Only
calls that change something are shown. A call may refuse."""
HANDLING = """\
An arrow leads from the service that publishes an event to one that handles it in the same
transaction. `jobs` is the job runner. Most events have no subscriber: they are published for the
feed and the log."""
AFTERWARDS = """\
After the commit every event reaches the **feed**, which reads the log. An event without an audience
goes to everybody; an event with one goes to that account only; operators may ask for all events.
**Expiration** subscribes to nothing: it looks at the orders' deadlines five times a second. The
**job runner** wakes up when a transaction has enqueued a job."""
JOBS = """\
Whatever leaves the process is a **job**: a row written in the same transaction, done at least once,
and safe to repeat."""
VERSIONS = """\
Every event has `type` (its name), `id` and `version`. `id` is the entity that the event is about,
`version` that entity's version after the event: 1, 2, 3 without a gap. An event that changes no
entity has version 0. The database refuses a version that was used before, and
`ticketing-server check` finds one that is missing."""
TRACE = """\
Which services did one sale pass through? `ticketing admin trace ORDER` shows an order's events and
jobs with actors and times, `ticketing watch` shows events as they are committed, and
`ticketing admin events` lists the log. An operator's client reads the flow on this page from
[`GET /v1/admin/flow`](api.md#get-v1adminflow)."""


def render() -> str:
    """Return the page."""
    return page(
        "Events",
        ORIGIN,
        OPENING,
        "## Calls go down",
        calls_chart(),
        CALLS,
        "## Events go up",
        events_chart(),
        HANDLING,
        "## Publishers and subscribers",
        table(
            ("event", "published by", "handled in the same transaction by", "after commit"),
            map(_summary, EVENTS),
        ),
        AFTERWARDS,
        "## Work after commit",
        JOBS,
        table(("job", "service", "what it does"), map(_job, marketplace.flow().jobs)),
        "## What all events have in common",
        VERSIONS,
        TRACE,
        "## Event by event",
        *map(_entry, EVENTS),
    )


def calls_chart() -> str:
    """Return the flowchart of the calls between services."""
    calls = marketplace.flow().calls
    lines = (edge(call.caller, call.callee, call.functions) for call in calls)
    title = "Calls from services to services in lower layers"
    return diagram("flowchart TB", title=title, lines=lines)


def events_chart() -> str:
    """Return the flowchart of the events that services handle; the publishers are below."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for event in marketplace.flow().events:
        for subscriber in event.subscribers:
            pairs.setdefault((event.publisher, subscriber), []).append(event.name)
    lines = [edge(start, end, names, dotted=True) for (start, end), names in pairs.items()]
    title = "Events from the services that publish them to those that handle them"
    return diagram("flowchart BT", title=title, lines=(*_silent(), *lines))


def _silent() -> Iterator[str]:
    """Yield a box for each service whose events no other service handles."""
    events = marketplace.flow().events
    linked = {name for e in events if e.subscribers for name in (e.publisher, *e.subscribers)}
    for name in dict.fromkeys(event.publisher for event in events):
        if name not in linked:
            yield name


def _summary(event: type[Event]) -> tuple[str, str, str, str]:
    subscribers = "; ".join(f"**{name}**: {tick(verb)}" for name, verb, _ in _handlers(event))
    return (f"[`{event.name}`]({anchor(event.name)})", _publishers(event),
            subscribers or "no service", _audience(event, short=True))  # fmt: skip


def _publishers(event: type[Event]) -> str:
    by_service: dict[str, list[str]] = {}
    for function in publishers()[event]:
        by_service.setdefault(service_of(function.path), []).append(short_name(function))
    return "; ".join(f"**{name}**: {ticks(verbs)}" for name, verbs in by_service.items())


def _handlers(event: type[Event]) -> Iterator[tuple[str, str, str]]:
    """Yield service, function and effect of each handler of an event, in the order they run."""
    for subscription in SUBSCRIPTIONS:
        if subscription.event is event:
            handler = subscription.handler
            name = str(getattr(handler, "__name__", handler))
            yield service_of(handler.__module__), name, first_line(handler)


def _job(job: FlowJob) -> tuple[str, str, str]:
    return tick(job.kind), job.service, first_line(marketplace.jobs()[job.kind].run)


def _entry(event: type[Event]) -> str:
    lines = [
        f"### {event.name}",
        f"`{event.__name__}`. {docstring(event)}",
        f"- **Published by** {_publishers(event)}",
        *(f"- **Handled by** {name}, `{verb}`: {does}" for name, verb, does in _handlers(event)),
        f"- **Audience** {_audience(event)}",
        f"- **Version** {_version(event)}",
        "",
        table(("field", "type"), (row[:2] for row in shapes.rows(event))),
    ]
    return "\n".join([lines[0], "", lines[1], "", *lines[2:]])


def _audience(event: type[Event], *, short: bool = False) -> str:
    """Return who receives an event, by asking one whose fields are their own names."""
    names = {field.encode_name: field.encode_name for field in shapes.fields(event)}
    audience = event.audience.fget(_Named(names)) if event.audience.fget else None  # type: ignore[attr-defined]
    if audience is None:
        return "feed: everybody" if short else "everybody"
    if audience == OPERATORS:
        return "feed: operators" if short else "operators only"
    account = "the account itself" if audience == "id" else f"the account in `{audience}`"
    return f"feed: {account}" if short else f"{account}, and operators"


def _version(event: type[Event]) -> str:
    if event in unversioned():
        return "0: the event changes no entity"
    entity = event.name.partition(".")[0]
    return f"of the {'alert' if entity == 'attention' else entity}, one higher each time"


class _Named:
    """Stands in for an event: each of its fields is its own name."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.__dict__.update(fields)

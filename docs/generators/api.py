"""The API reference and the OpenAPI document, from the routes of a real server."""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

from contract import problems
from contract.base import Empty, Event
from contract.endpoint import Access, Endpoint
from contract.problems import Problem, ProblemDocument
from db.engine import open_database
from docs.generators import shapes
from docs.generators.markdown import anchor, page, table, tick, told
from server.app import Application
from server.clock import SystemClock, system_rng
from server.openapi import document
from server.routing import AnyRoute, RawRoute
from server.settings import Settings
from ticketing_cli.runtime.errors import status_of

ORIGIN = "`contract/` and the server's routes"
OPENING = """\
Everything is JSON over HTTP, and `ticketing` itself uses nothing else. The same as a document for
tools: [openapi.json](openapi.json), which a server also gives at `/openapi.json`."""
WHO = {
    Access.PUBLIC: "anybody",
    Access.SIGNED_IN: "signed in",
    Access.GATE: "who works at the gate, and operators",
    Access.ADMIN: "operators",
}
HABITS = """\
- **Signing in.** `Authorization: Bearer TOKEN`, from `/v1/auth/signup` or `/v1/auth/login`.
- **Doing things once.** Writes of who is signed in take `Idempotency-Key` (1 to 255 printable
  characters). The same key with the same request gets the same answer for a day, refusals too,
  with `Idempotency-Replayed: true`; with another request it gets `key_reused`. To open a payment
  page no key is needed: while one is open, it is given again.
- **Edits.** The `version` of a thing is its `ETag`. Where it says so below, an edit takes
  `If-Match: "3"` and is refused with `stale_version` when somebody was quicker.
- **Lists** give `items`, `next` and `total`. `next` is the `cursor` of the following page, null at
  the end; `limit` is 1 to 100; `total` is counted when asked for with `count`.
- **Money** is whole minor units with an ISO 4217 code: `{"amount": 4500, "currency": "EUR"}` is
  EUR 45.00.
- **Times** are RFC 3339. A show's `starts_at` keeps the offset of its place; all others are UTC.
- **Unknown fields** in a request are refused. Readers ignore fields they do not know, so replies
  may grow.
- **Refusals** are `application/problem+json` (RFC 9457): see [problems](#problems)."""
OPERATING = "Operating"
#: The modules of the contract in the order they are told, each with its section; what is for
#: operators alone is told last in any case.
SECTIONS = {
    "auth": "Accounts",
    "shows": "Shows and tickets",
    "tickets": "Shows and tickets",
    "terms": "Buying",
    "orders": "Buying",
    "payments": "Buying",
    "cards": "Buying",
    "receipts": "Buying",
    "refunds": "Buying",
    "ledger": "Selling",
    "gate": "At the gate",
    "alerts": OPERATING,
    "jobs": OPERATING,
    "reconciliation": OPERATING,
    "feed": "Following",
    "flow": OPERATING,
    "system": OPERATING,
}
#: What is outside the contract, where the code's own docstring says too little.
PLAIN = {
    "/healthz": "Say that the process answers.",
    "/readyz": "Say that the database answers too.",
    "/metrics": "Give counters for Prometheus.",
    "/openapi.json": "Give the API document.",
    "/v1/stripe/webhook": "Take in a message of Stripe; 200 for what is genuine, else 400.",
}


@cache
def routes() -> tuple[AnyRoute, ...]:
    """Return every route of a server on the sandbox."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database=f"sqlite:///{Path(folder) / 'docs.db'}",
            public_url="http://127.0.0.1:8765",
            sandbox_database=str(Path(folder) / "sandbox.db"),
        )
        database = open_database(settings.database, fatal=lambda _: None)
        app = Application(settings, database=database, clock=SystemClock(), rng=system_rng())
        try:
            return app.routes()
        finally:
            app.close()


def endpoints() -> tuple[Endpoint[Any, Any], ...]:
    """Return every endpoint that is answered, room by room."""
    return tuple(route.endpoint for route in routes() if not isinstance(route, RawRoute))


def sections() -> dict[str, list[Endpoint[Any, Any]]]:
    """Return the endpoints by what somebody comes for, those for operators last."""
    nouns = list(SECTIONS)
    titles = [title for title in SECTIONS.values() if title != OPERATING]
    found: dict[str, list[Endpoint[Any, Any]]] = {title: [] for title in (*titles, OPERATING)}
    for endpoint in sorted(endpoints(), key=lambda e: nouns.index(_noun(e))):
        is_ours = endpoint.access is Access.ADMIN
        found[OPERATING if is_ours else SECTIONS[_noun(endpoint)]].append(endpoint)
    return found


def openapi() -> str:
    """Return the OpenAPI document, always in the same order."""
    return json.dumps(document(endpoints()), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def render() -> str:
    """Return the page."""
    return page(
        "API", ORIGIN, OPENING,
        "## Habits", HABITS,
        "## Overview",
        *(part for title, found in sections().items() for part in _overview(title, found)),
        *(part for title, found in sections().items() for part in _section(title, found)),
        "## Problems", told(ProblemDocument),
        "The exit code is what `ticketing` ends with ([all of them](cli.md#exit-codes)).",
        table(("code", "status", "exit", "says", "try again"), map(_problem, _problems())),
        "## Shapes",
        *(part for kind in _shapes().values() for part in _shape(kind)),
        "## Outside the contract",
        "For browsers, Stripe and whoever looks after the server.",
        table(("address", "does"), map(_raw, filter(_is_raw, routes()))),
    )  # fmt: skip


def _overview(title: str, found: list[Endpoint[Any, Any]]) -> Iterator[str]:
    yield f"**{title}**"
    yield table(("call", "who", "does"), map(_line, found))


def _section(title: str, found: list[Endpoint[Any, Any]]) -> Iterator[str]:
    yield f"## {title}"
    for endpoint in found:
        yield from _entry(endpoint)


@cache
def _nouns() -> dict[tuple[str, str], str]:
    """Return in which module of the contract each endpoint is promised."""
    return {
        (value.method, value.path): name
        for name in SECTIONS
        for value in vars(importlib.import_module(f"contract.{name}")).values()
        if isinstance(value, Endpoint)
    }


def _noun(endpoint: Endpoint[Any, Any]) -> str:
    return _nouns()[endpoint.method, endpoint.path]


def _name(endpoint: Endpoint[Any, Any]) -> str:
    return f"{endpoint.method} {endpoint.path}"


def _line(endpoint: Endpoint[Any, Any]) -> tuple[str, str, str]:
    name = _name(endpoint)
    return f"[`{name}`]({anchor(name)})", WHO[endpoint.access], endpoint.summary


def _entry(endpoint: Endpoint[Any, Any]) -> Iterator[str]:
    yield f"### {_name(endpoint)}"
    yield endpoint.summary
    events = [f"- **Who** {WHO[endpoint.access]}"]
    if endpoint.if_match:
        events.append("- **Takes** `If-Match`")
    if endpoint.body_limit != Endpoint.body_limit:
        events.append(f"- **Body** at most {endpoint.body_limit // 1024:,} KiB")
    events.append(f"- **Gives** {endpoint.status}, {_given(endpoint.response)}")
    refusals = ", ".join(
        f"`{p.code}` ({p.status}, exit {int(status_of(p))})" for p in endpoint.errors
    )
    events += [f"- **May refuse** {refusals}"] if refusals else []
    yield "\n".join(events)
    if endpoint.request is not Empty:
        where = "field" if endpoint.writes else "in the query"
        yield table((where, "type", "must be there"), shapes.rows(endpoint.request))


def _given(kind: Any) -> str:  # noqa: ANN401  a struct, or a page of one
    (inner,) = get_args(kind) or (kind,)
    said = f"[`{inner.__name__}`]({anchor(inner.__name__)})"
    return said if inner is kind else f"a page of {said}"


def _problems() -> list[type[Problem]]:
    known = {p.code: p for p in Problem.named.values()}
    return sorted(known.values(), key=lambda p: (p.status, p.code))


def _problem(problem: type[Problem]) -> tuple[str, str, str, str, str]:
    everywhere = problem.__module__ == problems.__name__
    says = problem.title() + (" Any endpoint may say so." if everywhere else "")
    again = "yes" if problem.retryable else ""
    return tick(problem.code), str(problem.status), str(int(status_of(problem))), says, again


def _shapes() -> dict[str, type]:
    """Return what replies are made of, and the structs that requests hold, without the events."""
    inside = [kind for e in endpoints() for kind in (e.response, e.request)]
    given = {e.response for e in endpoints()}
    asked = {e.request.__name__ for e in endpoints() if e.request not in given}
    return {
        name: kind
        for name, kind in sorted(shapes.structs(inside).items())
        if name not in asked and not issubclass(kind, Event)
    }


def _shape(kind: type) -> Iterable[str]:
    fields = ((name, _fact_or(words)) for name, words, _ in shapes.rows(kind))
    return f"### {kind.__name__}", told(kind), table(("field", "type"), fields)


def _fact_or(words: str) -> str:
    return "an event: see [events](events.md)" if "`TicketCreated` or" in words else words


def _is_raw(route: AnyRoute) -> bool:
    return isinstance(route, RawRoute)


def _raw(route: AnyRoute) -> tuple[str, str]:
    assert isinstance(route, RawRoute)  # noqa: S101  for the type checker: filtered before
    does = PLAIN.get(route.path) or told(route.handler).partition("\n")[0]
    return tick(f"{route.method} {route.path}"), does

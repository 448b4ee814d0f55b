"""The API reference and the OpenAPI document, from the routes of a server."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, get_args

from contract import problems
from contract.base import Empty, Event
from contract.endpoint import Access, Endpoint
from contract.limits import RateLimit
from contract.problems import Problem, ProblemDocument
from docs.generators import marketplace, shapes
from docs.generators.markdown import anchor, docstring, first_line, page, table, tick
from server.openapi import document
from server.routing import AnyRoute, RawRoute
from ticketing_cli.runtime.errors import status_of

ORIGIN = "`contract/` and the server's routes"
OPENING = """\
The API is JSON over HTTP; `ticketing` itself uses nothing else. The same reference is available as
an OpenAPI document: [openapi.json](openapi.json), which a server also serves at `/openapi.json`."""
WHO = {
    Access.PUBLIC: "anybody",
    Access.SIGNED_IN: "signed in",
    Access.GATE: "gate staff, the members of the show's organiser, operators",
    Access.ADMIN: "operators",
}
CONVENTIONS = """\
- **Signing in.** `Authorization: Bearer TOKEN`, from `/v1/auth/signup` or `/v1/auth/login`.
- **Idempotency.** Requests that write and need a sign-in take `Idempotency-Key` (1 to 255 printable
  characters). The same key with the same request returns the same reply for a day, refusals
  included, with `Idempotency-Replayed: true`; with another request it returns `key_reused`. An
  import takes several transactions: the same key continues one that was interrupted. Opening a
  payment page needs no key: as long as a page is open, the same page is returned.
- **Edits.** Where an endpoint takes `If-Match: "3"`, an edit of a `version` that is no longer
  current is refused with `stale_version`. The `ETag` of an entity begins with its version and is
  accepted as well.
- **Caching.** Every read has an `ETag`. With `If-None-Match` a reply that has not changed is 304,
  without a body. `HEAD` is answered wherever `GET` is.
- **Lists** return `items`, `next` and `total`. `next` is the `cursor` of the next page, null at the
  end; `limit` is 1 to 100; `total` is counted only if `count` is set.
- **Money** is a whole number of minor units with an ISO 4217 code:
  `{"amount": 4500, "currency": "EUR"}` is EUR 45.00.
- **Times** are RFC 3339. A show's `starts_at` keeps the offset of its venue; all others are UTC.
- **Unknown fields** in a request are refused. Clients ignore fields they do not know, so replies
  may gain fields.
- **Rate limits.** Where an endpoint names a limit, more requests are refused with
  `too_many_requests`, and `Retry-After` says after how many seconds the next one is accepted.
  Endpoints with the same limit share it. An IPv6 address counts as its /64 network; a server behind
  proxies must know how many they are (`TICKETING_TRUST_PROXY`). `TICKETING_RATE_LIMITS` changes all
  limits, in percent. Failed sign-ins are counted for the account and for the address, and refused
  with `too_many_attempts`.
- **Refusals** are `application/problem+json` (RFC 9457): see [problems](#problems)."""
OPERATING = "Operating"
#: The modules of the contract in the order of the page, each with its section. Endpoints for
#: operators only come last in any case.
SECTIONS = {
    "auth": "Accounts",
    "shows": "Shows and tickets",
    "tickets": "Shows and tickets",
    "organisers": "Organising",
    "issuing": "Organising",
    "show_overview": "Organising",
    "terms": "Buying",
    "orders": "Buying",
    "payments": "Buying",
    "cards": "Buying",
    "receipts": "Buying",
    "refunds": "Buying",
    "reports": "Buying",
    "ledger": "Selling",
    "transfers": "Giving away",
    "gate": "At the gate",
    "alerts": OPERATING,
    "jobs": OPERATING,
    "reconciliation": OPERATING,
    "moderation": OPERATING,
    "feed": "Following",
    "flow": OPERATING,
    "system": OPERATING,
}
#: What routes outside the contract do, where the docstring of the handler says too little.
OTHER_ROUTES = {
    "/healthz": "Reply as long as the process answers.",
    "/readyz": "Reply if the database answers too.",
    "/metrics": "Return counters for Prometheus.",
    "/openapi.json": "Return the OpenAPI document.",
    "/v1/stripe/webhook": "Receive an event from Stripe: 200 if its signature is valid, else 400.",
}


def endpoints() -> tuple[Endpoint[Any, Any], ...]:
    """Return every endpoint that the server answers, service by service."""
    return tuple(
        route.endpoint for route in marketplace.routes() if not isinstance(route, RawRoute)
    )


def sections() -> dict[str, list[Endpoint[Any, Any]]]:
    """Return the endpoints by section; those for operators only are in the last."""
    nouns = list(SECTIONS)
    titles = [title for title in SECTIONS.values() if title != OPERATING]
    found: dict[str, list[Endpoint[Any, Any]]] = {title: [] for title in (*titles, OPERATING)}
    for endpoint in sorted(endpoints(), key=lambda e: nouns.index(_noun(e))):
        for_operators = endpoint.access is Access.ADMIN
        found[OPERATING if for_operators else SECTIONS[_noun(endpoint)]].append(endpoint)
    return found


def openapi() -> str:
    """Return the OpenAPI document, always in the same order."""
    return json.dumps(document(endpoints()), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def render() -> str:
    """Return the page."""
    return page(
        "API", ORIGIN, OPENING,
        "## Conventions", CONVENTIONS,
        "## Overview",
        *(part for title, found in sections().items() for part in _overview(title, found)),
        *(part for title, found in sections().items() for part in _section(title, found)),
        "## Problems", docstring(ProblemDocument),
        "`ticketing` ends with the exit code shown here ([all exit codes](cli.md#exit-codes)).",
        table(("code", "status", "exit code", "title", "retry"), map(_problem, _problems())),
        "## Types",
        *(part for kind in _shapes().values() for part in _shape(kind)),
        "## Outside the contract",
        "For browsers, for Stripe, and for monitoring.",
        table(("route", "what it does"), map(_raw, filter(_is_raw, marketplace.routes()))),
    )  # fmt: skip


def _overview(title: str, found: list[Endpoint[Any, Any]]) -> Iterator[str]:
    yield f"**{title}**"
    yield table(("endpoint", "who", "what it does"), map(_line, found))


def _section(title: str, found: list[Endpoint[Any, Any]]) -> Iterator[str]:
    yield f"## {title}"
    for endpoint in found:
        yield from _entry(endpoint)


@cache
def _nouns() -> dict[tuple[str, str], str]:
    """Return the module of the contract that defines each endpoint."""
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
    lines = [f"- **Who** {WHO[endpoint.access]}"]
    if endpoint.if_match:
        lines.append("- **Takes** `If-Match`")
    if endpoint.limit is not None:
        lines.append(f"- **Limit** {_limit(endpoint.limit)}")
    if endpoint.body_limit != Endpoint.body_limit:
        lines.append(f"- **Body** at most {endpoint.body_limit // 1024:,} KiB")
    lines.append(f"- **Returns** {endpoint.status}, {_returned(endpoint.response)}")
    refusals = ", ".join(
        f"`{p.code}` ({p.status}, exit {int(status_of(p))})" for p in endpoint.errors
    )
    lines += [f"- **Refusals** {refusals}"] if refusals else []
    yield "\n".join(lines)
    if endpoint.request is not Empty:
        where = "field" if endpoint.writes else "query parameter"
        yield table((where, "type", "required"), shapes.rows(endpoint.request))


def _limit(limit: RateLimit) -> str:
    return (
        f"`{limit.name}`: {limit.burst} requests at once, then {limit.per_minute} a minute, "
        f"for each {limit.counted}"
    )


def _returned(kind: Any) -> str:  # noqa: ANN401  a struct, or a page of structs
    (inner,) = get_args(kind) or (kind,)
    link = f"[`{inner.__name__}`]({anchor(inner.__name__)})"
    return link if inner is kind else f"a page of {link}"


def _problems() -> list[type[Problem]]:
    known = {p.code: p for p in Problem.named.values()}
    return sorted(known.values(), key=lambda p: (p.status, p.code))


def _problem(problem: type[Problem]) -> tuple[str, str, str, str, str]:
    general = problem.__module__ == problems.__name__ and problem is not problems.TooManyRequests
    title = problem.title() + (" Any endpoint may return it." if general else "")
    retry = "yes" if problem.retryable else ""
    return tick(problem.code), str(problem.status), str(int(status_of(problem))), title, retry


def _shapes() -> dict[str, type]:
    """Return the structs that replies consist of and those inside requests, without events."""
    inside = [kind for e in endpoints() for kind in (e.response, e.request)]
    replies = {e.response for e in endpoints()}
    requests = {e.request.__name__ for e in endpoints() if e.request not in replies}
    return {
        name: kind
        for name, kind in sorted(shapes.structs(inside).items())
        if name not in requests and not issubclass(kind, Event)
    }


def _shape(kind: type) -> Iterable[str]:
    fields = ((name, _event_or(words)) for name, words, _ in shapes.rows(kind))
    return f"### {kind.__name__}", docstring(kind), table(("field", "type"), fields)


def _event_or(words: str) -> str:
    return "an event: see [events](events.md)" if "`TicketCreated` or" in words else words


def _is_raw(route: AnyRoute) -> bool:
    return isinstance(route, RawRoute)


def _raw(route: AnyRoute) -> tuple[str, str]:
    assert isinstance(route, RawRoute)  # noqa: S101  for the type checker: filtered before
    does = OTHER_ROUTES.get(route.path) or first_line(route.handler)
    limit = "" if route.limit is None else f" Limit {_limit(route.limit)}."
    return tick(f"{route.method} {route.path}"), does + limit

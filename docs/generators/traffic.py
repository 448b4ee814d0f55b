"""Traffic: the events that rooms publish and hear, and the calls and work between them."""

from __future__ import annotations

from functools import cache
from typing import Any

from contract.base import Event
from docs.generators.code import Function, room, source, thing, verb
from docs.generators.publishing import EVENTS, published, publishers, told

#: The services and shows, the highest layer first. The feed hears after the commit, and tells none.
ROOMS = (
    "ledger", "gate", "cancellation", "payments", "expiration", "orders", "tickets", "shows",
    "alerts", "auth",
)  # fmt: skip
#: What publishes without being a room: the job runner, where work is given up or taken up again.
RUNNER = "jobs"

__all__ = ["EVENTS", "ROOMS", "RUNNER", "calls", "facts_of", "jobs", "publishers", "subscriptions"]


def facts_of(name: str) -> list[type[Event]]:
    """Return the events a room publishes, in the order the contract tells them."""
    return [e for e in EVENTS if any(room(f.path) == name for f in publishers()[e])]


@cache
def subscriptions() -> dict[type[Event], tuple[tuple[str, str, str], ...]]:
    """Return, for each event, who hears it: room, function and what that does."""
    from server.app import SUBSCRIPTIONS  # noqa: PLC0415  the server is only needed here

    heard: dict[type[Event], tuple[tuple[str, str, str], ...]] = dict.fromkeys(EVENTS, ())
    for subscription in SUBSCRIPTIONS:
        react = subscription.handler
        does = (react.__doc__ or "").strip().partition("\n")[0]
        entry = (room(react.__module__), str(getattr(react, "__name__", react)), does)
        heard[subscription.event] += (entry,)
    return heard


@cache
def calls() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the calls from room to room that change something, or that find events to tell."""
    found: dict[tuple[str, str], set[str]] = {}
    known = source("server").functions
    for function in known.values():
        caller = room(function.path) if "." in function.module else ""
        if caller not in ROOMS:
            continue
        for name in source("server").uses(function):
            callee = known.get(name)
            if callee is not None and room(name) in ROOMS and room(name) != caller:
                found.setdefault((caller, room(name)), set()).add(name)
    acting = {
        (a, b): tuple(verb(known[n]) for n in known if n in found[a, b] and _acts(known[n]))
        for a, b in sorted(found, key=lambda pair: tuple(map(ROOMS.index, pair)))
    }
    return {pair: verbs for pair, verbs in acting.items() if verbs}


@cache
def jobs() -> tuple[tuple[str, str, str], ...]:
    """Return the kinds of work done after commit: which, whose, and what it does."""
    from server import cancellation, ledger  # noqa: PLC0415  as above
    from server.payments.work import Work  # noqa: PLC0415

    gateway: Any = None
    by_room = {
        "payments": Work(gateway).jobs(),
        "cancellation": cancellation.JOBS,
        "ledger": ledger.Transfers(gateway).jobs(),
    }
    return tuple(
        (job.kind, name, (job.run.__doc__ or "").partition("\n")[0])
        for name, kinds in by_room.items()
        for job in kinds
    )


def _acts(function: Function) -> bool:
    """Tell whether a call of this function can end in an event."""
    known = source("server").functions
    inside = [known[n] for n in source("server").reached(function) if n in known]
    own = [function, *(f for f in inside if room(f.path) == room(function.path))]
    return any(map(published, own)) or bool(told(thing(function.path)))

"""Traffic: the facts that rooms publish and hear, and the calls between them, as in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

from contract.feed import AnyEvent
from contract.wire import Event
from docs.generators.code import Function, room, source, thing

#: The services and shows, the highest layer first.
ROOMS = ("payments", "expiration", "orders", "tickets", "shows", "auth")
EVENTS: tuple[type[Event], ...] = get_args(AnyEvent)


@cache
def publishers() -> dict[type[Event], tuple[Function, ...]]:
    """Return, for each fact, the public functions of the rooms that publish it."""
    found: dict[type[Event], dict[str, Function]] = {event: {} for event in EVENTS}
    for function in source("server").functions.values():
        for event in _published(function):
            for door in source("server").doors(function):
                found[event][door.path] = door
    return {event: tuple(doors.values()) for event, doors in found.items()}


def facts_of(name: str) -> list[type[Event]]:
    """Return the facts a room publishes, in the order the contract tells them."""
    return [e for e in EVENTS if any(room(f.path) == name for f in publishers()[e])]


@cache
def reactions() -> dict[type[Event], tuple[tuple[str, str, str], ...]]:
    """Return, for each fact, who hears it: room, function and what that does."""
    from server.app import REACTIONS  # noqa: PLC0415  the server is only needed here

    heard: dict[type[Event], tuple[tuple[str, str, str], ...]] = dict.fromkeys(EVENTS, ())
    for reaction in REACTIONS:
        react = reaction.react
        told = (react.__doc__ or "").strip().partition("\n")[0]
        entry = (room(react.__module__), str(getattr(react, "__name__", react)), told)
        heard[reaction.fact] += (entry,)
    return heard


@cache
def calls() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the calls from room to room that change something, or that find facts to tell."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    known = source("server").functions
    for function in known.values():
        caller = room(function.path) if "." in function.module else ""
        if caller not in ROOMS:
            continue
        for name in source("server").uses(function):
            callee = known.get(name)
            if callee is not None and room(name) in ROOMS and room(name) != caller and _acts(name):
                found.setdefault((caller, room(name)), {})[callee.name] = None
    order = {path: n for n, path in enumerate(known)}
    return {
        (a, b): tuple(sorted(names, key=lambda n, b=b: order[f"server.{b}.service.{n}"]))  # type: ignore[misc]
        for (a, b), names in found.items()
    }


@cache
def jobs() -> tuple[tuple[str, str], ...]:
    """Return the kinds of work done after commit, each with what it does."""
    from server import cancellation, ledger  # noqa: PLC0415  as above
    from server.payments.work import Work  # noqa: PLC0415

    gateway: Any = None
    rooms = (Work(gateway).jobs(), cancellation.JOBS, ledger.Transfers(gateway).jobs())
    return tuple(
        (job.kind, (job.run.__doc__ or "").partition("\n")[0]) for room in rooms for job in room
    )


def _acts(path: str) -> bool:
    function = source("server").functions[path]
    names = [path, *(name for name in source("server").reached(function))]
    own = [name for name in names if name.startswith(f"{function.module}.")]
    known = source("server").functions
    publishes = any(name in known and list(_published(known[name])) for name in own)
    return publishes or bool(_told(thing(path)))


def _published(function: Function) -> Iterator[type[Event]]:
    """Yield the facts a function publishes itself."""
    for node in ast.walk(function.node):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_call and node.func.attr == "publish" and node.args:  # type: ignore[attr-defined]
            yield from _facts_in(function, node.args[0])  # type: ignore[attr-defined]


def _facts_in(function: Function, expression: ast.expr) -> Iterator[type[Event]]:
    """Yield the facts an expression may be: made here, or by a function whose result it is."""
    found = [thing(name) for name in source("server").uses(function, expression)]
    events = [event for event in EVENTS if event in found]
    if not events and isinstance(expression, ast.Name):
        for bound in _bindings(function.node, expression.id):
            yield from _facts_in(function, bound)
    elif not events:
        for maker in found:
            yield from _told(maker)
    yield from events


def _bindings(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield what a name is bound to by assignment or by a loop."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.For) and _is_name(inner.target, name):
            yield inner.iter
        elif isinstance(inner, ast.Assign) and any(_is_name(t, name) for t in inner.targets):
            yield inner.value


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _told(maker: Any) -> list[type[Event]]:  # noqa: ANN401  whatever a name stands for
    """Return the facts a function says that it returns."""
    if not callable(maker) or isinstance(maker, type):
        return []
    try:
        returns = get_type_hints(maker).get("return")
    except NameError:
        return []
    parts = {returns, *get_args(returns)}
    return [event for event in EVENTS if event in parts]

"""Publishing: which function publishes which events, as in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_type_hints

from contract.base import Event
from contract.feed import AnyEvent
from docs.generators.code import Function, source, thing

EVENTS: tuple[type[Event], ...] = get_args(AnyEvent)


@cache
def publishers() -> dict[type[Event], tuple[Function, ...]]:
    """Return, for each event, the public functions of the rooms that publish it."""
    found: dict[type[Event], dict[str, Function]] = {event: {} for event in EVENTS}
    for function in source("server").functions.values():
        for event in published(function):
            for door in source("server").doors(function):
                found[event][door.path] = door
    return {event: tuple(doors.values()) for event, doors in found.items()}


@cache
def published(function: Function) -> frozenset[type[Event]]:
    """Return the events a function publishes itself, or has published by one it hands them to."""
    found: set[type[Event]] = set()
    for call in _calls(function):
        if _publishes(call):
            found.update(_facts_in(function, call.args[0]))
        elif _announces(function, call):
            found.update(event for part in call.args for event in _mentioned(function, part))
    return frozenset(found)


@cache
def uncounted() -> frozenset[type[Event]]:
    """Return the events that are made with version 0: they change no entity."""
    return frozenset(
        event
        for function in source("server").functions.values()
        for call in _calls(function)
        if any(k.arg == "version" and getattr(k.value, "value", 1) == 0 for k in call.keywords)
        for event in _mentioned(function, call.func)
    )


def told(maker: Any) -> list[type[Event]]:  # noqa: ANN401  whatever a name stands for
    """Return the events a function says that it returns."""
    if not callable(maker) or isinstance(maker, type):
        return []
    try:
        returns = get_type_hints(maker).get("return")
    except NameError:
        return []
    parts = {returns, *get_args(returns)}
    return [event for event in EVENTS if event in parts]


@cache
def _announcers() -> frozenset[str]:
    """Return the functions that publish whichever kind of event they are handed."""
    known: set[str] = set()
    while True:
        found = {f.path for f in source("server").functions.values() if _hands_on(f, known)}
        if found <= known:
            return frozenset(known)
        known |= found


def _hands_on(function: Function, announcers: set[str]) -> bool:
    kinds = _kinds(function)
    return bool(kinds) and any(
        isinstance(node, ast.Name) and node.id in kinds
        for call in _calls(function)
        if _publishes(call) or announcers.intersection(source("server").uses(function, call.func))
        for part in call.args
        for node in ast.walk(part)
    )


def _kinds(function: Function) -> set[str]:
    """Return the parameters that are types, not values."""
    arguments = function.node.args
    return {
        a.arg
        for a in (*arguments.args, *arguments.kwonlyargs)
        if isinstance(a.annotation, ast.Subscript) and _is_name(a.annotation.value, "type")
    }


def _calls(function: Function) -> Iterator[ast.Call]:
    return (node for node in ast.walk(function.node) if isinstance(node, ast.Call))


def _publishes(call: ast.Call) -> bool:
    """Tell `tx.publish(…)` from any other call."""
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr == "publish" and len(call.args) == 1


def _announces(function: Function, call: ast.Call) -> bool:
    return any(name in _announcers() for name in source("server").uses(function, call.func))


def _facts_in(function: Function, expression: ast.expr) -> Iterator[type[Event]]:
    """Yield the events an expression may be: made here, or by a function whose result it is."""
    events = _mentioned(function, expression)
    names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    if events or names & _kinds(function):
        yield from events
    elif isinstance(expression, ast.Name):
        for bound in _bindings(function.node, expression.id):
            yield from _facts_in(function, bound)
    else:
        for name in source("server").uses(function, expression):
            yield from told(thing(name))


def _mentioned(function: Function, expression: ast.expr) -> list[type[Event]]:
    """Return the events that an expression names, or picks out of a table of them."""
    found: list[Any] = []
    for name in source("server").uses(function, expression):
        named = thing(name)
        found += named.values() if isinstance(named, Mapping) else [named]
    return [event for event in EVENTS if any(event is one for one in found)]


def _bindings(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield what a name is bound to by assignment or by a loop."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.For) and _is_name(inner.target, name):
            yield inner.iter
        elif isinstance(inner, ast.Assign) and any(_is_name(t, name) for t in inner.targets):
            yield inner.value


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name

"""Publishing: which function publishes which events, according to the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_type_hints

from contract.base import Event
from contract.feed import AnyEvent
from docs.generators.code import Function, resolve, source

EVENTS: tuple[type[Event], ...] = get_args(AnyEvent)


@cache
def publishers() -> dict[type[Event], tuple[Function, ...]]:
    """Return, for each event, the public functions that publish it."""
    found: dict[type[Event], dict[str, Function]] = {event: {} for event in EVENTS}
    for function in source("server").functions.values():
        for event in published(function):
            for entry in source("server").public_callers(function):
                found[event][entry.path] = entry
    return {event: tuple(functions.values()) for event, functions in found.items()}


@cache
def published(function: Function) -> frozenset[type[Event]]:
    """Return the events that a function publishes, itself or through a helper that takes them."""
    found: set[type[Event]] = set()
    for call in _calls(function):
        if _publishes(call):
            found.update(_events_in(function, call.args[0]))
        elif _calls_helper(function, call):
            found.update(event for part in call.args for event in _mentioned(function, part))
    return frozenset(found)


@cache
def unversioned() -> frozenset[type[Event]]:
    """Return the events that are created with version 0: they change no entity."""
    return frozenset(
        event
        for function in source("server").functions.values()
        for call in _calls(function)
        if any(k.arg == "version" and getattr(k.value, "value", 1) == 0 for k in call.keywords)
        for event in _mentioned(function, call.func)
    )


def returned_events(maker: Any) -> list[type[Event]]:  # noqa: ANN401  from `resolve`
    """Return the events in a function's return type."""
    if not callable(maker) or isinstance(maker, type):
        return []
    try:
        returns = get_type_hints(maker).get("return")
    except NameError:
        return []
    parts = {returns, *get_args(returns)}
    return [event for event in EVENTS if event in parts]


@cache
def _helpers() -> frozenset[str]:
    """Return the functions that publish an event whose class is their argument."""
    known: set[str] = set()
    while True:
        found = {f.path for f in source("server").functions.values() if _is_helper(f, known)}
        if found <= known:
            return frozenset(known)
        known |= found


def _is_helper(function: Function, helpers: set[str]) -> bool:
    classes = _class_parameters(function)
    return bool(classes) and any(
        isinstance(node, ast.Name) and node.id in classes
        for call in _calls(function)
        if _publishes(call) or helpers.intersection(source("server").uses(function, call.func))
        for part in call.args
        for node in ast.walk(part)
    )


def _class_parameters(function: Function) -> set[str]:
    """Return the parameters that are classes."""
    arguments = function.node.args
    return {
        a.arg
        for a in (*arguments.args, *arguments.kwonlyargs)
        if isinstance(a.annotation, ast.Subscript) and _is_name(a.annotation.value, "type")
    }


def _calls(function: Function) -> Iterator[ast.Call]:
    return (node for node in ast.walk(function.node) if isinstance(node, ast.Call))


def _publishes(call: ast.Call) -> bool:
    """Return whether the call is `tx.publish(…)`."""
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr == "publish" and len(call.args) == 1


def _calls_helper(function: Function, call: ast.Call) -> bool:
    return any(name in _helpers() for name in source("server").uses(function, call.func))


def _events_in(function: Function, expression: ast.expr) -> Iterator[type[Event]]:
    """Yield the events an expression may be: created here, or by the function that it calls."""
    events = _mentioned(function, expression)
    names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    if events or names & _class_parameters(function):
        yield from events
    elif isinstance(expression, ast.Name):
        for bound in _bindings(function.node, expression.id):
            yield from _events_in(function, bound)
    else:
        for name in source("server").uses(function, expression):
            yield from returned_events(resolve(name))


def _mentioned(function: Function, expression: ast.expr) -> list[type[Event]]:
    """Return the events that an expression names, or looks up in a table."""
    found: list[Any] = []
    for name in source("server").uses(function, expression):
        named = resolve(name)
        found += named.values() if isinstance(named, Mapping) else [named]
    return [event for event in EVENTS if any(event is one for one in found)]


def _bindings(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield what a name is bound to, by assignment or by a loop."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.For) and _is_name(inner.target, name):
            yield inner.iter
        elif isinstance(inner, ast.Assign) and any(_is_name(t, name) for t in inner.targets):
            yield inner.value


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name

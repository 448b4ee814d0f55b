"""The calls between services that change something, found by parsing the server's source."""

from __future__ import annotations

from functools import cache

from docs.generators.code import Function, resolve, service_of, short_name, source
from docs.generators.publishing import published, returned_events


@cache
def calls(services: tuple[str, ...]) -> dict[tuple[str, str], set[str]]:
    """Return the functions that each service calls in another one, by caller and callee."""
    found: dict[tuple[str, str], set[str]] = {}
    known = source("server").functions
    for function in known.values():
        caller = service_of(function.path)
        for name in source("server").uses(function):
            callee = known.get(name)
            if callee is None or not {caller, service_of(name)} <= set(services):
                continue
            if service_of(name) != caller and _changes_something(callee):
                found.setdefault((caller, service_of(name)), set()).add(short_name(callee))
    return found


@cache
def _changes_something(function: Function) -> bool:
    """Return whether a call of this function can end in an event."""
    known = source("server").functions
    inside = [known[n] for n in source("server").reached(function) if n in known]
    own = [f for f in inside if service_of(f.path) == service_of(function.path)]
    return any(map(published, (function, *own))) or bool(returned_events(resolve(function.path)))

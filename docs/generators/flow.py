"""The flow: rooms in layers, calls going down, events going up, as text; `flowchart` draws it."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from contract.base import Event
from docs.generators import traffic
from docs.generators.code import room, thing

#: How many letters of a line in a terminal.
WIDTH = 100


def called(name: str) -> str:
    """Return what a room is called; the job runner is none, and has a name of two words."""
    return "job runner" if name == traffic.RUNNER else name


def room_about(name: str) -> str:
    """Return what a room says of itself."""
    told = str(thing(f"server.{name}.__doc__")).strip().partition("\n")[0]
    return told.partition(": ")[2] or told


def heard_by(name: str) -> list[tuple[type[Event], str]]:
    """Return the events a room reacts to, each with what it calls that."""
    return [
        (event, verb)
        for event, entries in traffic.subscriptions().items()
        for who, verb, _ in entries
        if who == name
    ]


def publisher(event: type[Event]) -> str:
    """Return the room an event comes from."""
    return room(traffic.publishers()[event][0].path)


def left_by(name: str) -> list[str]:
    """Return the kinds of work a room leaves for after the commit."""
    return [kind for kind, who, _ in traffic.jobs() if who == name]


def as_text() -> str:
    """Return the flow in lines, the highest layer first."""
    runner = called(traffic.RUNNER)
    lines = [f"{runner:<13} does the work that rooms leave for after the commit."]
    lines += [*_entry("publishes ^", (e.name for e in traffic.facts_of(traffic.RUNNER))), ""]
    for name in traffic.ROOMS:
        lines.append(f"{name:<13} {room_about(name)}")
        for (caller, callee), verbs in traffic.calls().items():
            if caller == name:
                lines += _entry(f"calls     v {callee}:", verbs)
        lines += _entry("publishes ^", (e.name for e in traffic.facts_of(name)))
        lines += [f"  hears     < {event.name}: {verb}" for event, verb in heard_by(name)]
        lines += _entry("leaves    ~", left_by(name))
        lines.append("")
    return "\n".join(lines)


def _entry(head: str, names: Iterable[str]) -> list[str]:
    """Return a line for names, broken where it grows too long; nothing for none."""
    said = ", ".join(names)
    indent = " " * 14
    return wrap(f"  {head} {said}", WIDTH, subsequent_indent=indent) if said else []

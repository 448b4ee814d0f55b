"""Events: each has one publisher, its own name, and a place on the feed."""

from __future__ import annotations

import ast
import re
from typing import Any, get_args

import msgspec
import pytest

from contract.base import Event
from contract.feed import AnyEvent
from tests.contract.source import events, files, tree
from tests.conventions.tree import TOP

EVENTS = events()
each = pytest.mark.parametrize("event", EVENTS.values(), ids=list(EVENTS))


def publishers() -> dict[str, set[str]]:
    """Return the services that make each event: call its class, or pass it to a function."""
    found: dict[str, set[str]] = {name: set() for name in EVENTS}
    for path in files("server"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            for part in (node.func, *node.args):
                subscribes = isinstance(node.func, ast.Name) and node.func.id == "subscribe"
                if isinstance(part, ast.Name) and part.id in found and not subscribes:
                    found[part.id].add(path.relative_to(TOP / "server").parts[0])
    return found


def test_every_event_is_published_by_exactly_one_service() -> None:
    assert {name: len(services) for name, services in publishers().items()} == dict.fromkeys(
        EVENTS, 1
    )


def test_the_feed_carries_every_event_and_nothing_else() -> None:
    assert set(get_args(AnyEvent)) == set(EVENTS.values())


def test_event_names_are_unique() -> None:
    assert len({event.name for event in EVENTS.values()}) == len(EVENTS)


@each
def test_an_event_is_named_noun_dot_verb_and_tagged_with_its_name(event: type[Event]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", event.name)
    assert event.__struct_config__.tag == event.name


@each
def test_an_event_has_a_docstring_of_one_sentence(event: type[Event]) -> None:
    first = (event.__doc__ or "").splitlines()[0]
    assert re.fullmatch(r"[A-Z].*\.", first)


@each
def test_an_event_carries_its_entity_and_version(event: type[Event]) -> None:
    assert {"id", "version"} <= set(event.__struct_fields__)


@each
def test_an_event_carries_neither_entry_code_nor_email_address(event: type[Event]) -> None:
    assert not {"code", "email", "password", "token"} & set(event.__struct_fields__)


@each
def test_an_event_with_a_buyer_is_for_that_buyer_only(event: type[Event]) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(event)}
    if "buyer_id" in fields:
        values: dict[str, Any] = dict.fromkeys(fields, None) | {"id": "x", "buyer_id": "usr_me"}
        assert event(**values).audience == "usr_me"

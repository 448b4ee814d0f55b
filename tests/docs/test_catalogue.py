"""The tables the terminal app draws the flow from say what the server's own code says."""

from __future__ import annotations

from contract.flow import CALLS, FACTS, WORK, Told
from docs.generators import traffic
from docs.generators.code import room


def test_every_event_is_told_by_and_to_whom_the_code_says() -> None:
    said = {
        event.name: Told(
            room(traffic.publishers()[event][0].path),
            tuple(name for name, _, _ in traffic.subscriptions()[event]),
        )
        for event in traffic.EVENTS
    }
    assert said == FACTS


def test_no_event_has_two_publishers() -> None:
    for event, functions in traffic.publishers().items():
        assert {room(function.path) for function in functions} == {FACTS[event.name].by}


def test_every_call_between_rooms_is_one_the_code_makes() -> None:
    assert traffic.calls() == CALLS


def test_every_kind_of_job_is_left_by_the_room_the_code_says() -> None:
    assert {kind: name for kind, name, _ in traffic.jobs()} == WORK

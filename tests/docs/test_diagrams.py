"""The diagrams show what the code does, in Mermaid."""

from __future__ import annotations

import re

import pytest

from docs.generators import architecture, events, marketplace, purchase, states
from docs.generators.states import MACHINES, Machine

each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


@each_machine
def test_every_move_is_drawn_once(machine: Machine) -> None:
    unfolded = {
        (before, after): verbs
        for (start, after), verbs in machine.grouped().items()
        for before in machine.groups.get(start, (start,))
    }
    assert unfolded == machine.arrows()


@each_machine
def test_a_state_diagram_has_every_arrow_and_both_ends(machine: Machine) -> None:
    lines = [line.strip() for line in states.chart(machine).splitlines()]
    for (before, after), verbs in machine.grouped().items():
        label = f": {', '.join(verbs)}" if machine.named else ""
        assert lines.count(f"{before} --> {after}{label}") == 1
    assert {f"[*] --> {first}" for first in machine.first} <= set(lines)
    assert all(f"{state} --> [*]" in lines for state in machine.last)


def test_moves_that_all_states_of_a_group_share_start_at_the_group() -> None:
    (payments,) = (machine for machine in MACHINES if machine.name == "payments")
    assert payments.grouped()["unpaid", "void"] == ("void",)
    assert ("new", "void") not in payments.grouped()


def test_every_call_between_services_is_drawn() -> None:
    drawn = edges(events.calls_chart())
    expected = {(c.caller, c.callee): c.functions for c in marketplace.flow().calls}
    assert drawn == expected


def test_every_event_that_a_service_handles_is_drawn() -> None:
    drawn = edges(events.events_chart())
    expected = {
        (event.publisher, name, event.name)
        for event in marketplace.flow().events
        for name in event.subscribers
    }
    assert {(*ends, name) for ends, names in drawn.items() for name in names} == expected


def test_every_publisher_is_drawn() -> None:
    chart = events.events_chart()
    assert all(re.search(rf"\b{e.publisher}\b", chart) for e in marketplace.flow().events)


def edges(chart: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the labels of a flowchart's arrows, by both ends."""
    found = re.findall(r'^  (\w+) -[-.]+>\|"(.+)"\| (\w+)$', chart, re.MULTILINE)
    return {(start, end): tuple(label.split("<br/>")) for start, label, end in found}


def test_a_paid_purchase_is_drawn_as_it_happens() -> None:
    assert_in_order(
        purchase.paid(),
        "buyer ->> orders: POST /v1/orders",
        "orders ->> tickets: lock",
        "Note over orders: order.created",
        "payments ->> Stripe: POST /v1/checkout/sessions",
        "buyer ->> Stripe: pays on the hosted page",
        "jobs ->> payments: payment.refresh",
        "payments ->> orders: confirm",
        "jobs ->> payments: payment.capture",
        "payments ->> Stripe: POST /v1/payment_intents/ID/capture",
        "payments ->> orders: complete",
        "orders ->> tickets: sell",
        "Note over orders: order.completed",
        "payments -->> ledger: payment.created",
    )


def test_an_unpaid_purchase_is_drawn_as_it_happens() -> None:
    assert_in_order(
        purchase.unpaid(),
        "orders ->> tickets: lock",
        "expiration -->> orders: expiration.complete",
        "orders ->> tickets: unlock",
        "orders -->> payments: order.cancelled",
    )


def assert_in_order(chart: str, *expected: str) -> None:
    lines = [line.strip() for line in chart.splitlines()]
    assert [line for line in dict.fromkeys(lines) if line in expected] == list(expected)
    assert lines.count("end") == sum(line.startswith("rect ") for line in lines)


def test_everything_in_a_transaction_has_one_background() -> None:
    chart = re.findall(r"  rect .*?\n(.*?)  end\n", purchase.unpaid(), re.DOTALL)
    placed, expired = chart
    assert "order.created" in placed
    assert "expiration.complete" in expired
    assert "order.cancelled" in expired


def test_the_layers_of_the_server_are_drawn_from_top_to_bottom() -> None:
    chart = architecture.layers()
    names = ("app", "cancellation", "payments", "orders", "tickets", "shows", "auth", "bus")
    places = [chart.index(name) for name in names]
    assert places == sorted(places)


def test_the_packages_are_drawn_with_what_they_may_import() -> None:
    chart = architecture.packages()
    for arrow in ("tui --> client", "client --> contract", "server --> db", "db --> contract"):
        assert f"  {arrow}\n" in chart

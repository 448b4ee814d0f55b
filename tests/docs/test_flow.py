"""The flow that operators see is what the server's own code does."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.flow import VIEW_FLOW, Flow
from docs.generators.code import service_of
from docs.generators.publishing import publishers
from server.flow import SERVICES
from tests.databases import sqlite_url
from tests.docs.calls import calls
from tests.docs.pages import TOP
from tests.world import World


@pytest.fixture(scope="module")
def flow(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """Return the flow as an operator reads it."""
    world = World(sqlite_url(tmp_path_factory.mktemp("flow"), sqlite_template))
    yield world.call(VIEW_FLOW, world.user("admin", admin=True))
    world.close()


def test_each_service_declares_the_events_that_its_code_publishes(flow: Flow) -> None:
    published = {
        event.name: {service_of(function.path) for function in functions}
        for event, functions in publishers().items()
    }
    assert {event.name: {event.publisher} for event in flow.events} == published


def test_no_event_is_declared_twice(flow: Flow) -> None:
    assert len({event.name for event in flow.events}) == len(flow.events)


def test_subscribers_are_in_the_order_in_which_they_run(flow: Flow) -> None:
    (closed,) = (event for event in flow.events if event.name == "attention.closed")
    assert closed.subscribers == ("orders", "payments", "cancellation")


def test_each_service_declares_the_calls_that_its_code_makes(flow: Flow) -> None:
    declared = {(call.caller, call.callee): set(call.functions) for call in flow.calls}
    assert declared == calls(flow.services)


def test_calls_only_go_down(flow: Flow) -> None:
    for call in flow.calls:
        assert flow.services.index(call.caller) < flow.services.index(call.callee)


def test_every_job_belongs_to_a_service(flow: Flow) -> None:
    assert {job.service for job in flow.jobs} <= set(flow.services)
    services = {job.kind: job.service for job in flow.jobs}
    assert services["payment.capture"] == "payments"
    assert services["show.clear"] == "cancellation"
    assert services["payout.transfer"] == "ledger"


def test_services_are_listed_from_the_top_layer_down() -> None:
    tools = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    (contract,) = (c for c in tools["importlinter"]["contracts"] if c["id"] == "services")
    layers = [layer.split(" | ") for layer in contract["layers"]]
    layer_of = {name: number for number, layer in enumerate(layers) for name in layer}
    names = [service.__name__.rpartition(".")[2] for service in SERVICES]
    assert [layer_of[name] for name in names] == sorted(layer_of[name] for name in names)
    first, last = layer_of["control_socket"], layer_of["jobs"]
    inside = {name for layer in layers[first + 1 : last + 1] for name in layer}
    others = {"feed", "http", "browser_page", "sandbox", "stripe"}  # no part of the flow
    assert set(names) == inside - others

"""Exits: a ticket leaves and comes in again, with and without a network."""

from __future__ import annotations

import pytest

from client.gate import NothingToUndo, ScanResult, reason_text
from contract.gate import Direction, NotASupervisor, Refusal, Verdict
from contract.problems import Invalid
from tests.client.gate.marketplace import GateMarketplace, Network, admitted, refused

OUT = Direction.OUT


def left(answer: ScanResult | None) -> ScanResult:
    """Return the result; fail unless the ticket left."""
    assert answer is not None
    assert (answer.verdict, answer.reason) == (Verdict.LEFT, None)
    return answer


def test_a_ticket_leaves_and_enters_again_without_a_network_and_the_server_learns_of_it(
    market: GateMarketplace,
) -> None:
    gate, transport = market.open_gate()
    gate.download()
    transport.state = Network.DOWN
    admitted(gate.scan("ADA-1"))
    out = left(gate.scan("ADA-1", direction=OUT))
    assert gate.scan("ADA-1", direction=OUT) is not None  # the scanner repeats itself
    with pytest.raises(NothingToUndo):
        gate.undo()
    market.wait()
    twice = gate.scan("ADA-1", direction=OUT)
    assert refused(twice) is Refusal.NOT_INSIDE
    assert twice is not None
    assert reason_text(twice).startswith("not inside: left at ")
    again = admitted(gate.scan("ADA-1"))
    assert again.left_at == out.at
    assert reason_text(again).startswith("re-entry, left ")
    market.wait()
    assert refused(gate.scan("ADA-1")) is Refusal.ALREADY_INSIDE
    here = gate.counters()
    assert (here.admitted, here.left, here.refused) == (2, 1, 1)
    transport.state = Network.UP
    market.wait(60)
    assert gate.sync().conflicts == ()
    assert market.counts() == (1, 1, 1)


def test_what_left_at_one_gate_enters_at_another_that_has_the_list(
    market: GateMarketplace,
) -> None:
    north, _ = market.open_gate("one", "North")
    south, transport = market.open_gate("two", "South")
    admitted(north.scan("ADA-1"))
    left(north.scan("ADA-1", direction=OUT))
    south.download()
    transport.state = Network.DOWN
    assert refused(south.scan("ADA-1", direction=OUT)) is Refusal.NOT_INSIDE
    assert admitted(south.scan("ADA-1")).left_at is not None


def test_an_exit_lets_out_whom_an_offline_gate_did_not_see_come_in(
    market: GateMarketplace,
) -> None:
    gate, transport = market.open_gate()
    gate.download()
    transport.state = Network.DOWN
    left(gate.scan("ADA-1", direction=OUT))
    assert refused(gate.scan("NOBODY", direction=OUT)) is Refusal.UNKNOWN_CODE
    transport.state = Network.UP
    market.wait(60)
    assert gate.sync().conflicts == ()
    assert market.counts() == (1, 0, 0)


def test_a_supervisor_overrides_offline_and_the_server_accepts_it_later(
    market: GateMarketplace,
) -> None:
    steward, _ = market.open_gate("one")
    steward.download()
    market.staff = market.operator
    gate, transport = market.open_gate("two")
    gate.download()
    for one in market.transports:
        one.state = Network.DOWN
    with pytest.raises(NotASupervisor):
        steward.scan("ADA-1", override="Let me")
    with pytest.raises(Invalid):
        gate.scan("ADA-1", override="x" * 201)
    admitted(gate.scan("ADA-1"))
    assert refused(gate.scan("NOBODY", override="Looks right")) is Refusal.UNKNOWN_CODE
    again = admitted(gate.scan("ADA-1", override="Left by the fire exit"))
    assert reason_text(again) == "override: already inside; Left by the fire exit"
    assert gate.counters().overrides == 1
    transport.state = Network.UP
    market.wait(60)
    assert gate.sync().conflicts == ()
    assert market.counts() == (1, 1, 1)

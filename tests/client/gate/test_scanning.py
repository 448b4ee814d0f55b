"""Scanning online: the server answers, and the gate records the result."""

from __future__ import annotations

import pytest

from client.gate import Gate, NothingToUndo, reason_text, refusal_text
from client.transport import Unreachable
from contract.gate import Refusal
from contract.problems import Forbidden, Invalid, NotFound
from tests.client.gate.marketplace import GateMarketplace, Network, admitted, refused
from tests.hostile import CORPUS


def test_the_server_answers_while_online(market: GateMarketplace) -> None:
    gate, _ = market.open_gate()
    answer = admitted(gate.scan("ADA-1"))
    assert answer.online
    assert answer.ticket is not None
    assert answer.ticket.show.id == market.show_id
    assert market.counts() == (1, 1, 0)


@pytest.mark.parametrize(
    "code", ["  ADA-1\r\n", "ada-1", "ADA1", "A D A 1", "ada\u20131", "\ufeffADA-1", "ADA\u00a01"]
)
def test_a_code_is_admitted_however_it_is_written(market: GateMarketplace, code: str) -> None:
    gate, _ = market.open_gate()
    admitted(gate.scan(code))


@pytest.mark.parametrize("blank", ["", " \n", "\ufeff\r\n"])
def test_blank_input_is_not_a_scan(market: GateMarketplace, blank: str) -> None:
    gate, transport = market.open_gate()
    assert gate.scan(blank) is None
    assert transport.paths == []


def test_the_same_code_within_a_second_is_one_scan_and_answered_again(
    market: GateMarketplace,
) -> None:
    gate, _ = market.open_gate()
    first = admitted(gate.scan("ADA-1"))
    assert not first.repeated
    for again in ("ADA-1", "ada 1", "ADA-1"):
        market.wait(0.9)
        answer = admitted(gate.scan(again))
        assert (answer.scan_id, answer.repeated) == (first.scan_id, True)
        assert reason_text(answer) == "scanned twice, counted once"
    assert gate.counters().admitted == 1
    market.wait(1.1)
    assert refused(gate.scan("ADA-1")) is Refusal.ALREADY_INSIDE
    assert gate.counters().refused == 1


def test_a_scan_that_failed_is_tried_again_within_the_second(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    transport.state = Network.DOWN
    with pytest.raises(Unreachable):
        gate.scan("ADA-1")
    with pytest.raises(Unreachable):
        gate.scan("ADA-1")
    assert gate.counters().waiting == 0


def test_two_codes_back_to_back_are_two_scans(market: GateMarketplace) -> None:
    market.sell_ticket("BEN-2")
    gate, _ = market.open_gate()
    admitted(gate.scan("ADA-1"))
    admitted(gate.scan("BEN-2"))
    assert market.counts() == (2, 2, 0)


def test_the_first_admission_is_shown_with_place_and_time(market: GateMarketplace) -> None:
    first, _ = market.open_gate("one", gate="North 2")
    second, _ = market.open_gate("two", gate="South")
    admitted(first.scan("ADA-1"))
    answer = second.scan("ADA-1")
    assert refused(answer) is Refusal.ALREADY_INSIDE
    assert answer is not None
    assert answer.first is not None
    assert answer.first.gate == "North 2"


def test_the_last_admission_is_undone_and_the_code_admits_again(market: GateMarketplace) -> None:
    gate, _ = market.open_gate()
    admitted(gate.scan("ADA-1"))
    assert gate.undo().synced
    assert market.counts() == (1, 0, 0)
    assert gate.counters().admitted == 0
    admitted(gate.scan("ADA-1"))


def test_each_undo_undoes_one_more_until_there_is_none(market: GateMarketplace) -> None:
    market.sell_ticket("BEN-2")
    gate, _ = market.open_gate()
    admitted(gate.scan("ADA-1"))
    admitted(gate.scan("BEN-2"))
    assert gate.undo().scan_id != gate.undo().scan_id
    with pytest.raises(NothingToUndo):
        gate.undo()
    assert market.counts() == (2, 0, 0)


def test_a_refused_scan_cannot_be_undone(market: GateMarketplace) -> None:
    gate, _ = market.open_gate()
    refused(gate.scan("NOBODY"))
    with pytest.raises(NothingToUndo):
        gate.undo()


@pytest.mark.parametrize("name", CORPUS)
def test_a_code_with_hidden_characters_is_refused_and_never_pending(
    market: GateMarketplace, name: str
) -> None:
    gate, _ = market.open_gate()
    invisible = name == "bidi isolate"  # nothing else is in it: blank input
    answer = gate.scan(CORPUS[name])
    assert answer is None if invisible else refused(answer) is Refusal.UNKNOWN_CODE
    market.wait()
    admitted(gate.scan("ADA-1"))
    gate.sync()
    assert gate.counters().waiting == 0
    assert market.counts() == (1, 1, 0 if invisible else 1)


def test_offline_without_a_list_no_scan_is_answered(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    transport.state = Network.DOWN
    with pytest.raises(Unreachable):
        gate.scan("ADA-1")
    assert gate.counters().waiting == 0


def test_an_account_without_gate_access_is_refused(market: GateMarketplace) -> None:
    market.staff = market.buyer
    gate, _ = market.open_gate()
    with pytest.raises(Forbidden):
        gate.scan("ADA-1")


def test_an_unknown_show_is_reported(market: GateMarketplace) -> None:
    market.show_id = "shw_nothing"
    gate, _ = market.open_gate()
    with pytest.raises(NotFound):
        gate.scan("ADA-1")


@pytest.mark.parametrize("show_id", ["../../etc", "", "shw_4k/..", "x" * 500, "\x1b[2J"])
def test_an_invalid_show_id_opens_no_file(market: GateMarketplace, show_id: str) -> None:
    market.show_id = show_id
    with pytest.raises(Invalid) as refusal:
        market.open_gate()
    assert "\x1b" not in str(refusal.value.errors)


@pytest.mark.parametrize("name", ["x" * 41, CORPUS["csi clears the screen"]])
def test_an_entrance_name_that_the_server_would_refuse_is_refused_at_once(
    market: GateMarketplace, name: str
) -> None:
    with pytest.raises(Invalid):
        market.open_gate(gate=name)


def test_a_gate_sends_no_request_before_the_first_scan(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    assert isinstance(gate, Gate)
    assert transport.paths == []


def test_every_refusal_has_words_and_the_new_owner_is_named() -> None:
    words = {reason: refusal_text(reason) for reason in Refusal}
    assert (
        words[Refusal.REPLACED]
        == "replaced: a newer owner has this ticket, or its owner a newer code"
    )
    assert words[Refusal.BEING_SOLD] == "being sold right now"
    assert words[Refusal.DISPUTED].startswith("disputed: ")
    assert words[Refusal.NOT_SOLD] == "not sold"
    assert not any("_" in text for text in words.values())

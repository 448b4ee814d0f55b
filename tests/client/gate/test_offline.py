"""Scanning offline: the list answers, nothing is lost, the server is synced afterwards."""

from __future__ import annotations

import os
import stat
from datetime import datetime, timedelta
from time import monotonic

import pytest

from client.config import BadConfig
from client.formatting import local_time
from client.gate import Gate, reason_text
from client.transport import Unreachable
from contract.gate import Refusal
from tests.client.gate.marketplace import (
    FlakyTransport,
    GateMarketplace,
    Network,
    admitted,
    refused,
)


def cut_off(market: GateMarketplace, machine: str = "one") -> tuple[Gate, FlakyTransport]:
    """Open a gate with a downloaded list, and cut its connection."""
    gate, transport = market.open_gate(machine, gate=machine)
    gate.download()
    transport.state = Network.DOWN
    return gate, transport


def test_the_list_answers_offline_and_the_server_learns_of_it_afterwards(
    market: GateMarketplace,
) -> None:
    gate, transport = cut_off(market)
    answer = admitted(gate.scan("ADA-1"))
    assert not answer.online
    assert answer.ticket is not None
    assert answer.ticket.show.id == market.show_id
    assert market.counts() == (1, 0, 0)
    assert gate.counters().waiting == 1
    transport.state = Network.UP
    assert (gate.sync().sent, gate.conflicts) == (1, ())
    assert market.counts() == (1, 1, 0)
    assert gate.counters().waiting == 0


def test_offline_a_ticket_is_admitted_once_and_an_unknown_code_never(
    market: GateMarketplace,
) -> None:
    gate, _ = cut_off(market)
    admitted(gate.scan("ADA-1"))
    assert refused(gate.scan("NOBODY")) is Refusal.UNKNOWN_CODE
    again = gate.scan("ADA-1")
    assert refused(again) is Refusal.ALREADY_INSIDE
    assert again is not None
    assert again.first is not None
    assert again.first.gate == "one"


def test_two_tickets_with_the_same_code_admit_two_people_offline(market: GateMarketplace) -> None:
    market.sell_ticket("SAME")
    market.sell_ticket("SAME")
    gate, _ = cut_off(market)
    for _ in range(2):
        admitted(gate.scan("SAME"))
        market.wait()
    assert refused(gate.scan("SAME")) is Refusal.ALREADY_INSIDE


def test_a_ticket_admitted_online_is_not_admitted_again_offline(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    gate.download()
    admitted(gate.scan("ADA-1"))
    transport.state = Network.DOWN
    market.wait()
    assert refused(gate.scan("ADA-1")) is Refusal.ALREADY_INSIDE


def test_a_ticket_that_is_inside_by_the_list_is_refused(market: GateMarketplace) -> None:
    first, _ = market.open_gate("one")
    admitted(first.scan("ADA-1"))
    gate, _ = cut_off(market, "two")
    assert refused(gate.scan("ADA-1")) is Refusal.ALREADY_INSIDE


def test_a_ticket_undone_offline_is_admitted_again(market: GateMarketplace) -> None:
    gate, transport = cut_off(market)
    admitted(gate.scan("ADA-1"))
    assert not gate.undo().synced
    assert gate.counters().admitted == 0
    admitted(gate.scan("ADA-1"))
    transport.state = Network.UP
    assert gate.sync().conflicts == ()
    assert market.counts() == (1, 1, 0)


def test_a_ticket_admitted_online_and_undone_offline_is_admitted_again(
    market: GateMarketplace,
) -> None:
    gate, transport = market.open_gate()
    gate.download()
    admitted(gate.scan("ADA-1"))
    transport.state = Network.DOWN
    assert not gate.undo().synced
    assert not admitted(gate.scan("ADA-1")).online
    transport.state = Network.UP
    assert gate.sync().conflicts == ()
    assert market.counts() == (1, 1, 0)


def test_an_undone_admission_is_no_longer_a_conflict(market: GateMarketplace) -> None:
    gate, transport = cut_off(market)
    admitted(gate.scan("ADA-1"))
    gate.undo()
    other, _ = market.open_gate("two")
    admitted(other.scan("ADA-1"))
    market.wait(7200)
    transport.state = Network.UP
    assert gate.sync().conflicts == ()


def test_an_undo_elsewhere_arrives_with_the_next_list(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    gate.download()
    answer = admitted(gate.scan("ADA-1"))
    ran = market.operator.run("gate", "undo", str(answer.admission_id))
    assert ran.status == 0, ran.err
    gate.download()
    transport.state = Network.DOWN
    market.wait()
    admitted(gate.scan("ADA-1"))


def test_a_ticket_whose_admission_was_undone_at_the_server_is_admitted_again(
    market: GateMarketplace,
) -> None:
    gate, transport = market.open_gate()
    gate.download()
    admission = admitted(gate.scan("ADA-1")).admission_id
    assert admission is not None
    assert market.operator.run("gate", "undo", admission).status == 0
    transport.state = Network.DOWN
    for _ in range(2):
        gate.record_undone(admission)
    market.wait()
    assert gate.counters().admitted == 0
    admitted(gate.scan("ADA-1"))


def test_a_ticket_admitted_at_two_gates_is_a_conflict_at_the_one_that_syncs_later(
    market: GateMarketplace,
) -> None:
    one, first_wire = cut_off(market, "one")
    two, second_wire = cut_off(market, "two")
    admitted(one.scan("ADA-1"))
    market.wait(60)
    admitted(two.scan("ADA-1"))
    first_wire.state = second_wire.state = Network.UP
    assert one.sync().conflicts == ()
    (conflict,) = two.sync().conflicts
    assert conflict.first is not None
    assert conflict.second is not None
    assert (conflict.first.gate, conflict.second.gate) == ("one", "two")
    assert market.counts() == (1, 1, 1)
    assert two.sync().conflicts == (conflict,)


def test_the_earlier_scan_counts_even_when_it_syncs_last(market: GateMarketplace) -> None:
    one, first_wire = cut_off(market, "one")
    two, second_wire = cut_off(market, "two")
    admitted(one.scan("ADA-1"))
    market.wait(60)
    admitted(two.scan("ADA-1"))
    first_wire.state = second_wire.state = Network.UP
    assert two.sync().conflicts == ()
    (conflict,) = one.sync().conflicts
    assert conflict.first is not None
    assert conflict.first.gate == "one"
    assert market.counts() == (1, 1, 0)


def test_a_ticket_refunded_after_the_download_is_a_conflict(market: GateMarketplace) -> None:
    gate, transport = cut_off(market)
    order = market.buyer.run("orders", "--json", "id").json[0]["id"]
    assert market.operator.run("admin", "refund", order, "--yes").status == 0
    deadline = monotonic() + 20
    while not market.buyer.run("wallet", "--json", "refunded").json[0]["refunded"]:
        assert monotonic() < deadline, "the money did not go back"
    admitted(gate.scan("ADA-1"))
    transport.state = Network.UP
    (conflict,) = gate.sync().conflicts
    assert conflict.reason is Refusal.REFUNDED


def test_pending_scans_are_sent_before_the_next_online_scan(market: GateMarketplace) -> None:
    gate, transport = cut_off(market)
    admitted(gate.scan("ADA-1"))
    transport.state = Network.UP
    market.wait(10)
    answer = gate.scan("ADA-1")
    assert refused(answer) is Refusal.ALREADY_INSIDE
    assert answer is not None
    assert answer.online
    assert market.counts() == (1, 1, 1)


def test_an_offline_gate_does_not_wait_for_the_server_at_every_scan(
    market: GateMarketplace,
) -> None:
    gate, transport = cut_off(market)
    admitted(gate.scan("ADA-1"))
    asked = len(transport.paths)
    for number in range(5):
        refused(gate.scan(f"NOBODY-{number}"))
    assert len(transport.paths) == asked
    market.wait(6)
    refused(gate.scan("NOBODY"))
    assert len(transport.paths) > asked


def test_a_busy_server_counts_as_offline(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    gate.download()
    transport.state = Network.BUSY
    assert not admitted(gate.scan("ADA-1")).online


def test_a_scan_whose_response_was_lost_is_one_admission(market: GateMarketplace) -> None:
    gate, transport = market.open_gate()
    gate.download()
    transport.state = Network.LOSING
    assert not admitted(gate.scan("ADA-1")).online
    assert market.counts() == (1, 1, 0)
    transport.state = Network.UP
    assert gate.sync().conflicts == ()
    assert market.counts() == (1, 1, 0)


def test_a_sync_whose_response_was_lost_can_be_repeated_safely(market: GateMarketplace) -> None:
    gate, transport = cut_off(market)
    admitted(gate.scan("ADA-1"))
    transport.state = Network.LOSING
    with pytest.raises(Unreachable):
        gate.sync()
    assert gate.counters().waiting == 1
    transport.state = Network.UP
    assert gate.sync().conflicts == ()
    assert market.counts() == (1, 1, 0)


def test_nothing_is_lost_after_a_restart(market: GateMarketplace) -> None:
    gate, _ = cut_off(market)
    admitted(gate.scan("ADA-1"))
    again, transport = market.open_gate("one")
    transport.state = Network.DOWN
    assert refused(again.scan("ADA-1")) is Refusal.ALREADY_INSIDE
    transport.state = Network.UP
    assert again.sync().sent == 2
    assert market.counts() == (1, 1, 1)


def test_half_a_line_after_a_crash_loses_no_other_line(market: GateMarketplace) -> None:
    gate, _ = cut_off(market)
    admitted(gate.scan("ADA-1"))
    with gate.journal.path.open("ab") as file:
        file.write(b'{"type":"scanned","sca')
    again, transport = market.open_gate("one")
    transport.state = Network.DOWN
    refused(again.scan("NOBODY"))
    third, _ = market.open_gate("one")
    assert third.sync().sent == 2
    assert market.counts() == (1, 1, 1)


def test_two_programs_on_one_machine_share_the_journal(market: GateMarketplace) -> None:
    gate, _ = cut_off(market)
    again, transport = market.open_gate("one")
    transport.state = Network.DOWN
    admitted(gate.scan("ADA-1"))
    assert refused(again.scan("ADA-1")) is Refusal.ALREADY_INSIDE


def test_every_scan_is_on_disk_before_it_is_answered(
    market: GateMarketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, _ = cut_off(market)
    refused(gate.scan("NOBODY"))
    honest, synced = os.fsync, list[tuple[int, int]]()

    def watched(number: int) -> None:
        found = os.fstat(number)
        synced.append((found.st_ino, found.st_size))
        honest(number)

    monkeypatch.setattr(os, "fsync", watched)
    admitted(gate.scan("ADA-1"))
    now = gate.journal.path.stat()
    assert synced == [(now.st_ino, now.st_size)]


def test_a_scan_that_cannot_be_recorded_is_not_answered(
    market: GateMarketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, _ = cut_off(market)
    refused(gate.scan("NOBODY"))  # the file is there already

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadConfig, match="No space left"):
        gate.scan("ADA-1")


def test_the_gates_files_contain_no_code_and_are_private(market: GateMarketplace) -> None:
    gate, _ = cut_off(market)
    admitted(gate.scan("ADA-1"))
    refused(gate.scan("A-CODE-NOBODY-KNOWS"))
    files = [path for path in (market.folder / "one" / "gate").rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"ADA-1" not in path.read_bytes()
        assert b"NOBODY-KNOWS" not in path.read_bytes()


def test_a_damaged_list_is_reported_with_its_repair(market: GateMarketplace) -> None:
    cut_off(market)
    (path,) = (market.folder / "one" / "gate").rglob("*.list")
    path.write_text("{")
    with pytest.raises(BadConfig, match="delete it and download the list again"):
        market.open_gate("one")


def test_an_offline_gate_knows_when_the_doors_open_and_entry_closes(
    market: GateMarketplace,
) -> None:
    market.sell_ticket("ADA-2")
    gate, transport = market.open_gate()
    listed = gate.download()
    start = listed.show.starts_at
    opens, closes = start - timedelta(hours=1), start + timedelta(hours=2)
    times = ("--doors-open-at", opens.isoformat(), "--entry-closes-at", closes.isoformat())
    ran = market.operator.run("admin", "edit-show", market.show_id, *times)
    assert "doors open" in ran.out
    gate.download()
    transport.state = Network.DOWN

    def wait_until(at: datetime) -> None:
        known = gate._api.now()  # noqa: SLF001  by the clock of the server
        market.wait((at - known).total_seconds())

    wait_until(opens - timedelta(seconds=1))
    early = gate.scan("ADA-1")
    assert refused(early) is Refusal.NOT_YET
    assert early is not None
    assert early.window_at == opens
    assert reason_text(early) == f"not yet: the doors open {local_time(opens)}"
    wait_until(opens)
    admitted(gate.scan("ADA-1"))
    wait_until(closes + timedelta(seconds=1))
    late = gate.scan("ADA-2")
    assert refused(late) is Refusal.OVER
    assert late is not None
    assert reason_text(late) == f"over: entry closed {local_time(closes)}"

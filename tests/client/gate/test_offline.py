"""Scanning without a line: the list answers, nothing is lost, and the house is told afterwards."""

from __future__ import annotations

import os
import stat
from time import monotonic

import pytest

from client.config import BadConfig
from client.gate import Gate
from client.transport import Unreachable
from contract.gate import Refusal
from tests.client.gate.house import House, Line, Wire, admitted, refused


def cut_off(house: House, machine: str = "one") -> tuple[Gate, Wire]:
    """Open a gate that has the list, and cut its line."""
    gate, wire = house.opens(machine, gate=machine)
    gate.download()
    wire.state = Line.DOWN
    return gate, wire


def test_the_list_answers_offline_and_the_server_learns_of_it_afterwards(
    house: House,
) -> None:
    gate, wire = cut_off(house)
    answer = admitted(gate.scan("ADA-1"))
    assert not answer.online
    assert answer.ticket is not None
    assert answer.ticket.show.id == house.show_id
    assert house.counts() == (1, 0, 0)
    assert gate.counters().waiting == 1
    wire.state = Line.UP
    assert (gate.sync().sent, gate.conflicts) == (1, ())
    assert house.counts() == (1, 1, 0)
    assert gate.counters().waiting == 0


def test_offline_a_ticket_is_admitted_once_and_an_unknown_code_never(house: House) -> None:
    gate, _ = cut_off(house)
    admitted(gate.scan("ADA-1"))
    assert refused(gate.scan("NOBODY")) is Refusal.UNKNOWN_CODE
    again = gate.scan("ADA-1")
    assert refused(again) is Refusal.ALREADY_INSIDE
    assert again is not None
    assert again.first is not None
    assert again.first.gate == "one"


def test_two_tickets_with_the_same_code_admit_two_people_offline(house: House) -> None:
    house.sells("SAME")
    house.sells("SAME")
    gate, _ = cut_off(house)
    for _ in range(2):
        admitted(gate.scan("SAME"))
        house.waits()
    assert refused(gate.scan("SAME")) is Refusal.ALREADY_INSIDE


def test_a_ticket_admitted_online_is_not_admitted_again_offline(house: House) -> None:
    gate, wire = house.opens()
    gate.download()
    admitted(gate.scan("ADA-1"))
    wire.state = Line.DOWN
    house.waits()
    assert refused(gate.scan("ADA-1")) is Refusal.ALREADY_INSIDE


def test_a_ticket_that_is_inside_by_the_list_is_refused(house: House) -> None:
    first, _ = house.opens("one")
    admitted(first.scan("ADA-1"))
    gate, _ = cut_off(house, "two")
    assert refused(gate.scan("ADA-1")) is Refusal.ALREADY_INSIDE


def test_a_ticket_undone_offline_is_admitted_again(house: House) -> None:
    gate, wire = cut_off(house)
    admitted(gate.scan("ADA-1"))
    assert not gate.undo().synced
    assert gate.counters().admitted == 0
    admitted(gate.scan("ADA-1"))
    wire.state = Line.UP
    assert gate.sync().conflicts == ()
    assert house.counts() == (1, 1, 0)


def test_a_ticket_admitted_online_and_undone_offline_is_admitted_again(
    house: House,
) -> None:
    gate, wire = house.opens()
    gate.download()
    admitted(gate.scan("ADA-1"))
    wire.state = Line.DOWN
    assert not gate.undo().synced
    assert not admitted(gate.scan("ADA-1")).online
    wire.state = Line.UP
    assert gate.sync().conflicts == ()
    assert house.counts() == (1, 1, 0)


def test_an_undone_admission_is_no_longer_a_conflict(house: House) -> None:
    gate, wire = cut_off(house)
    admitted(gate.scan("ADA-1"))
    gate.undo()
    other, _ = house.opens("two")
    admitted(other.scan("ADA-1"))
    house.waits(7200)
    wire.state = Line.UP
    assert gate.sync().conflicts == ()


def test_an_undo_elsewhere_arrives_with_the_next_list(house: House) -> None:
    gate, wire = house.opens()
    gate.download()
    answer = admitted(gate.scan("ADA-1"))
    ran = house.operator.types("gate", "undo", str(answer.admission_id))
    assert ran.status == 0, ran.err
    gate.download()
    wire.state = Line.DOWN
    house.waits()
    admitted(gate.scan("ADA-1"))


def test_a_ticket_whose_admission_was_undone_at_the_server_is_admitted_again(house: House) -> None:
    gate, wire = house.opens()
    gate.download()
    admission = admitted(gate.scan("ADA-1")).admission_id
    assert admission is not None
    assert house.operator.types("gate", "undo", admission).status == 0
    wire.state = Line.DOWN
    for _ in range(2):
        gate.record_undone(admission)
    house.waits()
    assert gate.counters().admitted == 0
    admitted(gate.scan("ADA-1"))


def test_a_ticket_admitted_at_two_gates_is_a_conflict_at_the_one_that_syncs_later(
    house: House,
) -> None:
    one, first_wire = cut_off(house, "one")
    two, second_wire = cut_off(house, "two")
    admitted(one.scan("ADA-1"))
    house.waits(60)
    admitted(two.scan("ADA-1"))
    first_wire.state = second_wire.state = Line.UP
    assert one.sync().conflicts == ()
    (conflict,) = two.sync().conflicts
    assert conflict.first is not None
    assert conflict.second is not None
    assert (conflict.first.gate, conflict.second.gate) == ("one", "two")
    assert house.counts() == (1, 1, 1)
    assert two.sync().conflicts == (conflict,)


def test_the_earlier_scan_counts_even_when_it_syncs_last(house: House) -> None:
    one, first_wire = cut_off(house, "one")
    two, second_wire = cut_off(house, "two")
    admitted(one.scan("ADA-1"))
    house.waits(60)
    admitted(two.scan("ADA-1"))
    first_wire.state = second_wire.state = Line.UP
    assert two.sync().conflicts == ()
    (conflict,) = one.sync().conflicts
    assert conflict.first is not None
    assert conflict.first.gate == "one"
    assert house.counts() == (1, 1, 0)


def test_a_ticket_refunded_after_the_download_is_a_conflict(house: House) -> None:
    gate, wire = cut_off(house)
    order = house.buyer.types("orders", "--json", "id").json[0]["id"]
    assert house.operator.types("admin", "refund", order, "--yes").status == 0
    deadline = monotonic() + 20
    while not house.buyer.types("wallet", "--json", "refunded").json[0]["refunded"]:
        assert monotonic() < deadline, "the money did not go back"
    admitted(gate.scan("ADA-1"))
    wire.state = Line.UP
    (conflict,) = gate.sync().conflicts
    assert conflict.reason is Refusal.REFUNDED


def test_pending_scans_are_sent_before_the_next_online_scan(house: House) -> None:
    gate, wire = cut_off(house)
    admitted(gate.scan("ADA-1"))
    wire.state = Line.UP
    house.waits(10)
    answer = gate.scan("ADA-1")
    assert refused(answer) is Refusal.ALREADY_INSIDE
    assert answer is not None
    assert answer.online
    assert house.counts() == (1, 1, 1)


def test_an_offline_gate_does_not_wait_for_the_server_at_every_scan(house: House) -> None:
    gate, wire = cut_off(house)
    admitted(gate.scan("ADA-1"))
    asked = len(wire.paths)
    for number in range(5):
        refused(gate.scan(f"NOBODY-{number}"))
    assert len(wire.paths) == asked
    house.waits(6)
    refused(gate.scan("NOBODY"))
    assert len(wire.paths) > asked


def test_a_busy_server_counts_as_offline(house: House) -> None:
    gate, wire = house.opens()
    gate.download()
    wire.state = Line.BUSY
    assert not admitted(gate.scan("ADA-1")).online


def test_a_scan_whose_response_was_lost_is_one_admission(house: House) -> None:
    gate, wire = house.opens()
    gate.download()
    wire.state = Line.LOSING
    assert not admitted(gate.scan("ADA-1")).online
    assert house.counts() == (1, 1, 0)
    wire.state = Line.UP
    assert gate.sync().conflicts == ()
    assert house.counts() == (1, 1, 0)


def test_a_sync_whose_response_was_lost_can_be_repeated_safely(house: House) -> None:
    gate, wire = cut_off(house)
    admitted(gate.scan("ADA-1"))
    wire.state = Line.LOSING
    with pytest.raises(Unreachable):
        gate.sync()
    assert gate.counters().waiting == 1
    wire.state = Line.UP
    assert gate.sync().conflicts == ()
    assert house.counts() == (1, 1, 0)


def test_nothing_is_lost_after_a_restart(house: House) -> None:
    gate, _ = cut_off(house)
    admitted(gate.scan("ADA-1"))
    again, wire = house.opens("one")
    wire.state = Line.DOWN
    assert refused(again.scan("ADA-1")) is Refusal.ALREADY_INSIDE
    wire.state = Line.UP
    assert again.sync().sent == 2
    assert house.counts() == (1, 1, 1)


def test_half_a_line_after_a_crash_loses_no_other_line(house: House) -> None:
    gate, _ = cut_off(house)
    admitted(gate.scan("ADA-1"))
    with gate.journal.path.open("ab") as file:
        file.write(b'{"type":"scanned","sca')
    again, wire = house.opens("one")
    wire.state = Line.DOWN
    refused(again.scan("NOBODY"))
    third, _ = house.opens("one")
    assert third.sync().sent == 2
    assert house.counts() == (1, 1, 1)


def test_two_programs_on_one_machine_share_the_journal(house: House) -> None:
    gate, _ = cut_off(house)
    again, wire = house.opens("one")
    wire.state = Line.DOWN
    admitted(gate.scan("ADA-1"))
    assert refused(again.scan("ADA-1")) is Refusal.ALREADY_INSIDE


def test_every_scan_is_on_disk_before_it_is_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, _ = cut_off(house)
    refused(gate.scan("NOBODY"))
    honest, settled = os.fsync, list[tuple[int, int]]()

    def watched(number: int) -> None:
        found = os.fstat(number)
        settled.append((found.st_ino, found.st_size))
        honest(number)

    monkeypatch.setattr(os, "fsync", watched)
    admitted(gate.scan("ADA-1"))
    now = gate.journal.path.stat()
    assert settled == [(now.st_ino, now.st_size)]


def test_a_scan_that_cannot_be_recorded_is_not_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, _ = cut_off(house)
    refused(gate.scan("NOBODY"))  # the file is there already

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadConfig, match="No space left"):
        gate.scan("ADA-1")


def test_the_gates_files_contain_no_code_and_are_private(house: House) -> None:
    gate, _ = cut_off(house)
    admitted(gate.scan("ADA-1"))
    refused(gate.scan("A-CODE-NOBODY-KNOWS"))
    files = [path for path in (house.folder / "one" / "gate").rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"ADA-1" not in path.read_bytes()
        assert b"NOBODY-KNOWS" not in path.read_bytes()


def test_a_damaged_list_is_reported_with_its_repair(house: House) -> None:
    cut_off(house)
    (path,) = (house.folder / "one" / "gate").rglob("*.list")
    path.write_text("{")
    with pytest.raises(BadConfig, match="delete it and download the list again"):
        house.opens("one")

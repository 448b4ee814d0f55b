"""Exits: a ticket that is inside leaves, and comes in again."""

from __future__ import annotations

import pytest

from contract.gate import Direction, EntranceCounts, OfflineScan, Refusal, Scan, TicketLeft, Verdict
from contract.money import Money
from contract.tickets import TicketInside
from server.tickets import resale
from tests.clock import MINUTE
from tests.server.gate.gate_fixture import GateFixture, refused
from tests.server.gate.test_changes import changes
from tests.server.rows import rows
from tests.world import World

OUT = Direction.OUT


def leave(entrance: GateFixture, code: str, gate: str = "") -> Scan:
    """Scan a code at an exit."""
    return entrance.scan(code, direction=OUT, gate=gate)


def test_a_ticket_that_left_is_admitted_again_and_counted_at_each_gate(
    world: World, entrance: GateFixture
) -> None:
    entrance.sell_ticket("ADA-1")
    first = entrance.scan("ADA-1", gate="North")
    world.pass_time(MINUTE)
    out = leave(entrance, "ada 1", "South")
    assert (out.verdict, out.admission_id) == (Verdict.LEFT, first.admission_id)
    assert out.left_at == out.scanned_at
    world.pass_time(2 * MINUTE)
    (outside,) = changes(entrance).items
    assert (outside.admitted_at, outside.left_at) == (None, out.scanned_at)
    again = entrance.scan("ADA-1", gate="North")
    assert again.admission_id not in (None, first.admission_id)
    assert again.left_at == out.scanned_at
    assert entrance.scan("ADA-1", scan_id=again.scan_id) == again
    assert refused(entrance.scan("ADA-1", gate="South")) is Refusal.ALREADY_INSIDE
    gate = entrance.view_counts()
    assert (gate.inside, gate.entered, gate.left, gate.refused) == (1, 2, 1, 1)
    assert gate.entrances == (
        EntranceCounts(gate="North", inside=1, refused=0, entered=2),
        EntranceCounts(gate="South", inside=0, refused=1, left=1),
    )
    kinds = [row[0] for row in rows(world, "SELECT type FROM events WHERE type LIKE 'admission.%'")]
    assert sorted(kinds) == ["admission.left", "admission.made", "admission.made"]
    assert world.sound()


def test_leaving_when_not_inside_is_answered_and_is_no_refused_admission(
    entrance: GateFixture,
) -> None:
    entrance.sell_ticket("ADA-1")
    never = leave(entrance, "ADA-1")
    assert (refused(never), never.left_at) == (Refusal.NOT_INSIDE, None)
    entrance.scan("ADA-1")
    out = leave(entrance, "ADA-1")
    twice = leave(entrance, "ADA-1")
    assert (refused(twice), twice.left_at) == (Refusal.NOT_INSIDE, out.scanned_at)
    assert refused(leave(entrance, "NOBODY")) is Refusal.UNKNOWN_CODE
    elsewhere = entrance.sell_ticket("BEN-1", show="Another")
    assert elsewhere.show.id != entrance.show_id
    assert refused(leave(entrance, "BEN-1")) is Refusal.WRONG_SHOW
    assert entrance.view_counts().refused == 0


def test_a_ticket_that_is_outside_again_is_not_sold_on(entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    entrance.scan("ADA-1")
    leave(entrance, "ADA-1")
    ((owner,),) = rows(entrance.world, "SELECT owner_id FROM tickets WHERE status = 'sold'")
    price = Money(amount=1000, currency="EUR")
    with pytest.raises(TicketInside):
        entrance.world.bus.write_now(
            lambda tx: resale.relist(tx, owner_id=owner, ticket_id=ticket.id, price=price)
        )


def test_an_admission_is_not_undone_once_the_ticket_has_left_but_its_re_entry_is(
    world: World, entrance: GateFixture
) -> None:
    entrance.sell_ticket("ADA-1")
    first = entrance.scan("ADA-1")
    leave(entrance, "ADA-1")
    with pytest.raises(TicketLeft):
        entrance.undo(first.admission_id)
    again = entrance.scan("ADA-1")
    entrance.undo(again.admission_id)
    assert entrance.counts()[1] == 0
    assert world.sound()
    assert entrance.scan("ADA-1").left_at is not None


def test_offline_exits_and_entries_are_recorded_in_the_order_of_their_times(
    world: World, entrance: GateFixture
) -> None:
    ticket = entrance.sell_ticket("ADA-1")

    def at(seconds: int, verdict: Verdict) -> OfflineScan:
        direction = OUT if verdict is Verdict.LEFT else Direction.IN
        return entrance.offline_scan("ADA-1", ticket, seconds, verdict=verdict, direction=direction)

    report = entrance.sync(at(10, Verdict.ADMITTED), at(30, Verdict.ADMITTED), at(20, Verdict.LEFT))
    assert report.conflicts == ()
    assert [scan.verdict for scan in report.results] == [
        Verdict.ADMITTED, Verdict.ADMITTED, Verdict.LEFT,
    ]  # fmt: skip
    assert entrance.view_counts().entered == 2
    inside_twice = entrance.sync(at(25, Verdict.ADMITTED))
    assert [one.reason for one in inside_twice.conflicts] == [Refusal.ALREADY_INSIDE]
    before_the_last = entrance.sync(at(15, Verdict.ADMITTED))
    assert [one.reason for one in before_the_last.conflicts] == [Refusal.ALREADY_INSIDE]
    assert entrance.counts()[1] == 1
    assert world.sound()


def test_an_offline_exit_of_a_ticket_that_is_not_inside_is_no_conflict(
    entrance: GateFixture,
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    report = entrance.sync(
        entrance.offline_scan("ADA-1", ticket, 5, verdict=Verdict.LEFT, direction=OUT)
    )
    assert report.conflicts == ()
    assert refused(report.results[0]) is Refusal.NOT_INSIDE

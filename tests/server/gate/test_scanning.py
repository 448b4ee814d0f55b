"""Scanning: each sold ticket is admitted once; a refusal has its reason."""

from __future__ import annotations

import pytest

from contract.gate import (
    AdmissionNotFound,
    AdmissionStatus,
    EntranceCounts,
    NotYourAdmission,
    Refusal,
    Verdict,
)
from contract.orders import OrderCompleted
from contract.problems import KeyReused, NotFound
from contract.refunds import REFUND_ORDER, RefundOrder
from contract.shows import CANCEL_SHOW
from server.orders import service as orders
from tests.clock import MINUTE, SECOND
from tests.databases import is_integrity_error
from tests.server.gate.gate_fixture import GateFixture, give_to_another, new_scan, refused
from tests.server.rows import change, one, rows
from tests.world import World


def order_of(world: World, ticket_id: str) -> str:
    """Return the order by which a ticket was bought."""
    events = [event for event in world.events() if isinstance(event, OrderCompleted)]
    return next(event.id for event in events if event.ticket_id == ticket_id)


def test_a_sold_ticket_is_admitted(world: World, entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    scan = entrance.scan("ADA-1", gate="North 2")
    assert (scan.verdict, scan.reason, scan.first) == (Verdict.ADMITTED, None, None)
    assert scan.ticket is not None
    assert (scan.ticket.ticket_id, scan.ticket.seat) == (ticket.id, ticket.seat)
    assert scan.ticket.show == ticket.show
    assert entrance.counts() == (1, 1, 0)
    assert world.sound()


def test_a_second_scan_is_refused_with_time_place_and_person_of_the_first(
    world: World, entrance: GateFixture
) -> None:
    entrance.sell_ticket("ADA-1")
    first = entrance.scan("ADA-1", gate="North 2")
    world.clock.advance(MINUTE)
    second = entrance.scan("ADA-1", entrance.other, gate="South")
    assert refused(second) is Refusal.ALREADY_INSIDE
    assert second.first is not None
    assert second.first.admission_id == first.admission_id
    assert (second.first.by, second.first.gate) == (entrance.staff.user_id, "North 2")
    assert second.first.at == first.scanned_at
    assert entrance.counts() == (1, 1, 1)


def test_the_same_scan_sent_twice_is_one_admission_with_the_same_result(
    world: World, entrance: GateFixture
) -> None:
    entrance.sell_ticket("ADA-1")
    scan_id = new_scan()
    first = entrance.scan("ADA-1", scan_id=scan_id)
    world.clock.advance(SECOND)
    assert entrance.scan("ADA-1", scan_id=scan_id) == first
    assert entrance.counts() == (1, 1, 0)
    assert world.names(first.admission_id) == ["admission.made"]


def test_a_refusal_sent_twice_is_counted_once(entrance: GateFixture) -> None:
    scan_id = new_scan()
    first = entrance.scan("NOBODY", scan_id=scan_id)
    assert entrance.scan("NOBODY", scan_id=scan_id) == first
    assert entrance.counts() == (0, 0, 1)


def test_a_scan_id_cannot_be_reused_for_another_code(entrance: GateFixture) -> None:
    scan_id = new_scan()
    entrance.scan("NOBODY", scan_id=scan_id)
    with pytest.raises(KeyReused):
        entrance.scan("SOMEBODY", scan_id=scan_id)


def test_an_unknown_code_is_refused(entrance: GateFixture) -> None:
    scan = entrance.scan("NOBODY")
    assert refused(scan) is Refusal.UNKNOWN_CODE
    assert scan.ticket is None


@pytest.mark.parametrize("code", ["ada-1", "ADA-1 ", "AD A1", "ada\N{EN DASH}1", "\uff21DA-1"])
def test_a_code_admits_in_any_case_and_with_any_blanks_and_dashes(
    entrance: GateFixture, code: str
) -> None:
    entrance.sell_ticket("Ada-1")
    assert entrance.scan(code).verdict is Verdict.ADMITTED
    assert refused(entrance.scan("ADA-1")) is Refusal.ALREADY_INSIDE


@pytest.mark.parametrize("code", ["ADA", "%", "ADA_1", "ADA-1' OR 1=1 --", "AD4-1"])
def test_a_different_code_is_refused(entrance: GateFixture, code: str) -> None:
    entrance.sell_ticket("ADA-1")
    assert refused(entrance.scan(code)) is Refusal.UNKNOWN_CODE


@pytest.mark.parametrize("state", ["available", "locked", "sold"])
def test_a_barcode_never_opens_the_gate(world: World, entrance: GateFixture, state: str) -> None:
    ticket = world.list_ticket(entrance.seller, barcode="PRINTED-1")
    if state != "available":
        order = world.lock(world.user("buyer"), ticket)
        if state == "sold":
            world.pay(order)
    assert refused(entrance.scan("PRINTED-1")) is Refusal.UNKNOWN_CODE


def test_a_ticket_of_another_show_is_refused_and_names_it(entrance: GateFixture) -> None:
    elsewhere = entrance.sell_ticket("ELSE-1", show="Another show")
    scan = entrance.scan("ELSE-1")
    assert refused(scan) is Refusal.WRONG_SHOW
    assert scan.ticket is not None
    assert scan.ticket.show == elsewhere.show
    assert entrance.counts() == (0, 0, 1)


def test_a_refunded_ticket_is_refused(world: World, entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    order_id = order_of(world, ticket.id)
    world.call(REFUND_ORDER, entrance.operator, RefundOrder(), order_id=order_id)
    world.work()
    assert refused(entrance.scan("ADA-1")) is Refusal.REFUNDED
    assert entrance.counts() == (0, 0, 1)


def test_the_code_of_a_former_owner_is_replaced_and_that_of_the_owner_admits_once(
    world: World, entrance: GateFixture
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    owner = give_to_another(world, ticket.id, "BEA-2")
    assert refused(entrance.scan("ADA-1")) is Refusal.REPLACED
    admitted = entrance.scan("bea 2")
    assert admitted.verdict is Verdict.ADMITTED
    assert one(world, "SELECT buyer_id FROM admissions") == owner
    assert refused(entrance.scan("BEA-2")) is Refusal.ALREADY_INSIDE
    assert refused(entrance.scan("ADA-1")) is Refusal.REPLACED
    assert entrance.counts() == (1, 1, 3)


def test_the_code_before_a_failed_refund_is_replaced(world: World, entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    order_id, price = order_of(world, ticket.id), ticket.price.amount
    for more in (price, -price):
        world.bus.write_now(lambda tx, more=more: orders.refund(tx, order_id=order_id, more=more))  # type: ignore[misc]
    assert refused(entrance.scan("ADA-1")) is Refusal.REPLACED
    code = one(world, "SELECT code FROM entry_codes WHERE revoked_at IS NULL")
    assert entrance.scan(code).verdict is Verdict.ADMITTED


def test_a_partly_refunded_ticket_is_admitted(world: World, entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    order_id = order_of(world, ticket.id)
    world.call(REFUND_ORDER, entrance.operator, RefundOrder(amount=100), order_id=order_id)
    world.work()
    assert entrance.scan("ADA-1").verdict is Verdict.ADMITTED


def test_a_ticket_of_a_cancelled_show_is_refused(world: World, entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    world.call(CANCEL_SHOW, entrance.operator, show_id=entrance.show_id)
    assert refused(entrance.scan("ADA-1")) is Refusal.SHOW_CANCELLED


def test_two_tickets_of_before_with_the_same_code_are_both_admitted(entrance: GateFixture) -> None:
    tickets = {entrance.sell_ticket("SAME").id for _ in range(2)}
    scans = [entrance.scan("SAME") for _ in range(3)]
    assert {scan.ticket.ticket_id for scan in scans[:2] if scan.ticket} == tickets
    assert [scan.verdict for scan in scans[:2]] == [Verdict.ADMITTED] * 2
    assert refused(scans[2]) is Refusal.ALREADY_INSIDE


def test_a_ticket_of_another_show_with_the_same_code_does_not_block_this_one(
    entrance: GateFixture,
) -> None:
    entrance.sell_ticket("SAME", show="Another show")
    entrance.sell_ticket("SAME")
    assert entrance.scan("SAME").verdict is Verdict.ADMITTED


def test_a_revoked_code_does_not_block_a_valid_one_that_is_the_same(
    world: World, entrance: GateFixture
) -> None:
    refunded = entrance.sell_ticket("SAME")
    world.call(
        REFUND_ORDER, entrance.operator, RefundOrder(), order_id=order_of(world, refunded.id)
    )
    world.work()
    entrance.sell_ticket("SAME")
    assert entrance.scan("SAME").verdict is Verdict.ADMITTED


def test_an_unknown_show_has_no_gate(entrance: GateFixture) -> None:
    with pytest.raises(NotFound):
        entrance.scan("ADA-1", show_id="shw_nothing")


def test_a_scan_from_the_future_counts_as_now(entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    scan = entrance.scan("ADA-1", scanned_at=entrance.seconds_ago(-3600))
    assert scan.scanned_at == entrance.seconds_ago(0)


def test_after_an_undo_the_ticket_is_admitted_again(world: World, entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    first = entrance.scan("ADA-1")
    undone = entrance.undo(first.admission_id)
    assert (undone.status, undone.undone_by) == (AdmissionStatus.UNDONE, entrance.staff.user_id)
    assert entrance.counts() == (1, 0, 0)
    again = entrance.scan("ADA-1")
    assert again.verdict is Verdict.ADMITTED
    assert again.admission_id != first.admission_id
    assert world.names(first.admission_id) == ["admission.made", "admission.undone"]
    assert world.sound()


def test_undoing_twice_has_one_effect(world: World, entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    first = entrance.scan("ADA-1")
    undone = entrance.undo(first.admission_id)
    world.clock.advance(SECOND)
    assert entrance.undo(first.admission_id) == undone
    assert world.names(first.admission_id) == ["admission.made", "admission.undone"]


def test_only_the_gate_keeper_who_admitted_or_an_operator_can_undo(entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    first = entrance.scan("ADA-1")
    with pytest.raises(NotYourAdmission):
        entrance.undo(first.admission_id, entrance.other)
    assert entrance.counts() == (1, 1, 0)
    entrance.undo(first.admission_id, entrance.operator)
    assert entrance.counts() == (1, 0, 0)


def test_an_unknown_admission_cannot_be_undone(entrance: GateFixture) -> None:
    with pytest.raises(AdmissionNotFound):
        entrance.undo("adm_nothing")


def test_only_the_buyer_receives_the_event_of_an_admission(
    world: World, entrance: GateFixture
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    entrance.undo(entrance.scan("ADA-1").admission_id)
    buyer = one(world, "SELECT buyer_id FROM orders WHERE ticket_id = :id", id=ticket.id)
    told = rows(world, "SELECT audience FROM events WHERE type LIKE 'admission.%'")
    assert told == [(buyer,)] * 2


def test_the_database_refuses_a_second_admission_of_a_ticket(
    world: World, entrance: GateFixture
) -> None:
    entrance.sell_ticket("ADA-1")
    entrance.scan("ADA-1")
    with pytest.raises(Exception, match="admissions") as denied:
        change(
            world,
            "INSERT INTO admissions SELECT 'adm_2', show_id, ticket_id, order_id, buyer_id, "
            "status, by, gate, admitted_at, undone_at, undone_by, version, left_at, "
            "left_gate, override FROM admissions",
        )
    assert is_integrity_error(denied.value)


@pytest.mark.parametrize("deed", ["UPDATE scans SET gate = 'X'", "DELETE FROM scans"])
def test_a_scan_cannot_be_changed_or_deleted(
    world: World, entrance: GateFixture, deed: str
) -> None:
    entrance.scan("NOBODY")
    with pytest.raises(Exception, match="append-only"):
        change(world, deed)


def test_scans_are_stored_without_their_codes(world: World, entrance: GateFixture) -> None:
    entrance.sell_ticket("OPEN-SESAME")
    entrance.scan("OPEN-SESAME")
    for table in ("scans", "admissions", "events"):
        assert "OPEN-SESAME" not in str(rows(world, f"SELECT * FROM {table}"))  # noqa: S608  our own names


def test_each_entrance_is_counted_by_its_name(entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    entrance.sell_ticket("ADA-2", seat="2")
    entrance.scan("ADA-1", gate="North")
    entrance.scan("ADA-1", gate="South")
    undone = entrance.scan("ADA-2", gate="South")
    entrance.undo(undone.admission_id)
    entrance.scan("ADA-2")
    assert entrance.view_counts().entrances == (
        EntranceCounts(gate="", inside=1, refused=0, entered=1),
        EntranceCounts(gate="North", inside=1, refused=0, entered=1),
        EntranceCounts(gate="South", inside=0, refused=1),
    )

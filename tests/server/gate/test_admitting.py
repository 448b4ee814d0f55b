"""ScannedTicket: each sold ticket lets one in, once; whoever is refused is told why."""

from __future__ import annotations

import pytest

from contract.gate import (
    AdmissionNotFound,
    AdmissionStatus,
    NotYourAdmission,
    Refusal,
    Verdict,
)
from contract.orders import OrderCompleted
from contract.problems import KeyReused, NotFound
from contract.refunds import REFUND_ORDER, RefundOrder
from contract.shows import CANCEL_SHOW
from tests.clock import MINUTE, SECOND
from tests.databases import is_integrity_error
from tests.server.gate.entrance import Entrance, new_scan, refused
from tests.server.rows import change, one, rows
from tests.world import World


def order_of(world: World, ticket_id: str) -> str:
    """Return the order a ticket was bought with."""
    events = [event for event in world.events() if isinstance(event, OrderCompleted)]
    return next(event.id for event in events if event.ticket_id == ticket_id)


def test_a_sold_ticket_lets_its_bearer_in(world: World, entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    scan = entrance.scans("ADA-1", gate="North 2")
    assert (scan.verdict, scan.reason, scan.first) == (Verdict.ADMITTED, None, None)
    assert scan.ticket is not None
    assert (scan.ticket.ticket_id, scan.ticket.seat) == (ticket.id, ticket.seat)
    assert scan.ticket.show == ticket.show
    assert entrance.counts() == (1, 1, 0)
    assert world.sound()


def test_a_ticket_lets_in_once_and_the_second_is_told_when_where_and_by_whom_it_was(
    world: World, entrance: Entrance
) -> None:
    entrance.sells("ADA-1")
    first = entrance.scans("ADA-1", gate="North 2")
    world.clock.advance(MINUTE)
    second = entrance.scans("ADA-1", entrance.other, gate="South")
    assert refused(second) is Refusal.ALREADY_INSIDE
    assert second.first is not None
    assert second.first.admission_id == first.admission_id
    assert (second.first.by, second.first.gate) == (entrance.staff.user_id, "North 2")
    assert second.first.at == first.scanned_at
    assert entrance.counts() == (1, 1, 1)


def test_the_same_scan_sent_twice_is_one_admission_with_the_same_answer(
    world: World, entrance: Entrance
) -> None:
    entrance.sells("ADA-1")
    scan_id = new_scan()
    first = entrance.scans("ADA-1", scan_id=scan_id)
    world.clock.advance(SECOND)
    assert entrance.scans("ADA-1", scan_id=scan_id) == first
    assert entrance.counts() == (1, 1, 0)
    assert world.names(first.admission_id) == ["admission.made"]


def test_a_refusal_sent_twice_is_counted_once(entrance: Entrance) -> None:
    scan_id = new_scan()
    first = entrance.scans("NOBODY", scan_id=scan_id)
    assert entrance.scans("NOBODY", scan_id=scan_id) == first
    assert entrance.counts() == (0, 0, 1)


def test_a_scan_id_cannot_be_used_for_another_code(entrance: Entrance) -> None:
    scan_id = new_scan()
    entrance.scans("NOBODY", scan_id=scan_id)
    with pytest.raises(KeyReused):
        entrance.scans("SOMEBODY", scan_id=scan_id)


def test_a_code_nobody_knows_is_refused(entrance: Entrance) -> None:
    scan = entrance.scans("NOBODY")
    assert refused(scan) is Refusal.UNKNOWN_CODE
    assert scan.ticket is None


@pytest.mark.parametrize("code", ["ada-1", "ADA-1 ", "ADA", "%", "ADA_1", "ADA-1' OR 1=1 --"])
def test_a_code_counts_only_letter_by_letter(entrance: Entrance, code: str) -> None:
    entrance.sells("ADA-1")
    assert refused(entrance.scans(code)) is Refusal.UNKNOWN_CODE


def test_a_ticket_that_was_not_sold_lets_nobody_in(entrance: Entrance) -> None:
    assert refused(entrance.scans("UNSOLD")) is Refusal.NOT_SOLD


def test_a_locked_ticket_lets_nobody_in(world: World, entrance: Entrance) -> None:
    world.lock(world.user("buyer"), entrance.ticket)
    assert refused(entrance.scans("UNSOLD")) is Refusal.NOT_SOLD


def test_a_ticket_of_another_show_is_refused_and_names_it(entrance: Entrance) -> None:
    elsewhere = entrance.sells("ELSE-1", show="Another show")
    scan = entrance.scans("ELSE-1")
    assert refused(scan) is Refusal.WRONG_SHOW
    assert scan.ticket is not None
    assert scan.ticket.show == elsewhere.show
    assert entrance.counts() == (0, 0, 1)


def test_a_ticket_whose_money_went_back_lets_nobody_in(world: World, entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    order_id = order_of(world, ticket.id)
    world.call(REFUND_ORDER, entrance.operator, RefundOrder(), order_id=order_id)
    world.work()
    assert refused(entrance.scans("ADA-1")) is Refusal.REFUNDED
    assert entrance.counts() == (0, 0, 1)


def test_a_part_of_the_price_sent_back_leaves_the_ticket_good(
    world: World, entrance: Entrance
) -> None:
    ticket = entrance.sells("ADA-1")
    order_id = order_of(world, ticket.id)
    world.call(REFUND_ORDER, entrance.operator, RefundOrder(amount=100), order_id=order_id)
    world.work()
    assert entrance.scans("ADA-1").verdict is Verdict.ADMITTED


def test_nobody_comes_to_a_show_that_was_cancelled(world: World, entrance: Entrance) -> None:
    entrance.sells("ADA-1")
    world.call(CANCEL_SHOW, entrance.operator, show_id=entrance.show_id)
    assert refused(entrance.scans("ADA-1")) is Refusal.SHOW_CANCELLED


def test_two_tickets_with_the_same_code_let_two_in(entrance: Entrance) -> None:
    tickets = {entrance.sells("SAME").id for _ in range(2)}
    scans = [entrance.scans("SAME") for _ in range(3)]
    assert {scan.ticket.ticket_id for scan in scans[:2] if scan.ticket} == tickets
    assert [scan.verdict for scan in scans[:2]] == [Verdict.ADMITTED] * 2
    assert refused(scans[2]) is Refusal.ALREADY_INSIDE


def test_a_listing_with_the_same_code_keeps_nobody_out(world: World, entrance: Entrance) -> None:
    world.list_ticket(entrance.seller, code="SAME")
    world.list_ticket(entrance.seller, code="SAME", show="Another show")
    entrance.sells("SAME")
    assert entrance.scans("SAME").verdict is Verdict.ADMITTED


def test_a_show_there_is_not_has_no_gate(entrance: Entrance) -> None:
    with pytest.raises(NotFound):
        entrance.scans("ADA-1", show_id="shw_nothing")


def test_a_scan_from_the_future_counts_as_one_from_now(entrance: Entrance) -> None:
    entrance.sells("ADA-1")
    scan = entrance.scans("ADA-1", scanned_at=entrance.ago(-3600))
    assert scan.scanned_at == entrance.ago(0)


def test_an_admission_taken_back_lets_the_ticket_in_again(world: World, entrance: Entrance) -> None:
    entrance.sells("ADA-1")
    first = entrance.scans("ADA-1")
    undone = entrance.undoes(first.admission_id)
    assert (undone.status, undone.undone_by) == (AdmissionStatus.UNDONE, entrance.staff.user_id)
    assert entrance.counts() == (1, 0, 0)
    again = entrance.scans("ADA-1")
    assert again.verdict is Verdict.ADMITTED
    assert again.admission_id != first.admission_id
    assert world.names(first.admission_id) == ["admission.made", "admission.undone"]
    assert world.sound()


def test_undoing_twice_undoes_once(world: World, entrance: Entrance) -> None:
    entrance.sells("ADA-1")
    first = entrance.scans("ADA-1")
    undone = entrance.undoes(first.admission_id)
    world.clock.advance(SECOND)
    assert entrance.undoes(first.admission_id) == undone
    assert world.names(first.admission_id) == ["admission.made", "admission.undone"]


def test_only_who_let_somebody_in_may_undo_it_or_an_operator(entrance: Entrance) -> None:
    entrance.sells("ADA-1")
    first = entrance.scans("ADA-1")
    with pytest.raises(NotYourAdmission):
        entrance.undoes(first.admission_id, entrance.other)
    assert entrance.counts() == (1, 1, 0)
    entrance.undoes(first.admission_id, entrance.operator)
    assert entrance.counts() == (1, 0, 0)


def test_what_is_no_admission_cannot_be_undone(entrance: Entrance) -> None:
    with pytest.raises(AdmissionNotFound):
        entrance.undoes("adm_nothing")


def test_only_the_buyer_hears_that_his_ticket_was_used(world: World, entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    entrance.undoes(entrance.scans("ADA-1").admission_id)
    buyer = one(world, "SELECT buyer_id FROM orders WHERE ticket_id = :id", id=ticket.id)
    told = rows(world, "SELECT audience FROM events WHERE type LIKE 'admission.%'")
    assert told == [(buyer,)] * 2


def test_the_database_itself_keeps_a_ticket_from_being_inside_twice(
    world: World, entrance: Entrance
) -> None:
    entrance.sells("ADA-1")
    entrance.scans("ADA-1")
    with pytest.raises(Exception, match="admissions") as denied:
        change(
            world,
            "INSERT INTO admissions SELECT 'adm_2', show_id, ticket_id, order_id, buyer_id, "
            "status, by, gate, admitted_at, undone_at, undone_by, version FROM admissions",
        )
    assert is_integrity_error(denied.value)


@pytest.mark.parametrize("deed", ["UPDATE scans SET gate = 'X'", "DELETE FROM scans"])
def test_a_scan_is_written_down_for_good(world: World, entrance: Entrance, deed: str) -> None:
    entrance.scans("NOBODY")
    with pytest.raises(Exception, match="append-only"):
        change(world, deed)


def test_no_code_is_kept_where_scans_are(world: World, entrance: Entrance) -> None:
    entrance.sells("OPEN-SESAME")
    entrance.scans("OPEN-SESAME")
    for table in ("scans", "admissions", "events"):
        assert "OPEN-SESAME" not in str(rows(world, f"SELECT * FROM {table}"))  # noqa: S608  our own names

"""Offline: a gate's own list, what it did by it, and what does not add up afterwards."""

from __future__ import annotations

import pytest

from contract.base import Page, PageQuery
from contract.gate import (
    SYNC_SCANS,
    VIEW_GATE_LIST,
    GateTicket,
    OfflineScan,
    Refusal,
    SyncAdmissions,
    Verdict,
    digest_of,
)
from contract.problems import Invalid, NotFound
from contract.shows import CANCEL_SHOW
from contract.validation import convert
from tests.clock import MINUTE
from tests.hostile import CORPUS
from tests.server.gate.entrance import Entrance, new_scan, refused
from tests.world import World


def listed(entrance: Entrance, **asked: object) -> Page[GateTicket]:
    """Return a page of the gate's list."""
    query = convert(dict(asked), PageQuery, strict=True)
    return entrance.world.call(VIEW_GATE_LIST, entrance.staff, query, show_id=entrance.show_id)


def test_the_list_has_every_ticket_that_may_come_by_its_digest_and_never_its_code(
    entrance: Entrance,
) -> None:
    ticket = entrance.sells("OPEN-SESAME")
    (line,) = listed(entrance).items
    assert (line.ticket_id, line.seat, line.admitted_at) == (ticket.id, ticket.seat, None)
    assert line.digest == digest_of("OPEN-SESAME", digest_prefix=entrance.looks().digest_prefix)
    assert "OPEN-SESAME" not in str(line)


def test_the_list_says_who_is_inside_already(entrance: Entrance) -> None:
    entrance.sells("ADA-1")
    scan = entrance.scans("ADA-1")
    assert [line.admitted_at for line in listed(entrance).items] == [scan.scanned_at]
    entrance.undoes(scan.admission_id)
    assert [line.admitted_at for line in listed(entrance).items] == [None]


def test_the_list_comes_in_pages_that_join(entrance: Entrance) -> None:
    sold = [entrance.sells(f"ADA-{n}").id for n in range(3)]
    first = listed(entrance, limit=2)
    rest = listed(entrance, cursor=first.next)
    assert [line.ticket_id for line in (*first.items, *rest.items)] == sold
    assert rest.next is None


def test_the_list_of_a_cancelled_show_is_empty(world: World, entrance: Entrance) -> None:
    entrance.sells("ADA-1")
    world.call(CANCEL_SHOW, entrance.operator, show_id=entrance.show_id)
    assert listed(entrance).items == ()


def test_the_same_code_has_another_digest_at_another_show(entrance: Entrance) -> None:
    assert digest_of("A", digest_prefix=entrance.show_id) != digest_of(
        "A", digest_prefix="shw_another"
    )


def test_what_a_gate_did_by_itself_is_taken_in(world: World, entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    sent = entrance.offline("ADA-1", ticket, 60, gate="East")
    report = entrance.syncs(sent)
    (result,) = report.results
    assert (result.verdict, result.scanned_at) == (Verdict.ADMITTED, sent.scanned_at)
    assert report.conflicts == ()
    assert entrance.counts() == (1, 1, 0)
    assert world.sound()


def test_telling_it_twice_changes_nothing_and_is_answered_alike(
    world: World, entrance: Entrance
) -> None:
    ticket = entrance.sells("ADA-1")
    entrance.scans("ADA-1")
    scans = [entrance.offline("ADA-1", ticket, 60), entrance.offline("NOBODY", None, 50)]
    first = entrance.syncs(*scans)
    world.clock.advance(MINUTE)
    events = world.names()
    assert entrance.syncs(*scans) == first
    assert world.names() == events


def test_results_come_in_the_order_they_were_sent_in(entrance: Entrance) -> None:
    tickets = [entrance.sells(f"ADA-{n}") for n in range(3)]
    scans = [entrance.offline(f"ADA-{n}", tickets[n], 10 + n) for n in range(3)]
    results = entrance.syncs(*scans).results
    assert [result.scan_id for result in results] == [scan.scan_id for scan in scans]


def test_of_a_ticket_let_in_twice_at_one_gate_the_first_time_counts(entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    late, early = (entrance.offline("ADA-1", ticket, seconds) for seconds in (10, 60))
    report = entrance.syncs(late, early)
    assert [result.verdict for result in report.results] == [Verdict.REFUSED, Verdict.ADMITTED]
    (conflict,) = report.conflicts
    assert (conflict.scan_id, conflict.reason) == (late.scan_id, Refusal.ALREADY_INSIDE)


def test_a_ticket_let_in_later_at_another_gate_is_a_conflict_that_names_both(
    entrance: Entrance,
) -> None:
    ticket = entrance.sells("ADA-1")
    entrance.world.clock.advance(MINUTE)
    online = entrance.scans("ADA-1", entrance.other, scanned_at=entrance.ago(60), gate="North")
    report = entrance.syncs(entrance.offline("ADA-1", ticket, 10, gate="South"))
    assert refused(report.results[0]) is Refusal.ALREADY_INSIDE
    (conflict,) = report.conflicts
    assert conflict.first is not None
    assert conflict.second is not None
    assert (conflict.first.admission_id, conflict.first.gate) == (online.admission_id, "North")
    assert (conflict.second.admission_id, conflict.second.gate) == (None, "South")
    assert (conflict.first.by, conflict.second.by) == (
        entrance.other.user_id,
        entrance.staff.user_id,
    )


def test_an_earlier_scan_told_later_takes_the_place_of_the_later_one(
    world: World, entrance: Entrance
) -> None:
    ticket = entrance.sells("ADA-1")
    online = entrance.scans("ADA-1", entrance.other, gate="North")
    report = entrance.syncs(entrance.offline("ADA-1", ticket, 60, gate="South"))
    (result,) = report.results
    assert result.verdict is Verdict.ADMITTED
    (conflict,) = report.conflicts
    assert conflict.first is not None
    assert conflict.second is not None
    assert (conflict.first.gate, conflict.second.gate) == ("South", "North")
    assert world.names(online.admission_id) == ["admission.made", "admission.undone"]
    assert world.names(result.admission_id) == ["admission.made"]
    assert entrance.counts() == (1, 1, 0)
    assert world.sound()


def test_who_was_let_in_with_a_ticket_that_is_no_good_is_a_conflict(entrance: Entrance) -> None:
    report = entrance.syncs(entrance.offline("UNSOLD", entrance.ticket, 10))
    assert refused(report.results[0]) is Refusal.NOT_SOLD
    assert [conflict.reason for conflict in report.conflicts] == [Refusal.NOT_SOLD]
    assert entrance.counts() == (0, 0, 1)


def test_a_digest_that_is_not_the_tickets_lets_nobody_in(entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    report = entrance.syncs(entrance.offline("GUESSED", ticket, 10))
    assert refused(report.results[0]) is Refusal.UNKNOWN_CODE
    assert entrance.counts() == (1, 0, 1)


def test_whoever_was_sent_away_is_not_inside_and_can_still_come(entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    away = {"verdict": Verdict.REFUSED, "reason": Refusal.UNKNOWN_CODE}
    report = entrance.syncs(entrance.offline("ADA-1", ticket, 10, **away))
    assert refused(report.results[0]) is Refusal.UNKNOWN_CODE
    assert report.conflicts == ()
    assert entrance.counts() == (1, 0, 1)
    assert entrance.scans("ADA-1").verdict is Verdict.ADMITTED


def test_a_scan_whose_answer_was_lost_is_known_when_it_is_told_again(entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    scan_id = new_scan()
    online = entrance.scans("ADA-1", scan_id=scan_id)
    report = entrance.syncs(entrance.offline("ADA-1", ticket, 0, scan_id=scan_id))
    assert (report.results, report.conflicts) == ((online,), ())
    assert entrance.counts() == (1, 1, 0)


def test_a_show_there_is_not_is_refused_as_a_whole(world: World, entrance: Entrance) -> None:
    ticket = entrance.sells("ADA-1")
    events = world.names()
    good = entrance.offline("ADA-1", ticket, 10)
    bad = OfflineScan(
        show_id="shw_nothing", scan_id=new_scan(), digest="0" * 64, ticket_id=None,
        verdict=Verdict.REFUSED, scanned_at=entrance.ago(5),
    )  # fmt: skip
    with pytest.raises(NotFound):
        entrance.syncs(good, bad)
    assert world.names() == events
    assert entrance.counts() == (1, 0, 0)


def test_a_hidden_character_in_a_batch_is_refused_by_its_place(entrance: Entrance) -> None:
    fine = entrance.offline("A", None, 10, verdict=Verdict.REFUSED)
    bad = entrance.offline(
        "B", None, 10, verdict=Verdict.REFUSED, gate=CORPUS["csi clears the screen"]
    )
    with pytest.raises(Invalid) as problem:
        entrance.syncs(fine, bad)
    assert [error.field for error in problem.value.errors] == ["scans.1.gate"]


def test_a_batch_holds_no_more_than_the_contract_says(entrance: Entrance) -> None:
    one = entrance.offline("A", None, 10, verdict=Verdict.REFUSED)
    scans = [{**_plain(one), "scan_id": new_scan()} for _ in range(SYNC_SCANS + 1)]
    with pytest.raises(Invalid):
        convert({"scans": scans}, SyncAdmissions, strict=False)
    assert len(convert({"scans": scans[1:]}, SyncAdmissions, strict=False).scans) == SYNC_SCANS


def _plain(scan: OfflineScan) -> dict[str, object]:
    return {name: getattr(scan, name) for name in scan.__struct_fields__}

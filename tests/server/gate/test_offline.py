"""Offline scans: the list of a gate, the scans it decided, and the conflicts afterwards."""

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
from tests.server.gate.gate_fixture import GateFixture, give_to_another, new_scan, refused
from tests.world import World


def listed(entrance: GateFixture, **asked: object) -> Page[GateTicket]:
    """Return a page of the gate's list."""
    query = convert(dict(asked), PageQuery, strict=True)
    return entrance.world.call(VIEW_GATE_LIST, entrance.staff, query, show_id=entrance.show_id)


def test_the_list_has_every_admissible_ticket_by_digest_and_not_by_code(
    entrance: GateFixture,
) -> None:
    ticket = entrance.sell_ticket("OPEN-SESAME")
    (line,) = listed(entrance).items
    assert (line.ticket_id, line.seat, line.admitted_at) == (ticket.id, ticket.seat, None)
    assert line.digest == digest_of(
        "OPEN-SESAME", digest_prefix=entrance.view_counts().digest_prefix
    )
    assert "OPEN-SESAME" not in str(line)


def test_the_list_marks_tickets_that_are_inside(entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    scan = entrance.scan("ADA-1")
    assert [line.admitted_at for line in listed(entrance).items] == [scan.scanned_at]
    entrance.undo(scan.admission_id)
    assert [line.admitted_at for line in listed(entrance).items] == [None]


def test_the_pages_of_the_list_are_the_whole_list(entrance: GateFixture) -> None:
    sold = {entrance.sell_ticket(f"ADA-{n}").id for n in range(3)}
    first = listed(entrance, limit=2)
    rest = listed(entrance, cursor=first.next)
    assert len(first.items) == 2
    assert {line.ticket_id for line in (*first.items, *rest.items)} == sold
    assert rest.next is None


def test_the_list_of_a_cancelled_show_is_empty(world: World, entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    world.call(CANCEL_SHOW, entrance.operator, show_id=entrance.show_id)
    assert listed(entrance).items == ()


def test_the_same_code_has_another_digest_at_another_show(entrance: GateFixture) -> None:
    assert digest_of("A", digest_prefix=entrance.show_id) != digest_of(
        "A", digest_prefix="shw_another"
    )


def test_offline_scans_are_recorded(world: World, entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    sent = entrance.offline_scan("ADA-1", ticket, 60, gate="East")
    report = entrance.sync(sent)
    (result,) = report.results
    assert (result.verdict, result.scanned_at) == (Verdict.ADMITTED, sent.scanned_at)
    assert report.conflicts == ()
    assert entrance.counts() == (1, 1, 0)
    assert world.sound()


def test_syncing_twice_changes_nothing_and_returns_the_same(
    world: World, entrance: GateFixture
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    entrance.scan("ADA-1")
    scans = [entrance.offline_scan("ADA-1", ticket, 60), entrance.offline_scan("NOBODY", None, 50)]
    first = entrance.sync(*scans)
    world.clock.advance(MINUTE)
    events = world.names()
    assert entrance.sync(*scans) == first
    assert world.names() == events


def test_results_are_in_the_order_of_the_request(entrance: GateFixture) -> None:
    tickets = [entrance.sell_ticket(f"ADA-{n}") for n in range(3)]
    scans = [entrance.offline_scan(f"ADA-{n}", tickets[n], 10 + n) for n in range(3)]
    results = entrance.sync(*scans).results
    assert [result.scan_id for result in results] == [scan.scan_id for scan in scans]


def test_of_two_admissions_at_one_gate_the_first_counts(entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    late, early = (entrance.offline_scan("ADA-1", ticket, seconds) for seconds in (10, 60))
    report = entrance.sync(late, early)
    assert [result.verdict for result in report.results] == [Verdict.REFUSED, Verdict.ADMITTED]
    (conflict,) = report.conflicts
    assert (conflict.scan_id, conflict.reason) == (late.scan_id, Refusal.ALREADY_INSIDE)


def test_a_later_admission_at_another_gate_is_a_conflict_that_names_both(
    entrance: GateFixture,
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    entrance.world.clock.advance(MINUTE)
    online = entrance.scan(
        "ADA-1", entrance.other, scanned_at=entrance.seconds_ago(60), gate="North"
    )
    report = entrance.sync(entrance.offline_scan("ADA-1", ticket, 10, gate="South"))
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


def test_an_earlier_scan_that_is_synced_later_replaces_the_later_one(
    world: World, entrance: GateFixture
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    online = entrance.scan("ADA-1", entrance.other, gate="North")
    report = entrance.sync(entrance.offline_scan("ADA-1", ticket, 60, gate="South"))
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


def test_admitting_an_unsold_ticket_offline_is_a_conflict(entrance: GateFixture) -> None:
    report = entrance.sync(entrance.offline_scan("MADE-UP", entrance.ticket, 10))
    assert refused(report.results[0]) is Refusal.UNKNOWN_CODE
    assert [conflict.reason for conflict in report.conflicts] == [Refusal.UNKNOWN_CODE]
    assert entrance.counts() == (0, 0, 1)


def test_admitting_a_former_owner_offline_is_a_conflict_that_says_so(
    world: World, entrance: GateFixture
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    give_to_another(world, ticket.id, "BEA-2")
    report = entrance.sync(entrance.offline_scan("ADA-1", ticket, 10))
    assert [conflict.reason for conflict in report.conflicts] == [Refusal.REPLACED]
    assert len(listed(entrance).items) == 1
    assert entrance.scan("BEA-2").verdict is Verdict.ADMITTED


def test_a_digest_that_is_not_the_tickets_is_refused(entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    report = entrance.sync(entrance.offline_scan("GUESSED", ticket, 10))
    assert refused(report.results[0]) is Refusal.UNKNOWN_CODE
    assert entrance.counts() == (1, 0, 1)


def test_a_ticket_refused_offline_is_not_inside_and_can_still_be_admitted(
    entrance: GateFixture,
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    away = {"verdict": Verdict.REFUSED, "reason": Refusal.UNKNOWN_CODE}
    report = entrance.sync(entrance.offline_scan("ADA-1", ticket, 10, **away))
    assert refused(report.results[0]) is Refusal.UNKNOWN_CODE
    assert report.conflicts == ()
    assert entrance.counts() == (1, 0, 1)
    assert entrance.scan("ADA-1").verdict is Verdict.ADMITTED


def test_a_scan_whose_response_was_lost_is_recognised_at_the_sync(entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    scan_id = new_scan()
    online = entrance.scan("ADA-1", scan_id=scan_id)
    report = entrance.sync(entrance.offline_scan("ADA-1", ticket, 0, scan_id=scan_id))
    assert (report.results, report.conflicts) == ((online,), ())
    assert entrance.counts() == (1, 1, 0)


def test_a_sync_with_an_unknown_show_is_refused(world: World, entrance: GateFixture) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    events = world.names()
    good = entrance.offline_scan("ADA-1", ticket, 10)
    bad = OfflineScan(
        show_id="shw_nothing", scan_id=new_scan(), digest="0" * 64, ticket_id=None,
        verdict=Verdict.REFUSED, scanned_at=entrance.seconds_ago(5),
    )  # fmt: skip
    with pytest.raises(NotFound):
        entrance.sync(good, bad)
    assert world.names() == events
    assert entrance.counts() == (1, 0, 0)


def test_a_hidden_character_in_a_sync_is_refused_by_its_index(entrance: GateFixture) -> None:
    fine = entrance.offline_scan("A", None, 10, verdict=Verdict.REFUSED)
    bad = entrance.offline_scan(
        "B", None, 10, verdict=Verdict.REFUSED, gate=CORPUS["csi clears the screen"]
    )
    with pytest.raises(Invalid) as problem:
        entrance.sync(fine, bad)
    assert [error.field for error in problem.value.errors] == ["scans.1.gate"]


def test_a_sync_has_at_most_the_scans_of_the_contract(entrance: GateFixture) -> None:
    one = entrance.offline_scan("A", None, 10, verdict=Verdict.REFUSED)
    scans = [{**_plain(one), "scan_id": new_scan()} for _ in range(SYNC_SCANS + 1)]
    with pytest.raises(Invalid):
        convert({"scans": scans}, SyncAdmissions, strict=False)
    assert len(convert({"scans": scans[1:]}, SyncAdmissions, strict=False).scans) == SYNC_SCANS


def _plain(scan: OfflineScan) -> dict[str, object]:
    return {name: getattr(scan, name) for name in scan.__struct_fields__}

"""Overrides: a supervisor admits a ticket in spite of a refusal, for a reason."""

from __future__ import annotations

import pytest

from contract.gate import VIEW_GATE, Direction, NotASupervisor, Refusal
from contract.tickets import CodeRevocation
from server.tickets import entry_codes
from tests.clock import MINUTE
from tests.server.gate.gate_fixture import GateFixture, give_to_another, refused
from tests.server.rows import rows
from tests.world import DAY, World

WHY = "Left by the fire exit"


def test_an_operator_admits_a_ticket_that_is_inside_and_it_is_inside_once(
    world: World, entrance: GateFixture
) -> None:
    entrance.sell_ticket("ADA-1")
    entrance.scan("ADA-1", gate="North")
    world.pass_time(MINUTE)
    scan = entrance.scan("ADA-1", by=entrance.operator, override=WHY, gate="South")
    assert (scan.overrode, scan.override) == (Refusal.ALREADY_INSIDE, WHY)
    again = entrance.scan("ADA-1", by=entrance.operator, override=WHY, scan_id=scan.scan_id)
    assert again == scan
    gate = entrance.view_counts()
    assert (gate.inside, gate.entered, gate.left, gate.overrides) == (1, 2, 1, 1)
    assert [each.overrides for each in gate.entrances if each.gate == "South"] == [1]
    (event,) = rows(world, "SELECT body FROM events WHERE body LIKE '%fire exit%'")
    assert '"overrode":"already_inside"' in event[0].replace(" ", "")
    assert world.sound()


def test_a_supervisor_admits_too_early_and_a_disputed_ticket(
    world: World, entrance: GateFixture
) -> None:
    world.with_settings(doors_before=DAY)
    entrance.sell_ticket("ADA-1")
    early = entrance.scan("ADA-1", by=entrance.operator, override="Band crew")
    assert early.overrode is Refusal.NOT_YET
    disputed = entrance.sell_ticket("BEN-1", seat="8")
    world.bus.write_now(
        lambda tx: entry_codes.revoke(tx, ticket_id=disputed.id, reason=CodeRevocation.DISPUTED)
    )
    scan = entrance.scan("BEN-1", by=entrance.operator, override="Paid in cash")
    assert scan.overrode is Refusal.DISPUTED


def test_whose_ticket_it_is_cannot_be_overridden(world: World, entrance: GateFixture) -> None:
    replaced = entrance.sell_ticket("ADA-1")
    give_to_another(world, replaced.id, "DORA-1")
    entrance.sell_ticket("BEN-1", show="Another")
    refunded = entrance.sell_ticket("CAT-1", seat="9")
    world.bus.write_now(
        lambda tx: entry_codes.revoke(tx, ticket_id=refunded.id, reason=CodeRevocation.REFUNDED)
    )
    for code, reason in (
        ("ADA-1", Refusal.REPLACED), ("BEN-1", Refusal.WRONG_SHOW), ("CAT-1", Refusal.REFUNDED),
        ("NOBODY", Refusal.UNKNOWN_CODE),
    ):  # fmt: skip
        assert refused(entrance.scan(code, by=entrance.operator, override=WHY)) is reason
    out = entrance.scan("ADA-1", by=entrance.operator, override=WHY, direction=Direction.OUT)
    assert refused(out) is Refusal.NOT_INSIDE
    assert entrance.view_counts().overrides == 0


def test_a_ticket_that_would_be_admitted_anyway_is_no_override(entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    scan = entrance.scan("ADA-1", by=entrance.operator, override=WHY)
    assert (scan.overrode, scan.override) == (None, "")


def test_gate_staff_may_not_override(world: World, entrance: GateFixture) -> None:
    entrance.sell_ticket("ADA-1")
    with pytest.raises(NotASupervisor):
        entrance.scan("ADA-1", override=WHY)
    for who, may in ((entrance.staff, False), (entrance.operator, True)):
        gate = world.call(VIEW_GATE, who, show_id=entrance.show_id)
        assert gate.may_override is may


def test_an_offline_override_counts_if_a_supervisor_syncs_it_and_else_is_a_conflict(
    entrance: GateFixture,
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    first, second, third = (
        entrance.offline_scan("ADA-1", ticket, seconds, override=why)
        for seconds, why in ((30, ""), (20, WHY), (10, WHY))
    )
    report = entrance.sync(first, second, by=entrance.operator)
    assert report.conflicts == ()
    assert report.results[1].overrode is Refusal.ALREADY_INSIDE
    (conflict,) = entrance.sync(third).conflicts
    assert conflict.reason is Refusal.ALREADY_INSIDE
    assert entrance.view_counts().overrides == 1
    assert entrance.counts()[1] == 1

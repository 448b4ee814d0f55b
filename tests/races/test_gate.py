"""Two gates scan the same code in the same instant, fifty times over: one lets in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from contract.gate import Refusal, Scan, SyncReport, Verdict
from server.principal import Principal
from tests.races.racing import Gate
from tests.server.gate.gate_fixture import GateFixture, open_gate
from tests.server.rows import one
from tests.world import World

RACES = 50


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Open a gate for two."""
    opened = Gate(2)
    yield opened
    opened.close()


@pytest.fixture
def entrance(world: World) -> GateFixture:
    """Open the gate of a show at which fifty tickets were sold."""
    return open_gate(world)


def test_of_two_gates_that_scan_a_code_at_once_one_lets_in(
    world: World, entrance: GateFixture, gate: Gate
) -> None:
    firsts: Counter[str] = Counter()
    for number in range(RACES):
        code = f"ADA-{number}"
        entrance.sell_ticket(code)
        staff = (entrance.staff, entrance.other)
        scans: list[Scan] = gate.race([partial(entrance.scan, code, by) for by in staff])
        verdicts = [scan.verdict for scan in scans]
        assert sorted(verdicts) == [Verdict.ADMITTED, Verdict.REFUSED]
        won, lost = sorted(scans, key=lambda scan: scan.verdict)
        assert lost.reason is Refusal.ALREADY_INSIDE
        assert lost.first is not None
        assert lost.first.admission_id == won.admission_id
        firsts[lost.first.by] += 1
    print(f"{RACES} races; who was first: {sorted(firsts.values())}")
    assert entrance.counts() == (RACES, RACES, RACES)
    assert one(world, "SELECT count(*) FROM admissions") == RACES
    assert world.sound()


def test_of_two_gates_that_tell_of_the_same_tickets_at_once_each_ticket_is_in_once(
    world: World, entrance: GateFixture, gate: Gate
) -> None:
    tickets = {f"ADA-{n}": entrance.sell_ticket(f"ADA-{n}") for n in range(10)}

    def tells(by: Principal, codes: list[str]) -> SyncReport:
        scans = [entrance.offline_scan(code, tickets[code], 10) for code in codes]
        return entrance.sync(*scans, by=by)

    codes = list(tickets)
    reports = gate.race(
        [partial(tells, entrance.staff, codes), partial(tells, entrance.other, codes[::-1])]
    )
    verdicts = Counter(result.verdict for report in reports for result in report.results)
    assert verdicts == {Verdict.ADMITTED: 10, Verdict.REFUSED: 10}
    assert sum(len(report.conflicts) for report in reports) == 10
    assert entrance.counts() == (10, 10, 10)
    assert world.sound()

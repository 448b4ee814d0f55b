"""Two gates scan the same code at the same moment, many times: only one admits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from contract.gate import Direction, Refusal, Scan, SyncReport, Verdict
from server.principal import Principal
from tests.races.racing import StartLine
from tests.server.gate.gate_fixture import GateFixture, give_to_another, open_gate
from tests.server.rows import one
from tests.world import World


@pytest.fixture
def start_line() -> Iterator[StartLine]:
    """Start two runners at once."""
    line = StartLine(2)
    yield line
    line.close()


@pytest.fixture
def entrance(world: World) -> GateFixture:
    """Give a show with two people at its gate."""
    return open_gate(world)


@pytest.mark.parametrize(
    "races", [12, pytest.param(100, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_only_one_of_two_gates_that_scan_a_code_at_once_admits(
    world: World, entrance: GateFixture, start_line: StartLine, races: int
) -> None:
    firsts: Counter[str] = Counter()
    for number in range(races):
        code = f"ADA-{number}"
        entrance.sell_ticket(code)
        staff = (entrance.staff, entrance.other)
        scans: list[Scan] = start_line.race([partial(entrance.scan, code, by) for by in staff])
        verdicts = [scan.verdict for scan in scans]
        assert sorted(verdicts) == [Verdict.ADMITTED, Verdict.REFUSED]
        won, lost = sorted(scans, key=lambda scan: scan.verdict)
        assert lost.reason is Refusal.ALREADY_INSIDE
        assert lost.first is not None
        assert lost.first.admission_id == won.admission_id
        firsts[lost.first.by] += 1
    print(f"{races} races; who was first: {sorted(firsts.values())}")
    assert entrance.counts() == (races, races, races)
    assert one(world, "SELECT count(*) FROM admissions") == races
    assert world.sound()


def test_of_two_exits_at_once_by_two_codes_of_a_ticket_one_finds_it_outside(
    world: World, entrance: GateFixture, start_line: StartLine
) -> None:
    for number in range(8):
        codes = (f"ADA-{number}", f"DORA-{number}")
        ticket = entrance.sell_ticket(codes[0])
        inside = entrance.scan(codes[0])
        give_to_another(world, ticket.id, codes[1])
        leave = partial(entrance.scan, direction=Direction.OUT)
        out, late = sorted(
            start_line.race([partial(leave, code) for code in codes]), key=lambda scan: scan.verdict
        )
        assert (out.verdict, out.admission_id) == (Verdict.LEFT, inside.admission_id)
        assert (late.verdict, late.reason) == (Verdict.REFUSED, Refusal.NOT_INSIDE)
        assert late.left_at == out.left_at
    assert entrance.view_counts().left == 8


def test_two_gates_that_sync_the_same_tickets_at_once_admit_each_ticket_once(
    world: World, entrance: GateFixture, start_line: StartLine
) -> None:
    tickets = {f"ADA-{n}": entrance.sell_ticket(f"ADA-{n}") for n in range(10)}

    def sync(by: Principal, codes: list[str]) -> SyncReport:
        scans = [entrance.offline_scan(code, tickets[code], 10) for code in codes]
        return entrance.sync(*scans, by=by)

    codes = list(tickets)
    reports = start_line.race(
        [partial(sync, entrance.staff, codes), partial(sync, entrance.other, codes[::-1])]
    )
    verdicts = Counter(result.verdict for report in reports for result in report.results)
    assert verdicts == {Verdict.ADMITTED: 10, Verdict.REFUSED: 10}
    assert sum(len(report.conflicts) for report in reports) == 10
    assert entrance.counts() == (10, 10, 10)
    assert world.sound()

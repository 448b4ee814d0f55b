"""The entry window: too early and too late at the gate of a show."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from contract.gate import Refusal
from contract.problems import Invalid
from contract.shows import EDIT_SHOW, EditShow, Show
from db.types import to_us
from tests.server.gate.gate_fixture import GateFixture, refused
from tests.world import DAY, World

HOUR = timedelta(hours=1)


def edit(entrance: GateFixture, **changes: datetime | None) -> Show:
    """Change a show as an operator."""
    body = EditShow(**changes)  # type: ignore[arg-type]
    return entrance.world.call(EDIT_SHOW, entrance.operator, body, show_id=entrance.show_id)


def wait_until(world: World, at: datetime) -> None:
    """Wait until a moment of the show."""
    world.clock.advance(to_us(at) - world.clock.now())


def test_nobody_is_admitted_before_the_doors_open_nor_after_entry_closed(
    world: World, entrance: GateFixture
) -> None:
    world.with_settings(doors_before=DAY, entry_after=7 * DAY)
    for code, seat in (("ADA-1", "31"), ("ADA-2", "32"), ("ADA-3", "33")):
        entrance.sell_ticket(code, seat=seat)
    start = entrance.ticket.show.starts_at
    early = entrance.scan("ADA-1")
    assert (refused(early), early.window_at) == (Refusal.NOT_YET, start - 24 * HOUR)
    assert entrance.scan("ADA-1", scan_id=early.scan_id) == early
    wait_until(world, start - 23 * HOUR)
    assert entrance.scan("ADA-1").admission_id is not None
    wait_until(world, start + 7 * 24 * HOUR)
    assert entrance.scan("ADA-2").admission_id is not None
    wait_until(world, start + 7 * 24 * HOUR + HOUR)
    late = entrance.scan("ADA-3")
    assert (refused(late), late.window_at) == (Refusal.OVER, start + 7 * 24 * HOUR)


def test_the_times_of_a_show_win_over_the_settings_and_move_along_with_its_start(
    world: World, entrance: GateFixture
) -> None:
    world.with_settings(doors_before=DAY, entry_after=7 * DAY)
    start = entrance.ticket.show.starts_at
    after = edit(entrance, doors_open_at=start - HOUR, entry_closes_at=start + HOUR)
    assert (after.doors_open_at, after.entry_closes_at) == (start - HOUR, start + HOUR)
    gate = entrance.view_counts()
    assert (gate.doors_open_at, gate.entry_closes_at) == (start - HOUR, start + HOUR)
    later = start + 24 * HOUR
    moved = edit(entrance, starts_at=later)
    assert (moved.doors_open_at, moved.entry_closes_at) == (later - HOUR, later + HOUR)
    cleared = edit(entrance, doors_open_at=None)
    assert (cleared.doors_open_at, cleared.entry_closes_at) == (None, later + HOUR)
    assert entrance.view_counts().doors_open_at == later - 24 * HOUR


@pytest.mark.parametrize(
    ("field", "hours"),
    [("doors_open_at", 1), ("doors_open_at", -61 * 24), ("entry_closes_at", 0),
     ("entry_closes_at", 367 * 24)],
)  # fmt: skip
def test_a_time_of_the_gate_that_cannot_be_right_is_refused_by_field(
    entrance: GateFixture, field: str, hours: int
) -> None:
    with pytest.raises(Invalid) as caught:
        edit(entrance, **{field: entrance.ticket.show.starts_at + hours * HOUR})
    assert [error.field for error in caught.value.errors] == [field]


def test_an_offline_admission_outside_the_window_is_a_conflict(
    world: World, entrance: GateFixture
) -> None:
    ticket = entrance.sell_ticket("ADA-1")
    world.with_settings(doors_before=DAY)
    report = entrance.sync(entrance.offline_scan("ADA-1", ticket, 60))
    assert [conflict.reason for conflict in report.conflicts] == [Refusal.NOT_YET]
    assert report.results[0].window_at is not None


def test_a_late_start_does_not_exceed_the_calendar(world: World, entrance: GateFixture) -> None:
    world.with_settings(doors_before=10**20, entry_after=10**20)
    gate = entrance.view_counts()
    assert gate.doors_open_at is not None
    assert gate.entry_closes_at is not None
    assert (gate.doors_open_at.year, gate.entry_closes_at.year) == (1970, 9999)

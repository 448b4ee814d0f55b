"""A few screens held against their pictures, cell by cell, at both sizes and in three looks.

`pytest tests/tui/test_snapshots.py --snapshot-update` takes the pictures anew; look at them then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui import screenshots
from tests.tui.frozen_marketplace import Scene, hold_still, scene
from tests.tui.marketplace import until
from tests.tui.screenshots import SMALL, WIDE, Shoot
from tui.app import TicketingApp
from tui.session import LaunchOptions, UserSession

#: At most fifteen, the pictures of the docs among them: what is drawn again is looked at again.
SHOTS = (
    Shoot(name="market-day-80", act=screenshots.at_market, size=SMALL, theme="day"),
    Shoot(name="market-monochrome", act=screenshots.at_market, size=WIDE, theme="monochrome"),
    Shoot(name="ticket-80", act=screenshots.at_ticket, size=SMALL, theme="night"),
    Shoot(name="checkout-day", act=screenshots.at_checkout, size=WIDE, theme="day"),
    Shoot(name="wallet-day", act=screenshots.at_bought, size=WIDE, theme="day"),
    Shoot(name="operator-80", act=screenshots.at_operator, who="olga", size=SMALL, theme="night"),
)


@pytest.fixture
def made(tmp_path: Path, sqlite_template: Path) -> Iterator[Scene]:
    """Give the marketplace of the pictures."""
    with scene(tmp_path, sqlite_template) as stocked:
        yield stocked


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_screen_looks_as_it_did(shot: Shoot, made: Scene, snap_compare: Any) -> None:
    session = UserSession(made.env(shot.who), LaunchOptions(theme=shot.theme), clock=made.clock)
    app = TicketingApp(session, theme=shot.theme, clock=made.clock)
    app.animation_level = "none"

    async def act(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: session.terms is not None)
        await shot.act(made, app, pilot)
        await hold_still(app, pilot)

    with contextlib.closing(session):
        assert snap_compare(app, terminal_size=shot.size, run_before=act)


def test_t40_few_pictures_are_kept_and_each_of_them_is_held() -> None:
    kept = {path.stem for path in Path(__file__).with_name("__snapshots__").rglob("*.svg")}
    name = test_a_screen_looks_as_it_did.__name__
    assert kept == {f"{name}[{shot.name}]" for shot in SHOTS}
    assert len(SHOTS) + len(screenshots.SHOOTS) <= 15
    assert {shot.size for shot in SHOTS} == {WIDE, SMALL}
    assert {shot.theme for shot in SHOTS} == {"night", "day", "monochrome"}

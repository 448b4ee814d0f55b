"""A few screens compared with their snapshots, cell by cell, in two sizes and three themes.

`pytest tests/tui/test_snapshots.py --snapshot-update` takes new snapshots; look at them then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui import screenshots
from tests.tui.frozen_marketplace import FrozenMarketplace, frozen_marketplace, wait_until_still
from tests.tui.marketplace import wait_until
from tests.tui.screenshots import SMALL, WIDE, Screenshot
from tui.app import TicketingApp
from tui.session import LaunchOptions, UserSession

#: At most eighteen, including the screenshots of the docs: each new one must be looked at.
SNAPSHOTS = (
    Screenshot(name="market-day-80", act=screenshots.at_market, size=SMALL, theme="day"),
    Screenshot(name="market-monochrome", act=screenshots.at_market, size=WIDE, theme="monochrome"),
    Screenshot(name="ticket-80", act=screenshots.at_ticket, size=SMALL, theme="night"),
    Screenshot(name="checkout-day", act=screenshots.at_checkout, size=WIDE, theme="day"),
    Screenshot(name="wallet-day", act=screenshots.at_bought, size=WIDE, theme="day"),
    Screenshot(name="resell-80", act=screenshots.at_resale, size=SMALL, theme="night"),
    Screenshot(name="claim-code-80", act=screenshots.at_claim_code, size=SMALL, theme="day"),
    Screenshot(name="offers", act=screenshots.at_offers, size=WIDE, theme="night"),
    Screenshot(
        name="operator-80", act=screenshots.at_operator, who="olga", size=SMALL, theme="night"
    ),
)


@pytest.fixture
def made(tmp_path: Path, sqlite_template: Path) -> Iterator[FrozenMarketplace]:
    """Provide the marketplace of the screenshots."""
    with frozen_marketplace(tmp_path, sqlite_template) as stocked:
        yield stocked


@pytest.mark.parametrize("screenshot", SNAPSHOTS, ids=lambda screenshot: screenshot.name)
def test_a_screen_looks_as_it_did(
    screenshot: Screenshot, made: FrozenMarketplace, snap_compare: Any
) -> None:
    session = UserSession(
        made.env(screenshot.who), LaunchOptions(theme=screenshot.theme), clock=made.clock
    )
    app = TicketingApp(session, theme=screenshot.theme, clock=made.clock)
    app.animation_level = "none"

    async def act(pilot: Pilot[Any]) -> None:
        await wait_until(pilot, lambda: session.terms is not None)
        await screenshot.act(made, app, pilot)
        await wait_until_still(app, pilot)

    with contextlib.closing(session):
        assert snap_compare(app, terminal_size=screenshot.size, run_before=act)


def test_there_are_few_snapshots_and_each_one_is_compared() -> None:
    kept = {path.stem for path in Path(__file__).with_name("__snapshots__").rglob("*.svg")}
    name = test_a_screen_looks_as_it_did.__name__
    assert kept == {f"{name}[{screenshot.name}]" for screenshot in SNAPSHOTS}
    assert len(SNAPSHOTS) + len(screenshots.SCREENSHOTS) <= 18
    assert {screenshot.size for screenshot in SNAPSHOTS} == {WIDE, SMALL}
    assert {screenshot.theme for screenshot in SNAPSHOTS} == {"night", "day", "monochrome"}

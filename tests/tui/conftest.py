"""The app in tests: on a real server on loopback, with users and shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import textual._wait
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from server.clock import SystemClock
from server.settings import Settings
from tests.clock import DOORS_OPEN
from tests.conftest import Server, Serving, fresh_database
from tests.tui.marketplace import AZTECA, DELHI, LYON, Marketplace
from tests.tui.pty_terminal import TerminalOpener


@pytest.fixture(autouse=True)
def _quick_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice sooner that the app is idle.

    After each key Textual waits for 20 ms with hardly any load. The server runs in this process too
    and seldom leaves so many: a letter took 110 ms. Tests wait for what they expect.
    """
    monkeypatch.setattr(textual._wait, "SLEEP_GRANULARITY", 0.005)  # noqa: SLF001  not said elsewhere
    monkeypatch.setattr(textual._wait, "SLEEP_IDLE", 0.002)  # noqa: SLF001  the same


@pytest.fixture(scope="session", autouse=True)
def _parsed_once() -> Iterator[None]:
    """Parse each stylesheet once and not for each app: an eighth of the processor time."""
    parse, parsed = Stylesheet._parse_rules, dict[object, list[RuleSet]]()  # noqa: SLF001  not offered

    def parse_once(self: Stylesheet, css: str, **options: Any) -> list[RuleSet]:
        key = (css, *options.values(), *sorted(self._variables.items()))
        if key not in parsed:
            parsed[key] = parse(self, css, **options)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@pytest.fixture
def kind() -> str:
    """Name the server's database; some journeys run on each of `KINDS`."""
    return "sqlite"


@pytest.fixture
def server(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[Server]:
    """Run a real server with a fee of 5 %."""
    with fresh_database(request, kind, tmp_path) as url:
        settings = Settings(
            database=url, port=0, fee_basis_points=500, payout_after=0, report_for=0,
            doors_before=DOORS_OPEN,
        )  # fmt: skip
        with Serving(settings, SystemClock()) as serving:
            yield serving


@pytest.fixture
def marketplace(server: Server, tmp_path: Path) -> Marketplace:
    """Provide an empty marketplace."""
    return Marketplace(server, tmp_path / "people")


@pytest.fixture
def stocked(marketplace: Marketplace) -> Marketplace:
    """Provide a marketplace with three shows."""
    for seat in range(1, 9):
        marketplace.list_ticket(AZTECA, seat=str(seat), amount=124_000 + 2_000 * seat)
    marketplace.list_ticket(
        LYON, section="C", row="A", seat="26", amount=4500, currency="EUR", day=4
    )
    marketplace.list_ticket(
        LYON, section="C", row="A", seat="27", amount=4700, currency="EUR", day=4
    )
    marketplace.list_ticket(
        DELHI, section="", row="", seat="", amount=90_000, currency="INR", day=9
    )
    return marketplace


@pytest.fixture
def open_terminal(stocked: Marketplace) -> TerminalOpener:
    """Provide a way to open the app on a real terminal, at a marketplace with three shows."""
    return TerminalOpener(stocked)

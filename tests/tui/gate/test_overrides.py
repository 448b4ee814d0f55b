"""Overrides at the gate of the app: a supervisor says why, and the last refusal is an admission."""

from __future__ import annotations

import asyncio

from textual.widgets import Input

from tests.tui.gate.harness import GateHarness, open_gate, scan
from tests.tui.marketplace import Marketplace, wait_for_text, wait_until
from tui.gate.screen import GateScreen

WHY = "Left by the fire exit"


def test_a_supervisor_admits_the_code_that_was_refused_last_and_says_why(
    marketplace: Marketplace,
) -> None:
    gate = GateHarness(marketplace)
    gate.hire()
    gate.sell("ADA-1")
    gate.sell("BEN-2")

    async def journey() -> None:
        async with gate.app("olga", size=(80, 24)) as (app, pilot):
            screen = await open_gate(app, pilot)
            await pilot.press("ctrl+r")
            await wait_for_text(pilot, "No code was refused here.")
            await asyncio.to_thread(gate.scan_elsewhere, "ADA-1")
            await scan(pilot, "ADA-1")
            await wait_for_text(pilot, "already inside since", "^r override")
            await scan(pilot, "BEN-2")
            await wait_for_text(pilot, "ADMIT")
            await pilot.press("ctrl+r")
            await wait_for_text(pilot, "Admit in spite of the refusal", "seat 7", "at South")
            await pilot.press("enter")
            await wait_for_text(pilot, "Enter why; it is kept")
            await scan(pilot, "CAT-3")
            await wait_for_text(pilot, "That is a code")
            app.screen.query_one("#reason", Input).value = WHY
            await pilot.press("enter")
            await wait_for_text(pilot, "override: already inside; Left by the fire exit")
            await wait_for_text(pilot, "2 inside of 2 sold", "1 override")
            await pilot.press("ctrl+g")
            shown = await wait_for_text(pilot, "ENTRANCE", "South")
            lines = [line.split() for line in shown.splitlines()]
            (north,) = [line for line in lines if line[:2] == ["North", "2"] and len(line) == 7]
            assert north[2:] == ["2", "0", "2", "1", "1"]
            await scan(pilot, "NOBODY")
            await wait_until(pilot, lambda: screen.verdict_panel.shown.large == "UNKNOWN CODE")
            await pilot.press("ctrl+r")
            await wait_for_text(pilot, "It cannot be overridden:")
            assert isinstance(app.screen, GateScreen)

    asyncio.run(journey())

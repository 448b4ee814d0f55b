"""The app on terminals of every size: wide, narrow, or with a note that it is too small."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.marketplace import LYON, Marketplace, screen_text, wait_for_idle, wait_until
from tui.modes import MODES

MODES_OF_ALL = ("market", "account", "wallet")
SMALL = "Terminal too small: at least 40x10 is needed"


async def resize(pilot: Pilot[Any], size: tuple[int, int]) -> list[str]:
    """Resize the terminal and return its lines."""
    await pilot.resize_terminal(*size)
    await wait_for_idle(pilot)
    return screen_text(pilot.app).splitlines()


@pytest.mark.parametrize(
    "size", [(80, 24), pytest.param((60, 20), marks=pytest.mark.slow), (40, 10)]
)
@pytest.mark.parametrize("mode", MODES_OF_ALL)
def test_the_frame_fits(stocked: Marketplace, mode: str, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.action_go(mode)
            top, *_, foot = await resize(pilot, size)
            assert top.endswith("● online")
            assert "TEST" in top
            assert MODES[mode].title in top
            hints = foot.split("   ")
            assert hints[0].strip()
            assert all(len(hint.split()) >= 2 for hint in hints), f"cut off: {foot!r}"

    asyncio.run(journey())


@pytest.mark.parametrize(
    "size", [(30, 8), *(pytest.param(each, marks=pytest.mark.slow) for each in ((39, 10), (40, 9)))]
)
@pytest.mark.parametrize("mode", MODES_OF_ALL)
def test_below_40x10_only_a_notice_is_shown(
    stocked: Marketplace, mode: str, size: tuple[int, int]
) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.action_go(mode)
            lines = await resize(pilot, size)
            assert " ".join("\n".join(lines).split()) == SMALL

    asyncio.run(journey())


@pytest.mark.parametrize("mode", MODES_OF_ALL)
def test_the_app_survives_a_terminal_of_one_cell(stocked: Marketplace, mode: str) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.action_go(mode)
            await wait_for_idle(pilot)
            before = screen_text(app)
            for size in ((1, 1), (2, 1), (1, 50), (300, 1)):
                await resize(pilot, size)
            assert "\n".join(await resize(pilot, (120, 40))) == before

    asyncio.run(journey())


def test_a_resize_keeps_focus_cursor_and_text(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await pilot.press("slash", "r")
            await wait_for_idle(pilot)
            box = app.screen.query_one("#filter", Input)
            await resize(pilot, (60, 20))
            await resize(pilot, (110, 30))
            assert app.focused is box
            assert box.value == "r"
            await pilot.press("a")
            assert box.value == "ra"

    asyncio.run(journey())


async def wait_for_line(pilot: Pilot[Any], mode: str, *words: str) -> None:
    """Go to a mode at 40x10, and wait for a line with all of these texts."""
    pilot.app.action_go(mode)  # type: ignore[attr-defined]
    await pilot.resize_terminal(40, 10)
    await wait_until(
        pilot,
        lambda: any(
            all(word in line for word in words)
            for line in screen_text(pilot.app).splitlines()[1:-1]
        ),
    )


def test_at_40x10_every_list_has_room_for_its_rows(stocked: Marketplace) -> None:
    ana = stocked.list_ticket(
        LYON, section="C", row="A", seat="31", day=4, currency="EUR", amount=9000
    )
    stocked.buy("ana", ana)
    stocked.lock("ana", stocked.list_ticket(seat="77"))
    stocked.make_admin("ana")

    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            await wait_until(pilot, lambda: app.session.is_admin)
            await wait_for_line(pilot, "market", "Mexico v South Africa", "MXN 1,260.00")
            await pilot.press("enter")
            await wait_for_line(pilot, "market", "B118", "MXN 1,240.00", "YOUR LOCK")
            await pilot.press("down", "enter")
            await wait_for_line(pilot, "market", "Mexico v South Africa")
            await wait_for_line(pilot, "account", "Mexico", "awaiting payment 14:")
            await wait_for_line(pilot, "wallet", "L'Arl", "12 Jun")
            await wait_for_line(pilot, "gate", "Mexico", "8 Jun")
            await wait_for_line(pilot, "operator", "EVENT")
            await asyncio.to_thread(stocked.list_ticket, seat="78")
            await wait_for_line(pilot, "operator", "ticket.created")

    asyncio.run(journey())

"""T14: the app on terminals of every size: whole, narrow, or told that it is too small."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.marketplace import LYON, Market, dump, quiet, until
from tui.modes import MODES

MODES_OF_ALL = ("market", "account", "wallet")
SMALL = "Terminal too small: at least 40x10 is needed"


async def shaped(pilot: Pilot[Any], size: tuple[int, int]) -> list[str]:
    """Give the terminal another size and return its lines."""
    await pilot.resize_terminal(*size)
    await quiet(pilot)
    return dump(pilot.app).splitlines()


@pytest.mark.parametrize(
    "size", [(80, 24), pytest.param((60, 20), marks=pytest.mark.slow), (40, 10)]
)
@pytest.mark.parametrize("mode", MODES_OF_ALL)
def test_t14_the_frame_is_whole(stocked: Market, mode: str, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.action_go(mode)
            top, *_, foot = await shaped(pilot, size)
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
def test_t14_below_40x10_one_sentence_is_all(
    stocked: Market, mode: str, size: tuple[int, int]
) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.action_go(mode)
            lines = await shaped(pilot, size)
            assert " ".join("\n".join(lines).split()) == SMALL

    asyncio.run(journey())


@pytest.mark.parametrize("mode", MODES_OF_ALL)
def test_t14_one_cell_is_survived_and_undone(stocked: Market, mode: str) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.action_go(mode)
            await quiet(pilot)
            before = dump(app)
            for size in ((1, 1), (2, 1), (1, 50), (300, 1)):
                await shaped(pilot, size)
            assert "\n".join(await shaped(pilot, (120, 40))) == before

    asyncio.run(journey())


def test_t15_another_size_keeps_focus_cursor_and_what_was_typed(stocked: Market) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await pilot.press("slash", "r")
            await quiet(pilot)
            box = app.screen.query_one("#filter", Input)
            await shaped(pilot, (60, 20))
            await shaped(pilot, (110, 30))
            assert app.focused is box
            assert box.value == "r"
            await pilot.press("a")
            assert box.value == "ra"

    asyncio.run(journey())


async def first_line(pilot: Pilot[Any], mode: str, *words: str) -> None:
    """Go somewhere at 40x10, and find a line of the list that says all of this."""
    pilot.app.action_go(mode)  # type: ignore[attr-defined]
    await pilot.resize_terminal(40, 10)
    await until(pilot, lambda: any(all(word in line for word in words)
                                   for line in dump(pilot.app).splitlines()[1:-1]))  # fmt: skip


def test_t14_at_40x10_every_list_has_room_for_its_rows(stocked: Market) -> None:
    ana = stocked.list(LYON, section="C", row="A", seat="31", day=4, currency="EUR", amount=9000)
    stocked.buy("ana", ana)
    stocked.lock("ana", stocked.list(seat="77"))
    stocked.hire("ana")

    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            await until(pilot, lambda: app.session.is_admin)
            await first_line(pilot, "market", "Mexico v South Africa", "MXN 1,260.00")
            await pilot.press("enter")
            await first_line(pilot, "market", "B118", "MXN 1,240.00", "YOUR LOCK")
            await pilot.press("down", "enter")
            await first_line(pilot, "market", "Mexico v South Africa")
            await first_line(pilot, "account", "Mexico", "awaiting payment 14:")
            await first_line(pilot, "wallet", "L'Arl", "12 Jun")
            await first_line(pilot, "gate", "Mexico", "8 Jun")
            await first_line(pilot, "operator", "EVENT")
            await asyncio.to_thread(stocked.list, seat="78")
            await first_line(pilot, "operator", "ticket.created")

    asyncio.run(journey())

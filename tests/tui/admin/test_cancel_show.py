"""An operator cancels a show: named to be sure, watched to its end, not stopped by leaving."""

from __future__ import annotations

import asyncio

import pytest

from contract.shows import VIEW_SHOW
from tests.tui.admin.harness import enter
from tests.tui.marketplace import LYON, Market, dump, says, until
from tui.admin.cancel_show_dialog import CancelShowDialog

NAME = LYON[0]


@pytest.fixture
def run(stocked: Market) -> Market:
    """Give a stocked marketplace that olga runs."""
    stocked.hire()
    return stocked


def test_t18_a_show_is_cancelled_with_its_name_and_watched_until_it_is_done(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            sold = run.list(LYON, section="C", row="B", seat="1", amount=4_000, currency="EUR",
                            day=4)  # fmt: skip
            order = await asyncio.to_thread(run.lock, "ben", sold)
            await asyncio.to_thread(run.pay, "ben", order)
            screen = await enter(app, pilot)
            await screen.run_action("cancel_show")
            await until(pilot, lambda: isinstance(app.screen, CancelShowDialog))
            await pilot.press(*"auditorium", "enter")
            await says(pilot, "Type the name to confirm")
            await pilot.press(*NAME, "enter")
            await until(pilot, lambda: "DONE: the show is cancelled." in dump(app), seconds=20)
            await says(pilot, "tickets still on sale  0", "refunded  EUR 40.00 TEST")
            assert run.ask("ben", VIEW_SHOW, show_id=sold.show.id).cancelled

    asyncio.run(journey())


def test_the_wrong_name_cancels_nothing(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga", size=(80, 24)) as (app, pilot):
            screen = await enter(app, pilot)
            show = run.list(LYON, seat="99", day=4).show
            await screen.run_action("cancel_show")
            await until(pilot, lambda: isinstance(app.screen, CancelShowDialog))
            await pilot.press(*show.id, "enter")
            await says(pilot, "Type the name to confirm")
            await pilot.press(*NAME[:-1], "enter")
            await says(pilot, "nothing was cancelled")
            assert not run.ask("ben", VIEW_SHOW, show_id=show.id).cancelled

    asyncio.run(journey())


def test_a_name_that_could_be_two_shows_is_asked_again(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot)
            run.list(LYON, seat="99", day=5)
            await screen.run_action("cancel_show")
            await until(pilot, lambda: isinstance(app.screen, CancelShowDialog))
            await pilot.press(*"auditorium", "enter")
            await says(pilot, "more than one")
            assert "Type the name to confirm" not in dump(app)

    asyncio.run(journey())


def test_leaving_does_not_stop_it(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot)
            show = run.list(LYON, seat="99", day=4).show
            await screen.run_action("cancel_show")
            await until(pilot, lambda: isinstance(app.screen, CancelShowDialog))
            await pilot.press(*show.id, "enter")
            await says(pilot, "Type the name to confirm")
            await pilot.press(*NAME, "enter", "escape")
            await until(pilot, lambda: app.screen is screen)
            await until(pilot, lambda: run.ask("ben", VIEW_SHOW, show_id=show.id).cancelled)
            await screen.run_action("cancel_show")
            await pilot.press(*show.id, "enter")
            await until(pilot, lambda: "DONE: the show is cancelled." in dump(app), seconds=20)

    asyncio.run(journey())

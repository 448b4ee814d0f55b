"""An operator cancels a show: confirmed by name, followed to its end, not stopped by leaving."""

from __future__ import annotations

import asyncio

import pytest

from contract.shows import VIEW_SHOW
from tests.tui.admin.harness import open_operator
from tests.tui.marketplace import LYON, Marketplace, screen_text, wait_for_text, wait_until
from tui.admin.cancel_show_dialog import CancelShowDialog

NAME = LYON[0]


@pytest.fixture
def managed(stocked: Marketplace) -> Marketplace:
    """Provide a stocked marketplace with olga as its operator."""
    stocked.make_admin()
    return stocked


def test_a_show_is_cancelled_by_name_and_followed_until_it_is_done(
    managed: Marketplace,
) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            sold = managed.list_ticket(
                LYON, section="C", row="B", seat="1", amount=4_000, currency="EUR", day=4
            )
            order = await asyncio.to_thread(managed.lock, "ben", sold)
            await asyncio.to_thread(managed.pay, "ben", order)
            screen = await open_operator(app, pilot)
            await screen.run_action("cancel_show")
            await wait_until(pilot, lambda: isinstance(app.screen, CancelShowDialog))
            await pilot.press(*"auditorium", "enter")
            await wait_for_text(pilot, "Type the name to confirm")
            await pilot.press(*NAME, "enter")
            await wait_until(
                pilot, lambda: "DONE: the show is cancelled." in screen_text(app), seconds=20
            )
            await wait_for_text(pilot, "tickets still on sale  0", "refunded  EUR 40.00 TEST")
            assert managed.call("ben", VIEW_SHOW, show_id=sold.show.id).cancelled

    asyncio.run(journey())


def test_the_wrong_name_cancels_nothing(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga", size=(80, 24)) as (app, pilot):
            screen = await open_operator(app, pilot)
            show = managed.list_ticket(LYON, seat="99", day=4).show
            await screen.run_action("cancel_show")
            await wait_until(pilot, lambda: isinstance(app.screen, CancelShowDialog))
            await pilot.press(*show.id, "enter")
            await wait_for_text(pilot, "Type the name to confirm")
            await pilot.press(*NAME[:-1], "enter")
            await wait_for_text(pilot, "nothing was cancelled")
            assert not managed.call("ben", VIEW_SHOW, show_id=show.id).cancelled

    asyncio.run(journey())


def test_an_ambiguous_name_is_asked_for_again(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot)
            managed.list_ticket(LYON, seat="99", day=5)
            await screen.run_action("cancel_show")
            await wait_until(pilot, lambda: isinstance(app.screen, CancelShowDialog))
            await pilot.press(*"auditorium", "enter")
            await wait_for_text(pilot, "more than one")
            assert "Type the name to confirm" not in screen_text(app)

    asyncio.run(journey())


def test_leaving_does_not_stop_a_cancellation(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot)
            show = managed.list_ticket(LYON, seat="99", day=4).show
            await screen.run_action("cancel_show")
            await wait_until(pilot, lambda: isinstance(app.screen, CancelShowDialog))
            await pilot.press(*show.id, "enter")
            await wait_for_text(pilot, "Type the name to confirm")
            await pilot.press(*NAME, "enter", "escape")
            await wait_until(pilot, lambda: app.screen is screen)
            await wait_until(
                pilot, lambda: managed.call("ben", VIEW_SHOW, show_id=show.id).cancelled
            )
            await screen.run_action("cancel_show")
            await pilot.press(*show.id, "enter")
            await wait_until(
                pilot, lambda: "DONE: the show is cancelled." in screen_text(app), seconds=20
            )

    asyncio.run(journey())

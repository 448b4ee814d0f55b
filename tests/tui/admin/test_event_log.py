"""The facts as they happen: lit, listed, narrowed, held still."""

from __future__ import annotations

import asyncio

import pytest

from tests.tui.admin.harness import enter
from tests.tui.checkout.harness import DECLINED
from tests.tui.marketplace import Market, dump, says, until
from tui.admin.event_log import EventLogPane
from tui.admin.flow_diagram import FlowDiagram


@pytest.fixture
def run(market: Market) -> Market:
    """Give a marketplace that olga runs."""
    market.hire()
    return market


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_fact_lights_its_arrow_and_is_the_newest_line(run: Market, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with run.app("olga", size=size) as (app, pilot):
            screen = await enter(app, pilot)
            lit = set[tuple[str, str]]()
            picture = screen.query_one(FlowDiagram)
            screen.watch(picture, "state", lambda state: lit.update(state[0]), init=False)
            await asyncio.to_thread(run.list, seat="1")
            await says(pilot, "ticket.created")
            await until(pilot, lambda: ("tickets", "feed") in lit)
            await until(pilot, lambda: not picture.state[0])
            row = screen.page.table.rows[0]
            assert row.event.name in {"ticket.created", "show.created", "account.created"}
            await says(pilot, "1/min")

    asyncio.run(journey())


def test_a_screen_too_narrow_for_the_picture_says_the_counts_in_a_line(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga", size=(60, 20)) as (app, pilot):
            await enter(app, pilot)
            await asyncio.to_thread(run.list, seat="1")
            await says(pilot, "tickets 1")
            assert "┌ tickets" not in dump(app)

    asyncio.run(journey())


def test_while_it_is_paused_what_is_new_is_only_counted(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot)
            await pilot.press("p")
            await asyncio.to_thread(run.list, seat="1")
            await says(pilot, "PAUSED, 3 new")
            assert screen.page.table.rows == []
            await pilot.press("p")
            await until(pilot, lambda: len(screen.page.table.rows) == 3)

    asyncio.run(journey())


def test_t02_a_few_letters_narrow_the_facts_and_escape_brings_them_back(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot)
            await asyncio.to_thread(run.list, seat="1")
            await until(pilot, lambda: len(screen.page.table.rows) == 3)
            await pilot.press("slash", *"tickcr")
            await until(pilot, lambda: [r.event.name for r in screen.page.table.rows]
                        == ["ticket.created"])  # fmt: skip
            await pilot.press("escape")
            await until(pilot, lambda: len(screen.page.table.rows) == 3)

    asyncio.run(journey())


def test_only_what_went_wrong_is_shown_when_asked_for(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot)
            await pilot.press("e")
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            await asyncio.to_thread(run.pay, "ben", order, DECLINED)
            await says(pilot, "payment.declined")
            assert {row.event.name for row in screen.page.table.rows} == {"payment.declined"}

    asyncio.run(journey())


def test_who_looks_at_an_older_fact_keeps_looking_at_it(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot)
            await asyncio.to_thread(run.list, seat="1")
            await until(pilot, lambda: len(screen.page.table.rows) == 3)
            await pilot.press("down")
            looked_at = screen.page.table.row
            await asyncio.to_thread(run.list, seat="2")
            await until(pilot, lambda: len(screen.page.table.rows) == 4)
            assert screen.page.table.row is looked_at
            assert looked_at is not None

    asyncio.run(journey())


def test_the_log_keeps_the_newest_two_thousand_facts(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot)
            await asyncio.to_thread(run.list, seat="1")
            await until(pilot, lambda: len(screen.page.table.rows) == 3)
            pane = screen.query_one(EventLogPane)
            entry = pane.table.rows[0]
            many = [type(entry)(cursor="", id=f"evt_{n:05d}", at=entry.at, actor="",
                                event=entry.event) for n in range(2_100)]  # fmt: skip
            pane.handle_events(many)
            assert len(pane.table.rows) == 2_000
            assert pane.table.rows[0].id == "evt_02099"

    asyncio.run(journey())

"""One order's story: every step in order, by whom, in which room, and why."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from tests.tui.admin.harness import enter, give_up
from tests.tui.checkout.harness import DECLINED
from tests.tui.marketplace import Market, dump, says, until
from tui.admin.order_trace import OrderTraceScreen, TraceStep
from tui.widgets.virtual_table import VirtualTable


@pytest.fixture
def run(market: Market) -> Market:
    """Give a marketplace that olga runs."""
    market.hire()
    return market


def names(story: OrderTraceScreen) -> list[str]:
    """Return what the steps that are facts are called."""
    events = [step.what for step in story.table.rows] if story.query(VirtualTable) else []
    return [what.event.name for what in events if hasattr(what, "event")]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_sale_is_told_from_the_lock_to_the_ticket(run: Market, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with run.app("olga", size=size) as (app, pilot):
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            await asyncio.to_thread(run.pay, "ben", order)
            await enter(app, pilot, "Orders")
            await says(pilot, order.id)
            await pilot.press("enter")
            story = app.screen
            assert isinstance(story, OrderTraceScreen)
            await until(pilot, lambda: "order.completed" in names(story))
            told = names(story)
            assert told[:3] == ["ticket.updated", "order.created", "payment.started"]
            assert told[-3:] == ["ticket.updated", "order.completed", "payment.created"]
            at = [step.at for step in story.table.rows]
            assert at == sorted(at)
            await says(pilot, "complete · MXN 1,240.00 TEST", "ben@example.org")
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is not story)

    asyncio.run(journey())


def test_a_step_stands_on_the_rail_of_its_room_with_the_room_in_words(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            await enter(app, pilot)
            app.push_screen(OrderTraceScreen(order.id))
            await says(pilot, "order.created")
            (line,) = (row for row in dump(app).splitlines() if "order.created" in row
                       and "│" in row)  # fmt: skip
            assert "│ │ ● │ │  orders" in line

    asyncio.run(journey())


def test_it_is_told_on_while_it_is_open(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            await enter(app, pilot)
            story = OrderTraceScreen(order.id)
            app.push_screen(story)
            await says(pilot, "order.created")
            await asyncio.to_thread(run.pay, "ben", order, DECLINED)
            await until(pilot, lambda: "payment.declined" in names(story))
            await pilot.press("G")
            place = next(n for n, step in enumerate(story.table.rows)
                         if getattr(getattr(step.what, "event", None), "name", "")
                         == "payment.declined")  # fmt: skip
            story.table.move_to(place)
            await says(pilot, "The card was declined.")

    asyncio.run(journey())


def test_work_that_was_given_up_is_told_with_its_tries_and_what_failed(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            give_up(run, order_id=order.id, error="Refused: [/x] [@click=app.quit]no[/]")
            await enter(app, pilot)
            story = OrderTraceScreen(order.id)
            app.push_screen(story)
            said = "FAILED after 20 tries: Refused: [/x] [@click=app.quit]no[/]"
            await says(pilot, said)

    asyncio.run(journey())


def test_a_gap_is_how_long_after_the_step_before(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            await asyncio.to_thread(run.pay, "ben", order)
            await enter(app, pilot)
            story = OrderTraceScreen(order.id)
            app.push_screen(story)
            await until(pilot, lambda: "order.completed" in names(story))
            rows: list[TraceStep] = story.table.rows
            for before, after in pairwise(rows):
                assert after.gap == (after.at - before.at).total_seconds()
            assert rows[0].gap == 0
            await says(pilot, "+0.0")

    asyncio.run(journey())

"""The trace of an order: every step in order, by whom, in which service, and why."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from tests.tui.admin.harness import add_failed_job, open_operator
from tests.tui.checkout.harness import DECLINED
from tests.tui.marketplace import Marketplace, screen_text, wait_for_text, wait_until
from tui.admin.order_trace import OrderTraceScreen, TraceStep
from tui.widgets.virtual_table import VirtualTable


@pytest.fixture
def managed(marketplace: Marketplace) -> Marketplace:
    """Provide a marketplace with olga as its operator."""
    marketplace.make_admin()
    return marketplace


def names(trace_screen: OrderTraceScreen) -> list[str]:
    """Return the names of the events among the steps."""
    events = (
        [step.what for step in trace_screen.table.rows] if trace_screen.query(VirtualTable) else []
    )
    return [what.event.name for what in events if hasattr(what, "event")]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_sale_is_traced_from_the_lock_to_the_ticket(
    managed: Marketplace, size: tuple[int, int]
) -> None:
    async def journey() -> None:
        async with managed.app("olga", size=size) as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await asyncio.to_thread(managed.pay, "ben", order)
            await open_operator(app, pilot, "Orders")
            await wait_for_text(pilot, order.id)
            await pilot.press("enter")
            trace_screen = app.screen
            assert isinstance(trace_screen, OrderTraceScreen)
            await wait_until(pilot, lambda: "order.completed" in names(trace_screen))
            event_names = names(trace_screen)
            assert event_names[:3] == ["ticket.updated", "order.created", "payment.started"]
            assert event_names[-3:] == ["ticket.code_issued", "order.completed", "payment.created"]
            at = [step.at for step in trace_screen.table.rows]
            assert at == sorted(at)
            await wait_for_text(pilot, "complete · MXN 1,240.00 TEST", "ben@example.org")
            await pilot.press("escape")
            await wait_until(pilot, lambda: app.screen is not trace_screen)

    asyncio.run(journey())


def test_a_step_is_on_the_rail_of_its_service_and_names_it(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await open_operator(app, pilot)
            app.push_screen(OrderTraceScreen(order.id))
            await wait_for_text(pilot, "order.created")
            (line,) = (row for row in screen_text(app).splitlines() if "order.created" in row
                       and "│" in row)  # fmt: skip
            assert "│ │ ● │ │  orders" in line

    asyncio.run(journey())


def test_an_open_trace_follows_new_events(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await open_operator(app, pilot)
            trace_screen = OrderTraceScreen(order.id)
            app.push_screen(trace_screen)
            await wait_for_text(pilot, "order.created")
            await asyncio.to_thread(managed.pay, "ben", order, DECLINED)
            await wait_until(pilot, lambda: "payment.declined" in names(trace_screen))
            await pilot.press("G")
            place = next(n for n, step in enumerate(trace_screen.table.rows)
                         if getattr(getattr(step.what, "event", None), "name", "")
                         == "payment.declined")  # fmt: skip
            trace_screen.table.move_to(place)
            await wait_for_text(pilot, "The card was declined.")

    asyncio.run(journey())


def test_a_failed_job_is_traced_with_its_tries_and_error(
    managed: Marketplace,
) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            add_failed_job(managed, order_id=order.id, error="Refused: [/x] [@click=app.quit]no[/]")
            await open_operator(app, pilot)
            trace_screen = OrderTraceScreen(order.id)
            app.push_screen(trace_screen)
            said = "FAILED after 20 tries: Refused: [/x] [@click=app.quit]no[/]"
            await wait_for_text(pilot, said)

    asyncio.run(journey())


def test_a_gap_is_the_time_since_the_step_before(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await asyncio.to_thread(managed.pay, "ben", order)
            await open_operator(app, pilot)
            trace_screen = OrderTraceScreen(order.id)
            app.push_screen(trace_screen)
            await wait_until(pilot, lambda: "order.completed" in names(trace_screen))
            rows: list[TraceStep] = trace_screen.table.rows
            for before, after in pairwise(rows):
                assert after.gap == (after.at - before.at).total_seconds()
            assert rows[0].gap == 0
            await wait_for_text(pilot, "+0.0")

    asyncio.run(journey())

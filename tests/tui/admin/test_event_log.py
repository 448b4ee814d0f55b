"""The event log: events are lit, listed, filtered and paused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from client.transport import Unreachable
from contract.flow import VIEW_FLOW
from tests.tui.admin.harness import open_operator
from tests.tui.checkout.harness import DECLINED
from tests.tui.marketplace import Marketplace, screen_text, wait_for_text, wait_until
from tui.admin.event_log import EventLogPane
from tui.admin.flow_diagram import FlowDiagram
from tui.messages import ReloadNeeded
from tui.session import UserSession


@pytest.fixture
def managed(marketplace: Marketplace) -> Marketplace:
    """Provide a marketplace with olga as its operator."""
    marketplace.make_admin()
    return marketplace


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_an_event_lights_its_arrow_and_is_the_first_row(
    managed: Marketplace, size: tuple[int, int]
) -> None:
    async def journey() -> None:
        async with managed.app("olga", size=size) as (app, pilot):
            screen = await open_operator(app, pilot)
            lit = set[tuple[str, str]]()
            picture = screen.query_one(FlowDiagram)
            screen.watch(picture, "state", lambda state: lit.update(state[0]), init=False)
            await asyncio.to_thread(managed.list_ticket, seat="1")
            await wait_for_text(pilot, "ticket.created")
            await wait_until(pilot, lambda: ("tickets", "feed") in lit)
            await wait_until(pilot, lambda: not picture.state[0])
            row = screen.pane.table.rows[0]
            assert row.event.name in {"ticket.created", "show.created", "account.created"}
            await wait_for_text(pilot, "1/min")

    asyncio.run(journey())


def test_a_screen_too_narrow_for_the_diagram_shows_the_counts_in_a_line(
    managed: Marketplace,
) -> None:
    async def journey() -> None:
        async with managed.app("olga", size=(60, 20)) as (app, pilot):
            await open_operator(app, pilot)
            await asyncio.to_thread(managed.list_ticket, seat="1")
            await wait_for_text(pilot, "tickets 1")
            assert "┌ tickets" not in screen_text(app)

    asyncio.run(journey())


def test_new_events_are_only_counted_while_paused(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot)
            await pilot.press("p")
            await asyncio.to_thread(managed.list_ticket, seat="1")
            await wait_for_text(pilot, "PAUSED, 3 new")
            assert screen.pane.table.rows == []
            await pilot.press("p")
            await wait_until(pilot, lambda: len(screen.pane.table.rows) == 3)

    asyncio.run(journey())


def test_typing_filters_the_events_and_escape_clears_the_filter(
    managed: Marketplace,
) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot)
            await asyncio.to_thread(managed.list_ticket, seat="1")
            await wait_until(pilot, lambda: len(screen.pane.table.rows) == 3)
            await pilot.press("slash", *"tickcr")
            await wait_until(pilot, lambda: [r.event.name for r in screen.pane.table.rows]
                        == ["ticket.created"])  # fmt: skip
            await pilot.press("escape")
            await wait_until(pilot, lambda: len(screen.pane.table.rows) == 3)

    asyncio.run(journey())


def test_only_failures_are_shown_on_request(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot)
            await pilot.press("e")
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await asyncio.to_thread(managed.pay, "ben", order, DECLINED)
            await wait_for_text(pilot, "payment.declined")
            assert {row.event.name for row in screen.pane.table.rows} == {"payment.declined"}

    asyncio.run(journey())


def test_the_cursor_stays_on_an_older_event(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot)
            await asyncio.to_thread(managed.list_ticket, seat="1")
            await wait_until(pilot, lambda: len(screen.pane.table.rows) == 3)
            await pilot.press("down")
            looked_at = screen.pane.table.row
            await asyncio.to_thread(managed.list_ticket, seat="2")
            await wait_until(pilot, lambda: len(screen.pane.table.rows) == 4)
            assert screen.pane.table.row is looked_at
            assert looked_at is not None

    asyncio.run(journey())


def test_the_log_keeps_the_newest_two_thousand_events(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot)
            await asyncio.to_thread(managed.list_ticket, seat="1")
            await wait_until(pilot, lambda: len(screen.pane.table.rows) == 3)
            pane = screen.query_one(EventLogPane)
            entry = pane.table.rows[0]
            many = [type(entry)(cursor="", id=f"evt_{n:05d}", at=entry.at, actor="",
                                event=entry.event) for n in range(2_100)]  # fmt: skip
            pane.handle_events(many)
            assert len(pane.table.rows) == 2_000
            assert pane.table.rows[0].id == "evt_02099"

    asyncio.run(journey())


def test_a_flow_that_cannot_be_loaded_is_reported_and_the_log_works(
    managed: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = UserSession.call

    async def without_flow(self: UserSession, endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        if endpoint is VIEW_FLOW:
            raise Unreachable(self.server, "the connection broke off")
        return await call(self, endpoint, *args, **kwargs)

    monkeypatch.setattr(UserSession, "call", without_flow)

    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            await open_operator(app, pilot)
            await wait_for_text(pilot, "The flow cannot be shown")
            await asyncio.to_thread(managed.list_ticket, seat="1")
            await wait_for_text(pilot, "ticket.created")
            monkeypatch.undo()
            app.screen.post_message(ReloadNeeded())
            await wait_for_text(pilot, "┌ tickets")

    asyncio.run(journey())

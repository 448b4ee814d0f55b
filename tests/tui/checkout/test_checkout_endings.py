"""Checkouts that end without a ticket: expired, cancelled, or with a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Button, Digits

from client.formatting import countdown
from contract.orders import OrderStatus
from contract.shows import CANCEL_SHOW
from contract.tickets import LIST_TICKETS, VIEW_TICKET, TicketsQuery, TicketStatus
from server.clock import SECOND, SystemClock
from server.settings import Settings
from tests import databases
from tests.conftest import Server, Serving
from tests.tui.checkout.harness import VISA, at_checkout
from tests.tui.marketplace import (
    AZTECA,
    Marketplace,
    OffsetClock,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.app import TicketingApp
from tui.checkout.lock_countdown import LockCountdown
from tui.checkout.screen import CheckoutScreen
from tui.feed_listener import ConnectionState
from tui.messages import ReloadNeeded
from tui.widgets.qr_code import QrCode

LOCK = timedelta(minutes=15)


class OffsetServerClock(SystemClock):
    """The system clock, which a test can move forward for the server."""

    offset = 0

    def now(self) -> int:
        """Return the time in microseconds."""
        return super().now() + self.offset


@pytest.fixture
def server_clock() -> OffsetServerClock:
    return OffsetServerClock()


@pytest.fixture
def server(
    tmp_path: Path, sqlite_template: Path, server_clock: OffsetServerClock
) -> Iterator[Server]:
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with Serving(Settings(database=url, port=0, fee_basis_points=500), server_clock) as serving:
        yield serving


def test_nothing_can_be_paid_at_zero_even_before_the_server_reports_it(
    marketplace: Marketplace,
) -> None:
    marketplace.clock = app_clock = OffsetClock()
    marketplace.save_card("ana", VISA)
    ticket = marketplace.list_ticket(AZTECA)

    async def wait() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, checkout):
            await wait_for_text(pilot, "Pay with Visa")
            app_clock.offset = LOCK
            await wait_for_text(pilot, "TIME IS UP 00:00")
            assert not checkout.query_one("#pay", Button).display
            await pilot.press("p")
            await wait_for_idle(pilot)
            await wait_for_text(pilot, "Time is up. This order can no longer be paid.")
        assert marketplace.orders("ana")[0].status is OrderStatus.AWAITING_PAYMENT

    asyncio.run(wait())


def test_an_expired_lock_is_freed_and_the_screen_shows_it(
    marketplace: Marketplace, server_clock: OffsetServerClock
) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def wait() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, checkout):
            server_clock.offset = 15 * 60 * SECOND
            await wait_for_text(pilot, "EXPIRED", "✕ expired", "No money was taken")
            assert not checkout.query_one("#open-page", Button).display
            assert checkout.query_one(QrCode).text == ""
        now = await asyncio.to_thread(marketplace.call, "ana", VIEW_TICKET, ticket_id=ticket.id)
        assert now.status is TicketStatus.AVAILABLE

    asyncio.run(wait())


def left(app: TicketingApp, checkout: CheckoutScreen) -> str:
    """Return what the countdown must show at this moment."""
    return countdown((checkout.order.expires_at - app.session.now()).total_seconds())


def test_in_the_last_minute_the_countdown_is_large_and_amber(
    marketplace: Marketplace,
) -> None:
    marketplace.clock = app_clock = OffsetClock()
    ticket = marketplace.list_ticket(AZTECA)

    async def wait() -> None:
        async with at_checkout(marketplace, ticket, size=(80, 24)) as (app, pilot, checkout):
            clock = checkout.query_one(Digits)
            assert not clock.display
            calm = checkout.query_one(LockCountdown).query_one("#lock-word").styles.color
            app_clock.offset = LOCK - timedelta(seconds=43)
            await wait_until(pilot, lambda: clock.display)
            await wait_until(pilot, lambda: clock.value == left(app, checkout))
            assert clock.value <= "00:43"
            await wait_until(pilot, lambda: f"RESERVED FOR YOU {clock.value}" in screen_text(app))
            loud = checkout.query_one(LockCountdown).query_one("#lock-word").styles.color
            assert loud != calm
            assert loud.hex.lower() == app.theme_variables["warning"].lower()

    asyncio.run(wait())


def test_the_countdown_follows_the_servers_clock(
    marketplace: Marketplace, server_clock: OffsetServerClock
) -> None:
    server_clock.offset = 3600 * SECOND
    ticket = marketplace.list_ticket(AZTECA)

    async def look() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, _):
            await wait_for_text(pilot, "RESERVED FOR YOU 14:5")

    asyncio.run(look())


def test_one_key_buys_the_next_cheapest_seat(
    marketplace: Marketplace, server_clock: OffsetServerClock
) -> None:
    ticket = marketplace.list_ticket(AZTECA, seat="1", amount=90_000)
    marketplace.list_ticket(AZTECA, seat="3", amount=120_000)
    marketplace.list_ticket(AZTECA, seat="2", amount=110_000)
    marketplace.list_ticket(AZTECA, seat="4", amount=95_000, seller="ana")

    async def go_on() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            server_clock.offset = 15 * 60 * SECOND
            await wait_for_text(pilot, "Next cheapest of this show", "seat 2   MXN 1,100.00")
            await pilot.press("n")
            await wait_until(pilot, lambda: app.focused and app.focused.id == "leave")
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "RESERVED FOR YOU")
            assert app.screen is not checkout
            assert [type(each) for each in app.screen_stack].count(CheckoutScreen) == 1
            await wait_for_text(pilot, "seat 2")

    asyncio.run(go_on())


def test_a_checkout_survives_a_lost_connection_and_reloads_afterwards(
    marketplace: Marketplace, server_clock: OffsetServerClock
) -> None:
    marketplace.save_card("ana", VISA)
    ticket = marketplace.list_ticket(AZTECA)

    async def lose() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            await wait_for_text(pilot, "Pay with Visa")
            app.session.feed.stop()
            app.session.feed.state = ConnectionState.OFFLINE
            await wait_for_text(pilot, "OFFLINE")
            await wait_until(pilot, lambda: checkout.query_one("#pay", Button).disabled)
            await wait_for_text(pilot, checkout.order.payment_url)
            server_clock.offset = 15 * 60 * SECOND
            await asyncio.to_thread(_until_free, marketplace)
            checkout.post_message(ReloadNeeded())
            await wait_for_text(pilot, "EXPIRED")

    asyncio.run(lose())


def _until_free(marketplace: Marketplace) -> None:
    while not marketplace.call("ben", LIST_TICKETS, TicketsQuery()).items:
        pass


def test_a_buyer_whose_show_is_cancelled_is_told_so_and_offered_no_other_seat(
    marketplace: Marketplace,
) -> None:
    ticket = marketplace.list_ticket(AZTECA)
    marketplace.list_ticket(AZTECA, seat="8")
    marketplace.make_admin()

    async def wait() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            await asyncio.to_thread(marketplace.call, "olga", CANCEL_SHOW, show_id=ticket.show.id)
            await wait_for_text(pilot, "The show was cancelled, and your order with it.")
            await wait_for_idle(pilot)
            assert checkout.alternative is None
            assert "SHOW CANCELLED" in screen_text(app)

    asyncio.run(wait())

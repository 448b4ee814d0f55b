"""How a checkout ends without a ticket: the clock, the server, an operator; and lost lines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Button, Digits

from client.formatting import countdown
from contract.orders import OrderStatus
from contract.tickets import LIST_TICKETS, VIEW_TICKET, TicketsQuery, TicketStatus
from server.clock import SECOND, SystemClock
from server.settings import Settings
from tests import databases
from tests.conftest import Server, Serving
from tests.tui.checkout.harness import VISA, at_checkout
from tests.tui.marketplace import AZTECA, Later, Market, dump, quiet, says, until
from tui.app import TicketingApp
from tui.checkout.lock_countdown import LockCountdown
from tui.checkout.screen import CheckoutScreen
from tui.feed_listener import ConnectionState
from tui.messages import ReloadNeeded
from tui.widgets.qr_code import QrCode

LOCK = timedelta(minutes=15)


class Ahead(SystemClock):
    """The machine's clock, which a test may put forward for the server."""

    by = 0

    def now(self) -> int:
        """Return the time in microseconds."""
        return super().now() + self.by


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path, ahead: Ahead) -> Iterator[Server]:
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with Serving(Settings(database=url, port=0, fee_basis_points=500), ahead) as serving:
        yield serving


def test_t17_at_zero_nothing_can_be_paid_though_the_server_has_not_spoken(market: Market) -> None:
    market.clock = later = Later()
    market.save_card("ana", VISA)
    ticket = market.list(AZTECA)

    async def wait() -> None:
        async with at_checkout(market, ticket) as (_, pilot, checkout):
            await says(pilot, "Pay with Visa")
            later.by = LOCK
            await says(pilot, "TIME IS UP 00:00")
            assert not checkout.query_one("#pay", Button).display
            await pilot.press("p")
            await quiet(pilot)
            await says(pilot, "Time is up. This order can no longer be paid.")
        assert market.orders("ana")[0].status is OrderStatus.AWAITING_PAYMENT

    asyncio.run(wait())


def test_t17_the_lock_is_freed_when_it_runs_out_and_the_screen_says_so(
    market: Market, ahead: Ahead
) -> None:
    ticket = market.list(AZTECA)

    async def wait() -> None:
        async with at_checkout(market, ticket) as (_, pilot, checkout):
            ahead.by = 15 * 60 * SECOND
            await says(pilot, "EXPIRED", "✕ expired", "No money was taken")
            assert not checkout.query_one("#open-page", Button).display
            assert checkout.query_one(QrCode).text == ""
        now = await asyncio.to_thread(market.ask, "ana", VIEW_TICKET, ticket_id=ticket.id)
        assert now.status is TicketStatus.AVAILABLE

    asyncio.run(wait())


def left(app: TicketingApp, checkout: CheckoutScreen) -> str:
    """Return what the clock must say this very moment."""
    return countdown((checkout.order.expires_at - app.session.now()).total_seconds())


def test_t17_under_a_minute_the_clock_is_large_and_amber_and_says_so_in_digits(
    market: Market,
) -> None:
    market.clock = later = Later()
    ticket = market.list(AZTECA)

    async def wait() -> None:
        async with at_checkout(market, ticket, size=(80, 24)) as (app, pilot, checkout):
            clock = checkout.query_one(Digits)
            assert not clock.display
            calm = checkout.query_one(LockCountdown).query_one("#lock-word").styles.color
            later.by = LOCK - timedelta(seconds=43)
            await until(pilot, lambda: clock.display)
            await until(pilot, lambda: clock.value == left(app, checkout))
            assert clock.value <= "00:43"
            await until(pilot, lambda: f"RESERVED FOR YOU {clock.value}" in dump(app))
            loud = checkout.query_one(LockCountdown).query_one("#lock-word").styles.color
            assert loud != calm
            assert loud.hex.lower() == app.theme_variables["warning"].lower()

    asyncio.run(wait())


def test_the_clock_is_the_servers_own(market: Market, ahead: Ahead) -> None:
    ahead.by = 3600 * SECOND
    ticket = market.list(AZTECA)

    async def look() -> None:
        async with at_checkout(market, ticket) as (_, pilot, _):
            await says(pilot, "RESERVED FOR YOU 14:5")

    asyncio.run(look())


def test_one_key_takes_the_next_cheapest_seat(market: Market, ahead: Ahead) -> None:
    ticket = market.list(AZTECA, seat="1", amount=90_000)
    market.list(AZTECA, seat="3", amount=120_000)
    market.list(AZTECA, seat="2", amount=110_000)
    market.list(AZTECA, seat="4", amount=95_000, seller="ana")

    async def go_on() -> None:
        async with at_checkout(market, ticket) as (app, pilot, checkout):
            ahead.by = 15 * 60 * SECOND
            await says(pilot, "Next cheapest of this show", "seat 2   MXN 1,100.00")
            await pilot.press("n")
            await until(pilot, lambda: app.focused and app.focused.id == "leave")
            await pilot.press("right", "enter")
            await says(pilot, "RESERVED FOR YOU")
            assert app.screen is not checkout
            assert [type(each) for each in app.screen_stack].count(CheckoutScreen) == 1
            await says(pilot, "seat 2")

    asyncio.run(go_on())


def test_a_lost_line_is_survived_and_the_truth_is_read_when_it_is_back(
    market: Market, ahead: Ahead
) -> None:
    market.save_card("ana", VISA)
    ticket = market.list(AZTECA)

    async def lose() -> None:
        async with at_checkout(market, ticket) as (app, pilot, checkout):
            await says(pilot, "Pay with Visa")
            app.session.live.stop()
            app.session.live.state = ConnectionState.OFFLINE
            await says(pilot, "OFFLINE")
            await until(pilot, lambda: checkout.query_one("#pay", Button).disabled)
            await says(pilot, checkout.order.payment_url)
            ahead.by = 15 * 60 * SECOND
            await asyncio.to_thread(_until_free, market)
            checkout.post_message(ReloadNeeded())
            await says(pilot, "EXPIRED")

    asyncio.run(lose())


def _until_free(market: Market) -> None:
    while not market.ask("ben", LIST_TICKETS, TicketsQuery()).items:
        pass

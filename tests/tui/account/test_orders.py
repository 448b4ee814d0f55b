"""Mine: one's orders, from lock to receipt."""

from __future__ import annotations

import asyncio
import contextlib

from contract.orders import LIST_ORDERS, Order, OrdersQuery, OrderStatus
from tests.tui.account.test_account import turn_to
from tests.tui.marketplace import Market, dump, quiet, says, until
from tui.account.receipt_dialog import ReceiptDialog
from tui.widgets.confirm_dialog import ConfirmDialog
from tui.widgets.details_dialog import DetailsDialog


def ordered(market: Market, name: str) -> list[Order]:
    """Return somebody's orders."""
    with contextlib.closing(market.api(name)) as api:
        return list(api.call(LIST_ORDERS, OrdersQuery()).items)


def test_an_order_that_awaits_payment_counts_down_beside_what_it_is_for(market: Market) -> None:
    ticket = market.list()
    market.lock("ana", ticket)

    async def look() -> None:
        async with market.app("ana") as (app, pilot):
            await turn_to(app, pilot, "Orders")
            line = next(line for line in dump(app).splitlines() if "awaiting" in line)
            assert "Mexico v South Africa" in line
            assert "B118 C 7" in line
            assert "awaiting payment 14:5" in line

    asyncio.run(look())


def test_an_order_paid_elsewhere_turns_complete_in_its_place(market: Market) -> None:
    ticket = market.list()

    async def look() -> None:
        async with market.app("ana") as (app, pilot):
            await turn_to(app, pilot, "Orders")
            await asyncio.to_thread(market.buy, "ana", ticket)
            await says(pilot, "complete")
            assert "awaiting" not in dump(app)

    asyncio.run(look())


def test_a_lock_is_given_back_after_a_yes_only(market: Market) -> None:
    ticket = market.list()
    market.lock("ana", ticket)

    async def look() -> None:
        async with market.app("ana") as (app, pilot):
            await turn_to(app, pilot, "Orders")
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("enter")  # no has the focus
            await quiet(pilot)
            assert ordered(market, "ana")[0].status is OrderStatus.AWAITING_PAYMENT
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("right", "enter")
            await says(pilot, "cancelled: released")
            assert ordered(market, "ana")[0].status is OrderStatus.CANCELLED

    asyncio.run(look())


def test_a_paid_order_shows_its_receipt_and_its_details(market: Market) -> None:
    market.buy("ana", market.list())

    async def look() -> None:
        async with market.app("ana", size=(80, 24)) as (app, pilot):
            await turn_to(app, pilot, "Orders")
            await pilot.press("R")
            await until(pilot, lambda: isinstance(app.screen, ReceiptDialog))
            await pilot.pause()
            await says(pilot, "MXN 1,240.00 TEST", "Close")
            await pilot.press("escape", "enter")
            await until(pilot, lambda: isinstance(app.screen, DetailsDialog))
            await pilot.pause()
            await says(pilot, "section B118, row C, seat 7")

    asyncio.run(look())


def test_an_open_order_leads_to_its_checkout(market: Market) -> None:
    order = market.lock("ana", market.list())

    async def look() -> None:
        async with market.app("ana") as (app, pilot):
            await turn_to(app, pilot, "Orders")
            await pilot.press("enter")
            await until(pilot, lambda: type(app.screen).__name__ == "Checkout")
            assert getattr(app.screen, "order").id == order.id  # noqa: B009  another's screen

    asyncio.run(look())

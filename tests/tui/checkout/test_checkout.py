"""The checkout: the ways to pay a locked ticket, and what is shown meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.widgets import Button, Static

from client.transport import Unreachable
from contract.orders import VIEW_ORDER, OrderStatus
from contract.payments import START_PAYMENT
from contract.tickets import VIEW_TICKET, TicketStatus
from tests.tui.checkout.harness import ASKING, DECLINED, SAVES_ONLY, VISA, at_checkout
from tests.tui.marketplace import (
    AZTECA,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.app import TicketingApp
from tui.checkout.confetti import Confetti
from tui.checkout.screen import CheckoutScreen
from tui.checkout.steps import ProgressSteps
from tui.session import UserSession


def payment_message(app: TicketingApp) -> str:
    """Return the checkout's message about the payment, unwrapped."""
    return str(app.screen.query_one("#message", Static).render())


def enabled(app: TicketingApp, action: str) -> bool:
    """Whether a key of the current screen is enabled."""
    return any(
        bound.binding.action == action and bound.enabled
        for bound in app.screen.active_bindings.values()
    )


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_everything_is_on_the_screen(marketplace: Marketplace, size: tuple[int, int]) -> None:
    marketplace.save_card("ana", VISA)
    ticket = marketplace.list_ticket(AZTECA, amount=126_000)

    async def look() -> None:
        async with at_checkout(marketplace, ticket, size=size) as (app, pilot, checkout):
            await wait_for_text(pilot, "Visa")
            shown = screen_text(app)
            for words in (
                "Mexico v South Africa", "Section B118, row C, seat 7", "RESERVED FOR YOU 14:5",
                "MXN 1,260.00 TEST", "Fee included  MXN 63.00", checkout.order.payment_url,
                "Visa ···· 4242", "◉ waiting for payment", "Release", "Open page",
            ):  # fmt: skip
                assert words in shown, words

    asyncio.run(look())


def test_a_payment_on_the_page_completes_the_order(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def pay() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, checkout):
            await asyncio.to_thread(marketplace.type_card, checkout.order.payment_url, VISA)
            await wait_until(pilot, lambda: checkout.bought)
            await pilot.pause()
            await wait_for_text(pilot, "Paid with Visa 4242")
            assert checkout.bought is not None
            await wait_for_text(pilot, str(checkout.bought.code))
            assert checkout.query_one(ProgressSteps).at == 4

    asyncio.run(pay())


def test_a_saved_card_pays_without_a_page(marketplace: Marketplace) -> None:
    marketplace.save_card("ana", VISA)
    ticket = marketplace.list_ticket(AZTECA)

    async def pay() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, _):
            await wait_for_text(pilot, "Pay with Visa")
            await pilot.press("p", "p")
            await wait_for_text(pilot, "The seat is yours")
        assert marketplace.orders("ana")[0].status is OrderStatus.COMPLETE

    asyncio.run(pay())


def test_the_arrow_keys_choose_the_card(marketplace: Marketplace) -> None:
    marketplace.save_card("ana", VISA)
    marketplace.save_card("ana", SAVES_ONLY)
    ticket = marketplace.list_ticket(AZTECA)

    async def pay() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, _):
            await wait_for_text(pilot, "Pay with Visa ···· 0341")
            await pilot.press("down")
            await wait_for_text(pilot, "Pay with Visa ···· 4242")
            await pilot.press("p")
            await wait_for_text(pilot, "Paid with Visa 4242")

    asyncio.run(pay())


def test_a_click_chooses_a_card(marketplace: Marketplace) -> None:
    marketplace.save_card("ana", VISA)
    marketplace.save_card("ana", SAVES_ONLY)
    ticket = marketplace.list_ticket(AZTECA)

    async def choose() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, _):
            await wait_for_text(pilot, "Pay with Visa ···· 0341")
            await pilot.click("#cards", offset=(4, 1))
            await wait_for_text(pilot, "Pay with Visa ···· 4242")

    asyncio.run(choose())


def test_a_decline_says_why_and_what_to_do(marketplace: Marketplace) -> None:
    marketplace.save_card("ana", SAVES_ONLY)
    ticket = marketplace.list_ticket(AZTECA)

    async def pay() -> None:
        async with at_checkout(marketplace, ticket, size=(80, 24)) as (app, pilot, _):
            await wait_for_text(pilot, "Pay with Visa")
            await pilot.press("p")
            await wait_until(pilot, lambda: "2 tries left" in payment_message(app))
            assert "Declined: The card was declined." in payment_message(app)
            assert "Try another card; the seat stays reserved." in payment_message(app)
            assert enabled(app, "pay")

    asyncio.run(pay())


def test_a_decline_on_the_page_is_shown_too(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def pay() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, checkout):
            await asyncio.to_thread(marketplace.type_card, checkout.order.payment_url, DECLINED)
            await wait_for_text(pilot, "Declined: ")
            await asyncio.to_thread(marketplace.type_card, checkout.order.payment_url, VISA)
            await wait_for_text(pilot, "The seat is yours")

    asyncio.run(pay())


def test_the_last_decline_ends_the_order_and_offers_another_seat(stocked: Marketplace) -> None:
    stocked.save_card("ana", SAVES_ONLY)
    ticket = stocked.list_ticket(AZTECA, seat="40", amount=100_000)

    async def pay() -> None:
        async with at_checkout(stocked, ticket) as (app, pilot, _):
            await wait_for_text(pilot, "Pay with Visa")
            await pilot.press("p")
            await wait_until(pilot, lambda: "2 tries left" in payment_message(app))
            await pilot.press("p")
            await wait_until(pilot, lambda: "1 try left" in payment_message(app))
            await pilot.press("p")
            await wait_for_text(pilot, "PAYMENT FAILED", "Next cheapest")
            await wait_for_text(pilot, "Section B118, row C, seat 1   MXN 1,260.00")

    asyncio.run(pay())


def test_a_bank_that_requires_confirmation_leads_to_the_page(marketplace: Marketplace) -> None:
    marketplace.save_card("ana", ASKING)
    ticket = marketplace.list_ticket(AZTECA)

    async def pay() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            await wait_for_text(pilot, "Pay with Visa")
            await pilot.press("p")
            await wait_for_text(pilot, "Your bank wants you to confirm")
            assert "Declined" not in screen_text(app)
            await asyncio.to_thread(marketplace.type_card, checkout.order.payment_url, ASKING)
            await wait_for_text(pilot, "The seat is yours")

    asyncio.run(pay())


def test_releasing_asks_first(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def keep() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            await pilot.press("x")
            await wait_until(pilot, lambda: app.screen is not checkout)
            await pilot.press("enter")
            await wait_for_idle(pilot)
            assert app.screen is checkout
        assert marketplace.orders("ana")[0].status is OrderStatus.AWAITING_PAYMENT

    asyncio.run(keep())


def test_releasing_puts_the_ticket_back_on_sale(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def give() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, _):
            await pilot.press("x", "right", "enter")
            await wait_for_text(pilot, "RELEASED", "No money was taken")
            assert not enabled(app, "open_page")
        now = marketplace.call("ana", VIEW_TICKET, ticket_id=ticket.id)
        assert now.status is TicketStatus.AVAILABLE

    asyncio.run(give())


def test_leaving_keeps_the_lock(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def leave() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            await pilot.press("escape")
            await wait_until(pilot, lambda: app.screen is not checkout)
        assert marketplace.orders("ana")[0].status is OrderStatus.AWAITING_PAYMENT

    asyncio.run(leave())


def test_the_page_is_opened_in_the_configured_browser(
    marketplace: Marketplace, tmp_path: Any
) -> None:
    ticket = marketplace.list_ticket(AZTECA)
    open_terminal = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {open_terminal}\n')
    browser.chmod(0o700)

    async def look() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            app.session.env = {**app.session.env, "TICKETING_BROWSER": str(browser)}
            await pilot.press("o")
            await wait_until(pilot, lambda: open_terminal.exists() and open_terminal.read_text())
            assert open_terminal.read_text().strip() == checkout.order.payment_url

    asyncio.run(look())


def test_without_a_browser_the_alternatives_are_named(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def look() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, _):
            app.session.env = {**app.session.env, "SSH_CONNECTION": "a b"}
            await pilot.press("o")
            await wait_for_text(pilot, "No browser can be opened here")

    asyncio.run(look())


def test_the_ticket_of_an_order_is_loaded_if_it_is_not_given(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def look() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            again = CheckoutScreen(checkout.order)
            app.switch_screen(again)
            await wait_for_text(pilot, "Section B118, row C, seat 7")

    asyncio.run(look())


def test_an_order_paid_earlier_is_shown_without_confetti(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def look() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, checkout):
            await asyncio.to_thread(marketplace.type_card, checkout.order.payment_url, VISA)
            await wait_until(pilot, lambda: checkout.bought)
            assert checkout.query_one(Confetti).display
            order = await asyncio.to_thread(
                marketplace.call, "ana", VIEW_ORDER, order_id=checkout.order.id
            )
            again = CheckoutScreen(order)
            app.switch_screen(again)
            await wait_until(pilot, lambda: again.bought)
            assert not again.query_one(Confetti).display

    asyncio.run(look())


def test_a_read_only_app_pays_nothing(marketplace: Marketplace) -> None:
    marketplace.save_card("ana", VISA)
    ticket = marketplace.list_ticket(AZTECA)

    async def look() -> None:
        async with at_checkout(marketplace, ticket, readonly=True) as (app, pilot, checkout):
            await wait_for_text(pilot, "Pay with Visa")
            assert checkout.query_one("#pay", Button).disabled
            await pilot.press("p", "x")
            await wait_for_idle(pilot)
            assert app.screen is checkout
        assert marketplace.orders("ana")[0].status is OrderStatus.AWAITING_PAYMENT

    asyncio.run(look())


def test_the_confetti_ends_by_itself(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def pay() -> None:
        async with at_checkout(marketplace, ticket) as (_, pilot, checkout):
            await asyncio.to_thread(marketplace.type_card, checkout.order.payment_url, VISA)
            await wait_until(pilot, lambda: checkout.query_one(Confetti).display)
            await wait_until(pilot, lambda: not checkout.query_one(Confetti).display)

    asyncio.run(pay())


def test_a_card_is_charged_once_if_the_response_is_lost(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace.save_card("ana", VISA)
    ticket = marketplace.list_ticket(AZTECA)
    honest = UserSession.call
    keys: list[str | None] = []

    async def lossy(self: UserSession, endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        if endpoint is START_PAYMENT:
            keys.append(kwargs["key"])
            if len(keys) == 1:
                raise Unreachable(self.server, "the line broke")
        return await honest(self, endpoint, *args, **kwargs)

    monkeypatch.setattr(UserSession, "call", lossy)

    async def pay() -> None:
        async with at_checkout(marketplace, ticket) as (app, pilot, _):
            await wait_for_text(pilot, "Pay with Visa")
            await pilot.press("p")
            await wait_until(pilot, lambda: keys and enabled(app, "pay"))
            await pilot.press("p")
            await wait_for_text(pilot, "The seat is yours")
        assert keys == [keys[0]] * 2

    asyncio.run(pay())

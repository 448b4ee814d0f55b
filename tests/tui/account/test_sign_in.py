"""Signing in and out, choosing a server, and quitting."""

from __future__ import annotations

import asyncio

from textual.widgets import Input

from client.credentials import Credentials
from contract.auth import LOG_OUT
from tests.tui.marketplace import (
    PASSWORD,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.account.sign_in_dialog import SignInDialog
from tui.checkout.purchase_dialog import PurchaseDialog
from tui.server_dialog import ServerDialog
from tui.widgets.confirm_dialog import ConfirmDialog
from tui.widgets.top_bar import TopBar


def token(marketplace: Marketplace, name: str) -> str | None:
    folder = marketplace.folder / name
    return Credentials(folder, {}, preference="file").token(marketplace.server.url)


def test_signing_in_also_signs_in_the_commands(stocked: Marketplace) -> None:
    stocked.account("ana")

    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            app.action_sign_in()
            await wait_until(pilot, lambda: isinstance(app.screen, SignInDialog))
            await pilot.press(*"ana@example.org", "enter", *PASSWORD, "enter")
            await wait_until(pilot, lambda: "ana@example.org" in screen_text(app).splitlines()[0])

    asyncio.run(journey())
    assert token(stocked, "stranger")


def test_a_wrong_password_is_reported_and_the_email_stays(stocked: Marketplace) -> None:
    stocked.account("ana")

    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            app.action_sign_in()
            await wait_until(pilot, lambda: isinstance(app.screen, SignInDialog))
            await pilot.press(*"ana@example.org", "enter", *"not the password", "enter")
            await wait_for_text(pilot, "wrong")
            assert app.screen.query_one("#email", Input).value == "ana@example.org"
            assert "not the password" not in screen_text(app)

    asyncio.run(journey())


def test_an_account_is_created_with_the_mouse_except_for_typing(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            app.action_sign_in()
            await wait_until(pilot, lambda: isinstance(app.screen, SignInDialog))
            await wait_for_idle(pilot)
            await pilot.click("#other")
            await pilot.click("#email")
            await pilot.press(*"new@example.org")
            await pilot.click("#password")
            await pilot.press(*"short")
            await pilot.click("#go")
            await wait_for_text(pilot, "8 to 256")
            await pilot.click("#password")
            await pilot.press("end", *" but longer")
            await pilot.click("#go")
            await wait_until(pilot, lambda: "new@example.org" in screen_text(app).splitlines()[0])

    asyncio.run(journey())


def test_a_signed_out_buyer_is_asked_to_sign_in_and_continues(stocked: Marketplace) -> None:
    stocked.account("ana")

    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await pilot.press("b")
            await wait_until(pilot, lambda: isinstance(app.screen, SignInDialog))
            await pilot.press(*"ana@example.org", "enter", *PASSWORD, "enter")
            await wait_until(pilot, lambda: isinstance(app.screen, PurchaseDialog))
            assert app.session.email == "ana@example.org"

    asyncio.run(journey())


def test_signing_out_ends_the_session_and_forgets_its_token(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.action_sign_out()
            await wait_for_text(pilot, "not signed in")
            assert not app.session.signed_in

    asyncio.run(journey())
    assert token(stocked, "ana") is None


def test_a_session_ended_elsewhere_is_reported(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            await asyncio.to_thread(stocked.call, "ana", LOG_OUT)
            app.load_identity()
            await wait_for_text(pilot, "not signed in", "Sign in again", "● online")

    asyncio.run(journey())


def test_a_session_that_ends_while_the_app_only_listens_is_reported(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            await wait_for_text(pilot, "● online")
            await asyncio.to_thread(stocked.call, "ana", LOG_OUT)
            await wait_for_text(pilot, "not signed in", "Sign in again", "● online")
            assert not app.session.signed_in

    asyncio.run(journey())


def test_another_server_can_be_chosen_and_a_bad_address_is_refused(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            app.action_servers()
            await wait_until(pilot, lambda: isinstance(app.screen, ServerDialog))
            await wait_for_idle(pilot)
            await pilot.click("#address")
            await pilot.press(*"http://elsewhere.example", "enter")
            await wait_for_text(pilot, "plain http")
            app.screen.query_one("#address", Input).value = stocked.server.url.replace(
                "127.0.0.1", "localhost"
            )
            await pilot.press("enter")
            await wait_until(pilot, lambda: "localhost" in app.session.server)
            await wait_for_text(pilot, "available")

    asyncio.run(journey())


def test_quitting_asks_only_while_a_ticket_is_reserved(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            ticket = app.screen.query_one("#right").ticket  # type: ignore[attr-defined]
            await asyncio.to_thread(stocked.lock, "ana", ticket)
            await wait_until(pilot, lambda: app.own_locks.order_of(ticket.id))
            await pilot.press("q")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await wait_for_text(pilot, "reserved for you until")
            await pilot.press("enter")
            await wait_for_idle(pilot)
            assert app.is_running
            assert not isinstance(app.screen, ConfirmDialog)

    asyncio.run(journey())


def test_quitting_asks_nothing_when_nothing_is_open(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            await pilot.press("q")
            await pilot.pause()
            assert app.return_code == 0
            assert not app.is_running

    asyncio.run(journey())


def test_the_top_bar_shows_the_current_screen_and_a_click_switches(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            await pilot.press("enter", "enter")
            await wait_until(pilot, lambda: "Market > Ticket" in screen_text(app).splitlines()[0])
            bar = app.screen.query_one(TopBar)
            await pilot.click(bar, offset=(screen_text(app).splitlines()[0].index("Wallet") + 1, 0))
            await wait_until(pilot, lambda: app.current_mode == "wallet")
            await pilot.press("1", "escape", "escape")
            await wait_for_idle(pilot)
            assert " > " not in screen_text(app).splitlines()[0]
            await pilot.press("escape", "escape")
            assert app.is_running

    asyncio.run(journey())

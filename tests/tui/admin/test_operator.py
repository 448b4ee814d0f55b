"""The operator screen: locks, jobs, orders, people and alerts, and the actions on them."""

from __future__ import annotations

import asyncio

import pytest
from textual.widgets import Input

from contract.auth import LIST_USERS, UsersQuery
from contract.orders import VIEW_ORDER, CancelReason, OrderStatus
from contract.refunds import LIST_REFUNDS, RefundedTicket, RefundsQuery
from contract.tickets import VIEW_TICKET, TicketStatus
from tests.conftest import KINDS
from tests.hostile import CORPUS, STEERING
from tests.tui.admin.harness import add_failed_job, open_operator
from tests.tui.marketplace import Marketplace, screen_text, wait_for_idle, wait_for_text, wait_until
from tui.admin.locks import LocksPane
from tui.admin.order_trace import OrderTraceScreen
from tui.app import TicketingApp
from tui.command_palette import ActionProvider
from tui.feed_listener import ConnectionState
from tui.session import LaunchOptions, UserSession
from tui.widgets.confirm_dialog import ConfirmDialog


@pytest.fixture
def managed(marketplace: Marketplace) -> Marketplace:
    """Provide a marketplace with olga as its operator."""
    marketplace.make_admin()
    return marketplace


def offered(palette: ActionProvider) -> list[str]:
    return [action.name for place, action, _ in palette.offered_actions() if place == "operator"]


def test_the_palette_finds_refund_by_a_few_letters(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            await open_operator(app, pilot)
            await pilot.press("ctrl+p")
            await pilot.press(*"refnd")
            await wait_for_text(pilot, "Refund this order")

    asyncio.run(journey())


def test_an_action_chosen_in_the_palette_selects_its_pane(
    managed: Marketplace,
) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            await wait_until(pilot, lambda: app.session.is_admin)
            await pilot.press("ctrl+p")
            await pilot.press(*"ban this acc")
            await wait_for_text(pilot, "Ban this account")
            await pilot.press("enter")
            await wait_for_text(pilot, "part of an email address")

    asyncio.run(journey())


def test_the_operator_screen_is_not_offered_to_members(marketplace: Marketplace) -> None:
    async def journey() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await wait_until(pilot, lambda: app.session.account is not None)
            assert "OperatorScreen" not in screen_text(app)
            assert offered(ActionProvider(app.screen, None)) == []
            await pilot.press("4")
            await wait_for_text(pilot, "no access to the Operator screen")
            assert app.current_mode == "market"

    asyncio.run(journey())


@pytest.mark.parametrize("kind", KINDS)
def test_all_locks_count_down_the_one_that_ends_first_on_top(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            first = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            screen = await open_operator(app, pilot, "Locks")
            await wait_for_text(pilot, first.id)
            second = await asyncio.to_thread(managed.lock, "cleo", managed.list_ticket(seat="2"))
            await wait_for_text(pilot, second.id)
            assert [row.id for row in screen.pane.table.rows] == [first.id, second.id]
            await wait_for_text(pilot, "14:5")
            before = screen.query_one(LocksPane).next_left
            assert before is not None
            await wait_until(pilot, lambda: (screen.query_one(LocksPane).next_left or 0) < before)
            await wait_for_text(pilot, "2 open locks")

    asyncio.run(journey())


def test_an_order_is_cancelled_only_after_confirmation(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            ticket = managed.list_ticket(seat="1")
            order = await asyncio.to_thread(managed.lock, "ben", ticket)
            screen = await open_operator(app, pilot, "Locks")
            await wait_until(pilot, lambda: screen.pane.order_id == order.id)
            await pilot.press("x")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("enter")
            await wait_until(pilot, lambda: app.screen is screen)
            assert managed.call("ben", VIEW_ORDER, order_id=order.id).reason is None
            await pilot.press("x")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.click("#yes")
            await wait_for_text(pilot, "no locks")
            after = managed.call("ben", VIEW_ORDER, order_id=order.id)
            assert after.reason is CancelReason.ADMIN
            free = managed.call("ben", VIEW_TICKET, ticket_id=ticket.id)
            assert free.status is TicketStatus.AVAILABLE

    asyncio.run(journey())


def test_a_failed_job_is_retried(managed: Marketplace) -> None:
    job = add_failed_job(managed, error="Refused: no [/x] [@click=app.quit]such[/] thing")

    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot, "Jobs")
            await wait_for_text(pilot, "FAILED", "no [/x] [@click=app.quit]such[/] thing")
            assert screen.pane.row_id == job
            await pilot.press("r")
            await wait_for_text(pilot, "is being retried")
            # No service handles such jobs: it fails again, with an error of the server itself.
            await wait_for_text(pilot, "no service runs jobs of kind test.nothing")

    asyncio.run(journey())


@pytest.mark.parametrize("doubly", [False, True], ids=["once", "pressed twice"])
def test_a_partial_refund_is_made_once_after_confirmation(
    managed: Marketplace, *, doubly: bool
) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await asyncio.to_thread(managed.pay, "ben", order)
            screen = await open_operator(app, pilot, "Orders")
            await wait_for_text(pilot, "complete")
            await pilot.press("R")
            await wait_for_text(pilot, "Refund the buyer", "1240.00")
            await pilot.press("home", *["delete"] * 7, *"40.00", "enter")
            await wait_for_text(pilot, "Refund MXN 40.00 TEST?")
            await pilot.press("tab", *["enter"] * (2 if doubly else 1))
            await wait_for_text(pilot, "is refunded for")
            await wait_for_idle(pilot)
            (made,) = managed.call("olga", LIST_REFUNDS, RefundsQuery()).items
            assert (made.order_id, made.amount.amount) == (order.id, 4_000)
            assert app.screen is screen or isinstance(app.screen, OrderTraceScreen)

    asyncio.run(journey())


def test_the_operator_chooses_what_becomes_of_the_ticket(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await asyncio.to_thread(managed.pay, "ben", order)
            await open_operator(app, pilot, "Orders")
            await wait_for_text(pilot, "complete")
            await pilot.press("R")
            await wait_for_text(pilot, "Once all is refunded, the ticket", "becomes void")
            await pilot.press("tab", "enter", "down", "enter")
            await wait_for_text(pilot, "goes back to its seller")
            await pilot.press("shift+tab", "enter")
            await wait_for_text(pilot, "the ticket goes back to its seller.")
            await pilot.press("tab", "enter")
            await wait_for_text(pilot, "is refunded for")
            (made,) = managed.call("olga", LIST_REFUNDS, RefundsQuery()).items
            assert made.ticket is RefundedTicket.RETURN

    asyncio.run(journey())


def test_an_unpaid_order_cannot_be_refunded(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await open_operator(app, pilot, "Orders")
            await wait_for_text(pilot, "awaiting payment")
            await pilot.press("R")
            await wait_for_text(pilot, "This order is not paid yet.")

    asyncio.run(journey())


def test_no_more_than_the_remaining_amount_can_be_refunded(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            await asyncio.to_thread(managed.pay, "ben", order)
            await open_operator(app, pilot, "Orders")
            await wait_for_text(pilot, "complete")
            await pilot.press("R")
            await wait_for_text(pilot, "Refund the buyer")
            await pilot.press("home", "9", "enter")
            await wait_for_text(pilot, "At most MXN 1,240.00 can be refunded")

    asyncio.run(journey())


def test_orders_are_filtered_by_state_and_change_in_place(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            order = await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat="1"))
            screen = await open_operator(app, pilot, "Orders")
            await wait_for_text(pilot, "awaiting payment")
            await asyncio.to_thread(managed.pay, "ben", order)
            table = screen.pane.table
            await wait_until(
                pilot, lambda: [o.status for o in table.rows] == [OrderStatus.COMPLETE]
            )
            await pilot.press("s")
            await wait_for_text(pilot, "no match")

    asyncio.run(journey())


def test_an_order_is_found_by_its_id_in_any_state(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            orders = [
                await asyncio.to_thread(managed.lock, "ben", managed.list_ticket(seat=s))
                for s in "12"
            ]
            screen = await open_operator(app, pilot, "Orders")
            table = screen.pane.table
            await wait_until(pilot, lambda: len(table.rows) == 2)
            await pilot.press("s", "s")
            await wait_for_text(pilot, "confirming · 0")
            screen.pane.query_one(Input).value = orders[0].id
            await wait_until(pilot, lambda: [o.id for o in table.rows] == [orders[0].id])
            screen.pane.query_one(Input).value = ""
            await wait_until(pilot, lambda: table.rows == [])

    asyncio.run(journey())


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_is_banned_after_confirmation_and_unbanned(managed: Marketplace) -> None:
    managed.account("mallory")

    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot, "People")
            await pilot.press("slash", *"mallory")
            await wait_until(pilot, lambda: len(screen.pane.table.rows) == 1)
            await pilot.press("enter")
            await pilot.press("B")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("tab", "enter")
            await wait_for_text(pilot, "BANNED")
            await pilot.press("B")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("tab", "enter")
            await wait_until(pilot, lambda: "BANNED" not in screen_text(app))
            found = managed.call("olga", LIST_USERS, UsersQuery(q="mallory")).items
            assert [account.status.value for account in found] == ["active"]

    asyncio.run(journey())


def test_an_alert_is_resolved_with_a_note_and_leaves_the_list(managed: Marketplace) -> None:
    add_failed_job(managed)

    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot, "Jobs")
            await wait_for_text(pilot, "FAILED")
            await pilot.press("r")
            screen.tab = "Alerts"
            await wait_for_text(pilot, "1 needs attention")
            await pilot.press("t")
            await wait_for_text(pilot, "What was done about it")
            await pilot.press("enter")
            await wait_for_text(pilot, "Enter what was done")
            await pilot.press(*"seen", "enter")
            await wait_for_text(pilot, "All clear")

    asyncio.run(journey())


@pytest.mark.parametrize("tab", ["Locks", "Jobs", "Orders", "People", "Alerts"])
def test_a_read_only_app_has_no_key_that_writes(managed: Marketplace, tab: str) -> None:
    async def journey() -> None:
        async with managed.app("olga", readonly=True) as (app, pilot):
            screen = await open_operator(app, pilot, tab)
            await wait_for_idle(pilot)
            writing = {"retry", "refund", "cancel_order", "resolve", "ban"} & screen.pane.offers
            assert writing
            for name in writing:
                assert screen.check_action(name, ()) is None
            assert not writing & set(offered(ActionProvider(screen, None)))

    asyncio.run(journey())


def test_tabs_are_switched_by_key_and_by_mouse(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot)
            await pilot.press("left_square_bracket")
            assert screen.tab == "Alerts"
            await pilot.press("right_square_bracket", "right_square_bracket")
            assert screen.tab == "Locks"
            await pilot.click("#tabs", offset=(1, 0))
            await wait_until(pilot, lambda: screen.tab == "Flow")

    asyncio.run(journey())


@pytest.mark.parametrize(
    "size",
    [
        (80, 24),
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in ((120, 40), (60, 20), (40, 10), (1, 1))
        ),
    ],
)
def test_every_pane_can_be_drawn_at_any_size_with_hostile_text(
    managed: Marketplace, size: tuple[int, int]
) -> None:
    add_failed_job(
        managed, error=" ".join(text for text in CORPUS.values() if text.isascii())[:400]
    )

    async def journey() -> None:
        async with managed.app("olga", size=size) as (app, pilot):
            screen = await open_operator(app, pilot)
            order = await asyncio.to_thread(
                managed.lock, "ben", managed.list_ticket(seat="[/x]", section="[bold]")
            )
            for page in ("Locks", "Jobs", "Orders", "People", "Alerts", "Flow"):
                screen.tab = page
                await wait_for_idle(pilot)
                assert not STEERING.search(screen_text(app).replace("\n", ""))
            assert order.id

    asyncio.run(journey())


def test_keys_that_write_are_disabled_while_offline(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            screen = await open_operator(app, pilot, "People")
            await wait_for_idle(pilot)
            assert screen.check_action("ban", ()) is True
            app.session.feed.state = ConnectionState.OFFLINE
            assert screen.check_action("ban", ()) is None
            await pilot.press("B")
            await pilot.pause()
            assert app.screen is screen

    asyncio.run(journey())


def test_the_app_reopens_on_the_operator_screen(managed: Marketplace) -> None:
    async def journey() -> None:
        async with managed.app("olga") as (app, pilot):
            await open_operator(app, pilot)
            app.save_state()
        async with managed.app("olga") as (app, pilot):
            await wait_until(pilot, lambda: app.current_mode == "operator")

    asyncio.run(journey())


def test_a_mode_key_pressed_before_the_account_is_loaded_takes_effect_later(
    managed: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        session = UserSession(managed.env("olga"), LaunchOptions(), clock=managed.clock)
        told, load_identity = asyncio.Event(), session.load_identity

        async def slowly() -> None:
            await told.wait()
            await load_identity()

        monkeypatch.setattr(session, "load_identity", slowly)
        app = TicketingApp(session)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("4")
            assert app.current_mode == "market"
            told.set()
            await wait_until(pilot, lambda: app.current_mode == "operator")
        session.close()

    asyncio.run(journey())

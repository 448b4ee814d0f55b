"""The operator's screen: what happens, what is locked, and what is done about it."""

from __future__ import annotations

import asyncio

import pytest
from textual.widgets import Input

from contract.auth import LIST_USERS, UsersQuery
from contract.orders import VIEW_ORDER, CancelReason, OrderStatus
from contract.refunds import LIST_REFUNDS, RefundsQuery
from contract.tickets import VIEW_TICKET, TicketStatus
from tests.conftest import KINDS
from tests.hostile import CORPUS, STEERING
from tests.tui.admin.harness import enter, give_up
from tests.tui.marketplace import Market, dump, quiet, says, until
from tui.admin.locks import LocksPane
from tui.admin.order_trace import OrderTraceScreen
from tui.app import TicketingApp
from tui.command_palette import ActionProvider
from tui.feed_listener import ConnectionState
from tui.session import LaunchOptions, UserSession
from tui.widgets.confirm_dialog import ConfirmDialog


@pytest.fixture
def run(market: Market) -> Market:
    """Give a marketplace that olga runs."""
    market.hire()
    return market


def offered(palette: ActionProvider) -> list[str]:
    return [action.name for place, action, _ in palette.offered_actions() if place == "operator"]


def test_t01_refund_is_found_in_the_palette_by_a_few_of_its_letters(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            await enter(app, pilot)
            await pilot.press("ctrl+p")
            await pilot.press(*"refnd")
            await says(pilot, "Refund this order")

    asyncio.run(journey())


def test_what_is_chosen_in_the_palette_turns_to_the_page_it_is_done_on(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            await until(pilot, lambda: app.session.is_admin)
            await pilot.press("ctrl+p")
            await pilot.press(*"ban this acc")
            await says(pilot, "Ban this account")
            await pilot.press("enter")
            await says(pilot, "part of an email address")

    asyncio.run(journey())


def test_it_is_not_offered_to_who_is_no_operator(market: Market) -> None:
    async def journey() -> None:
        async with market.app("ana") as (app, pilot):
            await until(pilot, lambda: app.session.account is not None)
            assert "OperatorScreen" not in dump(app)
            assert offered(ActionProvider(app.screen, None)) == []
            await pilot.press("4")
            await says(pilot, "no access to the Operator screen")
            assert app.current_mode == "market"

    asyncio.run(journey())


@pytest.mark.parametrize("kind", KINDS)
def test_locks_of_everybody_count_down_the_one_that_ends_first_on_top(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            first = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            screen = await enter(app, pilot, "Locks")
            await says(pilot, first.id)
            second = await asyncio.to_thread(run.lock, "cleo", run.list(seat="2"))
            await says(pilot, second.id)
            assert [row.id for row in screen.page.table.rows] == [first.id, second.id]
            await says(pilot, "14:5")
            before = screen.query_one(LocksPane).next_left
            assert before is not None
            await until(pilot, lambda: (screen.query_one(LocksPane).next_left or 0) < before)
            await says(pilot, "2 open locks")

    asyncio.run(journey())


def test_a_lock_is_cancelled_only_after_a_yes(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            ticket = run.list(seat="1")
            order = await asyncio.to_thread(run.lock, "ben", ticket)
            screen = await enter(app, pilot, "Locks")
            await until(pilot, lambda: screen.page.order_id == order.id)
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is screen)
            assert run.ask("ben", VIEW_ORDER, order_id=order.id).reason is None
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.click("#yes")
            await says(pilot, "no locks")
            after = run.ask("ben", VIEW_ORDER, order_id=order.id)
            assert after.reason is CancelReason.ADMIN
            free = run.ask("ben", VIEW_TICKET, ticket_id=ticket.id)
            assert free.status is TicketStatus.AVAILABLE

    asyncio.run(journey())


def test_work_that_was_given_up_is_tried_again(run: Market) -> None:
    job = give_up(run, error="Refused: no [/x] [@click=app.quit]such[/] thing")

    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot, "Jobs")
            await says(pilot, "FAILED", "no [/x] [@click=app.quit]such[/] thing")
            assert screen.page.row_id == job
            await pilot.press("r")
            await says(pilot, "is being retried")
            # Nobody does such work: it is given up once more, for a reason of the server's own.
            await says(pilot, "no room does jobs of kind test.nothing")

    asyncio.run(journey())


@pytest.mark.parametrize("doubly", [False, True], ids=["once", "pressed twice"])
def test_a_part_of_the_money_goes_back_once_after_its_sum_was_confirmed(
    run: Market, *, doubly: bool
) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            await asyncio.to_thread(run.pay, "ben", order)
            screen = await enter(app, pilot, "Orders")
            await says(pilot, "complete")
            await pilot.press("R")
            await says(pilot, "Refund the buyer", "1240.00")
            await pilot.press("home", *["delete"] * 7, *"40.00", "enter")
            await says(pilot, "Refund MXN 40.00 TEST?")
            await pilot.press("tab", *["enter"] * (2 if doubly else 1))
            await says(pilot, "is refunded for")
            await quiet(pilot)
            (made,) = run.ask("olga", LIST_REFUNDS, RefundsQuery()).items
            assert (made.order_id, made.amount.amount) == (order.id, 4_000)
            assert app.screen is screen or isinstance(app.screen, OrderTraceScreen)

    asyncio.run(journey())


def test_what_is_not_paid_yet_is_not_sent_back(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            await enter(app, pilot, "Orders")
            await says(pilot, "awaiting payment")
            await pilot.press("R")
            await says(pilot, "This order is not paid yet.")

    asyncio.run(journey())


def test_more_than_is_left_is_not_sent_back(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            await asyncio.to_thread(run.pay, "ben", order)
            await enter(app, pilot, "Orders")
            await says(pilot, "complete")
            await pilot.press("R")
            await says(pilot, "Refund the buyer")
            await pilot.press("home", "9", "enter")
            await says(pilot, "At most MXN 1,240.00 can be refunded")

    asyncio.run(journey())


def test_orders_are_shown_by_state_and_change_where_they_stand(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            order = await asyncio.to_thread(run.lock, "ben", run.list(seat="1"))
            screen = await enter(app, pilot, "Orders")
            await says(pilot, "awaiting payment")
            await asyncio.to_thread(run.pay, "ben", order)
            table = screen.page.table
            await until(pilot, lambda: [o.status for o in table.rows] == [OrderStatus.COMPLETE])
            await pilot.press("s")
            await says(pilot, "no match")

    asyncio.run(journey())


def test_an_order_is_found_by_its_whole_id_in_whichever_state_it_is(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            orders = [await asyncio.to_thread(run.lock, "ben", run.list(seat=s)) for s in "12"]
            screen = await enter(app, pilot, "Orders")
            table = screen.page.table
            await until(pilot, lambda: len(table.rows) == 2)
            await pilot.press("s", "s")
            await says(pilot, "confirming · 0")
            screen.page.query_one(Input).value = orders[0].id
            await until(pilot, lambda: [o.id for o in table.rows] == [orders[0].id])
            screen.page.query_one(Input).value = ""
            await until(pilot, lambda: table.rows == [])

    asyncio.run(journey())


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_is_banned_after_a_yes_and_let_act_again(run: Market) -> None:
    run.meet("mallory")

    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot, "People")
            await pilot.press("slash", *"mallory")
            await until(pilot, lambda: len(screen.page.table.rows) == 1)
            await pilot.press("enter")
            await pilot.press("B")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("tab", "enter")
            await says(pilot, "BANNED")
            await pilot.press("B")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("tab", "enter")
            await until(pilot, lambda: "BANNED" not in dump(app))
            found = run.ask("olga", LIST_USERS, UsersQuery(q="mallory")).items
            assert [account.status.value for account in found] == ["active"]

    asyncio.run(journey())


def test_a_matter_is_settled_with_a_note_and_leaves_the_list(run: Market) -> None:
    give_up(run)

    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot, "Jobs")
            await says(pilot, "FAILED")
            await pilot.press("r")
            screen.tab = "Alerts"
            await says(pilot, "1 needs attention")
            await pilot.press("t")
            await says(pilot, "What was done about it")
            await pilot.press("enter")
            await says(pilot, "Enter what was done")
            await pilot.press(*"seen", "enter")
            await says(pilot, "All clear")

    asyncio.run(journey())


@pytest.mark.parametrize("tab", ["Locks", "Jobs", "Orders", "People", "Alerts"])
def test_to_look_only_leaves_no_key_that_writes(run: Market, tab: str) -> None:
    async def journey() -> None:
        async with run.app("olga", readonly=True) as (app, pilot):
            screen = await enter(app, pilot, tab)
            await quiet(pilot)
            writing = {"retry", "refund", "cancel_order", "resolve", "ban"} & screen.page.offers
            assert writing
            for name in writing:
                assert screen.check_action(name, ()) is None
            assert not writing & set(offered(ActionProvider(screen, None)))

    asyncio.run(journey())


def test_pages_turn_by_key_and_by_mouse(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot)
            await pilot.press("left_square_bracket")
            assert screen.tab == "Alerts"
            await pilot.press("right_square_bracket", "right_square_bracket")
            assert screen.tab == "Locks"
            await pilot.click("#tabs", offset=(1, 0))
            await until(pilot, lambda: screen.tab == "Flow")

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
def test_every_page_can_be_drawn_at_any_size_with_hostile_text(
    run: Market, size: tuple[int, int]
) -> None:
    give_up(run, error=" ".join(text for text in CORPUS.values() if text.isascii())[:400])

    async def journey() -> None:
        async with run.app("olga", size=size) as (app, pilot):
            screen = await enter(app, pilot)
            order = await asyncio.to_thread(
                run.lock, "ben", run.list(seat="[/x]", section="[bold]")
            )
            for page in ("Locks", "Jobs", "Orders", "People", "Alerts", "Flow"):
                screen.tab = page
                await quiet(pilot)
                assert not STEERING.search(dump(app).replace("\n", ""))
            assert order.id

    asyncio.run(journey())


def test_keys_that_write_are_grey_while_the_server_is_away(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            screen = await enter(app, pilot, "People")
            await quiet(pilot)
            assert screen.check_action("ban", ()) is True
            app.session.live.state = ConnectionState.OFFLINE
            assert screen.check_action("ban", ()) is None
            await pilot.press("B")
            await pilot.pause()
            assert app.screen is screen

    asyncio.run(journey())


def test_t25_an_operator_comes_back_to_where_he_left(run: Market) -> None:
    async def journey() -> None:
        async with run.app("olga") as (app, pilot):
            await enter(app, pilot)
            app.save_state()
        async with run.app("olga") as (app, pilot):
            await until(pilot, lambda: app.current_mode == "operator")

    asyncio.run(journey())


def test_a_key_pressed_before_it_is_known_who_one_is_goes_there_all_the_same(
    run: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        session = UserSession(run.env("olga"), LaunchOptions(), clock=run.clock)
        told, load_identity = asyncio.Event(), session.load_identity

        async def slowly() -> None:
            await told.wait()
            await load_identity()

        monkeypatch.setattr(session, "learn", slowly)
        app = TicketingApp(session)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("4")
            assert app.current_mode == "market"
            told.set()
            await until(pilot, lambda: app.current_mode == "operator")
        session.close()

    asyncio.run(journey())

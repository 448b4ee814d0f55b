"""The user's sales, balance, payouts and saved cards; and hostile texts in every tab."""

from __future__ import annotations

import asyncio
import contextlib

from msgspec.structs import replace

from contract.base import PageQuery
from contract.cards import LIST_CARDS, Card
from contract.ledger import Payout, PayoutLine, PayoutMethod, PayoutStatement, PayoutStatus
from contract.money import Money
from contract.problems import Invalid
from tests.hostile import CORPUS, STEERING
from tests.tui.account.test_account import open_tab
from tests.tui.marketplace import (
    START,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.account.payouts import lines
from tui.account.screen import AccountScreen
from tui.checkout.save_card_dialog import SaveCardDialog
from tui.widgets.confirm_dialog import ConfirmDialog
from tui.widgets.details_dialog import DetailsDialog

TABS = ("Orders", "Listings", "Sales", "Payouts", "Cards")


def cards(marketplace: Marketplace, name: str) -> list[Card]:
    """Return a user's saved cards."""
    with contextlib.closing(marketplace.api(name)) as api:
        return list(api.call(LIST_CARDS, PageQuery()).items)


def test_a_new_sale_appears_with_its_fee_and_the_balance(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket()

    async def look() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            await open_tab(app, pilot, "Sales")
            await wait_for_text(pilot, "nothing sold yet")
            await asyncio.to_thread(marketplace.buy, "ana", ticket)
            await wait_for_text(pilot, "pending MXN 1,178.00")
            line = next(line for line in screen_text(app).splitlines() if "B118 C 7" in line)
            assert "MXN 62.00    MXN 1,178.00  pays out 8 Jun 2031" in line

    asyncio.run(look())


def test_a_sale_shows_when_it_is_paid_out(marketplace: Marketplace) -> None:
    marketplace.buy("ana", marketplace.list_ticket())

    async def look() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            await open_tab(app, pilot, "Sales")
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, DetailsDialog))
            await pilot.pause()
            await wait_for_text(pilot, "Pays out      Sun 8 Jun 2031")

    asyncio.run(look())


def test_a_card_is_saved_on_the_page_shown_by_the_app(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def save() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_tab(app, pilot, "Cards")
            await pilot.press("a")
            await wait_until(
                pilot, lambda: isinstance(app.screen, SaveCardDialog) and app.screen.setup
            )
            screen = app.screen
            assert isinstance(screen, SaveCardDialog)
            assert screen.setup is not None
            await wait_for_text(pilot, "waiting for a card", screen.setup.url)
            await asyncio.to_thread(marketplace.type_card, screen.setup.url)
            await wait_until(pilot, lambda: isinstance(app.screen, AccountScreen))
            await wait_for_text(pilot, "visa ···· 4242")

    asyncio.run(save())


def test_the_whole_link_to_save_a_card_is_copied(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def copy() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_tab(app, pilot, "Cards")
            await pilot.press("a")
            await wait_until(
                pilot, lambda: isinstance(app.screen, SaveCardDialog) and app.screen.setup
            )
            await pilot.press("c")
            await pilot.pause()
            assert app.clipboard.startswith(marketplace.server.url + "/c/")

    asyncio.run(copy())


def test_a_card_is_deleted_only_after_confirmation(marketplace: Marketplace) -> None:
    marketplace.save_card("ana")

    async def forget() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_tab(app, pilot, "Cards")
            await pilot.press("delete")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("escape")
            await wait_for_idle(pilot)
            assert cards(marketplace, "ana")
            await pilot.press("delete")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "no saved cards")
            assert not cards(marketplace, "ana")

    asyncio.run(forget())


def test_no_text_of_other_users_controls_a_tab_or_is_read_as_markup(
    marketplace: Marketplace,
) -> None:
    taken = 0
    for n, text in enumerate(CORPUS.values()):
        with contextlib.suppress(Invalid, UnicodeEncodeError):
            show = (text[:200], text[:200], text[:200], "MX", -6.0)
            ticket = marketplace.list_ticket(
                show, section=text[:40], row="", seat=str(n), seller="ana"
            )
            taken += 1
            if taken < 4:
                marketplace.buy("ben", ticket)
                marketplace.buy(
                    "ana", marketplace.list_ticket(show, section=text[:40], seat=f"b{n}")
                )
    assert taken > 8

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            for title in TABS:
                await open_tab(app, pilot, title)
                assert not STEERING.search(screen_text(app)), title
                if title == "Listings":
                    await wait_for_text(pilot, "[@click=app.buy_now('E1')]")
                    for _ in range(taken):
                        await pilot.press("enter")
                        await wait_until(pilot, lambda: isinstance(app.screen, DetailsDialog))
                        assert not STEERING.search(screen_text(app))
                        await pilot.press("escape", "e", "escape", "w", "escape", "down")
                        await pilot.pause()

    asyncio.run(look())


def test_a_payout_lists_its_orders(marketplace: Marketplace) -> None:
    # A sale is paid out only after its show; this payout is made up.
    money = Money(amount=117_800, currency="MXN")
    payout = Payout(
        id="out_1a", seller_id="usr_1a", seller_email="s@example.org", amount=money, sales=1,
        method=PayoutMethod.FILE, status=PayoutStatus.PREPARED, created_at=START, live=False,
    )  # fmt: skip
    returned = replace(payout, id="out_1b", status=PayoutStatus.FAILED, reason="Closed [b]account.")
    line = PayoutLine(order_id="ord_1a", amount=117_800, currency="MXN")
    marketplace.account("sofia")

    async def look() -> None:
        async with marketplace.app("sofia", size=(80, 24)) as (app, pilot):
            screen = await open_tab(app, pilot, "Payouts")
            screen.tab.put(payout)
            screen.tab.put(replace(payout, id="out_1c", status=PayoutStatus.PAID))
            await pilot.pause()
            await wait_for_text(pilot, "MXN 1,178.00  prepared")
            await wait_for_text(pilot, "MXN 1,178.00  paid")
            app.push_screen(
                DetailsDialog("Payout", lines(PayoutStatement(payout=returned, lines=(line,))))
            )
            await wait_for_text(pilot, "ord_1a  MXN 1,178.00")
            await wait_for_text(pilot, "Closed [b]account.")

    asyncio.run(look())

"""Mine: sales, what they come to, payouts and saved cards; and hostile texts in every tab."""

from __future__ import annotations

import asyncio
import contextlib

from contract.base import PageQuery
from contract.cards import LIST_CARDS, Card
from contract.ledger import Payout, PayoutLine, PayoutMethod, PayoutStatus, Statement
from contract.money import Money
from contract.problems import Invalid
from tests.hostile import CORPUS, STEERING
from tests.tui.account.test_account import turn_to
from tests.tui.marketplace import START, Market, dump, quiet, says, until
from tui.account.payouts import said
from tui.account.screen import AccountScreen
from tui.checkout.save_card_dialog import SaveCardDialog
from tui.widgets.confirm_dialog import ConfirmDialog
from tui.widgets.details_dialog import DetailsDialog

TABS = ("Orders", "Listings", "Sales", "Payouts", "Cards")


def cards(market: Market, name: str) -> list[Card]:
    """Return somebody's saved cards."""
    with contextlib.closing(market.api(name)) as api:
        return list(api.call(LIST_CARDS, PageQuery()).items)


def test_a_sale_shows_up_with_fee_and_balance_while_one_looks(market: Market) -> None:
    ticket = market.list()

    async def look() -> None:
        async with market.app("sofia") as (app, pilot):
            await turn_to(app, pilot, "Sales")
            await says(pilot, "nothing sold yet")
            await asyncio.to_thread(market.buy, "ana", ticket)
            await says(pilot, "pending MXN 1,178.00")
            line = next(line for line in dump(app).splitlines() if "B118 C 7" in line)
            assert "MXN 62.00    MXN 1,178.00  pays out 8 Jun 2031" in line

    asyncio.run(look())


def test_a_sale_tells_when_it_is_released(market: Market) -> None:
    market.buy("ana", market.list())

    async def look() -> None:
        async with market.app("sofia") as (app, pilot):
            await turn_to(app, pilot, "Sales")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, DetailsDialog))
            await pilot.pause()
            await says(pilot, "Pays out    Sun 8 Jun 2031")

    asyncio.run(look())


def test_a_card_is_saved_on_the_page_that_the_app_shows(market: Market) -> None:
    market.meet("ana")

    async def save() -> None:
        async with market.app("ana", size=(80, 24)) as (app, pilot):
            await turn_to(app, pilot, "Cards")
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, SaveCardDialog) and app.screen.setup)
            screen = app.screen
            assert isinstance(screen, SaveCardDialog)
            assert screen.setup is not None
            await says(pilot, "waiting for a card", screen.setup.url)
            await asyncio.to_thread(market.type_card, screen.setup.url)
            await until(pilot, lambda: isinstance(app.screen, AccountScreen))
            await says(pilot, "visa ···· 4242")

    asyncio.run(save())


def test_the_link_to_save_a_card_is_copied_whole(market: Market) -> None:
    market.meet("ana")

    async def copy() -> None:
        async with market.app("ana") as (app, pilot):
            await turn_to(app, pilot, "Cards")
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, SaveCardDialog) and app.screen.setup)
            await pilot.press("c")
            await pilot.pause()
            assert app.clipboard.startswith(market.server.url + "/c/")

    asyncio.run(copy())


def test_a_card_is_forgotten_after_a_yes_only(market: Market) -> None:
    market.save_card("ana")

    async def forget() -> None:
        async with market.app("ana") as (app, pilot):
            await turn_to(app, pilot, "Cards")
            await pilot.press("delete")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("escape")
            await quiet(pilot)
            assert cards(market, "ana")
            await pilot.press("delete")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("right", "enter")
            await says(pilot, "no saved cards")
            assert not cards(market, "ana")

    asyncio.run(forget())


def test_no_text_of_others_steers_a_tab_or_is_read_as_markup(market: Market) -> None:
    taken = 0
    for n, text in enumerate(CORPUS.values()):
        with contextlib.suppress(Invalid, UnicodeEncodeError):
            show = (text[:200], text[:200], text[:200], "MX", -6.0)
            ticket = market.list(show, section=text[:40], row="", seat=str(n), seller="ana")
            taken += 1
            if taken < 4:
                market.buy("ben", ticket)
                market.buy("ana", market.list(show, section=text[:40], seat=f"b{n}"))
    assert taken > 8

    async def look() -> None:
        async with market.app("ana") as (app, pilot):
            for title in TABS:
                await turn_to(app, pilot, title)
                assert not STEERING.search(dump(app)), title
                if title == "Listings":
                    await says(pilot, "[@click=app.buy_now('E1')]")
                    for _ in range(taken):
                        await pilot.press("enter")
                        await until(pilot, lambda: isinstance(app.screen, DetailsDialog))
                        assert not STEERING.search(dump(app))
                        await pilot.press("escape", "e", "escape", "w", "escape", "down")
                        await pilot.pause()

    asyncio.run(look())


def test_a_payout_says_what_it_is_for(market: Market) -> None:
    # A show has to have been before a sale of it is paid out; here a payout is made up.
    money = Money(amount=117_800, currency="MXN")
    payout = Payout(
        id="out_1a", seller_id="usr_1a", seller_email="s@example.org", amount=money, sales=1,
        method=PayoutMethod.FILE, status=PayoutStatus.SENT, created_at=START, live=False,
    )  # fmt: skip
    line = PayoutLine(order_id="ord_1a", amount=117_800, currency="MXN")
    market.meet("sofia")

    async def look() -> None:
        async with market.app("sofia", size=(80, 24)) as (app, pilot):
            screen = await turn_to(app, pilot, "Payouts")
            screen.tab.put(payout)
            await pilot.pause()
            await says(pilot, "MXN 1,178.00  sent")
            app.push_screen(DetailsDialog("Payout", said(Statement(payout=payout, lines=(line,)))))
            await says(pilot, "ord_1a  MXN 1,178.00")

    asyncio.run(look())

"""The wallet: tickets are sold on, taken back, given away, accepted and declined."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path

import pytest
from textual.widgets import Input

from contract.orders import LIST_WALLET
from contract.problems import Invalid
from contract.tickets import Ticket, TicketStatus
from contract.transfers import ACCEPT_TRANSFER, CANCEL_TRANSFER, AcceptTransfer, TransferOffer
from tests.hostile import CORPUS, STEERING
from tests.tui.marketplace import (
    Marketplace,
    screen_text,
    wait_for_text,
    wait_until,
)
from tests.tui.wallet.test_wallet import bought, open_wallet
from tui.wallet.entry_code import EntryCodeScreen
from tui.wallet.give_dialog import GiveDialog
from tui.wallet.offers_dialog import OffersDialog
from tui.wallet.resell_dialog import ResellDialog
from tui.widgets.qr_code import QrCode


def owned(marketplace: Marketplace, name: str = "ana") -> Ticket:
    """Sell somebody a ticket."""
    ticket = marketplace.list_ticket()
    marketplace.buy(name, ticket)
    return ticket


def test_a_ticket_is_sold_on_for_a_price_that_says_what_one_receives(
    marketplace: Marketplace,
) -> None:
    ticket = owned(marketplace)

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            await pilot.press("s")
            await wait_until(pilot, lambda: isinstance(app.screen, ResellDialog))
            await wait_for_text(pilot, "1240.00", "1,178.00 TEST")
            await pilot.press(*["backspace"] * 7, *"1500")
            await wait_for_text(pilot, "1,425.00 TEST")
            await pilot.press("enter")
            await wait_until(pilot, lambda: app.screen is wallet)
            await wait_for_text(pilot, "on sale at MXN 1,500.00", "paid MXN 1,240.00 TEST")
            assert wallet.bought is not None
            assert wallet.bought.ticket.status is TicketStatus.AVAILABLE
            assert bought(marketplace, ticket.id).ticket.price.amount == 150_000

    asyncio.run(journey())


def test_a_price_that_cannot_be_charged_is_refused_while_it_is_typed(
    marketplace: Marketplace,
) -> None:
    ticket = owned(marketplace)

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("s")
            await wait_until(pilot, lambda: isinstance(app.screen, ResellDialog))
            for wrong in ("1.001", "abc", "0"):
                app.screen.query_one("#price", Input).value = wrong
                await pilot.press("enter")
                await wait_for_text(pilot, "MXN ")
                assert isinstance(app.screen, ResellDialog)
            await pilot.press("escape")
            assert bought(marketplace, ticket.id).ticket.status is TicketStatus.SOLD

    asyncio.run(journey())


def test_a_ticket_on_sale_is_taken_back(marketplace: Marketplace) -> None:
    ticket = owned(marketplace)
    marketplace.relist("ana", ticket)

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            await wait_for_text(pilot, "on sale at MXN 1,500.00; w takes it back")
            await pilot.press("s")
            await wait_for_text(pilot, "This ticket is on sale at")
            await pilot.press("w")
            await wait_for_text(pilot, "taken back")
            await wait_until(pilot, lambda: re.search(r"in \d+ d", screen_text(app)))
            assert bought(marketplace, ticket.id).ticket.status is TicketStatus.SOLD

    asyncio.run(journey())


def test_what_happens_to_a_ticket_elsewhere_is_seen_at_once(marketplace: Marketplace) -> None:
    ticket = owned(marketplace)
    marketplace.account("ben")

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            await wait_for_text(pilot, ": sold to you by a seller")
            await asyncio.to_thread(marketplace.relist, "ana", ticket)
            await wait_for_text(pilot, "on sale at MXN 1,500.00")
            order = await asyncio.to_thread(marketplace.lock, "ben", ticket)
            await wait_for_text(pilot, "BEING SOLD", "being sold at MXN 1,500.00")
            await asyncio.to_thread(marketplace.pay_and_wait, "ben", order)
            await wait_until(pilot, lambda: not wallet.table.rows)

    asyncio.run(journey())


def test_an_entry_code_on_screen_disappears_when_its_ticket_is_sold(
    marketplace: Marketplace,
) -> None:
    ticket = owned(marketplace)
    marketplace.relist("ana", ticket)
    marketplace.account("ben")

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))
            await wait_for_text(pilot, "ON SALE: valid until it is sold")
            assert app.screen.query(QrCode)
            order = await asyncio.to_thread(marketplace.lock, "ben", ticket)
            await wait_for_text(pilot, "BEING SOLD: not valid right now")
            await asyncio.to_thread(marketplace.pay_and_wait, "ben", order)
            await wait_until(pilot, lambda: app.screen is wallet)
            await wait_for_text(pilot, "This ticket has a new owner")

    asyncio.run(journey())


def test_the_sellers_barcode_is_beside_the_code_and_fits_80x24(marketplace: Marketplace) -> None:
    long = ("The Show With The Longest Name " * 6).strip()
    ticket = marketplace.list_ticket(
        (long, "Arena " * 9, "City " * 9, "MX", -6.0), section="B118", barcode="7" * 60
    )
    marketplace.buy("ana", ticket)
    marketplace.relist("ana", ticket)

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            assert "777" not in screen_text(app)
            await pilot.press("enter")
            await wait_for_text(pilot, "Barcode (from the seller)", "ON SALE", "ana@example.org")
            assert screen_text(app).count("7") >= 60

    asyncio.run(journey())


def test_a_ticket_is_given_to_somebody_with_an_account(marketplace: Marketplace) -> None:
    ticket = owned(marketplace)
    marketplace.account("ben")

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            await pilot.press("t")
            await wait_until(pilot, lambda: isinstance(app.screen, GiveDialog))
            await pilot.press(*"ben@example.org", "enter", "enter")
            await wait_until(pilot, lambda: app.screen is wallet)
            await wait_for_text(pilot, "offered to ben@example.org until")
            await pilot.press("t")
            await wait_for_text(pilot, "This ticket is offered to")
            await pilot.press("w")
            await wait_for_text(pilot, "taken back")
            await wait_until(pilot, lambda: not wallet.giving)
            offer = await asyncio.to_thread(marketplace.give, "ana", ticket, "ben@example.org")
            await asyncio.to_thread(accept, marketplace, "ben", offer)
            await wait_until(pilot, lambda: not wallet.table.rows)

    asyncio.run(journey())


def accept(marketplace: Marketplace, name: str, offer: TransferOffer) -> None:
    """Accept a ticket."""
    transfer_id = offer.transfer.id
    body = AcceptTransfer(claim_code=offer.claim_code)
    marketplace.call(name, ACCEPT_TRANSFER, body, transfer_id=transfer_id)


def test_the_claim_code_is_shown_to_be_passed_on_and_the_receiver_accepts_with_it(
    marketplace: Marketplace,
) -> None:
    ticket = owned(marketplace)
    codes: list[str] = []

    async def give() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            await pilot.press("t")
            await wait_until(pilot, lambda: isinstance(app.screen, GiveDialog))
            await pilot.press(*"dora@example.org", "enter", "enter")
            shown = await wait_for_text(pilot, "Pass this claim code on", "dora@example.org")
            codes.append(re.search(r"\b[0-9A-Z]{16}\b", shown)[0])  # type: ignore[index]
            await pilot.press("shift+tab", "enter")
            assert app.clipboard == codes[0]
            await pilot.press("escape")
            await wait_until(pilot, lambda: app.screen is wallet)
            await wait_for_text(pilot, "offered to dora@example.org until")

    async def claim() -> None:
        async with marketplace.app("dora", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            await wait_for_text(pilot, "A ticket is offered to you: press o")
            await pilot.press("o")
            await wait_until(pilot, lambda: isinstance(app.screen, OffersDialog))
            await pilot.press("a")
            await wait_for_text(pilot, "Claim code, from the giver")
            await pilot.press(*"WRONG", "enter")
            await wait_for_text(pilot, "This is not the claim code.")
            await pilot.press(*["backspace"] * 5, *codes[0].lower(), "enter")
            await wait_until(pilot, lambda: app.screen is wallet)
            await wait_for_text(pilot, "Mexico v South Africa", "given to you")
            assert "offered to you" not in screen_text(app)

    asyncio.run(give())
    asyncio.run(claim())
    assert marketplace.call("dora", LIST_WALLET).items[0].ticket.id == ticket.id


def test_an_offer_appears_live_and_is_declined(marketplace: Marketplace) -> None:
    ticket = owned(marketplace, "ben")
    marketplace.account("ana")

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            await pilot.press("o")
            await wait_for_text(pilot, "No tickets are offered to you.")
            await asyncio.to_thread(marketplace.give, "ben", ticket, "ana@example.org")
            await wait_for_text(pilot, "A ticket is offered to you: press o")
            await pilot.press("o")
            await wait_until(pilot, lambda: isinstance(app.screen, OffersDialog))
            await pilot.press("d")
            await wait_until(pilot, lambda: app.screen is wallet)
            await wait_until(pilot, lambda: not wallet.offered)
            assert marketplace.call("ben", LIST_WALLET).items[0].ticket.id == ticket.id

    asyncio.run(journey())


def test_an_offer_that_its_giver_cancels_disappears(marketplace: Marketplace) -> None:
    marketplace.account("ana")
    offer = marketplace.give("ben", owned(marketplace, "ben"), "ana@example.org").transfer

    def cancel() -> None:
        marketplace.call("ben", CANCEL_TRANSFER, transfer_id=offer.id)

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            await pilot.press("o")
            await wait_until(pilot, lambda: isinstance(app.screen, OffersDialog))
            await asyncio.to_thread(cancel)
            await wait_until(pilot, lambda: app.screen is wallet)
            await wait_until(pilot, lambda: not wallet.offered)

    asyncio.run(journey())


def test_a_refusal_is_shown_in_the_dialog_and_keeps_what_was_typed(
    marketplace: Marketplace,
) -> None:
    owned(marketplace)

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("t")
            await wait_until(pilot, lambda: isinstance(app.screen, GiveDialog))
            for email, days, words in (
                ("", "7", "Enter the email"), ("nobody", "7", "to: "),
                ("ben@example.org", "61", "from 1 to 60"), ("ben@example.org", "x", "from 1 to 60"),
                ("ana@example.org", "7", "You cannot give a ticket to yourself."),
            ):  # fmt: skip
                app.screen.query_one("#email", Input).value = email
                app.screen.query_one("#days", Input).value = days
                app.screen.query_one("#days", Input).focus()
                await pilot.press("enter")
                await wait_for_text(pilot, words)
                assert app.screen.query_one("#email", Input).value == email

    asyncio.run(journey())


def test_a_given_ticket_is_saved_in_the_calendar(
    marketplace: Marketplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace.account("ana")
    ticket = owned(marketplace, "ben")
    accept(marketplace, "ana", marketplace.give("ben", ticket, "ana@example.org"))
    monkeypatch.chdir(tmp_path)

    async def journey() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("c")
            await wait_for_text(pilot, "calendar entry saved")
            assert b"SUMMARY:TEST: Mexico v South Africa" in (
                (tmp_path / f"{ticket.id}.ics").read_bytes()
            )

    asyncio.run(journey())


def test_hostile_texts_do_not_control_the_dialogs(marketplace: Marketplace) -> None:
    marketplace.account("ana")
    texts = list(CORPUS.values())
    for n, text in enumerate(texts):
        with contextlib.suppress(Invalid, UnicodeEncodeError):
            show = (text[:200], text[:200], text[:200], "MX", -6.0)
            ticket = marketplace.list_ticket(show, section=text[:40], row=text[:40], seat=str(n))
            owner = "ana" if n % 2 else "ben"
            marketplace.buy(owner, ticket)
            if owner == "ben":
                marketplace.give("ben", ticket, "ana@example.org")

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            wallet = await open_wallet(app, pilot)
            for key in ("s", "t", "o"):
                await pilot.press(key)
                await wait_until(pilot, lambda: app.screen is not wallet)
                for _ in range(len(texts) // 2):
                    assert not STEERING.search(screen_text(app))
                    await pilot.press("down")
                await pilot.press("escape")
                await wait_until(pilot, lambda: app.screen is wallet)
                await pilot.press("down")

    asyncio.run(look())

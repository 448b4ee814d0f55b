"""The wallet: bought tickets, and the entry code as the gate scans it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
import segno
from rich.color import Color
from textual.pilot import Pilot

from client.transport import Unreachable
from contract.orders import VIEW_WALLET, WalletTicket
from contract.problems import Invalid
from contract.shows import CANCEL_SHOW
from tests.entry_codes import set_entry_code
from tests.hostile import CORPUS, STEERING
from tests.qr_codes import read_modules
from tests.tui.marketplace import (
    DELHI,
    LYON,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.app import TicketingApp
from tui.messages import ReloadNeeded
from tui.wallet.entry_code import EntryCodeScreen
from tui.wallet.screen import WalletScreen
from tui.widgets.qr_code import QrCode

THEMES = ("night", "day", "monochrome", "ansi-light")


async def open_wallet(app: TicketingApp, pilot: Pilot[None]) -> WalletScreen:
    """Go to the wallet, and wait until it is loaded."""
    await pilot.press("3")
    await wait_until(pilot, lambda: isinstance(app.screen, WalletScreen))
    await wait_for_idle(pilot)
    assert isinstance(app.screen, WalletScreen)
    return app.screen


def bought(marketplace: Marketplace, ticket_id: str) -> WalletTicket:
    """Return ana's ticket with its code."""
    with contextlib.closing(marketplace.api("ana")) as api:
        return api.call(VIEW_WALLET, ticket_id=ticket_id)


def test_the_next_show_comes_first(marketplace: Marketplace) -> None:
    for show, day in ((DELHI, 9), (LYON, 4)):
        marketplace.buy("ana", marketplace.list_ticket(show, day=day))

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            wallet = await open_wallet(app, pilot)
            names = [each.ticket.show.name for each in wallet.table.rows]
            assert names == ["L'Arlésienne", "Ravi Shankar Tribute"]

    asyncio.run(look())


def test_a_ticket_bought_elsewhere_appears(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket()
    marketplace.account("ana")

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_wallet(app, pilot)
            await wait_for_text(pilot, "no tickets yet")
            await asyncio.to_thread(marketplace.buy, "ana", ticket)
            await wait_for_text(pilot, "section B118, row C, seat 7")

    asyncio.run(look())


def test_the_entry_code_is_shown_only_on_request(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(barcode="SECRET-BARCODE")
    marketplace.buy("ana", ticket)
    set_entry_code(marketplace.server.settings.database, ticket.id, "SECRET-CODE-1")

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_wallet(app, pilot)
            assert "SECRET" not in screen_text(app)
            await pilot.press("y")
            await wait_for_text(pilot, "SECRET-CODE-1")
            assert app.clipboard == "SECRET-CODE-1"

    asyncio.run(look())


@pytest.mark.parametrize(
    ("theme", "code"), [*((theme, "c" * 80) for theme in THEMES), ("night", "A"), ("day", "C" * 62)]
)
def test_the_code_is_black_on_white_and_complete_in_every_theme(
    marketplace: Marketplace, theme: str, code: str
) -> None:
    ticket = marketplace.list_ticket()
    marketplace.buy("ana", ticket)
    set_entry_code(marketplace.server.settings.database, ticket.id, code)

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24), theme=theme) as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))
            await pilot.pause()
            drawn = matrix(app)
            made = segno.make(code, error="m", micro=False)
            wanted = [[bool(m) for m in row] for row in made.matrix_iter(border=2)]
            assert drawn[: len(wanted)] == wanted
            assert not any(any(row) for row in drawn[len(wanted) :])

    asyncio.run(look())


def test_a_scanner_reads_the_signed_code_off_the_screen_at_80_by_24(
    marketplace: Marketplace,
) -> None:
    ticket = marketplace.list_ticket()
    marketplace.buy("ana", ticket)
    owned = bought(marketplace, ticket.id)

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))
            await pilot.pause()
            assert app.screen.region.contains_region(app.screen.query_one(QrCode).region)
            drawn = matrix(app)
            assert (len(drawn), len(drawn[0])) == (46, 45)
            assert read_modules(drawn) == owned.qr
            assert owned.qr != owned.code

    asyncio.run(look())


def matrix(app: TicketingApp) -> list[list[bool]]:
    """Read the dark modules off the screen, and check that everything else is white."""
    region = app.screen.query_one(QrCode).region
    rows: list[list[bool]] = []
    strips = app.screen._compositor.render_strips()  # noqa: SLF001  what is drawn
    for strip in strips[region.y : region.bottom]:
        upper: list[bool] = []
        lower: list[bool] = []
        for segment in strip.crop(region.x, region.right):
            style = segment.style
            assert style is not None
            assert style.color == Color.parse("#000000")
            assert style.bgcolor == Color.parse("#ffffff")
            upper += [letter in "▀█" for letter in segment.text]
            lower += [letter in "▄█" for letter in segment.text]
        rows += [upper, lower]
    return rows


def test_the_entry_code_screen_shows_the_seat_large_and_nothing_else(
    marketplace: Marketplace,
) -> None:
    marketplace.buy("ana", marketplace.list_ticket())

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))
            await pilot.pause()
            said = screen_text(app)
            shown = ("Mexico v South Africa", "Sun 8 Jun 2031 13:00 (UTC-6)", "ana@example.org")
            for words in (*shown, "section B118, row C, seat 7", "TEST money"):
                assert words in said
            assert "████      ██      ██    ██████" in said  # B118
            for words in ("ticketing", "Wallet", "SHOW", "copy code"):
                assert words not in said
            await pilot.press("space")
            await wait_for_text(pilot, "copy code")
            await pilot.press("space", "escape")
            await wait_until(pilot, lambda: isinstance(app.screen, WalletScreen))

    asyncio.run(look())


def test_a_long_name_does_not_push_the_seat_or_a_warning_off_the_screen(
    marketplace: Marketplace,
) -> None:
    long = ("The Show With The Longest Name " * 6).strip()
    ticket = marketplace.list_ticket(
        (long, ("Arena " * 30).strip(), ("City " * 30).strip(), "MX", -6.0), section="Block 7"
    )
    marketplace.buy("ana", ticket)

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))
            await pilot.pause()
            for words in ("TEST money", "section Block 7, row C, seat 7", "ana@example.org"):
                assert words in screen_text(app)

    asyncio.run(look())


def test_a_calendar_entry_never_overwrites_another_file(
    marketplace: Marketplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = marketplace.list_ticket()
    marketplace.buy("ana", ticket)
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{ticket.id}.ics").write_text("mine")

    async def save() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("c")
            await wait_for_text(pilot, "calendar entry saved")
            assert (tmp_path / f"{ticket.id}.ics").read_text() == "mine"
            written = (tmp_path / f"{ticket.id}-2.ics").read_bytes()
            assert b"SUMMARY:TEST: Mexico v South Africa\r\n" in written

    asyncio.run(save())


def test_loaded_tickets_stay_while_offline(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace.buy("ana", marketplace.list_ticket())

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            wallet = await open_wallet(app, pilot)

            async def away(*_: Any) -> Any:
                raise Unreachable(app.session.server, "is away")

            monkeypatch.setattr(app.session, "page", away)
            wallet.post_message(ReloadNeeded())
            await wait_for_idle(pilot)
            await wait_for_text(pilot, "Mexico v South Africa")
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))

    asyncio.run(look())


def test_no_ticket_of_one_user_is_left_for_the_next(marketplace: Marketplace) -> None:
    marketplace.buy("ana", marketplace.list_ticket())

    async def leave() -> None:
        async with marketplace.app("ana") as (app, pilot):
            wallet = await open_wallet(app, pilot)
            assert wallet.table.rows
            app.action_sign_out()
            await wait_for_text(pilot, "You are not signed in")
            assert not wallet.table.rows
            assert "Mexico" not in screen_text(app)

    asyncio.run(leave())


def test_hostile_texts_control_neither_the_wallet_nor_the_entry_code_screen(
    marketplace: Marketplace,
) -> None:
    taken = 0
    for n, text in enumerate(CORPUS.values()):
        with contextlib.suppress(Invalid, UnicodeEncodeError):
            show = (text[:200], text[:200], text[:200], "MX", -6.0)
            ticket = marketplace.list_ticket(
                show, section=text[:40], row=text[:40], seat=str(n), barcode=text
            )
            marketplace.buy("ana", ticket)
            set_entry_code(marketplace.server.settings.database, ticket.id, text)
            taken += 1
    assert taken > 8

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            for _ in range(taken):
                assert not STEERING.search(screen_text(app))
                await pilot.press("enter")
                await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))
                await pilot.pause()
                assert not STEERING.search(screen_text(app))
                await pilot.press("escape", "down")
                await wait_until(pilot, lambda: isinstance(app.screen, WalletScreen))

    asyncio.run(look())


def test_the_wallet_fits_a_small_terminal(marketplace: Marketplace) -> None:
    marketplace.buy("ana", marketplace.list_ticket())

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.pause()
            assert re.search(r"B118 C 7 +in \d+ d", screen_text(app))
            for words in ("Show at the gate", "Calendar", "paid MXN 1,240.00 TEST", "^p commands"):
                assert words in screen_text(app)
            assert "…" not in screen_text(app)

    asyncio.run(look())


def cancel_show(marketplace: Marketplace, show_id: str) -> None:
    """Cancel a show as an operator."""
    marketplace.make_admin()
    marketplace.call("olga", CANCEL_SHOW, show_id=show_id)


def test_a_void_ticket_has_neither_a_code_to_draw_nor_one_to_copy(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(barcode="SECRET-BARCODE")
    marketplace.buy("ana", ticket)
    set_entry_code(marketplace.server.settings.database, ticket.id, "SECRET-CODE-1")
    cancel_show(marketplace, ticket.show.id)

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_wallet(app, pilot)
            await wait_for_text(pilot, "This ticket is void (show cancelled")
            await pilot.press("y")
            await wait_for_idle(pilot)
            assert app.clipboard != "SECRET-CODE-1"
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))
            await wait_for_text(pilot, "This ticket is void")
            assert not app.screen.query(QrCode)
            assert "SECRET" not in screen_text(app)

    asyncio.run(look())


def test_an_entry_code_on_screen_disappears_when_its_show_is_cancelled(
    marketplace: Marketplace,
) -> None:
    ticket = marketplace.list_ticket()
    marketplace.buy("ana", ticket)

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_wallet(app, pilot)
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, EntryCodeScreen))
            assert app.screen.query(QrCode)
            await asyncio.to_thread(cancel_show, marketplace, ticket.show.id)
            await wait_for_text(pilot, "This ticket is void")
            assert not app.screen.query(QrCode)

    asyncio.run(look())

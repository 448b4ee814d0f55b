"""Import: a file is checked, then listed; its errors are shown; it can be stopped."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, ProgressBar

import ticketing_cli.demo
from client.csv_listings import ListingRow, read
from contract.tickets import (
    CREATE_TICKET,
    IMPORT_TICKETS,
    LIST_TICKETS,
    WITHDRAW_TICKET,
    TicketsQuery,
)
from tests.hostile import CORPUS, STEERING
from tests.tui.marketplace import Marketplace, screen_text, wait_for_idle, wait_for_text, wait_until
from tui.account.import_screen import ImportScreen
from tui.app import TicketingApp
from tui.widgets.virtual_table import VirtualTable

FILE = Path(ticketing_cli.demo.__file__).parent / "listings.csv"
HEAD = "show,category,venue,city,country,starts_at,section,row,seat,price,currency,external_id\n"
GOOD = "Orfeo,concert,Fenice,Venezia,IT,2031-04-07T20:00:00+02:00,A,1,{n},45.00,EUR,a{n}\n"


def count(marketplace: Marketplace) -> int:
    """Return how many tickets ana has listed."""
    with contextlib.closing(marketplace.api("ana")) as api:
        query = TicketsQuery(mine=True, limit=1, count=True)
        return api.call(LIST_TICKETS, query).total or 0


async def check(app: TicketingApp, pilot: Pilot[None], path: Path) -> ImportScreen:
    """Open the screen and check a file."""
    app.with_account(lambda: app.push_screen(ImportScreen()))
    await wait_until(pilot, lambda: isinstance(app.screen, ImportScreen))
    await pilot.press(*str(path), "enter")
    screen = app.screen
    assert isinstance(screen, ImportScreen)
    await wait_until(pilot, lambda: not screen.unsaved_work)
    await wait_for_idle(pilot)
    return screen


def test_a_file_is_checked_first_and_listed_after_a_second_key(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await check(app, pilot, FILE)
            await wait_until(
                pilot,
                lambda: "40 to create, 0 to update, 0 unchanged, 0 refused" in screen_text(app),
            )
            await wait_for_text(pilot, "Fee: 5 % of each price; you receive the rest")
            assert count(marketplace) == 0
            await pilot.press("enter")  # the button is focused now
            await wait_until(pilot, lambda: "40 created" in screen_text(app) or count(marketplace))
            await wait_for_idle(pilot)
            assert count(marketplace) == 40

    asyncio.run(import_file())


def test_a_file_with_missing_columns_is_refused(marketplace: Marketplace, tmp_path: Path) -> None:
    marketplace.account("ana")
    file = tmp_path / "x.csv"
    file.write_text("show,price\nOrfeo,45\n")

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            screen = await check(app, pilot, file)
            await wait_until(
                pilot,
                lambda: "missing columns: category, venue" in " ".join(screen_text(app).split()),
            )
            assert screen.query_one("#list", Button).disabled
            await pilot.press("ctrl+s")
            await wait_for_idle(pilot)
            assert count(marketplace) == 0

    asyncio.run(import_file())


def test_a_file_as_a_spreadsheet_saves_it_is_read(marketplace: Marketplace, tmp_path: Path) -> None:
    marketplace.account("ana")
    file = tmp_path / "x.txt"
    header = HEAD.replace("_", " ").title().replace("\n", ",quantity,,\n")
    row = GOOD.format(n="").replace("2031-04-07T20:00:00+02:00", "30/04/2031 8:00 PM")
    file.write_bytes((header + row.replace("\n", ",2,,\n")).replace(",", "\t").encode("utf-16"))

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await check(app, pilot, file)
            await wait_for_text(pilot, "2 to create, 0 to update, 0 unchanged, 0 refused")

    asyncio.run(import_file())


def test_a_row_of_several_tickets_that_is_refused_is_listed_once(
    marketplace: Marketplace, tmp_path: Path
) -> None:
    marketplace.account("ana")
    file = tmp_path / "x.csv"
    past = GOOD.format(n="").replace("2031", "2021").replace(",a\n", ",,2\n")
    file.write_text(HEAD.replace("\n", ",quantity\n") + past)

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            screen = await check(app, pilot, file)
            await wait_for_text(pilot, "0 unchanged, 2 refused")
            assert len(screen.query_one("#refused", VirtualTable).rows) == 1

    asyncio.run(import_file())


def test_a_missing_file_is_reported(marketplace: Marketplace, tmp_path: Path) -> None:
    marketplace.account("ana")

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await check(app, pilot, tmp_path / "none.csv")
            await wait_until(pilot, lambda: "No such file" in " ".join(screen_text(app).split()))

    asyncio.run(import_file())


def test_each_refused_row_is_listed_with_its_line_and_reason(
    marketplace: Marketplace, tmp_path: Path
) -> None:
    marketplace.account("ana")
    file = tmp_path / "x.csv"
    bad = GOOD.replace("45.00", "45.001").replace(",IT,", ",Italy,")
    file.write_text(HEAD + GOOD.format(n=1) + bad.format(n=2))

    async def import_file() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await check(app, pilot, file)
            said = " ".join(screen_text(app).split())
            assert "1 to create, 0 to update, 0 unchanged, 1 refused" in said
            assert "line 3: price has too many decimals: EUR has at most 2 decimals;" in said
            assert "country must be a country code of two capitals" in said
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: count(marketplace) == 1)

    asyncio.run(import_file())


def test_a_withdrawn_ticket_is_shown_as_to_relist_and_then_as_relisted(
    marketplace: Marketplace, tmp_path: Path
) -> None:
    marketplace.account("ana")
    file = tmp_path / "x.csv"
    file.write_text(HEAD + GOOD.format(n=1))
    (row,) = (row for row in read(file.read_bytes()) if isinstance(row, ListingRow))
    with contextlib.closing(marketplace.api("ana")) as api:
        made = api.call(CREATE_TICKET, row.ticket)
        api.call(WITHDRAW_TICKET, ticket_id=made.id)

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await check(app, pilot, file)
            assert "0 to create, 1 to relist, 0 to update" in " ".join(screen_text(app).split())
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: count(marketplace) == 2)
            await wait_for_text(pilot, "0 created, 1 relisted, 0 updated")

    asyncio.run(import_file())


def test_escape_stops_an_import_and_the_next_one_continues_it(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace.account("ana")
    monkeypatch.setattr("client.csv_listings.IMPORT_ROWS", 15)

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            screen = await check(app, pilot, FILE)
            asked, answer = asyncio.Event(), asyncio.Event()
            call = app.session.call

            async def slow(endpoint: Any, *body: Any, **more: Any) -> Any:
                if endpoint is IMPORT_TICKETS:
                    asked.set()
                    await answer.wait()
                return await call(endpoint, *body, **more)

            monkeypatch.setattr(app.session, "call", slow)
            await pilot.press("ctrl+s")
            await asked.wait()
            await pilot.pause()
            assert screen.query_one("#progress", ProgressBar).display
            assert "An import is running." in screen.unsaved_work
            await pilot.press("escape")
            answer.set()
            await wait_for_text(pilot, "Stopped. 15 of 40 were listed; run it again")
            assert count(marketplace) == 15
            await pilot.press("ctrl+t")
            await wait_for_text(pilot, "25 to create, 0 to update, 15 unchanged")
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: count(marketplace) == 40)

    asyncio.run(import_file())


def test_another_file_must_be_checked_before_it_is_listed(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            screen = await check(app, pilot, FILE)
            assert not screen.query_one("#list", Button).disabled
            await pilot.click("#path")
            await pilot.press("end", "x", "ctrl+s")
            await wait_for_idle(pilot)
            assert count(marketplace) == 0

    asyncio.run(import_file())


def test_a_hostile_file_neither_controls_the_screen_nor_is_read_as_markup(
    marketplace: Marketplace, tmp_path: Path
) -> None:
    marketplace.account("ana")
    file = tmp_path / "x.csv"
    texts = [t for t in CORPUS.values() if "\ud800" not in t]
    rows = (HEAD, *(_row(text, n) for n, text in enumerate(texts)))
    file.write_bytes("".join(rows).encode())

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            screen = await check(app, pilot, file)
            table = screen.query_one("#refused")
            table.focus()
            assert screen.query_one("#refused", VirtualTable).rows
            for _ in texts:
                assert not STEERING.search(screen_text(app))
                await pilot.press("down")

    asyncio.run(import_file())


def _row(text: str, n: int) -> str:
    """Return a row with the text in valid and invalid places."""
    quoted = '"' + text.replace('"', '""') + '"'
    return (
        f'{quoted},{quoted},{quoted},x,{quoted},{quoted},,,,{quoted},{quoted},{quoted[:-1]}{n}"\n'
    )


def test_a_file_with_other_columns_is_read_by_a_map_and_a_profile(
    marketplace: Marketplace, tmp_path: Path
) -> None:
    marketplace.account("ana")
    path = tmp_path / "theirs.csv"
    head = HEAD.replace("price,", "Ticket Price,").replace("venue,", "Where,")
    path.write_text(head + GOOD.format(n=1))
    settings = Path(marketplace.env("ana")["TICKETING_CONFIG_DIR"]) / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[profiles.theirs.columns]\nWhere = "venue"\n')

    async def import_file() -> None:
        async with marketplace.app("ana") as (app, pilot):
            screen = await check(app, pilot, path)
            await wait_for_text(pilot, "Ticket Price", "Nothing was sent")
            await pilot.press("tab", *"Ticket Price=cost", "enter")
            await wait_for_text(pilot, "Columns:", "cost")
            screen.query_one("#maps", Input).value = " Ticket Price = price ;"
            screen.query_one("#profile", Input).value = "ours"
            screen.action_check()
            await wait_for_text(pilot, "profile 'ours'; the profiles are theirs")
            screen.query_one("#profile", Input).value = "theirs"
            screen.action_check()
            await wait_for_text(pilot, "1 to create, 0 to update, 0 unchanged, 0 refused")
            assert not screen.query_one("#list", Button).disabled
            screen.query_one("#profile", Input).value = ""
            await wait_until(pilot, lambda: screen.query_one("#list", Button).disabled)

    asyncio.run(import_file())

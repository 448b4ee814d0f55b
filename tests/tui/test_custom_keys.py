"""The user's own keys, from keys.toml."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui.marketplace import Marketplace, screen_text, wait_for_idle, wait_for_text, wait_until
from tui.keys import read_keys
from tui.market.screen import MarketScreen


def write(marketplace: Marketplace, text: str) -> Path:
    folder = Path(marketplace.env("ana")["TICKETING_CONFIG_DIR"])
    path = folder / "keys.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_custom_key_replaces_the_default_one(stocked: Marketplace) -> None:
    write(stocked, '"market.sort" = "o"\n')

    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            assert isinstance(app.screen, MarketScreen)
            await pilot.press("s")
            await wait_for_idle(pilot)
            assert app.screen.offers.by == "PRICE"
            await pilot.press("o")
            await wait_for_idle(pilot)
            assert app.screen.offers.by == "NEWEST"
            await wait_until(pilot, lambda: "o sort" in screen_text(app).splitlines()[-1])

    asyncio.run(journey())


def test_invalid_entries_are_reported_and_the_rest_works(stocked: Marketplace) -> None:
    write(stocked, '"market.sort" = "o"\n"market.filters" = "slash"\n"market.fly" = "x"\n')

    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            await wait_for_text(pilot, "market.filters: slash is already the key of")
            await wait_for_text(pilot, "unknown action 'market.fly'")
            await wait_for_idle(pilot)
            await pilot.press("o")
            await wait_for_idle(pilot)
            assert isinstance(app.screen, MarketScreen)
            assert app.screen.offers.by == "NEWEST"
            await pilot.press("slash")
            assert app.focused is app.screen.query_one("#filter")

    asyncio.run(journey())


def test_an_invalid_file_is_reported_and_every_key_stays(stocked: Marketplace) -> None:
    write(stocked, "market.sort = ")

    async def journey() -> None:
        async with stocked.app("ana") as (_, pilot):
            await wait_for_text(pilot, "keys.toml")
            await pilot.press("s")
            await wait_for_idle(pilot)
            await wait_for_text(pilot, "Tickets sorted by newest")

    asyncio.run(journey())


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('"market.buy" = "B"', {"market.buy": "B"}),
        ('[market]\nbuy = "B"', {"market.buy": "B"}),
        ('"app.go_account" = "m"', {"app.go_account": "m"}),
        ('"list.down" = "down,j,e"', {"list.down": "down,j,e"}),
        ('"market.buy" = "s"\n"market.sort" = "b"', {"market.buy": "s", "market.sort": "b"}),
        # One key on two screens that are never shown together is no conflict.
        ('"account.receipt" = "s"', {"account.receipt": "s"}),
    ],
)
def test_valid_keys_are_read(tmp_path: Path, text: str, keys: dict[str, str]) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text, "utf-8")
    assert read_keys(path) == (keys, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('"market.buy" = 7', "a key must be a text"),
        ('"market.buy" = " "', "a key must be a text"),
        ('"market.buy" = "q"', "is already the key of app.quit"),
        ('"app.sell" = "b"', "is already the key of market.buy"),
        ('"market.buy" = "s"', "is already the key of market.sort"),
    ],
)
def test_invalid_keys_are_left_out(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text, "utf-8")
    keymap, problems = read_keys(path)
    assert keymap == {}
    assert len(problems) == 1
    assert problem in problems[0]


def test_one_new_key_for_two_actions_is_ignored_for_both(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('"market.buy" = "X"\n"market.sort" = "X"\n"market.copy" = "C"', "utf-8")
    keymap, problems = read_keys(path)
    assert keymap == {"market.copy": "C"}
    assert len(problems) == 2

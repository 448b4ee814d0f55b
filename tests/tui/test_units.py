"""The parts without a screen: sparkline, filters, keys, saved state, thread pool, crash log."""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from contract.money import Money
from contract.shows import Category, Show
from contract.tickets import TicketStatus, TicketUpdated
from tui import crash, saved_state
from tui.app import TicketingApp
from tui.keys import read_keys
from tui.market.filters import DateRange, ShowFilter
from tui.market.sparkline import BLOCKS, sparkline
from tui.saved_state import SavedState
from tui.session import LaunchOptions, UserSession
from tui.thread_pool import DaemonThreads
from tui.ticket_events import apply_event, lock_line

NOW = datetime(2027, 5, 20, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([5], "▄"),
        ([5, 5, 5], "▄▄▄"),
        ([1, 8], "▁█"),
        ([0, 10**18], "▁█"),
        (list(range(8)), BLOCKS),
    ],
)
def test_a_sparkline_handles_no_one_equal_and_huge_values(values: list[int], drawn: str) -> None:
    assert sparkline(values, 20) == drawn


def test_a_sparkline_is_never_wider_than_allowed() -> None:
    assert len(sparkline(list(range(1000)), 20)) == 20
    assert sparkline(list(range(1000)), 20)[-1] == "█"
    assert sparkline([1, 2], 0) == ""


def test_a_lock_counts_down_to_the_end_that_its_ticket_says() -> None:
    show = Show(
        id="shw_1", name="Okapi", category=Category.CONCERT, venue="Hall", city="Lyon",
        country="FR", starts_at=NOW, cancelled=False,
    )  # fmt: skip
    event = TicketUpdated(
        id="tkt_1", version=2, show_id="shw_1", seller_id="usr_1", section="A", row="1", seat="2",
        price=Money(amount=1, currency="EUR"), status=TicketStatus.LOCKED, order_id=None,
    )  # fmt: skip
    until = NOW + timedelta(minutes=11, seconds=42)
    ticket = apply_event(event, NOW, None, show)
    locked = apply_event(msgspec.structs.replace(event, locked_until=until), NOW, ticket, show)
    assert lock_line("LOCKED", locked, NOW) == "LOCKED 11:42"
    assert lock_line("LOCKED", locked, NOW + timedelta(hours=1)) == "LOCKED 00:00"
    assert lock_line("LOCKED", ticket, NOW) == "LOCKED"  # an older server does not say


def test_filters_are_summarised_and_saved() -> None:
    filters = ShowFilter(
        city="Lyon", category=Category.CONCERT, when=DateRange.WEEK, max_price=5000, currency="EUR"
    )
    assert filters.summary == "Lyon · concert · within a week · up to EUR 50.00"
    assert ShowFilter.from_saved(filters.as_saved) == filters
    assert not ShowFilter()
    assert ShowFilter().as_saved == {"when": "any day"}


def test_saved_filters_that_are_no_longer_valid_are_ignored() -> None:
    odd = {"category": "circus", "when": "yesterday", "max_price": "-1", "other": "x"}
    assert ShowFilter.from_saved(odd) == ShowFilter()


def test_date_bounds_are_days_that_begin_with_the_readers_today() -> None:
    today = NOW.astimezone().date()
    assert ShowFilter(when=DateRange.TODAY).date_bounds(NOW) == (today, today)
    assert ShowFilter(when=DateRange.WEEK).date_bounds(NOW) == (today, today + timedelta(days=7))
    assert ShowFilter().date_bounds(NOW) == (None, None)


def keys(tmp_path: Path, text: str) -> tuple[dict[str, str], list[str]]:
    path = tmp_path / "keys.toml"
    path.write_text(text, "utf-8")
    return read_keys(path)


def test_keys_are_remapped_in_both_spellings(tmp_path: Path) -> None:
    told = keys(tmp_path, '"market.buy" = "B"\n[wallet]\ncopy = "ctrl+y"\n')
    assert told == ({"market.buy": "B", "wallet.copy": "ctrl+y"}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('"market.buuy" = "B"', "unknown action"),
        ('"market.buy" = 3', "a key must be a text"),
        ('"market.buy" = ""', "a key must be a text"),
        ('"market.buy" = "f"', "is already the key of market.filters"),
        ('"market.buy" = "q"', "is already the key of app.quit"),
        ('"app.sell" = "b"', "already"),
        ("not toml", "keys.toml"),
    ],
)
def test_an_invalid_key_is_reported_and_the_rest_applies(
    tmp_path: Path, text: str, problem: str
) -> None:
    good = '"market.sort" = "O"\n' if "not toml" not in text else ""
    keymap, problems = keys(tmp_path, good + text)
    assert len(problems) == 1
    assert problem in problems[0]
    assert keymap == ({"market.sort": "O"} if good else {})


def test_two_actions_can_swap_their_keys(tmp_path: Path) -> None:
    keymap, problems = keys(tmp_path, '"market.buy" = "s"\n"market.sort" = "b"\n')
    assert problems == []
    assert keymap == {"market.buy": "s", "market.sort": "b"}


def test_a_missing_file_is_no_problem(tmp_path: Path) -> None:
    assert read_keys(tmp_path / "keys.toml") == ({}, [])


def test_saved_state_is_restored_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tui.json"
    kept = SavedState(theme="day", mode="wallet", filters={"city": "Lyon"}, servers=["http://a"])
    assert saved_state.save(path, kept)
    assert saved_state.load(path) == kept
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": 3}', "\xff"])
def test_damaged_saved_state_is_ignored(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tui.json"
    path.write_text(text, "latin-1")
    assert saved_state.load(path) == SavedState()


def test_saved_state_of_a_later_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tui.json"
    path.write_text('{"theme": "day", "from_the_future": [1]}', "utf-8")
    assert saved_state.load(path).theme == "day"


def test_an_unwritable_folder_does_not_prevent_quitting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert not saved_state.save(tmp_path / "file" / "tui.json", SavedState())


def test_saved_state_is_in_the_settings_folder_if_one_is_named(tmp_path: Path) -> None:
    assert saved_state.path_of({"TICKETING_CONFIG_DIR": str(tmp_path)}) == tmp_path / "tui.json"
    assert saved_state.path_of({}).is_relative_to(os.environ["HOME"])


def test_a_call_that_hangs_does_not_block_others() -> None:
    hold = threading.Event()

    async def ask() -> list[str]:
        calls = DaemonThreads()
        hanging = asyncio.ensure_future(calls.run(lambda: hold.wait(30)))
        answers = [await calls.run(lambda: "answered") for _ in range(5)]
        hanging.cancel()
        return answers

    try:
        assert asyncio.run(ask()) == ["answered"] * 5
    finally:
        hold.set()


def test_the_exception_of_a_call_is_raised_in_the_waiting_task() -> None:
    async def ask() -> None:
        await DaemonThreads().run(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(ask())


def test_a_crash_log_contains_no_values(tmp_path: Path) -> None:
    def broken(token: str) -> None:
        raise ValueError(token)

    secret, path = f"secret-{4000 + 711}", None
    try:
        broken(secret)
    except ValueError:
        path = crash.write(tmp_path, NOW)
    assert path is not None
    text = path.read_text("utf-8")
    assert "ValueError" in text
    assert "in broken" in text
    assert "4711" not in text
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("value", "level"), [("1", "none"), ("0", "full"), ("", "full")])
def test_nothing_is_animated_for_a_screen_reader(tmp_path: Path, value: str, level: str) -> None:
    env = {"TICKETING_CONFIG_DIR": str(tmp_path), "ACCESSIBLE": value}
    session = UserSession(env, LaunchOptions())
    try:
        assert TicketingApp(session).animation_level == level
    finally:
        session.close()

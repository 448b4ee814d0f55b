"""However the app exits, the terminal is restored and no secret is printed or stored."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from textual.screen import Screen

from tests.cli.processes import piped
from tests.tui.marketplace import Marketplace
from tests.tui.pty_terminal import READY, RESTORED, Terminal, TerminalOpener
from tui.app import TicketingApp

SECRET = "sk_hush_3f9a77"
#: The app with a bug, and secrets in variables and in the message.
BROKEN = """
import os, sys
from tui.launch import open_app
from tui.market.screen import MarketScreen
from tui.requests import request
from tui.session import LaunchOptions

def break_off(self):
    secret, token = os.environ["A_SECRET"], self.session.api.token
    raise RuntimeError(f"{secret} {token}")

@request()
async def break_off_in_background(self):
    await self.session.load_identity()
    break_off(self)

broken = break_off_in_background if "BACKGROUND" in os.environ else break_off
setattr(MarketScreen, os.environ["WHERE"], broken)
sys.exit(open_app(os.environ, LaunchOptions()))
"""


def broken(open_terminal: TerminalOpener, **env: str) -> Terminal:
    surroundings = {
        **open_terminal.marketplace.env("ana"),
        "A_SECRET": SECRET,
        "WHERE": "action_sort",
        **env,
    }
    return Terminal(
        open_terminal.marketplace.folder / "home",
        surroundings,
        command=(sys.executable, "-c", BROKEN),
    )


def assert_restored(raw: bytes) -> None:
    for back, there in RESTORED.items():
        assert raw.rfind(back) > raw.rfind(there) >= 0, back


def test_the_terminal_is_restored_after_q(open_terminal: TerminalOpener) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.press("q")
        assert terminal.ends() == 0
    assert_restored(terminal.raw)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_terminal_is_restored_after_a_signal(
    open_terminal: TerminalOpener, number: signal.Signals, status: int
) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.send(number)
        assert terminal.ends() == status
    assert_restored(terminal.raw)


def logs(open_terminal: TerminalOpener) -> list[Path]:
    return list((open_terminal.marketplace.folder / "ana").glob("crash-*.log"))


def assert_reported_without_secrets(terminal: Terminal, open_terminal: TerminalOpener) -> None:
    (log,) = logs(open_terminal)
    after = terminal.raw.partition(b"\x1b[?1049l")[2].decode()
    assert f"because of a bug; the crash log is {log}" in after
    assert "Traceback" not in after
    for secret in (SECRET, open_terminal.marketplace.people["ana"].token):
        assert secret not in terminal.raw.decode()
        assert secret not in log.read_text("utf-8")
    assert "break_off" in log.read_text("utf-8")
    assert log.stat().st_mode & 0o077 == 0


def test_a_bug_ends_the_app_with_one_line_and_a_crash_log_without_values(
    open_terminal: TerminalOpener,
) -> None:
    with broken(open_terminal) as terminal:
        terminal.until(READY)
        terminal.press("s")
        assert terminal.ends() == 1
    assert_restored(terminal.raw)
    assert_reported_without_secrets(terminal, open_terminal)


def test_a_bug_in_a_background_request_reveals_no_values(open_terminal: TerminalOpener) -> None:
    with broken(open_terminal, BACKGROUND="1") as terminal:
        terminal.until(READY)
        terminal.press("s")
        assert terminal.ends() == 1
    assert_restored(terminal.raw)
    assert_reported_without_secrets(terminal, open_terminal)


def test_a_bug_at_start_up_reveals_no_values(open_terminal: TerminalOpener) -> None:
    with broken(open_terminal, WHERE="on_mount") as terminal:
        assert terminal.ends() == 1
    assert_restored(terminal.raw)
    assert_reported_without_secrets(terminal, open_terminal)


def assert_sends_to_commands(said: bytes) -> None:
    assert b"`ticketing list`" in said
    assert b"`ticketing watch`" in said
    assert b"\x1b" not in said


class TooLate(Screen[None]):
    """A screen that opens while the app exits: it gets no widgets any more."""

    def on_mount(self) -> None:
        self.app._running = False  # noqa: SLF001  as when it has begun to end
        self.query_one("#what-it-would-show")


def test_a_screen_that_opens_while_the_app_exits_is_no_crash(marketplace: Marketplace) -> None:
    async def journey() -> TicketingApp:
        async with marketplace.app() as (app, _):
            await app.push_screen(TooLate())
        return app

    assert not asyncio.run(journey()).crashed


def test_without_a_terminal_the_app_names_the_commands_and_exits(
    open_terminal: TerminalOpener,
) -> None:
    ended = piped(
        open_terminal.marketplace.folder / "home", "tui", env=open_terminal.marketplace.env("ana")
    )
    assert ended.status == 2
    assert ended.out == b""
    assert_sends_to_commands(ended.err)


def test_on_a_dumb_terminal_the_app_names_the_commands_and_exits(
    open_terminal: TerminalOpener,
) -> None:
    with open_terminal(TERM="dumb") as terminal:
        assert terminal.ends() == 2
    assert_sends_to_commands(terminal.raw)


def test_invalid_settings_are_reported_before_anything_is_drawn(
    open_terminal: TerminalOpener,
) -> None:
    with open_terminal("--server", "ftp://nowhere") as terminal:
        assert terminal.ends() == 2
    assert b"\x1b[?1049h" not in terminal.raw
    assert b"ftp://nowhere" in terminal.raw

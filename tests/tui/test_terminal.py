"""Real bytes on a real terminal: what is sent, what is copied, and what is left behind."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import signal

import pytest

from contract.tickets import LIST_TICKETS, Ticket, TicketsQuery
from tests.tui.pty_terminal import CTRL_C, ENTER, ESC, F1, READY, Terminal, TerminalOpener

#: A colour as red, green and blue, in the foreground or the background.
RGB = re.compile(rb"[34]8;2;(\d+);(\d+);(\d+)")


def colours(raw: bytes) -> set[tuple[bytes, ...]]:
    return {found.groups() for found in RGB.finditer(raw)}


def test_with_no_mouse_the_terminal_never_gets_mouse_sequences(
    open_terminal: TerminalOpener,
) -> None:
    with open_terminal("--no-mouse") as terminal:
        terminal.until(READY)
        terminal.press("q")
        assert terminal.ends() == 0
    assert b"\x1b[?1000h" not in terminal.raw


def test_the_mouse_can_be_turned_off_and_on_while_the_app_runs(
    open_terminal: TerminalOpener,
) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        assert b"\x1b[?1000h" in terminal.raw
        before = len(terminal.raw)
        terminal.choose("mouse", "Turn the mouse on or off")
        terminal.until("The mouse is off")
        assert b"\x1b[?1000l" in terminal.raw[before:]
        assert b"\x1b[?1003l" in terminal.raw[before:]
        before = len(terminal.raw)
        terminal.choose("mouse", "Turn the mouse on or off")
        terminal.until("The mouse is on")
        assert b"\x1b[?1000h" in terminal.raw[before:]


def test_a_mouse_disabled_at_start_can_be_enabled_later(open_terminal: TerminalOpener) -> None:
    with open_terminal("--no-mouse") as terminal:
        terminal.until(READY)
        terminal.choose("mouse", "Turn the mouse on or off")
        terminal.until("The mouse is on")
        terminal.until(lambda: b"\x1b[?1000h" in terminal.raw)
        terminal.press("q")
        terminal.ends()
    assert b"\x1b[?1000l" in terminal.raw


def copied(text: str) -> bytes:
    return b"\x1b]52;c;" + base64.b64encode(text.encode()) + b"\a"


def marked_id(terminal: Terminal) -> str:
    found = re.search(r"tkt_\w+", terminal.text)
    assert found, terminal.text
    return found[0]


def test_y_copies_the_id_and_shows_it(
    open_terminal: TerminalOpener,
) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.press("y")
        terminal.until("sent to the clipboard")
        assert copied(marked_id(terminal)) in terminal.raw


def test_under_tmux_the_copy_sequence_is_sent_plain_and_wrapped(
    open_terminal: TerminalOpener,
) -> None:
    with open_terminal(TMUX="/run/tmux-1000/default,1,0") as terminal:
        terminal.until(READY)
        terminal.press("y")
        terminal.until("sent to tmux")
        terminal.until("set-clipboard on")
        plain = copied(marked_id(terminal))
        inner = plain.replace(b"\x1b", b"\x1b\x1b")
        assert plain + b"\x1bPtmux;" + inner + b"\x1b\\" in terminal.raw


def test_under_screen_the_copy_sequence_is_wrapped(open_terminal: TerminalOpener) -> None:
    with open_terminal(STY="1234.pts-0.host") as terminal:
        terminal.until(READY)
        terminal.press("y")
        terminal.until("sent to the clipboard")
        assert b"\x1bP" + copied(marked_id(terminal)) + b"\x1b\\" in terminal.raw


def test_after_a_stop_the_whole_screen_is_drawn_again(open_terminal: TerminalOpener) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.send(signal.SIGTSTP)
        terminal.until(lambda: b"\x1b[?1049l" in terminal.raw)
        os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED)
        terminal.empty()
        terminal.send(signal.SIGCONT)
        terminal.until("● online")  # from the first line to the last
        terminal.until(READY)
        terminal.until("^p commands")


def test_text_is_selected_with_the_mouse_and_copied(open_terminal: TerminalOpener) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        x, y = terminal.place_of("Sun 8 Jun")
        terminal.drag((x, y), (x + 5, y))
        terminal.press(CTRL_C)
        terminal.until(lambda: b"]52;c;" in terminal.raw)
        assert copied("Sun 8 ") in terminal.raw


def test_no_color_leaves_only_greys(open_terminal: TerminalOpener) -> None:
    with open_terminal(NO_COLOR="1") as terminal:
        terminal.until(READY)
        drawn = colours(terminal.raw)
    assert drawn
    assert all(red == green == blue for red, green, blue in drawn)


def test_an_empty_no_color_means_nothing(open_terminal: TerminalOpener) -> None:
    with open_terminal(NO_COLOR="") as terminal:
        terminal.until(READY)
        assert any(red != green for red, green, _ in colours(terminal.raw))


def test_an_ansi_theme_uses_only_the_terminals_own_colours(open_terminal: TerminalOpener) -> None:
    with open_terminal("--theme", "ansi-dark") as terminal:
        terminal.until(READY)
        assert not colours(terminal.raw)
        assert re.search(rb"\x1b\[(\d+;)*[39][1-7](;\d+)*m", terminal.raw), (
            "nothing has a colour at all"
        )


def on_sale(open_terminal: TerminalOpener) -> tuple[Ticket, ...]:
    with contextlib.closing(open_terminal.marketplace.api()) as api:
        return api.call(LIST_TICKETS, TicketsQuery(currency="MXN")).items


def test_every_status_is_a_word_without_colour(open_terminal: TerminalOpener) -> None:
    with open_terminal(NO_COLOR="1") as terminal:
        terminal.until(READY)
        first, second = on_sale(open_terminal)[:2]
        open_terminal.marketplace.lock("ben", first)
        terminal.until("LOCKED 14:")
        open_terminal.marketplace.buy("carla", second)
        terminal.until("SOLD ")
        rows = [line.split("MXN")[-1].split() for line in terminal.text.splitlines()]
        states = [row[1] for row in rows if len(row) > 1]
        assert {"LOCKED", "SOLD", "available"} <= {*states}


def test_the_palette_finds_an_action_by_part_of_its_name(
    open_terminal: TerminalOpener,
) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.press(":")
        terminal.until("Search for commands")
        terminal.press("sll")
        terminal.until("ticketing sell")
        terminal.press(ENTER)
        terminal.until(lambda: "Search for commands" not in terminal.text)
        terminal.until("List ticket")


@pytest.mark.parametrize("key", ["?", F1])
def test_help_lists_the_keys_of_the_focused_widget(open_terminal: TerminalOpener, key: str) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.press(key)
        terminal.until("A list")
        terminal.until("page down")
        terminal.press(key)
        terminal.until(lambda: "page down" not in terminal.text)


def test_ctrl_c_explains_how_to_quit_and_q_quits(open_terminal: TerminalOpener) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.press(CTRL_C)
        terminal.until("ctrl+c does not end this app")
        terminal.press("q")
        assert terminal.ends() == 0


def test_esc_on_the_first_screen_does_not_quit(open_terminal: TerminalOpener) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.press(ESC)
        terminal.press("?")
        terminal.until("A list")
        assert terminal.process.poll() is None


def test_the_next_start_restores_the_last_state(open_terminal: TerminalOpener) -> None:
    with open_terminal() as terminal:
        terminal.until(READY)
        terminal.press("s")
        terminal.until("Tickets sorted by newest")
        terminal.press("s")
        terminal.until("SECTION▴")
        terminal.choose("colour", "Choose a colour theme")
        terminal.until("Search for themes")
        terminal.press("day")
        terminal.until(lambda: "gruvbox" not in terminal.text)
        terminal.press(ENTER)
        terminal.until(lambda: (b"251", b"250", b"247") in colours(terminal.raw))
        terminal.press("2")
        terminal.until("no orders yet")
        terminal.press("q")
        assert terminal.ends() == 0
    with open_terminal() as terminal:
        terminal.until("no orders yet")
        terminal.press("1")
        terminal.until("SECTION▴")
        assert (b"251", b"250", b"247") in colours(terminal.raw)
        assert (b"17", b"20", b"24") not in colours(terminal.raw)

"""A program on a pty: keys go in, and pyte draws the bytes that come out."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pyte

from tests.cli.processes import PATIENCE, TAKE_TERMINAL, TICKETING, isolated
from tests.tui.marketplace import Marketplace

#: Keys as a terminal sends them.
ESC, CTRL_C, CTRL_P, F1, ENTER, DOWN = "\x1b", "\x03", "\x10", "\x1bOP", "\r", "\x1b[B"
#: What the market of `stocked` shows once everything is loaded.
READY = "1,260.00  available"
#: What restores a terminal, and what it undoes: alternate screen, hidden cursor, mouse, bracketed
#: paste, long key sequences.
RESTORED = {
    b"\x1b[?1049l": b"\x1b[?1049h", b"\x1b[?25h": b"\x1b[?25l", b"\x1b[?1000l": b"\x1b[?1000h",
    b"\x1b[?2004l": b"\x1b[?2004h", b"\x1b[<u": b"\x1b[>25u",
}  # fmt: skip


class Terminal:
    """Runs a program on a terminal until the block is left."""

    def __init__(
        self,
        home: Path,
        env: Mapping[str, str],
        *args: str,
        command: Sequence[str] = (*TICKETING, "tui"),
        size: tuple[int, int] = (120, 40),
    ) -> None:
        """Prepare to run `command` with `args`, without the host's environment."""
        self.home = home
        self.env = {"TERM": "xterm-256color", "COLORTERM": "truecolor", **env}
        self.command = [*command, *args]
        self.raw = b""
        self._screen = pyte.Screen(*size)
        self._drawing = pyte.ByteStream(self._screen)

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        self._end, theirs = pty.openpty()
        self._tell_size()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *self.command], stdin=theirs, stdout=theirs,
            stderr=theirs, start_new_session=True, env=isolated(self.home, **self.env),
        )  # fmt: skip
        os.close(theirs)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def _tell_size(self) -> None:
        rows, columns = self._screen.lines, self._screen.columns
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def text(self) -> str:
        """The text on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def empty(self) -> None:
        """Lose what is drawn, as a real terminal does when the program leaves its screen."""
        self._screen.erase_in_display(2)

    def until(self, said: str | Callable[[], object]) -> None:
        """Wait for a text or a condition; a failure shows the screen."""
        holds = (lambda: said in self.text) if isinstance(said, str) else said
        deadline = time.monotonic() + PATIENCE
        while not holds():
            more = self._hear(deadline)
            assert more or holds(), f"waited for {said!r} in vain\n{self.text}\n{self.raw[-300:]!r}"

    def _hear(self, deadline: float) -> bool:
        """Read the next output; return whether there was any before the end or the deadline."""
        ready, _, _ = select.select([self._end], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            chunk = os.read(self._end, 65536)
        except OSError:  # Linux reports the end of the last writer like this
            return False
        self.raw += chunk
        self._drawing.feed(chunk)
        return bool(chunk)

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._end, keys.encode())

    def choose(self, typed: str, words: str) -> None:
        """Run a command of the palette, found by a part of its name."""
        self.press(CTRL_P)
        self.until("Search for commands")
        self.press(typed)
        self.until(lambda: words in self.text and "Filter shows" not in self.text)
        self.press(ENTER)

    def drag(self, begin: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag the mouse from one cell to another, each a column and a row from 0."""
        (x0, y0), (x1, y1) = begin, end
        for code, x, y, last in ((0, x0, y0, "M"), (32, x1, y1, "M"), (0, x1, y1, "m")):
            self.press(f"\x1b[<{code};{x + 1};{y + 1}{last}")

    def place_of(self, text: str) -> tuple[int, int]:
        """Return the column and the row of a text on the screen."""
        for row, line in enumerate(self._screen.display):
            if text in line:
                return line.index(text), row
        msg = f"{text!r} is not on the screen\n{self.text}"
        raise AssertionError(msg)

    def send(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def ends(self) -> int:
        """Wait until the program has ended and its output is read; return its exit status."""
        deadline = time.monotonic() + PATIENCE
        while self._hear(deadline):
            pass
        return self.process.wait(max(0.0, deadline - time.monotonic()))


class TerminalOpener:
    """Opens the app on a terminal, as a user of a marketplace."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Use the marketplace's users, and one home folder for all of them."""
        self.marketplace = marketplace

    def __call__(
        self, *args: str, name: str = "ana", size: tuple[int, int] = (120, 40), **env: str
    ) -> Terminal:
        """Return the app's terminal, to be entered."""
        home = self.marketplace.folder / "home"
        return Terminal(home, {**self.marketplace.env(name), **env}, *args, size=size)

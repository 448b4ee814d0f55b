"""Live: one line on the terminal that is drawn again in place."""

from __future__ import annotations

from typing import TextIO

from client.clock import Clock

#: Between two drawings, in seconds. More often is not seen, and costs over a slow line.
REDRAW = 0.1
BAR = 24


class LiveLine:
    """A line on stderr that says how far something is. Where nobody could see it, it is silent.

    Drawn with carriage returns and spaces only: no escape sequence, so that NO_COLOR holds.
    """

    def __init__(self, stream: TextIO, *, visible: bool, width: int, clock: Clock) -> None:
        """Draw nothing yet."""
        self.visible = visible
        self._stream = stream
        self._width = width
        self._clock = clock
        self._drawn = ""
        self._last = float("-inf")

    def show(self, text: str) -> None:
        """Draw the line anew."""
        if not self.visible or text == self._drawn:
            return
        text = text[: self._width - 1]
        self._stream.write("\r" + text.ljust(len(self._drawn)))
        self._stream.flush()
        self._drawn = text

    def progress(self, label: str, done: int, total: int) -> None:
        """Draw a bar; calls in quick succession are skipped, the last one never."""
        now = self._clock.monotonic()
        if done < total and now - self._last < REDRAW:
            return
        self._last = now
        full = BAR * done // total if total else BAR
        self.show(f"{label} {'#' * full}{'.' * (BAR - full)} {done:,}/{total:,}")

    def clear(self) -> None:
        """Take the line away, so that what follows starts on an empty one."""
        if self._drawn:
            self._stream.write("\r" + " " * len(self._drawn) + "\r")
            self._stream.flush()
            self._drawn = ""

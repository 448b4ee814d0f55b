"""Live: one line on the terminal that is drawn again in place, or said now and then."""

from __future__ import annotations

from typing import TextIO

from client.clock import Clock

#: Between two drawings, in seconds. More often is not seen, and costs over a slow line.
REDRAW = 0.1
#: Between two lines that say the same of a later moment, in seconds, for who hears them read out.
RESAY = 60.0
BAR = 24
#: Between what a line is about and the number that moves.
BETWEEN = "  "


class LiveLine:
    """A line on stderr that says how far something is. Where nobody could see it, it is silent.

    Drawn with carriage returns and spaces only: no escape sequence, so that NO_COLOR holds. When
    it is `spoken` nothing is drawn in place, which a screen reader would read out each time: what
    is new is a line of its own, and a number that moves is said once a minute.
    """

    def __init__(
        self, stream: TextIO, *, visible: bool, width: int, clock: Clock, spoken: bool = False
    ) -> None:
        """Draw nothing yet."""
        self.visible = visible
        self._spoken = spoken
        self._stream = stream
        self._width = width
        self._clock = clock
        self._drawn = ""
        self._last = float("-inf")

    def show(self, text: str) -> None:
        """Draw the line anew."""
        if not self.visible or text == self._drawn:
            return
        if self._spoken:
            self._say(text)
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
        if self._spoken:
            self.show(f"{label}{BETWEEN}{done:,} of {total:,}")
            return
        self._last = now
        full = BAR * done // total if total else BAR
        self.show(f"{label} {'#' * full}{'.' * (BAR - full)} {done:,}/{total:,}")

    def clear(self) -> None:
        """Take the line away, so that what follows starts on an empty one."""
        if self._drawn and not self._spoken:
            self._stream.write("\r" + " " * len(self._drawn) + "\r")
            self._stream.flush()
            self._drawn = ""

    def _say(self, text: str) -> None:
        now = self._clock.monotonic()
        about = text.partition(BETWEEN)[0]
        if about == self._drawn and now - self._last < RESAY:
            return
        self._drawn, self._last = about, now
        self._stream.write(text + "\n")
        self._stream.flush()

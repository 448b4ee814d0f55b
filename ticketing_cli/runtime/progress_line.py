"""Progress line: a line on the terminal that is redrawn in place, or printed now and then."""

from __future__ import annotations

from typing import TextIO

from client.clock import Clock

#: Seconds between two redraws. More are not visible, and cost over a slow connection.
REDRAW_EVERY = 0.1
#: Seconds between two lines with the same label, for people who use a screen reader.
REPEAT_EVERY = 60.0
BAR_WIDTH = 24
#: Between the label of a line and its changing number.
SEPARATOR = "  "


class ProgressLine:
    """A line on stderr that shows progress. It is silent where nobody can see it.

    Drawn with carriage returns and spaces only: no escape sequence, so that NO_COLOR is obeyed.
    When it is `spoken` nothing is redrawn in place, because a screen reader would read it out each
    time: a new label gets its own line, and a changing number is printed once a minute.
    """

    def __init__(
        self, stream: TextIO, *, visible: bool, width: int, clock: Clock, spoken: bool = False
    ) -> None:
        """Store the settings; nothing is drawn yet."""
        self.visible = visible
        self._spoken = spoken
        self._stream = stream
        self._width = width
        self._clock = clock
        self._drawn = ""
        self._last = float("-inf")

    def show(self, text: str) -> None:
        """Redraw the line."""
        if not self.visible or text == self._drawn:
            return
        if self._spoken:
            self._print(text)
            return
        text = text[: self._width - 1]
        self._stream.write("\r" + text.ljust(len(self._drawn)))
        self._stream.flush()
        self._drawn = text

    def progress(self, label: str, done: int, total: int) -> None:
        """Draw a bar; calls in quick succession are skipped, except the last one."""
        now = self._clock.monotonic()
        if done < total and now - self._last < REDRAW_EVERY:
            return
        if self._spoken:
            self.show(f"{label}{SEPARATOR}{done:,} of {total:,}")
            return
        self._last = now
        full = BAR_WIDTH * done // total if total else BAR_WIDTH
        self.show(f"{label} {'#' * full}{'.' * (BAR_WIDTH - full)} {done:,}/{total:,}")

    def clear(self) -> None:
        """Erase the line, so that what follows starts on an empty one."""
        if self._drawn and not self._spoken:
            self._stream.write("\r" + " " * len(self._drawn) + "\r")
            self._stream.flush()
            self._drawn = ""

    def _print(self, text: str) -> None:
        now = self._clock.monotonic()
        label = text.partition(SEPARATOR)[0]
        if label == self._drawn and now - self._last < REPEAT_EVERY:
            return
        self._drawn, self._last = label, now
        self._stream.write(text + "\n")
        self._stream.flush()

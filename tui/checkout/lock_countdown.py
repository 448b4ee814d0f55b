"""Lock countdown: the time left of a lock, as text, as large digits and as a bar."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Digits, Static

from client.formatting import countdown

#: Below this many seconds the countdown is emphasised.
URGENT_SECONDS = 60


class CountdownBar(Widget):
    """The remaining part of a whole: a heavy line for what is left, a light one for the rest."""

    DEFAULT_CSS = """
    CountdownBar { height: 1; color: $accent; }
    """

    part = 1.0

    def draw(self, part: float) -> None:
        """Draw a part, from 0 to 1."""
        if part != self.part:
            self.part = part
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        left = round(width * max(0.0, min(self.part, 1.0)))
        return Content.assemble("━" * left, ("─" * (width - left), "$border"))


class LockCountdown(Vertical):
    """Always shows the text; the large digits if there is space, and during the last minute."""

    DEFAULT_CSS = """
    LockCountdown {
        height: auto;
        #lock-word { height: 1; text-style: bold; color: $accent; }
        #lock-clock { color: $accent; display: none; width: auto; text-style: bold; }
        &.-large #lock-clock { display: block; }
        &.-short #lock-word, &.-short #lock-clock, &.-short CountdownBar { color: $warning; }
        &.-done #lock-word, &.-done CountdownBar { color: $success; }
        &.-lost #lock-word, &.-lost CountdownBar { color: $error; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(id="lock-word", markup=False)
        yield Digits("", id="lock-clock")
        yield CountdownBar()

    def update_running(self, *, left: float, whole: float, word: str, until: str) -> None:
        """Show a running lock: `left` of `whole` seconds. `until` is shown if there is space."""
        roomy = self.screen.has_class("-tall")
        self.set_class(left < URGENT_SECONDS, "-short")
        self.set_class(roomy or left < URGENT_SECONDS, "-large")
        self.remove_class("-done", "-lost")
        self._set_text(f"{word} {countdown(left)}" + (f"   until {until}" if roomy else ""))
        clock = self.query_one(Digits)
        if clock.value != countdown(left):
            clock.update(countdown(left))
        self.query_one(CountdownBar).draw(left / whole if whole > 0 else 0.0)

    def finish(self, word: str, *, done: bool) -> None:
        """Show that the lock has ended: the bar is full, or empty."""
        self.remove_class("-short", "-large")
        self.set_class(done, "-done")
        self.set_class(not done, "-lost")
        self._set_text(word)
        self.query_one(CountdownBar).draw(1.0 if done else 0.0)

    _said = ""

    def _set_text(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self.query_one("#lock-word", Static).update(words)

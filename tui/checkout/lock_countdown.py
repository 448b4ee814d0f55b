"""Deadline: how long a lock still lasts, as a word, a clock and a bar that runs out."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Digits, Static

from client.formatting import countdown

#: Below this the clock is said louder, in seconds.
SHORT = 60


class Bar(Widget):
    """What is left of a whole: heavy for what is left, light for what is gone."""

    DEFAULT_CSS = """
    Bar { height: 1; color: $accent; }
    """

    part = 1.0

    def draw(self, part: float) -> None:
        """Draw a part, from nothing to 1."""
        if part != self.part:
            self.part = part
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        left = round(width * max(0.0, min(self.part, 1.0)))
        return Content.assemble("━" * left, ("─" * (width - left), "$border"))


class Deadline(Vertical):
    """The words always stand there; the large clock where there is room, and under a minute."""

    DEFAULT_CSS = """
    Deadline {
        height: auto;
        #lock-word { height: 1; text-style: bold; color: $accent; }
        #lock-clock { color: $accent; display: none; width: auto; text-style: bold; }
        &.-large #lock-clock { display: block; }
        &.-short #lock-word, &.-short #lock-clock, &.-short Bar { color: $warning; }
        &.-done #lock-word, &.-done Bar { color: $success; }
        &.-lost #lock-word, &.-lost Bar { color: $error; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(id="lock-word", markup=False)
        yield Digits("", id="lock-clock")
        yield Bar()

    def run(self, *, left: float, whole: float, word: str, until: str) -> None:
        """Show a lock that runs: `left` of `whole` seconds. `until` is said where there is room."""
        roomy = self.screen.has_class("-tall")
        self.set_class(left < SHORT, "-short")
        self.set_class(roomy or left < SHORT, "-large")
        self.remove_class("-done", "-lost")
        self._say(f"{word} {countdown(left)}" + (f"   until {until}" if roomy else ""))
        clock = self.query_one(Digits)
        if clock.value != countdown(left):
            clock.update(countdown(left))
        self.query_one(Bar).draw(left / whole if whole > 0 else 0.0)

    def end(self, word: str, *, done: bool) -> None:
        """Show that it is over: the bar is complete, or empty."""
        self.remove_class("-short", "-large")
        self.set_class(done, "-done")
        self.set_class(not done, "-lost")
        self._say(word)
        self.query_one(Bar).draw(1.0 if done else 0.0)

    _said = ""

    def _say(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self.query_one("#lock-word", Static).update(words)

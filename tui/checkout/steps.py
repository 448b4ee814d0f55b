"""Steps: the progress of a purchase in one line."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

STEPS = ("locked", "waiting for payment", "confirming", "yours")


class ProgressSteps(Widget):
    """`○ locked ─── ◉ waiting for payment ─── ○ confirming ─── ○ yours`."""

    DEFAULT_CSS = """
    ProgressSteps { height: 1; }
    """

    at: reactive[int] = reactive(1)
    """The index of the current step; beyond the last, all are done."""
    ended: reactive[str] = reactive("")
    """How the purchase failed, if it did; replaces the remaining steps."""

    def render(self) -> Content:
        marks = [self._step(n, word) for n, word in enumerate(self._words())]
        taken = sum(mark.cell_length for mark in marks)
        gaps = len(marks) - 1
        dash = min((self.size.width - taken) // max(gaps, 1) - 2, 6)
        if dash < 1:
            word = self.ended or STEPS[min(self.at, len(STEPS) - 1)]
            return Content.styled(f"step {min(self.at + 1, len(STEPS))} of {len(STEPS)}: {word}")
        return Content.styled(f" {'─' * dash} ", "$border").join(marks)

    def _words(self) -> tuple[str, ...]:
        return (*STEPS[: self.at], self.ended) if self.ended else STEPS

    def _step(self, n: int, word: str) -> Content:
        if self.ended and n == self.at:
            return Content.styled(f"✕ {word}", "bold $error")
        if n < self.at:
            return Content.assemble(("● ", "$success"), (word, "$text-muted"))
        if n == self.at:
            return Content.styled(f"◉ {word}", "bold $accent")
        return Content.styled(f"○ {word}", "$text-muted")

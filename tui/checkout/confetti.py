"""Confetti: two seconds of celebration after a purchase."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

WORD = (
    "█ █ █▀█ █ █ █▀█ █▀▀",
    "▀█▀ █ █ █ █ █▀▄ ▀▀█",
    " ▀  ▀▀▀ ▀▀▀ ▀ ▀ ▀▀▀",
)
CONFETTI = "✦·˚✧∘"
STYLES = ("$accent", "$warning", "$success")
#: One in this many cells has confetti.
SPARSE = 6
#: How often the confetti falls by a line, in seconds, unless animations are off.
PACE = 0.12


class Confetti(Widget):
    """The word YOURS among confetti. Without animation it looks the same, but does not move."""

    DEFAULT_CSS = """
    Confetti { height: 5; max-width: 46; }
    """

    fallen: reactive[int] = reactive(0)

    def on_mount(self) -> None:
        if self.app.animation_level != "none":
            self.set_interval(PACE, self.fall)

    def fall(self) -> None:
        """Move the confetti down by a line."""
        self.fallen += 1

    def render(self) -> Content:
        width = self.size.width
        left = max((width - len(WORD[0])) // 2, 0)
        return Content("\n").join(self._line(y, width, left) for y in range(len(WORD) + 2))

    def _line(self, y: int, width: int, left: int) -> Content:
        parts = []
        word = WORD[y - 1] if 0 < y <= len(WORD) else ""
        for x in range(width):
            inside = bool(word) and left - 2 <= x < left + len(WORD[0]) + 2
            letter = word[x - left] if inside and left <= x < left + len(word) else " "
            if inside:
                parts.append(Content.styled(letter, "bold $success"))
            else:
                parts.append(_confetti(x, y - self.fallen))
        return Content("").join(parts)


def _confetti(x: int, y: int) -> Content:
    """Return the confetti at a cell: always the same for the same cell, and sparse."""
    seed = ((x * 7919) ^ (y * 104729)) * 31 % 1009
    bit = seed // SPARSE
    if seed % SPARSE:
        return Content(" ")
    return Content.styled(CONFETTI[bit % len(CONFETTI)], STYLES[bit % len(STYLES)])

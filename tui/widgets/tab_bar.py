"""Tab line: the pages of a screen, side by side on one line."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

GAP = 3


class TabLine(Widget):
    """One line of titles; a click on one chooses it."""

    DEFAULT_CSS = "TabLine { height: 1; width: auto; }"

    at: reactive[str] = reactive("")

    class Chosen(Message):
        """Somebody clicked a title."""

        def __init__(self, title: str) -> None:
            """Name it."""
            super().__init__()
            self.title = title

    def __init__(self, titles: Sequence[str], *, id: str | None = None) -> None:
        """Begin with the first."""
        super().__init__(id=id)
        self.titles = tuple(titles)
        self.set_reactive(TabLine.at, self.titles[0])

    def render(self) -> Content:
        parts = [
            Content.styled(title, "bold $accent underline" if title == self.at else "$text-muted")
            for title in self.titles
        ]
        return Content(" " * GAP).join(parts)

    def step(self, by: int) -> str:
        """Return the title so many to the right, around the end."""
        place = self.titles.index(self.at) + by
        return self.titles[place % len(self.titles)]

    def on_click(self, event: events.Click) -> None:
        left = 0
        for title in self.titles:
            if left <= event.x < left + len(title):
                self.post_message(self.Chosen(title))
            left += len(title) + GAP

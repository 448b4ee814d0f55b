"""Tab bar: the tabs of a screen, side by side on one line."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

GAP = 3


class TabBar(Widget):
    """One line of titles; a click on a title selects its tab."""

    DEFAULT_CSS = "TabBar { height: 1; width: auto; }"

    at: reactive[str] = reactive("")

    class TabSelected(Message):
        """A title was clicked."""

        def __init__(self, title: str) -> None:
            """Carry the title."""
            super().__init__()
            self.title = title

    def __init__(self, titles: Sequence[str], *, id: str | None = None) -> None:
        """Start with the first tab."""
        super().__init__(id=id)
        self.titles = tuple(titles)
        self.set_reactive(TabBar.at, self.titles[0])

    def render(self) -> Content:
        parts = [
            Content.styled(title, "bold $accent underline" if title == self.at else "$text-muted")
            for title in self.titles
        ]
        return Content(" " * GAP).join(parts)

    def step(self, by: int) -> str:
        """Return the title `by` tabs to the right, wrapping around."""
        position = self.titles.index(self.at) + by
        return self.titles[position % len(self.titles)]

    def on_click(self, event: events.Click) -> None:
        left = 0
        for title in self.titles:
            if left <= event.x < left + len(title):
                self.post_message(self.TabSelected(title))
            left += len(title) + GAP

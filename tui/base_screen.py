"""View: what every full screen has: the bar on top, the banner when offline, the keys below."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from tui import actions
from tui.requests import Asks
from tui.widgets.key_hints import Hints
from tui.widgets.top_bar import TopBar

#: Below this many rows white space gives way, and context to the list.
SQUAT = 16


class View(Screen[None], Asks):
    """A full screen. `place` is its part of the table of actions."""

    place: ClassVar[str] = "app"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (40, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-low"), (30, "-tall")]

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Static(id="banner", markup=False)
        yield Static("too small: at least 40x10 is needed", id="too-small", markup=False)
        yield from self.body()
        yield Hints()

    def body(self) -> ComposeResult:
        """Yield what is between the bar and the keys."""
        yield from ()

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.height < SQUAT, "-squat")

    @property
    def unfinished(self) -> str:
        """Say what would be lost by leaving now; empty when nothing would."""
        return ""

    async def perform(self, action: str) -> None:
        """Do what was chosen in the palette, after going where on this screen it is done."""
        self.make_way(action)
        await self.run_action(action)

    def make_way(self, action: str) -> None:
        """Go where on this screen an action means something."""

    def banner(self, said: str) -> str:
        """Return what the banner says; `said` is why the server is away, empty when it is not."""
        return said

    def keep(self) -> None:
        """Note in the app's memory how things look, for the next start."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what writes while nothing can be written."""
        if actions.writes(self.place, action) and self.house.why_not_write():
            return None
        return super().check_action(action, parameters)

"""Base screen: the top bar, the offline banner, the body and the key hints."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from tui import actions
from tui.requests import AppAccess
from tui.widgets.key_hints import KeyHints
from tui.widgets.top_bar import TopBar

#: Below this many rows, margins and details make way for the list.
SQUAT = 16


class BaseScreen(Screen[None], AppAccess):
    """A full screen. `scope` names its actions in `tui.actions`."""

    scope: ClassVar[str] = "app"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (40, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-low"), (30, "-tall")]

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Static(id="banner", markup=False)
        yield Static("Terminal too small: at least 40x10 is needed", id="too-small", markup=False)
        yield from self.body()
        yield KeyHints()

    def body(self) -> ComposeResult:
        """Yield the widgets between the top bar and the key hints."""
        yield from ()

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.height < SQUAT, "-squat")

    @property
    def unsaved_work(self) -> str:
        """Return what would be lost by leaving now; empty if nothing would."""
        return ""

    async def perform(self, action: str) -> None:
        """Run an action chosen in the palette, after preparing the screen for it."""
        self.prepare_for(action)
        await self.run_action(action)

    def prepare_for(self, action: str) -> None:
        """Select the part of this screen on which an action is available."""

    def banner(self, message: str) -> str:
        """Return the banner text. `said` is the app's own offline message; empty while online."""
        return message

    def update_saved_state(self) -> None:
        """Copy what this screen wants restored into the saved state."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable actions that write while writing is not possible."""
        if actions.writes(self.scope, action) and self.app_base.write_block_reason():
            return None
        return super().check_action(action, parameters)

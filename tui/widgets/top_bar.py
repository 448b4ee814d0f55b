"""Top bar: the current screen, the user, test or live money, and the connection state."""

from __future__ import annotations

from typing import cast

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from client.formatting import mode
from tui.actions import SCOPES
from tui.app_base import AppBase
from tui.feed_listener import ConnectionState
from tui.modes import MODES
from tui.widgets.columns import fit_text

LINKS = {
    ConnectionState.ONLINE: ("●", "$success"),
    ConnectionState.CONNECTING: ("○", "$text-muted"),
}
LOST = ("○", "$warning")
NAME = "ticketing"
#: The money and the connection state are always shown.
RIGHT = len("TEST · ● connecting")


class TopBar(Widget):
    """One line. A click on a title switches to its mode."""

    DEFAULT_CSS = """
    TopBar { height: 1; dock: top; background: $panel; }
    """

    text: reactive[tuple[object, ...]] = reactive((), init=False)

    def on_mount(self) -> None:
        self.refresh_content()

    @property
    def app_base(self) -> AppBase:
        """The app by its base type."""
        return cast("AppBase", self.app)

    def refresh_content(self) -> None:
        """Redraw if anything shown here has changed."""
        session = self.app_base.session
        self.text = (
            self.app_base.mode_title, session.email, session.account and session.account.role,
            session.terms and session.terms.live, session.feed.state, session.readonly,
        )  # fmt: skip

    def titles(self) -> list[tuple[str, str]]:
        """Return the modes this account has access to, with their titles.

        If not all fit, return only the current one: the keys lead to the others.
        """
        app_base = self.app_base
        all_ = [(name, mode.title) for name, mode in MODES.items() if app_base.can_enter(name)]
        needed = len(NAME) + 2 + sum(len(title) + 2 for _, title in all_) + 2 + RIGHT
        if needed <= self.size.width:
            return all_
        return [(name, title) for name, title in all_ if name == app_base.current_mode]

    def render(self) -> Content:
        left = [Content.styled(f" {NAME} ", "bold $accent")]
        here = self.app_base.current_mode
        for name, title in self.titles():
            style = "bold $foreground underline" if name == here else "$text-muted"
            left += [Content("  "), Content.styled(title, style)]
            left.append(Content.styled(self.crumb if name == here else "", "$text-muted"))
        taken = sum(part.cell_length for part in left)
        right = self._right(self.size.width - taken - 4)
        gap = max(self.size.width - taken - right.cell_length - 1, 1)
        return Content("").join([*left, Content(" " * gap), right])

    @property
    def crumb(self) -> str:
        """The title of the current screen, unless it is the first of its mode."""
        scope = getattr(self.screen, "scope", "")
        known = scope in SCOPES and scope != self.app_base.current_mode
        return f" > {SCOPES[scope].title}" if known else ""

    def _right(self, space: int) -> Content:
        """Return what fits of the right side; the connection state and the money come first."""
        session = self.app_base.session
        dot, colour = LINKS.get(session.feed.state, LOST)
        state = Content.assemble((dot, colour), f" {session.feed.state}")
        parts = [state]
        if session.terms is not None:
            live = session.terms.live
            words = f"{mode(live=live)} MONEY" if space > len("TEST MONEY · ● online") else ""
            style = "bold $error" if live else "$warning"
            parts.insert(0, Content.styled(words or mode(live=live), style))
        if session.readonly:
            parts.insert(0, Content("read-only"))
        left = space - sum(part.cell_length + 3 for part in parts)
        who = session.email or "not signed in"
        if left >= min(cell_len(who), 12):
            who = fit_text(who, min(cell_len(who), left))
            parts.insert(0, Content.styled(who, "$text-muted"))
        return Content.styled(" · ", "$text-muted").join(parts)

    def on_click(self, event: events.Click) -> None:
        left = len(NAME) + 2
        for name, title in self.titles():
            if left + 2 <= event.x < left + 2 + len(title):
                self.app_base.action_go(name)
            crumb = self.crumb if name == self.app_base.current_mode else ""
            left += 2 + len(title) + len(crumb)

"""Top bar: where one is, who one is, whose money it is, and how the line to the server stands."""

from __future__ import annotations

from typing import cast

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from client.formatting import mode
from tui.actions import PLACES
from tui.app_base import House
from tui.feed_listener import Link
from tui.modes import MODES
from tui.widgets.columns import fitted

LINKS = {Link.LIVE: ("●", "$success"), Link.CONNECTING: ("○", "$text-muted")}
LOST = ("○", "$warning")
NAME = "ticketing"
#: The money and the line always have their place.
RIGHT = len("TEST · ● connecting")


class TopBar(Widget):
    """One line. A click on a title goes there."""

    DEFAULT_CSS = """
    TopBar { height: 1; dock: top; background: $panel; }
    """

    said: reactive[tuple[object, ...]] = reactive((), init=False)

    def on_mount(self) -> None:
        self.catch_up()

    @property
    def house(self) -> House:
        """The app, by its own type."""
        return cast("House", self.app)

    def catch_up(self) -> None:
        """Draw again if anything that is told here has changed."""
        session = self.house.session
        self.said = (
            self.house.mode_title, session.email, session.account and session.account.role,
            session.terms and session.terms.live, session.live.link, session.readonly,
        )  # fmt: skip

    def titles(self) -> list[tuple[str, str]]:
        """Return the modes this person has any use for, with their titles.

        Where there is no room for all, only the one that is shown: the keys go to the others.
        """
        house = self.house
        all_ = [(name, mode.title) for name, mode in MODES.items() if house.may_enter(name)]
        needed = len(NAME) + 2 + sum(len(title) + 2 for _, title in all_) + 2 + RIGHT
        if needed <= self.size.width:
            return all_
        return [(name, title) for name, title in all_ if name == house.current_mode]

    def render(self) -> Content:
        left = [Content.styled(f" {NAME} ", "bold $accent")]
        here = self.house.current_mode
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
        """Say which screen of the mode this is, unless it is the first."""
        place = getattr(self.screen, "place", "")
        known = place in PLACES and place != self.house.current_mode
        return f" > {PLACES[place].title}" if known else ""

    def _right(self, room: int) -> Content:
        """Say as much as there is room for; the line to the server and the money come first."""
        session = self.house.session
        dot, colour = LINKS.get(session.live.link, LOST)
        link = Content.assemble((dot, colour), f" {session.live.link}")
        parts = [link]
        if session.terms is not None:
            live = session.terms.live
            words = f"{mode(live=live)} MONEY" if room > len("TEST MONEY · ● live") else ""
            style = "bold $error" if live else "$warning"
            parts.insert(0, Content.styled(words or mode(live=live), style))
        if session.readonly:
            parts.insert(0, Content("look only"))
        left = room - sum(part.cell_length + 3 for part in parts)
        who = session.email or "not signed in"
        if left >= min(cell_len(who), 12):
            who = fitted(who, min(cell_len(who), left))
            parts.insert(0, Content.styled(who, "$text-muted"))
        return Content.styled(" · ", "$text-muted").join(parts)

    def on_click(self, event: events.Click) -> None:
        left = len(NAME) + 2
        for name, title in self.titles():
            if left + 2 <= event.x < left + 2 + len(title):
                self.house.action_go(name)
            crumb = self.crumb if name == self.house.current_mode else ""
            left += 2 + len(title) + len(crumb)

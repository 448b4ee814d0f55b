"""View: what every full screen has: the bar on top, the banner when offline, the keys below."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, TypeVar, cast

from textual import work
from textual.app import ComposeResult
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Static

from client.config import BadConfig
from client.delivery import Unreachable
from contract.problems import Problem
from tui import actions
from tui.session import Session
from tui.telling import REFUSAL
from tui.widgets.hints import Hints
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from tui.app import TicketingApp

P = ParamSpec("P")
S = TypeVar("S", bound="Asks")


class Asks:
    """What a screen or a modal needs to talk to the server. Mixed into both."""

    @property
    def house(self) -> TicketingApp:
        """The app, by its own type."""
        return cast("TicketingApp", self.app)  # type: ignore[attr-defined]

    @property
    def session(self) -> Session:
        """The one person at the one server."""
        return self.house.session


def asking(
    group: str = "",
) -> Callable[
    [Callable[Concatenate[S, P], Coroutine[Any, Any, None]]], Callable[Concatenate[S, P], object]
]:
    """Run a method that talks to the server beside the screen; a newer call replaces an older.

    A Problem becomes a toast, as do a server that does not answer and a file that cannot be used;
    none ends the app. Catch
    what the screen itself has a place for inside the method. Calls replace each other by `group`,
    or by the method's name.
    """

    def decorate(
        method: Callable[Concatenate[S, P], Coroutine[Any, Any, None]],
    ) -> Callable[Concatenate[S, P], object]:
        @wraps(method)
        async def ask(self: S, *args: P.args, **kwargs: P.kwargs) -> None:
            try:
                await cast("Awaitable[None]", method(self, *args, **kwargs))
            except Problem as problem:
                self.house.refused(problem)
            except Unreachable as error:
                self.house.unreachable(error)
            except BadConfig as error:
                self.house.notify(str(error), severity="error", timeout=REFUSAL)
            except NoMatches:
                # The answer came after what it was for had been closed.
                if self.is_attached and self.house.is_running:  # type: ignore[attr-defined]
                    raise

        return cast(
            "Callable[Concatenate[S, P], object]",
            work(exclusive=True, group=group or method.__name__)(ask),
        )

    return decorate


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

"""Asking: how a screen, a dialog or a widget talks to the server without waiting for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from textual import work
from textual.css.query import NoMatches

from client.config import BadConfig
from client.transport import Unreachable
from contract.problems import Problem
from tui.app_base import REFUSAL, House
from tui.session import Session

P = ParamSpec("P")
S = TypeVar("S", bound="HasHouse")


class HasHouse(Protocol):
    """Whatever stands in the house: a screen, a widget, the app itself."""

    @property
    def house(self) -> House:
        """The app, as its screens know it."""


class Asks:
    """What a screen or a modal needs to talk to the server. Mixed into both."""

    @property
    def house(self) -> House:
        """The app, by its own type."""
        return cast("House", self.app)  # type: ignore[attr-defined]

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
    none ends the app. Catch what the screen itself has a place for inside the method. Calls
    replace each other by `group`, or by the method's name.
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

"""Requests: how a screen, dialog or widget talks to the server without blocking the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from textual import work
from textual.css.query import NoMatches

from client.config import BadConfig
from client.transport import Unreachable
from contract.problems import Problem
from tui.app_base import ERROR_SECONDS, AppBase
from tui.session import UserSession

P = ParamSpec("P")
S = TypeVar("S", bound="HasAppBase")


class HasAppBase(Protocol):
    """Anything that belongs to the app: a screen, a widget, the app itself."""

    @property
    def app_base(self) -> AppBase:
        """The app by its base type."""


class AppAccess:
    """Gives a screen, dialog or widget access to the app and its session."""

    @property
    def app_base(self) -> AppBase:
        """The app by its base type."""
        return cast("AppBase", self.app)  # type: ignore[attr-defined]

    @property
    def session(self) -> UserSession:
        """The session: one user on one server."""
        return self.app_base.session


def request(
    group: str = "",
) -> Callable[
    [Callable[Concatenate[S, P], Coroutine[Any, Any, None]]], Callable[Concatenate[S, P], object]
]:
    """Run a method that talks to the server in the background; a newer call replaces an older one.

    A Problem, an unreachable server and an unusable file each become a toast; none of them ends the
    app. A screen with its own place for an error catches it inside the method. Calls replace each
    other by `group`, or by the method's name.
    """

    def decorate(
        method: Callable[Concatenate[S, P], Coroutine[Any, Any, None]],
    ) -> Callable[Concatenate[S, P], object]:
        @wraps(method)
        async def ask(self: S, *args: P.args, **kwargs: P.kwargs) -> None:
            try:
                await cast("Awaitable[None]", method(self, *args, **kwargs))
            except Problem as problem:
                self.app_base.show_problem(problem)
            except Unreachable as error:
                self.app_base.show_unreachable(error)
            except BadConfig as error:
                self.app_base.notify(str(error), severity="error", timeout=ERROR_SECONDS)
            except NoMatches:
                # The answer arrived after the widget it was for had been closed.
                if self.is_attached and self.app_base.is_running:  # type: ignore[attr-defined]
                    raise

        return cast(
            "Callable[Concatenate[S, P], object]",
            work(exclusive=True, group=group or method.__name__)(ask),
        )

    return decorate

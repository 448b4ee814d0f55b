"""Command palette: every action, found by typing a part of its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui import actions
from tui.actions import ActionScope, AppAction
from tui.app_base import AppBase


class ActionProvider(Provider):
    """Provides every action of every scope; those of the current screen come first."""

    @property
    def app_base(self) -> AppBase:
        """The app by its base type."""
        return cast("AppBase", self.app)

    def offered_actions(self) -> Iterator[tuple[str, AppAction, str]]:
        """Yield each available action with its scope and its description."""
        here = getattr(self.screen, "scope", "app")
        order = sorted(actions.SCOPES, key=lambda name: (name != here, name != "app"))
        for name in order:
            scope = actions.SCOPES[name]
            if scope.mode and not self.app_base.can_enter(scope.mode):
                continue
            for action in scope.actions:
                if action.writes and self.app_base.session.readonly:
                    continue
                if name != here and action.name == "back":
                    continue
                if action.target_mode and not self.app_base.can_enter(action.target_mode):
                    continue
                yield name, action, _description(scope, action, here=name == here)

    async def discover(self) -> Hits:
        """List every action before anything is typed."""
        for scope, action, words in self.offered_actions():
            yield DiscoveryHit(Content(words), self._performer(scope, action), words, _help(action))

    async def search(self, query: str) -> Hits:
        """List the actions that match, also with letters left out."""
        matcher = self.matcher(query)
        for scope, action, words in self.offered_actions():
            if (score := matcher.match(words)) > 0:
                yield Hit(
                    score, matcher.highlight(words), self._performer(scope, action), words,
                    _help(action),
                )  # fmt: skip

    def _performer(self, scope: str, action: AppAction) -> Callable[[], None]:
        return lambda: self.app_base.perform(scope, action)


def _description(scope: ActionScope, action: AppAction, *, here: bool) -> str:
    return action.text if here or not scope.mode else f"{scope.title}: {action.text}"


def _help(action: AppAction) -> str:
    key = f"key {actions.display_key(action.key)}" if action.key else ""
    cli_command = f"ticketing {action.cli_command}" if action.cli_command else ""
    return " · ".join(part for part in (key, cli_command) if part)

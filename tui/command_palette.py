"""Palette: everything that can be done, found by typing a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui import actions
from tui.actions import Action, Place
from tui.app_base import House


class Everything(Provider):
    """Every action of every place; the place one is in comes first."""

    @property
    def house(self) -> House:
        """The app, by its own type."""
        return cast("House", self.app)

    def offered(self) -> Iterator[tuple[str, Action, str]]:
        """Yield each action with its place and the words it is found by."""
        here = getattr(self.screen, "place", "app")
        order = sorted(actions.PLACES, key=lambda name: (name != here, name != "app"))
        for name in order:
            place = actions.PLACES[name]
            if place.home and not self.house.may_enter(place.home):
                continue
            for action in place.actions:
                if action.writes and self.house.session.readonly:
                    continue
                if name != here and action.name == "back":
                    continue
                if action.goes_to and not self.house.may_enter(action.goes_to):
                    continue
                yield name, action, _words(place, action, here=name == here)

    async def discover(self) -> Hits:
        """Offer everything before anything was typed."""
        for place, action, words in self.offered():
            yield DiscoveryHit(Content(words), self._doing(place, action), words, _help(action))

    async def search(self, query: str) -> Hits:
        """Offer what fits, also where letters were left out."""
        matcher = self.matcher(query)
        for place, action, words in self.offered():
            if (score := matcher.match(words)) > 0:
                yield Hit(
                    score, matcher.highlight(words), self._doing(place, action), words,
                    _help(action),
                )  # fmt: skip

    def _doing(self, place: str, action: Action) -> Callable[[], None]:
        return lambda: self.house.perform(place, action)


def _words(place: Place, action: Action, *, here: bool) -> str:
    return action.words if here or not place.home else f"{place.title}: {action.words}"


def _help(action: Action) -> str:
    key = f"key {actions.shown(action.key)}" if action.key else ""
    twin = f"ticketing {action.twin}" if action.twin else ""
    return " · ".join(part for part in (key, twin) if part)

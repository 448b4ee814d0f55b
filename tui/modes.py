"""Modes: the few places the app always has, each with a stack of screens of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from textual.screen import Screen


class Mode(NamedTuple):
    """A place: what it is called, and where its first screen is, as `module:class`."""

    title: str
    target: str

    def open(self) -> Screen[Any]:
        """Make the first screen. Imported only now: a start pays for what it shows."""
        module, name = self.target.split(":")
        screen: Callable[[], Screen[Any]] = getattr(import_module(f"tui.{module}"), name)
        return screen()


#: In the order of their keys.
MODES = {
    "market": Mode("Market", "market.screen:Market"),
    "mine": Mode("Mine", "account.screen:Mine"),
    "wallet": Mode("Wallet", "wallet.screen:Wallet"),
    "operator": Mode("Operator", "admin.screen:Operator"),
    "gate": Mode("Gate", "gate.screen:Gate"),
}

"""Modes: the main areas of the app, each with its own stack of screens."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from textual.screen import Screen


class Mode(NamedTuple):
    """A mode: its title, and its first screen as `module:class`."""

    title: str
    target: str

    def open(self) -> Screen[Any]:
        """Create the first screen. Its module is imported only now, to keep start-up short."""
        module, name = self.target.split(":")
        screen: Callable[[], Screen[Any]] = getattr(import_module(f"tui.{module}"), name)
        return screen()


#: In the order of their keys.
MODES = {
    "market": Mode("Market", "market.screen:MarketScreen"),
    "account": Mode("Account", "account.screen:AccountScreen"),
    "wallet": Mode("Wallet", "wallet.screen:WalletScreen"),
    "operator": Mode("Operator", "admin.screen:OperatorScreen"),
    "gate": Mode("Gate", "gate.screen:GateScreen"),
    "organiser": Mode("Organiser", "organiser.screen:OrganiserScreen"),
}

"""Pane: one tab of the operator screen: a list, and actions on its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, Protocol, TypeVar, cast

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input

from contract.feed import FeedEntry
from tui.requests import AppAccess
from tui.widgets.virtual_table import VirtualTable


class PaneHost(Protocol):
    """What a pane needs from its screen."""

    def notes(self) -> Mapping[str, str]:
        """Return the notes shown in the boxes of the flow diagram."""

    def display_name(self, actor: str) -> str:
        """Return a display name: the email address if it is known, else the end of the id."""


class HasId(Protocol):
    """A row with an id."""

    @property
    def id(self) -> str:
        """The id."""


T = TypeVar("T")
R = TypeVar("R", bound=HasId)


class OrderRows(VirtualTable[T]):
    """Rows that belong to orders: `enter` shows the order trace."""

    BINDINGS = [Binding("enter,l", "open", "trace", key_display="⏎")]


class AdminPane(Vertical, AppAccess, Generic[R]):
    """One tab. `offers` names the actions that are available on it."""

    title: ClassVar[str] = ""
    offers: ClassVar[frozenset[str]] = frozenset()

    @property
    def host(self) -> PaneHost:
        """The screen."""
        return cast("PaneHost", self.screen)

    @property
    def table(self) -> VirtualTable[R]:
        """The list."""
        return self.query_one(VirtualTable)

    @property
    def order_id(self) -> str | None:
        """The order that the row under the cursor belongs to, or None."""
        return None

    @property
    def row_id(self) -> str | None:
        """The id of the row under the cursor."""
        row = self.table.row
        return row.id if row else None

    @property
    def typed(self) -> str:
        """The text in the filter."""
        boxes = self.query(Input)
        return boxes.first().value.strip() if boxes else ""

    def load(self) -> object:
        """Load the list."""
        return None

    def handle_events(self, entries: Sequence[FeedEntry]) -> None:
        """Update the list from events."""

    def tick(self) -> None:
        """Update what changes by the second; called while the pane is in front."""

    def filter(self) -> None:
        """Focus the filter, if there is one."""
        if boxes := self.query(Input):
            boxes.first().focus()

    def back(self) -> None:
        """Clear the filter and focus the list."""
        for box in self.query(Input):
            box.value = ""
        self.table.focus()

    def errors(self) -> None:
        """Switch between failures only and everything."""

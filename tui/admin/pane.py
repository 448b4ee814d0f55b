"""Pane: what every page of the operator's screen has: a list, and what can be done with a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, Protocol, TypeVar, cast

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input

from contract.feed import FeedEntry
from tui.requests import Asks
from tui.widgets.virtual_table import Board


class Desk(Protocol):
    """What a page asks of the screen that it is a page of."""

    def notes(self) -> Mapping[str, str]:
        """Return what the boxes of the flow say beside their counts."""

    def called(self, actor: str) -> str:
        """Return what people call somebody: the address where it is known, else the id's end."""


class Listed(Protocol):
    """Whatever a page lists, each with an id of its own."""

    @property
    def id(self) -> str:
        """What it is called by."""


T = TypeVar("T")
R = TypeVar("R", bound=Listed)


class Rows(Board[T]):
    """Rows behind which there are orders: `enter` tells the order's story."""

    BINDINGS = [Binding("enter,l", "open", "story", key_display="⏎")]


class Pane(Vertical, Asks, Generic[R]):
    """One page. `offers` are the actions that mean something on it."""

    title: ClassVar[str] = ""
    offers: ClassVar[frozenset[str]] = frozenset()

    @property
    def desk(self) -> Desk:
        """The screen it is a page of."""
        return cast("Desk", self.screen)

    @property
    def board(self) -> Board[R]:
        """Its list."""
        return self.query_one(Board)

    @property
    def order_id(self) -> str | None:
        """The order that the row the cursor is on belongs to, None without one."""
        return None

    @property
    def row_id(self) -> str | None:
        """The id of what the cursor is on."""
        row = self.board.row
        return row.id if row else None

    @property
    def typed(self) -> str:
        """What is typed into its filter."""
        boxes = self.query(Input)
        return boxes.first().value.strip() if boxes else ""

    def load(self) -> object:
        """Read everything it shows."""
        return None

    def hear(self, entries: Sequence[FeedEntry]) -> None:
        """Bring it up to date with what the feed told."""

    def tick(self) -> None:
        """Show that a second has passed; it is called while the page is in front."""

    def filter(self) -> None:
        """Go to its filter, if it has one."""
        if boxes := self.query(Input):
            boxes.first().focus()

    def back(self) -> None:
        """Take the filter away and go to the list."""
        for box in self.query(Input):
            box.value = ""
        self.board.focus()

    def errors(self) -> None:
        """Show only what went wrong, or everything again."""

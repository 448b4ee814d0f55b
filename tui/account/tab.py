"""Shelf: one tab of Mine: a list that is read when it is first looked at, and pages in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.fuzzy import Matcher

from client.transport import Unreachable
from contract.base import Page
from contract.feed import FeedEntry
from contract.problems import Problem
from tui.requests import Asks, asking
from tui.widgets.columns import Column
from tui.widgets.virtual_table import Board

T = TypeVar("T")
PAGE = 100
READING = "reading…"
#: How long after a fact the list is read again, in seconds: facts come in swarms.
SETTLE = 0.3


class Shelf(Vertical, Asks, Generic[T]):
    """Things of one kind that are one's own, the newest first."""

    title: ClassVar[str]
    #: The actions of Mine that are done here.
    does: ClassVar[frozenset[str]] = frozenset()
    none: ClassVar[str]

    DEFAULT_CSS = "Shelf { height: 1fr; display: none; }\nShelf.-here { display: block; }"

    def __init__(self) -> None:
        """Know of nothing yet."""
        super().__init__(id=self.title.lower())
        self.known: dict[str, T] = {}
        self.wanted = ""
        self.loaded = False
        self._next: str | None = None
        self._waiting = False

    # What each shelf says of itself.

    def columns(self) -> Sequence[Column[T]]:
        """Return what is shown of each thing."""
        raise NotImplementedError

    def key(self, row: T) -> str:
        """Return the id of a thing."""
        raise NotImplementedError

    def words(self, row: T) -> str:
        """Return what a thing is found by."""
        raise NotImplementedError

    async def fetch(self, cursor: str | None) -> Page[T]:
        """Ask the server for a page."""
        raise NotImplementedError

    def hear(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        """Bring the list up to date with what the feed told."""

    def open(self, row: T) -> None:
        """Show more of a thing."""

    async def complete(self) -> None:
        """Fetch what a page does not say of its things."""

    # What all do alike.

    def compose(self) -> ComposeResult:
        yield Board[T](self.columns(), key=self.key, empty=READING, classes="things")

    @property
    def board(self) -> Board[T]:
        """The list."""
        return self.query_one(".things", Board)

    @property
    def row(self) -> T | None:
        """The thing the cursor is on."""
        return self.board.row

    def forget(self) -> None:
        """Forget everything: it was somebody else's."""
        self.known, self._next, self.loaded = {}, None, False
        self.board.empty = READING
        self.board.show(())

    def look(self) -> None:
        """Read the list if that was not done yet."""
        if not self.loaded:
            self.load()

    @asking("shelf")
    async def load(self) -> None:
        """Read the first page anew. What is shown stays until the answer is there."""
        self.loaded = True
        try:
            page = await self.fetch(None)
        except (Problem, Unreachable) as refusal:
            self.loaded = False
            away = isinstance(refusal, Unreachable)
            self.board.empty = "the server is away" if away else refusal.detail
            self.board.refresh_rows()
            raise
        self.known = {self.key(row): row for row in page.items}
        self._next = page.next
        self.show()
        await self.complete()

    @on(Board.NearEnd)
    @asking("more")
    async def more(self) -> None:
        """Read the next page, if there is one."""
        if self._next is None:
            return
        page = await self.fetch(self._next)
        self._next = page.next
        self.known |= {self.key(row): row for row in page.items}
        self.show()
        await self.complete()

    def load_soon(self) -> None:
        """Read the list again, once for all facts that come at the same time."""
        if self.loaded and not self._waiting:
            self._waiting = True
            self.set_timer(SETTLE, self._settled)

    def _settled(self) -> None:
        self._waiting = False
        self.load()

    def narrow(self, wanted: str) -> None:
        """Show what fits a few letters; all for none."""
        self.wanted = wanted
        self.show()

    def show(self) -> None:
        """Show what is known and fits, where it was."""
        rows = list(self.known.values())
        self.board.empty = "nothing fits" if self.wanted and rows else self.none
        if self.wanted:
            matcher = Matcher(self.wanted)
            rows = [row for row in rows if matcher.match(self.words(row)) > 0]
        self.board.show(rows)

    def put(self, row: T) -> None:
        """Show a thing as it is now: in its place, or first if it is new."""
        key = self.key(row)
        if key in self.known:
            self.known[key] = row
            self.board.put(row)
        else:
            self.known = {key: row, **self.known}
            self.show()

    @on(Board.Opened)
    def _opened(self, message: Board.Opened) -> None:
        message.stop()
        if self.row is not None:
            self.open(self.row)

    def tick(self) -> None:
        """Draw again what moves by itself."""

"""Tab: one list of the account screen, loaded when it is first selected, page by page."""

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
from tui.requests import AppAccess, request
from tui.widgets.columns import TableColumn
from tui.widgets.virtual_table import VirtualTable

T = TypeVar("T")
PAGE = 100
READING = "reading…"
#: How long after an event the list is loaded again, in seconds: events come in bursts.
RELOAD_DELAY = 0.3


class AccountTab(Vertical, AppAccess, Generic[T]):
    """The user's own items of one kind, the newest first."""

    title: ClassVar[str]
    #: The actions of the account screen that are available on this tab.
    actions: ClassVar[frozenset[str]] = frozenset()
    empty_text: ClassVar[str]

    DEFAULT_CSS = "AccountTab { height: 1fr; display: none; }\nAccountTab.-here { display: block; }"

    def __init__(self) -> None:
        """Start without items."""
        super().__init__(id=self.title.lower())
        self.known: dict[str, T] = {}
        self.filter_text = ""
        self.loaded = False
        self._next: str | None = None
        self._waiting = False

    # What each tab defines.

    def columns(self) -> Sequence[TableColumn[T]]:
        """Return the columns of the list."""
        raise NotImplementedError

    def key(self, row: T) -> str:
        """Return the id of an item."""
        raise NotImplementedError

    def search_text(self, row: T) -> str:
        """Return the text that the filter searches."""
        raise NotImplementedError

    async def fetch(self, cursor: str | None) -> Page[T]:
        """Request a page."""
        raise NotImplementedError

    def handle_events(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        """Update the list from events."""

    def open(self, row: T) -> None:
        """Show the details of an item."""

    async def load_related(self) -> None:
        """Load what the page itself does not contain."""

    # What all tabs share.

    def compose(self) -> ComposeResult:
        yield VirtualTable[T](self.columns(), key=self.key, empty=READING, classes="things")

    @property
    def table(self) -> VirtualTable[T]:
        """The list."""
        return self.query_one(".things", VirtualTable)

    @property
    def row(self) -> T | None:
        """The item under the cursor."""
        return self.table.row

    def clear(self) -> None:
        """Drop every item: the user changed."""
        self.known, self._next, self.loaded = {}, None, False
        self.table.empty = READING
        self.table.set_rows(())

    def load_once(self) -> None:
        """Load the list if it is not loaded yet."""
        if not self.loaded:
            self.load()

    @request("tab")
    async def load(self) -> None:
        """Load the first page again. The current rows stay until the response arrives."""
        self.loaded = True
        try:
            page = await self.fetch(None)
        except (Problem, Unreachable) as refusal:
            self.loaded = False
            away = isinstance(refusal, Unreachable)
            self.table.empty = "offline" if away else refusal.detail
            self.table.refresh_rows()
            raise
        self.known = {self.key(row): row for row in page.items}
        self._next = page.next
        self.show()
        await self.load_related()

    @on(VirtualTable.NearEnd)
    @request("more")
    async def more(self) -> None:
        """Load the next page, if there is one."""
        if self._next is None:
            return
        page = await self.fetch(self._next)
        self._next = page.next
        self.known |= {self.key(row): row for row in page.items}
        self.show()
        await self.load_related()

    def load_soon(self) -> None:
        """Reload the list soon, once for all events that arrive together."""
        if self.loaded and not self._waiting:
            self._waiting = True
            self.set_timer(RELOAD_DELAY, self._reload)

    def _reload(self) -> None:
        self._waiting = False
        self.load()

    def set_filter(self, filter_text: str) -> None:
        """Show only the items that match; all if `wanted` is empty."""
        self.filter_text = filter_text
        self.show()

    def show(self) -> None:
        """Show the known items that match, keeping the cursor on its row."""
        rows = list(self.known.values())
        self.table.empty = "no match" if self.filter_text and rows else self.empty_text
        if self.filter_text:
            matcher = Matcher(self.filter_text)
            rows = [row for row in rows if matcher.match(self.search_text(row)) > 0]
        self.table.set_rows(rows)

    def put(self, row: T) -> None:
        """Update an item in place, or add a new one at the top."""
        key = self.key(row)
        if key in self.known:
            self.known[key] = row
            self.table.update_row(row)
        else:
            self.known = {key: row, **self.known}
            self.show()

    @on(VirtualTable.RowOpened)
    def _opened(self, message: VirtualTable.RowOpened) -> None:
        message.stop()
        if self.row is not None:
            self.open(self.row)

    def tick(self) -> None:
        """Redraw countdowns."""

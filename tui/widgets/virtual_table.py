"""Virtual table: a long list with columns, of which only the visible rows are drawn.

Textual's DataTable costs about 0.3 ms for each row it holds (measured on 8.2.8). This table costs
nothing for rows that are not visible, and redraws only the row that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.columns import GAP, PlacedColumn, TableColumn, fit_columns, fit_text
from tui.widgets.styled_text import Cell, StyledText, Tone

T = TypeVar("T")
#: This many rows before the end, more rows are requested.
PREFETCH_ROWS = 30
#: Marks the row under the cursor.
CURSOR_MARK = "▌"
WHEEL = 3


class VirtualTable(ScrollView, Generic[T], can_focus=True):
    """Rows of one type, by key. The cursor stays on its row while rows come and go."""

    HELP = """\
## A list

Move with the arrow keys or `j` and `k`, page with `ctrl+d` and `ctrl+u`, go to the first with `g`
and the last with `G`. `enter`, `l` or a second click opens the row. A click on the title of
a sortable column sorts by it.
"""
    BINDINGS = [
        Binding("up,k", "cursor(-1)", "up", show=False, id="list.up"),
        Binding("down,j", "cursor(1)", "down", show=False, id="list.down"),
        Binding("pageup,ctrl+u", "page(-1)", "page up", show=False, id="list.page_up"),
        Binding("pagedown,ctrl+d", "page(1)", "page down", show=False, id="list.page_down"),
        Binding("home,g", "cursor(-1_000_000_000)", "first", show=False, id="list.first"),
        Binding("end,G", "cursor(1_000_000_000)", "last", show=False, id="list.last"),
        Binding("enter,l", "open", "open", show=False, id="list.open"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--plain", "table--strong", "table--dim", "table--accent", "table--warn",
        "table--loss", "table--good", "table--title", "table--cursor", "table--resting",
        "table--bar", "table--empty",
    }  # fmt: skip
    DEFAULT_CSS = """
    VirtualTable {
        height: 1fr;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        .table--plain { color: $foreground; }
        .table--strong { color: $foreground; text-style: bold; }
        .table--dim { color: $text-muted; }
        .table--accent { color: $accent; }
        .table--warn { color: $warning; }
        .table--loss { color: $error; }
        .table--good { color: $success; }
        .table--title { color: $text-muted; }
        .table--cursor { background: $boost; }
        .table--resting { background: $boost; }
        .table--bar { color: $accent; }
        .table--empty { color: $text-muted; }
    }
    """

    at: reactive[int] = reactive(0, init=False)

    class CursorMoved(Message):
        """The cursor moved to another row, or there is no row any more."""

        def __init__(self, table: VirtualTable[Any]) -> None:
            """Carry the table; its `row` is the one under the cursor."""
            super().__init__()
            self.table = table

        @property
        def control(self) -> VirtualTable[Any]:
            """The table, for `@on(VirtualTable.CursorMoved, "#tickets")`."""
            return self.table

    class RowOpened(CursorMoved):
        """The row under the cursor was opened."""

    class NearEnd(CursorMoved):
        """The last rows are visible: fetch more, if there are any."""

    class SortRequested(CursorMoved):
        """The title of a sortable column was clicked; `by` is that title."""

        def __init__(self, table: VirtualTable[Any], by: str) -> None:
            """Carry the title of the column."""
            super().__init__(table)
            self.by = by

    def __init__(
        self,
        columns: Sequence[TableColumn[T]],
        *,
        key: Callable[[T], str],
        empty: str = "nothing here",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`key` identifies a row; `empty` is the text shown when there are no rows."""
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.rows: list[T] = []
        self.empty = empty
        #: The title of the column that is sorted by, marked with an arrow; empty for none.
        self.ordered_by = ""
        self.descending = False
        self._key = key
        self._positions: dict[str, int] = {}
        self._layout: tuple[PlacedColumn[T], ...] = ()
        self._strips: dict[int, Strip] = {}
        self._asked_at = -1

    # Rows.

    @property
    def row(self) -> T | None:
        """The row under the cursor, or None."""
        return self.rows[self.at] if 0 <= self.at < len(self.rows) else None

    def find(self, key: str) -> T | None:
        """Return the row with this key, or None."""
        position = self._positions.get(key)
        return None if position is None else self.rows[position]

    def set_rows(self, rows: Iterable[T]) -> None:
        """Replace all rows. The cursor stays on its row if that is still there."""
        now = self.row
        top = self.scroll_offset.y
        ahead = self.at - top
        self.rows = list(rows)
        self._index()
        self._asked_at = -1
        position = None if now is None else self._positions.get(self._key(now))
        self._resized()
        if position is None:
            self.at = min(self.at, max(len(self.rows) - 1, 0))
        elif position != self.at:
            # Keep the cursor's row at its place on the screen, whatever was inserted above it.
            self.at = position
            self.scroll_to(y=max(position - ahead, 0), animate=False, force=True)
        after = self.row
        if (now and self._key(now)) != (after and self._key(after)):
            self.post_message(self.CursorMoved(self))
        self.refresh()

    def extend(self, rows: Iterable[T]) -> None:
        """Append rows; update those that are there already."""
        first = not self.rows
        for row in rows:
            if not self.update_row(row):
                self._positions[self._key(row)] = len(self.rows)
                self.rows.append(row)
        self._resized()
        if first and self.rows:
            self.post_message(self.CursorMoved(self))

    def update_row(self, row: T) -> bool:
        """Update a row in place; return whether it was there."""
        position = self._positions.get(self._key(row))
        if position is None:
            return False
        self.rows[position] = row
        self._redraw(position)
        return True

    def remove_row(self, key: str) -> None:
        """Remove a row. The cursor and the scroll position stay on their rows."""
        position = self._positions.get(key)
        if position is None:
            return
        del self.rows[position]
        self._index()
        self._resized()
        if position < self.at or self.at == len(self.rows):
            self.at = max(self.at - 1, 0)
        if position < self.scroll_offset.y:
            self.scroll_to(y=self.scroll_offset.y - 1, animate=False, force=True)
        self.post_message(self.CursorMoved(self))
        self.refresh()

    def select(self, key: str) -> bool:
        """Move the cursor to a row; return whether it is there."""
        position = self._positions.get(key)
        if position is not None:
            self.at = position
        return position is not None

    def tick(self, moving: Callable[[T], bool]) -> None:
        """Redraw the visible rows for which `moving` is true, such as countdowns."""
        top = self.scroll_offset.y
        for position in range(top, min(top + self._visible_rows, len(self.rows))):
            if moving(self.rows[position]):
                self._redraw(position)

    def order(self, by: str, *, descending: bool = False) -> None:
        """Mark the column that the rows are sorted by. The caller sorts the rows."""
        self.ordered_by, self.descending = by, descending
        self._strips.clear()
        self.refresh()

    def refresh_rows(self) -> None:
        """Redraw every row: their cells depend on more than the rows themselves."""
        self._strips.clear()
        self.refresh()

    # Drawing.

    @property
    def _visible_rows(self) -> int:
        """How many rows fit below the titles."""
        return max(self.size.height - 1, 0)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget. The first line always shows the titles."""
        width = self.size.width
        if y == 0:
            return self._titles(width)
        position = y - 1 + self.scroll_offset.y
        if position >= len(self.rows):
            message = f"  {self.empty}" if not self.rows and y == 2 else ""  # noqa: PLR2004  below a blank
            style = self.get_component_rich_style("table--empty")
            return Strip([Segment(fit_text(message, width), style)], width)
        strip = self._strips.get(position)
        if strip is None:
            strip = self._strips[position] = self._draw(position)
        return strip

    def _titles(self, width: int) -> Strip:
        style = self.get_component_rich_style("table--title")
        segments = [Segment(" " * GAP, style)]
        for column, size in self._layout:
            arrow = ("▾" if self.descending else "▴") if column.title == self.ordered_by else ""
            space = size if column.right else size + GAP - 1  # the arrow may extend into the gap
            segments.append(
                Segment(fit_text(column.title + arrow, space, right=column.right), style)
            )
            segments.append(Segment(" " * (size + GAP - space), style))
        return Strip(segments).adjust_cell_length(width, style)

    def _draw(self, position: int) -> Strip:
        here = position == self.at
        name = "table--plain"
        if here:
            name = "table--cursor" if self.has_focus else "table--resting"
        under = Style(bgcolor=self.get_component_rich_style(name).bgcolor)
        bar = self.get_component_rich_style("table--bar" if self.has_focus else "table--dim")
        segments = [Segment((CURSOR_MARK if here else " ") + " " * (GAP - 1), bar + under)]
        row = self.rows[position]
        for column, size in self._layout:
            text, tone = _styled(column.of(row))
            style = self.get_component_rich_style(f"table--{tone}") + under
            segments.append(Segment(fit_text(text, size, right=column.right), style))
            segments.append(Segment(" " * GAP, under))
        return Strip(segments).adjust_cell_length(self.size.width, under)

    def _redraw(self, position: int) -> None:
        self._strips.pop(position, None)
        y = position - self.scroll_offset.y + 1
        if 0 < y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _index(self) -> None:
        self._positions = {self._key(row): position for position, row in enumerate(self.rows)}
        self._strips.clear()

    def _resized(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows) + 1)
        self._request_more()

    def _request_more(self) -> None:
        """Request more rows, once for each length, when the end becomes visible."""
        count = len(self.rows)
        if (
            self.scroll_offset.y + self._visible_rows + PREFETCH_ROWS >= count
            and self._asked_at != count
        ):
            self._asked_at = count
            if count:
                self.post_message(self.NearEnd(self))

    # Input and layout.

    def notify_style_update(self) -> None:
        """Drop the cached lines, which are in the old colours."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        self._layout = fit_columns(self.columns, self.size.width)
        self._strips.clear()
        self._resized()
        self._keep_in_sight()

    def on_focus(self) -> None:
        self._redraw(self.at)

    def on_blur(self) -> None:
        self._redraw(self.at)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._request_more()

    def watch_at(self, before: int, after: int) -> None:
        self._redraw(before)
        self._redraw(after)
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        top, seen = self.scroll_offset.y, self._visible_rows
        if self.at < top:
            self.scroll_to(y=self.at, animate=False, force=True)
        elif seen and self.at >= top + seen:
            self.scroll_to(y=self.at - seen + 1, animate=False, force=True)

    def move_to(self, position: int) -> None:
        """Move the cursor to a position, or the nearest there is."""
        position = max(0, min(position, len(self.rows) - 1))
        if position != self.at:
            self.at = position
            self.post_message(self.CursorMoved(self))

    def action_cursor(self, by: int) -> None:
        self.move_to(self.at + by)

    def action_page(self, by: int) -> None:
        self.move_to(self.at + by * max(self._visible_rows - 1, 1))

    def action_open(self) -> None:
        if self.row is not None:
            self.post_message(self.RowOpened(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_to(y=self.scroll_offset.y + WHEEL, animate=False)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_to(y=self.scroll_offset.y - WHEEL, animate=False)

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            self._title_clicked(event.x)
            return
        position = event.y - 1 + self.scroll_offset.y
        if position >= len(self.rows):
            return
        if position == self.at:
            self.action_open()
        self.move_to(position)

    def _title_clicked(self, x: int) -> None:
        left = GAP
        for column, size in self._layout:
            if left <= x < left + size and column.sortable:
                self.post_message(self.SortRequested(self, column.title))
            left += size + GAP


def _styled(cell: Cell) -> StyledText:
    return cell if isinstance(cell, StyledText) else StyledText(cell, Tone.PLAIN)

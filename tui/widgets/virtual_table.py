"""Board: a long list with columns, of which only what is seen is drawn.

Textual's DataTable costs about 0.3 ms for each row it holds (measured on 8.2.8); a board costs
nothing for rows that are not on the screen, and a row that changes is drawn again alone.
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

from tui.widgets.columns import GAP, Column, Placed, fitted, placed
from tui.widgets.styled_text import Cell, Tone, Words

T = TypeVar("T")
#: How many rows from the end more are asked for.
AHEAD = 30
#: The bar before the row one is on.
BAR = "▌"
WHEEL = 3


class Board(ScrollView, Generic[T], can_focus=True):
    """Rows of one kind, by key. The cursor is on a row, not on a line: rows may come and go."""

    HELP = """\
## A list

Move with the arrow keys or `j` and `k`, page with `ctrl+d` and `ctrl+u`, go to the first with `g`
and the last with `G`. `enter`, `l` or a second click opens the row. A click on a column's title
orders by it, where it can.
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
        "board--plain", "board--strong", "board--dim", "board--accent", "board--warn",
        "board--loss", "board--good", "board--title", "board--cursor", "board--resting",
        "board--bar", "board--empty",
    }  # fmt: skip
    DEFAULT_CSS = """
    Board {
        height: 1fr;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        .board--plain { color: $foreground; }
        .board--strong { color: $foreground; text-style: bold; }
        .board--dim { color: $text-muted; }
        .board--accent { color: $accent; }
        .board--warn { color: $warning; }
        .board--loss { color: $error; }
        .board--good { color: $success; }
        .board--title { color: $text-muted; }
        .board--cursor { background: $boost; }
        .board--resting { background: $boost; }
        .board--bar { color: $accent; }
        .board--empty { color: $text-muted; }
    }
    """

    at: reactive[int] = reactive(0, init=False)

    class Moved(Message):
        """The cursor is on another row, or on none any more."""

        def __init__(self, board: Board[Any]) -> None:
            """Name the board; its `row` is where the cursor is."""
            super().__init__()
            self.board = board

        @property
        def control(self) -> Board[Any]:
            """The board, for `@on(Board.Moved, "#tickets")`."""
            return self.board

    class Opened(Moved):
        """Somebody wants to see more of the row the cursor is on."""

    class NearEnd(Moved):
        """The last rows are in sight: if there are more, it is time to fetch them."""

    class Ordered(Moved):
        """Somebody clicked a column's title; `by` is that title."""

        def __init__(self, board: Board[Any], by: str) -> None:
            """Name the column."""
            super().__init__(board)
            self.by = by

    def __init__(
        self,
        columns: Sequence[Column[T]],
        *,
        key: Callable[[T], str],
        empty: str = "nothing here",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`key` names a row for good; `empty` is said in place of rows when there are none."""
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.rows: list[T] = []
        self.empty = empty
        #: The title ordered by, marked with an arrow; "" is none.
        self.ordered_by = ""
        self.descending = False
        self._key = key
        self._place: dict[str, int] = {}
        self._layout: tuple[Placed[T], ...] = ()
        self._strips: dict[int, Strip] = {}
        self._asked_at = -1

    # What is shown.

    @property
    def row(self) -> T | None:
        """The row the cursor is on; None when there is none."""
        return self.rows[self.at] if 0 <= self.at < len(self.rows) else None

    def has(self, key: str) -> T | None:
        """Return the row of this key as it is shown, None if it is not."""
        place = self._place.get(key)
        return None if place is None else self.rows[place]

    def show(self, rows: Iterable[T]) -> None:
        """Show these rows instead. The cursor stays on its row if that is among them."""
        now = self.row
        top = self.scroll_offset.y
        ahead = self.at - top
        self.rows = list(rows)
        self._index()
        self._asked_at = -1
        place = None if now is None else self._place.get(self._key(now))
        self._resized()
        if place is None:
            self.at = min(self.at, max(len(self.rows) - 1, 0))
        elif place != self.at:
            # What is looked at stays where it was on the screen, whatever came above it.
            self.at = place
            self.scroll_to(y=max(place - ahead, 0), animate=False, force=True)
        after = self.row
        if (now and self._key(now)) != (after and self._key(after)):
            self.post_message(self.Moved(self))
        self.refresh()

    def extend(self, rows: Iterable[T]) -> None:
        """Add rows at the end; those that are there already are brought up to date instead."""
        first = not self.rows
        for row in rows:
            if not self.put(row):
                self._place[self._key(row)] = len(self.rows)
                self.rows.append(row)
        self._resized()
        if first and self.rows:
            self.post_message(self.Moved(self))

    def put(self, row: T) -> bool:
        """Show a row as it is now, in its place; say whether it was there."""
        place = self._place.get(self._key(row))
        if place is None:
            return False
        self.rows[place] = row
        self._redraw(place)
        return True

    def drop(self, key: str) -> None:
        """Take a row away. Neither the cursor nor what is looked at moves to another row."""
        place = self._place.get(key)
        if place is None:
            return
        del self.rows[place]
        self._index()
        self._resized()
        if place < self.at or self.at == len(self.rows):
            self.at = max(self.at - 1, 0)
        if place < self.scroll_offset.y:
            self.scroll_to(y=self.scroll_offset.y - 1, animate=False, force=True)
        self.post_message(self.Moved(self))
        self.refresh()

    def select(self, key: str) -> bool:
        """Put the cursor on a row; say whether it is there."""
        place = self._place.get(key)
        if place is not None:
            self.at = place
        return place is not None

    def tick(self, moving: Callable[[T], bool]) -> None:
        """Draw again those rows in sight that are `moving`, such as countdowns."""
        top = self.scroll_offset.y
        for place in range(top, min(top + self._visible, len(self.rows))):
            if moving(self.rows[place]):
                self._redraw(place)

    def order(self, by: str, *, descending: bool = False) -> None:
        """Mark the column that the rows are ordered by. They are given in that order."""
        self.ordered_by, self.descending = by, descending
        self._strips.clear()
        self.refresh()

    def refresh_rows(self) -> None:
        """Draw every row again: what they say depends on more than themselves."""
        self._strips.clear()
        self.refresh()

    # Drawing.

    @property
    def _visible(self) -> int:
        """How many rows fit below the titles."""
        return max(self.size.height - 1, 0)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget; the first are the titles, whatever is scrolled."""
        width = self.size.width
        if y == 0:
            return self._titles(width)
        place = y - 1 + self.scroll_offset.y
        if place >= len(self.rows):
            said = f"  {self.empty}" if not self.rows and y == 2 else ""  # noqa: PLR2004  below a blank
            style = self.get_component_rich_style("board--empty")
            return Strip([Segment(fitted(said, width), style)], width)
        strip = self._strips.get(place)
        if strip is None:
            strip = self._strips[place] = self._draw(place)
        return strip

    def _titles(self, width: int) -> Strip:
        style = self.get_component_rich_style("board--title")
        segments = [Segment(" " * GAP, style)]
        for column, size in self._layout:
            arrow = ("▾" if self.descending else "▴") if column.title == self.ordered_by else ""
            room = size if column.right else size + GAP - 1  # the arrow may hang into the gap
            segments.append(Segment(fitted(column.title + arrow, room, right=column.right), style))
            segments.append(Segment(" " * (size + GAP - room), style))
        return Strip(segments).adjust_cell_length(width, style)

    def _draw(self, place: int) -> Strip:
        here = place == self.at
        name = "board--plain"
        if here:
            name = "board--cursor" if self.has_focus else "board--resting"
        under = Style(bgcolor=self.get_component_rich_style(name).bgcolor)
        bar = self.get_component_rich_style("board--bar" if self.has_focus else "board--dim")
        segments = [Segment((BAR if here else " ") + " " * (GAP - 1), bar + under)]
        row = self.rows[place]
        for column, size in self._layout:
            text, tone = _words(column.of(row))
            style = self.get_component_rich_style(f"board--{tone}") + under
            segments.append(Segment(fitted(text, size, right=column.right), style))
            segments.append(Segment(" " * GAP, under))
        return Strip(segments).adjust_cell_length(self.size.width, under)

    def _redraw(self, place: int) -> None:
        self._strips.pop(place, None)
        y = place - self.scroll_offset.y + 1
        if 0 < y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _index(self) -> None:
        self._place = {self._key(row): place for place, row in enumerate(self.rows)}
        self._strips.clear()

    def _resized(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows) + 1)
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Ask for more once per length, when the end comes into sight."""
        count = len(self.rows)
        if self.scroll_offset.y + self._visible + AHEAD >= count and self._asked_at != count:
            self._asked_at = count
            if count:
                self.post_message(self.NearEnd(self))

    # What the user and the screen do.

    def notify_style_update(self) -> None:
        """Forget what was drawn in other colours."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        self._layout = placed(self.columns, self.size.width)
        self._strips.clear()
        self._resized()
        self._keep_in_sight()

    def on_focus(self) -> None:
        self._redraw(self.at)

    def on_blur(self) -> None:
        self._redraw(self.at)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look_ahead()

    def watch_at(self, before: int, after: int) -> None:
        self._redraw(before)
        self._redraw(after)
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        top, seen = self.scroll_offset.y, self._visible
        if self.at < top:
            self.scroll_to(y=self.at, animate=False, force=True)
        elif seen and self.at >= top + seen:
            self.scroll_to(y=self.at - seen + 1, animate=False, force=True)

    def move_to(self, place: int) -> None:
        """Put the cursor on the row at a place, or the nearest there is."""
        place = max(0, min(place, len(self.rows) - 1))
        if place != self.at:
            self.at = place
            self.post_message(self.Moved(self))

    def action_cursor(self, by: int) -> None:
        self.move_to(self.at + by)

    def action_page(self, by: int) -> None:
        self.move_to(self.at + by * max(self._visible - 1, 1))

    def action_open(self) -> None:
        if self.row is not None:
            self.post_message(self.Opened(self))

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
        place = event.y - 1 + self.scroll_offset.y
        if place >= len(self.rows):
            return
        if place == self.at:
            self.action_open()
        self.move_to(place)

    def _title_clicked(self, x: int) -> None:
        left = GAP
        for column, size in self._layout:
            if left <= x < left + size and column.orders:
                self.post_message(self.Ordered(self, column.title))
            left += size + GAP


def _words(cell: Cell) -> Words:
    return cell if isinstance(cell, Words) else Words(cell, Tone.PLAIN)

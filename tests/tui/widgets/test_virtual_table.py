"""The virtual table: rows by key, a cursor on a row, and no line drawn that is not visible."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from client.sanitize import safe_text
from tests.hostile import CORPUS, STEERING
from tests.tui.marketplace import screen_text
from tui.widgets.columns import TableColumn, fit_columns, fit_text
from tui.widgets.styled_text import StyledText, Tone
from tui.widgets.virtual_table import VirtualTable


class Row(NamedTuple):
    name: str
    price: int


class TableApp(App[None]):
    """An app with a table and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = 0
        self.messages: list[str] = []

    def name_of(self, row: Row) -> StyledText:
        self.drawn += 1
        return StyledText(row.name, Tone.DIM)

    def compose(self) -> ComposeResult:
        yield VirtualTable[Row](
            (
                TableColumn(title="NAME", of=self.name_of),
                TableColumn(
                    title="PRICE", of=lambda r: str(r.price), width=8, right=True, sortable=True
                ),
            ),
            key=lambda row: row.name,
            empty="no rows",
        )

    @property
    def table(self) -> VirtualTable[Row]:
        return self.query_one(VirtualTable)

    def on_virtual_table_cursor_moved(self, message: VirtualTable.CursorMoved) -> None:
        self.messages.append(f"moved {message.table.at}")

    def on_virtual_table_row_opened(self, message: VirtualTable.RowOpened) -> None:
        self.messages.append(f"opened {message.table.row}")

    def on_virtual_table_near_end(self) -> None:
        self.messages.append("near end")

    def on_virtual_table_sort_requested(self, message: VirtualTable.SortRequested) -> None:
        self.messages.append(f"by {message.by}")


ROWS = [Row(f"row {n:04d}", n) for n in range(1000)]
Journey = Callable[[TableApp, Pilot[None]], Coroutine[Any, Any, None]]


def with_table(journey: Journey, *, height: int = 12) -> None:
    async def play() -> None:
        app = TableApp()
        async with app.run_test(size=(40, height)) as pilot:
            await journey(app, pilot)

    asyncio.run(play())


def test_only_visible_rows_are_drawn() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS)
        await pilot.pause()
        assert app.drawn < 40
        assert "row 0010" in screen_text(app)
        assert "row 0011" not in screen_text(app)

    with_table(journey)


def test_only_the_changed_row_is_redrawn() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS)
        await pilot.pause()
        before = app.drawn
        assert app.table.update_row(Row("row 0003", 77))
        assert not app.table.update_row(Row("unknown", 1))
        await pilot.pause()
        assert app.drawn == before + 1
        assert any("row 0003" in line and "77" in line for line in screen_text(app).splitlines())

    with_table(journey)


def test_the_cursor_stays_on_its_row_when_rows_are_inserted_above() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS[100:])
        await pilot.press(*["j"] * 30)
        line = next(n for n, each in enumerate(screen_text(app).splitlines()) if "▌" in each)
        app.table.set_rows(ROWS)
        await pilot.pause()
        assert app.table.row == ROWS[130]
        assert "▌ row 0130" in screen_text(app).splitlines()[line]

    with_table(journey)


def test_a_removed_row_leaves_the_others_in_place() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS[:50])
        await pilot.press(*["j"] * 20)
        before = [line[:30] for line in screen_text(app).splitlines()]
        app.table.remove_row("row 0002")
        await pilot.pause()
        assert app.table.row == ROWS[20]
        assert [line[:30] for line in screen_text(app).splitlines()] == before

    with_table(journey)


@pytest.mark.parametrize("at", [0, 4, 9])
def test_the_cursor_moves_to_the_next_row_when_its_row_is_removed(at: int) -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS[:10])
        app.table.move_to(at)
        app.table.remove_row(ROWS[at].name)
        await pilot.pause()
        assert app.table.row == ROWS[at + 1 if at < 9 else 8]

    with_table(journey)


def test_an_empty_table_shows_its_text() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS[:1])
        app.table.remove_row("row 0000")
        await pilot.pause()
        assert app.table.row is None
        assert "no rows" in screen_text(app)
        await pilot.press("enter", "j", "G", "pagedown")
        assert not any(said.startswith("opened") for said in app.messages)

    with_table(journey)


def test_more_rows_are_requested_once_near_the_end() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS[:100])
        await pilot.pause()
        assert "near end" not in app.messages
        await pilot.press("G", "k", "G")
        assert app.messages.count("near end") == 1
        app.table.extend(ROWS[100:200])
        await pilot.press("G")
        assert app.messages.count("near end") == 2

    with_table(journey)


def test_a_click_selects_a_row_and_a_second_one_opens_it() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS[:5])
        await pilot.click(app.table, offset=(5, 4))
        assert app.table.row == ROWS[3]
        assert app.messages[-1] == "moved 3"
        await pilot.click(app.table, offset=(5, 4))
        assert app.messages[-1] == f"opened {ROWS[3]}"

    with_table(journey)


def test_a_click_on_the_title_of_a_sortable_column_sorts() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS[:5])
        await pilot.click(app.table, offset=(5, 0))
        assert not any(said.startswith("by") for said in app.messages)
        await pilot.click(app.table, offset=(33, 0))
        assert app.messages[-1] == "by PRICE"

    with_table(journey)


def test_the_wheel_scrolls_without_moving_the_cursor() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS)
        await pilot._post_mouse_events([], widget=app.table)  # noqa: SLF001  settles the layout
        app.table.scroll_to(y=50, animate=False)
        await pilot.pause()
        assert "row 0050" in screen_text(app)
        assert app.table.at == 0

    with_table(journey)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 1), (200, 60)])
def test_no_size_breaks_it(size: tuple[int, int]) -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        app.table.set_rows(ROWS)
        await pilot.resize_terminal(*size)
        await pilot.press("G", "g", "j")
        assert app.table.at == 1

    with_table(journey)


def test_no_text_is_read_as_markup() -> None:
    async def journey(app: TableApp, pilot: Pilot[None]) -> None:
        for markup in ("[bold]loud[/bold]", "[/x]", "[@click=app.quit]press[/]", "[link=file:x]"):
            app.table.set_rows([Row(markup, 1)])
            await pilot.pause()
            assert markup in screen_text(app)
            await pilot.click(app.table, offset=(4, 1))
        assert app.is_running

    with_table(journey)


def test_a_cell_is_exactly_as_wide_as_its_column() -> None:
    for text in (
        *map(safe_text, CORPUS.values()),
        "日本語のとても長い名前",
        "👩‍👩‍👧‍👦 family",
        "é́́",
        "",
    ):
        for width in (1, 2, 7, 30):
            drawn = fit_text(text, width)
            assert cell_len(drawn) == width, (text, width)
            assert not STEERING.search(drawn)


def test_columns_with_the_highest_drop_rank_go_first() -> None:
    columns = [
        TableColumn[Row](title="A", of=str),
        TableColumn[Row](title="B", of=str, width=10, drop_rank=1),
        TableColumn[Row](title="C", of=str, width=10, drop_rank=2),
        TableColumn[Row](title="D", of=str, width=10),
    ]
    titles = {
        width: "".join(p.column.title for p in fit_columns(columns, width))
        for width in (60, 45, 30)
    }
    assert titles == {60: "ABCD", 45: "ABD", 30: "AD"}

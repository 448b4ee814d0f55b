"""Table: a list drawn for people. Rich is imported here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Literal, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from client.formatting import Marked
from contract.money import Money
from ticketing_cli.runtime.formats import Column, for_people
from ticketing_cli.runtime.terminal import Terminal

T = TypeVar("T")

#: Between two columns.
GAP = 2
#: From this width on, columns that can be spared are shown.
WIDE = 100
#: A column is not cut shorter than this; less says nothing.
NARROWEST = 6


def draw(rows: Sequence[T], columns: Sequence[Column[T]], terminal: Terminal, now: datetime) -> str:
    """Return an aligned table without borders that fits the terminal's width."""
    shown = [column for column in columns if terminal.width >= WIDE or not column.spare]
    values = [[column.of(row) for row in rows] for column in shown]
    # Text, never str: Rich would read `[bold]` in somebody's title as markup.
    cells = [
        [Text(for_people(value, column.how, now)) for value in of_column]
        for column, of_column in zip(shown, values, strict=True)
    ]
    natural = [
        max(len(column.title), *(cell.cell_len for cell in of_column))
        for column, of_column in zip(shown, cells, strict=True)
    ]
    room = terminal.width - GAP * (len(shown) - 1)
    widths = fitted(natural, [column.keep for column in shown], room)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column, of_column, width in zip(shown, values, widths, strict=True):
        number = all(type(value) is int or isinstance(value, Money | Marked) for value in of_column)
        justify: Literal["right", "left"] = "right" if number else "left"
        table.add_column(
            Text(column.title), justify=justify, width=width, no_wrap=True, overflow="ellipsis"
        )
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    return _print(table, terminal, width=sum(widths) + GAP * len(shown))


def fitted(natural: Sequence[int], kept: Sequence[bool], room: int) -> list[int]:
    """Return widths that fit the room: the widest columns give way, those that are kept never."""
    widths = list(natural)
    while sum(widths) > room:
        free = [n for n, keep in enumerate(kept) if not keep and widths[n] > NARROWEST]
        if not free:
            break
        widths[max(free, key=widths.__getitem__)] -= 1
    return widths


def _print(table: Table, terminal: Terminal, *, width: int) -> str:
    page = StringIO()
    console = Console(
        file=page,
        width=width,
        force_terminal=terminal.color,
        # None writes no escape at all; Rich's own no_color would keep bold.
        color_system="standard" if terminal.color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(table)
    return "".join(line.rstrip() + "\n" for line in page.getvalue().rstrip("\n").split("\n"))

"""Table: draw a list for people, as aligned columns that fit the terminal.

The layout is our own because importing rich.table costs as much as four bare interpreters; only
text that is not ASCII is measured by rich.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from client.formatting import Marked
from contract.money import Money
from ticketing_cli.runtime.formats import OutputColumn, for_people
from ticketing_cli.runtime.terminal import Terminal

T = TypeVar("T")

#: Blanks between two columns.
GAP = 2
#: From this terminal width on, optional columns are shown.
WIDE = 100
#: A column is not cut shorter than this.
NARROWEST = 6
BOLD, RESET = "\x1b[1m", "\x1b[0m"


def draw(
    rows: Sequence[T], columns: Sequence[OutputColumn[T]], terminal: Terminal, now: datetime
) -> str:
    """Return an aligned table without borders that fits the terminal's width."""
    shown = [column for column in columns if terminal.width >= WIDE or not column.optional]
    values = [[column.of(row) for row in rows] for column in shown]
    cells = [
        [for_people(value, column.style, now) for value in of_column]
        for column, of_column in zip(shown, values, strict=True)
    ]
    natural = [
        max(len(column.title), *(width_of(cell) for cell in of_column))
        for column, of_column in zip(shown, cells, strict=True)
    ]
    space = terminal.width - GAP * (len(shown) - 1)
    widths = fitted(natural, [column.keep for column in shown], space)
    numeric = [
        all(type(value) is int or isinstance(value, Money | Marked) for value in of_column)
        for of_column in values
    ]

    def line(texts: Sequence[str]) -> str:
        return (
            (" " * GAP)
            .join(
                aligned(text, width, right=right)
                for text, width, right in zip(texts, widths, numeric, strict=True)
            )
            .rstrip()
        )

    header = line([column.title for column in shown])
    if terminal.color:
        header = f"{BOLD}{header}{RESET}"
    return "".join(f"{each}\n" for each in (header, *map(line, zip(*cells, strict=True))))


def fitted(natural: Sequence[int], kept: Sequence[bool], space: int) -> list[int]:
    """Return widths that fit the space: the widest columns shrink, but never those in `kept`."""
    widths = list(natural)
    while sum(widths) > space:
        free = [n for n, keep in enumerate(kept) if not keep and widths[n] > NARROWEST]
        if not free:
            break
        widths[max(free, key=widths.__getitem__)] -= 1
    return widths


def width_of(text: str) -> int:
    """Return how many cells a text occupies: two for a wide character, none for a mark."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def aligned(text: str, width: int, *, right: bool) -> str:
    """Return a text of exactly `width` cells: padded, or cut with an ellipsis."""
    padding = width - width_of(text)
    if padding < 0:
        return cut(text, width)
    return " " * padding + text if right else text + " " * padding


def cut(text: str, width: int) -> str:
    """Return the beginning of a text that is too long, ending in an ellipsis."""
    if text.isascii():
        return text[: width - 1] + "…"
    from rich.cells import set_cell_size

    return set_cell_size(text, width - 1) + "…"

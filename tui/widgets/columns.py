"""Columns: what a table shows of each row, and how wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size

from tui.widgets.styled_text import Cell

T = TypeVar("T")
#: Between two columns, and before the first.
GAP = 2


@dataclass(frozen=True, kw_only=True)
class TableColumn(Generic[T]):
    """One column. `of` returns the cell of a row.

    `width` is in cells; 0 takes the remaining width. If not all columns fit, those with the highest
    `drop_rank` are dropped first; 0 is never dropped. A click on the title of a `sortable` one
    sorts.
    """

    title: str
    of: Callable[[T], Cell]
    width: int = 0
    right: bool = False
    drop_rank: int = 0
    sortable: bool = False


class PlacedColumn(NamedTuple, Generic[T]):
    """A column with its final width."""

    column: TableColumn[T]
    width: int


#: A column that takes the remaining width is not worth showing below this.
NARROWEST = 12


def fit_columns(columns: Sequence[TableColumn[T]], width: int) -> tuple[PlacedColumn[T], ...]:
    """Choose the columns that fit into `width` cells, and compute their widths."""
    kept = list(columns)
    while True:
        needed = GAP + sum((column.width or NARROWEST) + GAP for column in kept)
        drop_rank = max((column.drop_rank for column in kept), default=0)
        if needed <= width or not drop_rank:
            break
        kept.remove(next(column for column in reversed(kept) if column.drop_rank == drop_rank))
    fixed = GAP + sum(column.width + GAP for column in kept)
    stretchy = sum(1 for column in kept if not column.width)
    share = max((width - fixed) // stretchy, 1) if stretchy else 0
    return tuple(PlacedColumn(column, column.width or share) for column in kept)


def fit_text(text: str, width: int, *, right: bool = False) -> str:
    """Return the text exactly `width` cells wide: padded, or cut with an ellipsis."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)
    padding = " " * (width - size)
    return padding + text if right else text + padding

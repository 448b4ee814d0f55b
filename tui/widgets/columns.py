"""Columns: what a board shows of a row, and how wide."""

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
class Column(Generic[T]):
    """One column. `of` takes what is said from a row.

    `width` is in cells; 0 takes what the others leave. Where there is no room for all, those with
    the highest `spare` go first; 0 never goes. `orders` says that a click on the title may order.
    """

    title: str
    of: Callable[[T], Cell]
    width: int = 0
    right: bool = False
    spare: int = 0
    orders: bool = False


class Placed(NamedTuple, Generic[T]):
    """A column and how wide it is drawn."""

    column: Column[T]
    width: int


#: A column that takes what is left is not worth showing below this.
NARROWEST = 12


def placed(columns: Sequence[Column[T]], width: int) -> tuple[Placed[T], ...]:
    """Choose the columns that fit into `width` cells and say how wide each is."""
    kept = list(columns)
    while True:
        needed = GAP + sum((column.width or NARROWEST) + GAP for column in kept)
        spare = max((column.spare for column in kept), default=0)
        if needed <= width or not spare:
            break
        kept.remove(next(column for column in reversed(kept) if column.spare == spare))
    fixed = GAP + sum(column.width + GAP for column in kept)
    stretchy = sum(1 for column in kept if not column.width)
    share = max((width - fixed) // stretchy, 1) if stretchy else 0
    return tuple(Placed(column, column.width or share) for column in kept)


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """Return the text exactly `width` cells wide: padded, or cut with an ellipsis."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)
    padding = " " * (width - size)
    return padding + text if right else text + padding

"""Paging: cut a list into pages, and say where the next one begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")


def page(
    fetch: Callable[[int], Sequence[Row]], limit: int, cursor_of: Callable[[Row], str]
) -> tuple[tuple[Row, ...], str | None]:
    """Return up to `limit` rows, and the cursor of the next page or None on the last one.

    `fetch` is called with the number of rows to read: one more than the page shows, which tells
    whether another page follows without counting the whole list.
    """
    rows = fetch(limit + 1)
    shown = tuple(rows[:limit])
    return shown, cursor_of(shown[-1]) if len(rows) > limit else None

"""Problems: why a file, or a cell of it, cannot be read."""

from __future__ import annotations


class BadFile(Exception):
    """The file as a whole cannot be read; nothing is sent."""


class BadCell(Exception):
    """A cell cannot be read; the message follows the name of its column."""

    def __init__(self, message: str, *, column: str = "") -> None:
        """Keep the column, where whoever asked does not know it."""
        super().__init__(message)
        self.column = column

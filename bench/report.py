"""Report: results as plain-text tables, and the machine they were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median

Cell = str | float | int


@dataclass
class Table:
    """The result of one benchmark: rows under a header, and notes."""

    title: str
    header: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        cells = [list(self.header), *([_format(cell) for cell in row] for row in self.rows)]
        first = max(len(row[0]) for row in cells)
        cells = [[row[0].ljust(first), *row[1:]] for row in cells]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        rows = [
            "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
            for row in cells
        ]
        return "\n  ".join([self.title, *rows, *(f"- {note}" for note in self.notes)])


def machine() -> str:
    """Return one line about the machine, on which all figures depend."""
    loop = "uvloop" if find_spec("uvloop") else "asyncio"
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{_processor()}, {os.cpu_count()} cores{load}; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {loop}"
    )


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return median(values)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(": ")[2]
    return platform.processor() or platform.machine()


def _format(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    return f"{cell:.2f}"

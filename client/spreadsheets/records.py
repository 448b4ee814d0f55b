"""Records: the rows of a CSV file, with the line that each starts on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from client.spreadsheets.cells import clean
from client.spreadsheets.decoding import decode_text
from client.spreadsheets.problems import BadFile

DELIMITERS = ",;\t|"
#: A first line in which Excel names the delimiter.
SEPARATOR = re.compile(r'"?sep=(?P<sign>[^"\r\n])"?[\s,;]*', re.IGNORECASE)


@dataclass(frozen=True)
class Record:
    """A row of a file: its line, counted from 1, and its clean cells, or why it has none."""

    line: int
    cells: tuple[str, ...]
    error: str = ""


def read(raw: bytes, *, is_known: Callable[[str], bool]) -> tuple[Record, list[Record]]:
    """Return the header and the rows of a file. Raise BadFile.

    `is_known` tells the delimiter: the one that yields the most known column names.
    """
    text = decode_text(raw)
    lines = io.StringIO(text, newline="").readlines()  # not splitlines: U+2028 ends no record
    first = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    stated = SEPARATOR.fullmatch(lines[first]) if first < len(lines) else None
    if stated is not None:
        first = next((n for n in range(first + 1, len(lines)) if lines[n].strip()), len(lines))
    if first == len(lines):
        raise BadFile("the file is empty; the first line must name the columns")
    delimiter = stated["sign"] if stated else _delimiter(lines[first], is_known)
    records = [*_records(lines[first:], delimiter, before=first)]
    if not records:
        raise BadFile("the file is empty; the first line must name the columns")
    header, *rows = records
    if header.error:
        raise BadFile(f"the first line cannot be read: {header.error}")
    return header, rows


def _delimiter(header: str, is_known: Callable[[str], bool]) -> str:
    """Return the delimiter that yields the most known columns; the commonest when none does."""

    def found(delimiter: str) -> tuple[int, int]:
        names = [clean(name.strip().strip('"')) for name in header.split(delimiter)]
        return sum(map(is_known, names)), len(names)

    return max(DELIMITERS, key=found)


def _records(lines: list[str], delimiter: str, *, before: int) -> Iterator[Record]:
    """Yield each record that is not empty."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            cells = tuple(clean(cell) for cell in next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(line, (), f"{error}; check the quotes")
        else:
            if any(cells):
                yield Record(line, cells)

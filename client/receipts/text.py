"""Text: lay out a receipt for a terminal or a file, at most 80 columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from client.formatting import place
from client.receipts import content
from client.validity import void_notice
from contract.receipts import Receipt

WIDEST, NARROWEST = 80, 40
INDENT = 2


def lines(receipt: Receipt, *, width: int, blocks: bool) -> Iterator[str]:
    """Yield the receipt's lines; with `blocks`, box-drawing characters are available."""
    columns = max(NARROWEST, min(WIDEST, width))
    rule = "─" if blocks else "-"
    for line in _body(receipt, columns - 2 * INDENT, rule):
        yield rule * columns if line is None else (" " * INDENT + line).rstrip()


def _body(receipt: Receipt, width: int, rule: str) -> Iterator[str | None]:
    """Yield the lines between the margins; None is a horizontal rule."""
    yield None
    yield _justified("RECEIPT", "ticketing", width)
    yield None
    yield ""
    for part in (
        receipt.ticket.show.name,
        content.starts(receipt),
        content.where(receipt.ticket),
        place(receipt.ticket),
        void_notice(receipt),
    ):
        yield from wrapped(part, width)
    yield ""
    for label, amount in content.amounts(receipt):
        *before, last = list(wrapped(label, width - len(amount) - 2))
        yield from before
        yield _justified(last if amount else f"  {last}", amount, width)
    total = str(content.total(receipt))
    yield _justified("", rule * len(total), width)
    yield _justified("Total", total, width)
    yield ""
    for label, value in content.identities(receipt):
        first, *rest = list(wrapped(value, width - 8)) or [""]
        yield f"{label:<8}{first}"
        yield from (" " * 8 + more for more in rest)
    yield ""
    yield None
    yield from wrapped(content.note(receipt), width)
    yield None


def wrapped(text: str, width: int) -> Iterator[str]:
    """Break text into lines of at most `width` cells, between words where possible."""
    line = ""
    for word in text.split():
        while cells(word) > width:
            if line:
                yield line
                line = ""
            head = _head(word, width)
            yield head
            word = word[len(head) :]  # noqa: PLW2901  the rest of a word longer than a line
        if line and cells(line) + 1 + cells(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line


def cells(text: str) -> int:
    """Return the cells a text occupies: two for a wide character, none for a combining mark."""
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _head(word: str, width: int) -> str:
    """Return as much of a word as fits, and at least its first character."""
    size = 0
    for n, character in enumerate(word):
        size += _cell(character)
        if size > width and n:
            return word[:n]
    return word


def _justified(left: str, right: str, width: int) -> str:
    return left + " " * max(2, width - cells(left) - cells(right)) + right

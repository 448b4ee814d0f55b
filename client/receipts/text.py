"""Text: a receipt for a terminal, or for a file, at most 80 columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from client.formatting import place
from client.receipts import content
from contract.receipts import Receipt

WIDEST, NARROWEST = 80, 40
INDENT = 2


def lines(receipt: Receipt, *, width: int, blocks: bool) -> Iterator[str]:
    """Yield the receipt's lines; `blocks` says that more than ASCII can be drawn."""
    room = max(NARROWEST, min(WIDEST, width))
    rule = "─" if blocks else "-"
    for line in _inside(receipt, room - 2 * INDENT, rule):
        yield rule * room if line is None else (" " * INDENT + line).rstrip()


def _inside(receipt: Receipt, room: int, rule: str) -> Iterator[str | None]:
    """Yield what stands between the margins; None is a rule from side to side."""
    yield None
    yield _apart("RECEIPT", "ticketing", room)
    yield None
    yield ""
    for part in (
        receipt.ticket.show.name,
        content.starts(receipt),
        content.where(receipt),
        place(receipt.ticket),
    ):
        yield from wrapped(part, room)
    yield ""
    for label, amount in content.sums(receipt):
        *before, label = list(wrapped(label, room - len(amount) - 2))  # noqa: PLW2901  its last line
        yield from before
        yield _apart(label if amount else f"  {label}", amount, room)
    total = str(content.total(receipt))
    yield _apart("", rule * len(total), room)
    yield _apart("Total", total, room)
    yield ""
    for label, value in content.identities(receipt):
        first, *rest = list(wrapped(value, room - 8)) or [""]
        yield f"{label:<8}{first}"
        yield from (" " * 8 + more for more in rest)
    yield ""
    yield None
    yield from wrapped(content.note(receipt), room)
    yield None


def wrapped(text: str, room: int) -> Iterator[str]:
    """Break text into lines of at most so many cells, between words where that is possible."""
    line = ""
    for word in text.split():
        while cells(word) > room:
            if line:
                yield line
                line = ""
            head = _fitting(word, room)
            yield head
            word = word[len(head) :]  # noqa: PLW2901  what is left of a word longer than a line
        if line and cells(line) + 1 + cells(word) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line


def cells(text: str) -> int:
    """Count the cells a text takes: two for a wide letter, none for a combining mark."""
    return sum(_cell(letter) for letter in text)


def _cell(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def _fitting(word: str, room: int) -> str:
    """Return as much of a word as fits, and its first letter in any case."""
    size = 0
    for n, letter in enumerate(word):
        size += _cell(letter)
        if size > room and n:
            return word[:n]
    return word


def _apart(left: str, right: str, room: int) -> str:
    return left + " " * max(2, room - cells(left) - cells(right)) + right

"""Seat ranges: the rows and seats that an organiser names in few characters."""

from __future__ import annotations

import re

#: The most rows or seats that one text stands for.
MOST = 100_000
_NUMBERS = re.compile(r"(?P<before>\D*)(?P<first>\d{1,6})-(?P=before)?(?P<last>\d{1,6})")
_LETTERS = re.compile(r"(?P<first>[A-Za-z])-(?P<last>[A-Za-z])")


class BadRange(ValueError):
    """A text that does not name rows or seats."""


def expand(text: str) -> list[str]:
    """Return what a text names: `1-3` is 1, 2, 3; `A-C,F` is A, B, C, F. Raises BadRange."""
    names = [name for part in text.split(",") for name in _part(part.strip())]
    if len(set(names)) != len(names):
        raise BadRange(f"{text!a} names something twice")
    return names


def _part(part: str) -> list[str]:
    if not part:
        raise BadRange("has an empty part; write e.g. 1-20 or A-F,H")
    if found := _NUMBERS.fullmatch(part):
        first, last = int(found["first"]), int(found["last"])
        width = len(found["first"])
        names = [f"{found['before']}{n:0{width}d}" for n in range(first, min(last, MOST) + 1)]
    elif found := _LETTERS.fullmatch(part):
        first, last = ord(found["first"]), ord(found["last"])
        if found["first"].isupper() != found["last"].isupper():
            raise BadRange(f"{part!a} mixes capitals and small letters")
        names = [chr(n) for n in range(first, last + 1)]
    else:
        return [part]
    if last < first:
        raise BadRange(f"{part!a} ends before it begins")
    return names

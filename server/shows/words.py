"""Words: how a search finds Curaçao when somebody types curacao."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return text without case, accents and doubled spaces, to compare and to search."""
    # Taken apart before, too: the one sign for hectopascal holds a capital that has no small form.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    # Letters that are no letter with an accent, so that no normal form takes them apart.
    return " ".join(bare.translate(_LETTERS).split())


def patterns(query: str, most: int = 6) -> list[str]:
    """Return a LIKE pattern for each word of a search; all of them must match."""
    words = fold(query).split()[:most]
    return [f"%{_literal(word)}%" for word in words]


def pattern(query: str) -> str:
    """Return one LIKE pattern for the whole of a search."""
    return f"%{_literal(fold(query))}%"


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})

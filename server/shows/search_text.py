"""Search text: a search for "curacao" finds Curaçao."""

from __future__ import annotations

from contract.text_keys import fold


def word_patterns(query: str, limit: int = 6) -> list[str]:
    """Return a LIKE pattern for each word of a search; a match must contain all of them."""
    words = fold(query).split()[:limit]
    return [f"%{_escaped(word)}%" for word in words]


def pattern(query: str) -> str:
    """Return one LIKE pattern for the whole search text."""
    return f"%{_escaped(fold(query))}%"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

"""Search text: a search for "curacao" finds Curaçao."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return the text without case, accents and extra spaces, to compare and to search."""
    # Decomposed before folding too: the single character for hectopascal contains a capital.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    # ø and its like are not letters with an accent: no normal form decomposes them.
    return " ".join(bare.translate(_LETTERS).split())


def word_patterns(query: str, limit: int = 6) -> list[str]:
    """Return a LIKE pattern for each word of a search; a match must contain all of them."""
    words = fold(query).split()[:limit]
    return [f"%{_escaped(word)}%" for word in words]


def pattern(query: str) -> str:
    """Return one LIKE pattern for the whole search text."""
    return f"%{_escaped(fold(query))}%"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})

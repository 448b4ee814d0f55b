"""Text keys: the form in which shows, seats and accounts are compared, never the one shown."""

from __future__ import annotations

import unicodedata

#: Between the parts of a key; no text may contain it.
SEPARATOR = "\x1f"
#: Characters that a person does not see: joiners, fillers and variation selectors.
_UNSEEN = dict.fromkeys(
    (0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x200D, 0x2060, 0x3164, 0xFFA0,
     *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
)  # fmt: skip
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
#: Hyphens, dashes and minus signs; then apostrophes, primes and quotation marks.
_DASHES = dict.fromkeys(
    (0x002D, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2043, 0x2212, 0xFE58, 0xFE63, 0xFF0D,
     0x02D7), "-"
)  # fmt: skip
_QUOTES = dict.fromkeys(
    (0x0027, 0x2019, 0x2018, 0x201A, 0x201B, 0x02BC, 0x02BB, 0x02BD, 0x02B9, 0x2032, 0x00B4, 0x0060,
     0xFF07, 0x0022, 0x201C, 0x201D, 0x201E, 0x201F, 0x00AB, 0x00BB, 0x2039, 0x203A, 0xFF02), "'"
)  # fmt: skip
_MARKS = _DASHES | _QUOTES
_BARE = _LETTERS | _UNSEEN


def tidy(text: str) -> str:
    """Return a text as it is stored: in normal form C, without extra spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def fold(text: str) -> str:
    """Return the text without case, accents, kinds of digit and extra spaces.

    Names are compared and searched in this form.
    """
    # Decomposed before folding too: the single character for hectopascal contains a capital.
    plain = unicodedata.normalize("NFKD", text.translate(_MARKS)).casefold()
    folded = unicodedata.normalize("NFKD", plain)
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    # ø and its like are not letters with an accent: no normal form decomposes them.
    return " ".join(_with_our_digits(bare.translate(_BARE)).split())


def name_key(text: str) -> str:
    """Return a name without case, accents, kinds of dash, apostrophe and digit, and "The"."""
    folded = fold(text)
    words = folded.replace("-", " ").replace("'", "").split() or folded.split()
    return " ".join(words[1:] if words[0:1] == ["the"] and len(words) > 1 else words)


def show_key(name: str, venue: str, city: str) -> str:
    """Return what identifies a show, together with its start."""
    return SEPARATOR.join(map(name_key, (name, venue, city)))


def email_key(email: str) -> str:
    """Return what identifies an account: its address without case. It is no address itself."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def seat_key(section: str, row: str, seat: str) -> str | None:
    """Return what identifies a seat of a show; None for a place without a number."""
    parts = [_seat_part(part) for part in (section, row, seat)]
    return SEPARATOR.join(parts) if parts[-1] else None


def _seat_part(text: str) -> str:
    """Return a part of a seat without case, kinds of dash, blank and digit.

    Accents tell seats apart.
    """
    folded = unicodedata.normalize("NFKC", text.translate(_MARKS)).casefold()
    seen = unicodedata.normalize("NFKC", folded).translate(_UNSEEN)
    return " ".join(_with_our_digits(seen).split())


def _with_our_digits(text: str) -> str:
    """Return the text with the digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)

"""Entry codes: the form in which they are compared."""

from __future__ import annotations

import unicodedata

#: Looks like a dash; Unicode calls it a mathematical symbol.
MINUS = "\N{MINUS SIGN}"


def code_key(code: str) -> str:
    """Return the form in which codes are compared; empty for a blank code.

    Case, blanks, dashes and invisible characters do not matter: people type codes, print them in
    groups of four, and scanners add line ends and byte order marks. A code of nothing but dashes
    keeps them.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", code).upper())
    visible = [c for c in text if not c.isspace() and unicodedata.category(c) != "Cf"]
    bare = [c for c in visible if unicodedata.category(c) != "Pd" and c != MINUS]
    return unicodedata.normalize("NFKC", "".join(bare or visible))

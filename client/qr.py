"""QR codes: draw a code in half blocks, two modules to a cell, so that it fits a terminal."""

from __future__ import annotations

import segno

#: Modules of white around the code. The standard asks for 4; phones read 2, and 2 saves rows.
QUIET_ZONE = 2
_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def halves(text: str, *, ink: bool = True) -> list[str]:
    """Return the lines of a QR code for `text`, at error level M, including its quiet zone.

    The black modules are drawn, or the white ones without `ink`.
    """
    code = segno.make(text, error="m", micro=False)
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET_ZONE)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    return [_line(rows[y], rows[y + 1], ink=ink) for y in range(0, len(rows), 2)]


def _line(upper: list[bool], lower: list[bool], *, ink: bool) -> str:
    return "".join(_HALVES[int(a == ink), int(b == ink)] for a, b in zip(upper, lower, strict=True))

"""QR codes drawn in half blocks: two modules to a cell, black on white whatever the theme."""

from __future__ import annotations

import segno

#: Modules of white around the code. The standard asks for 4; phones read 2, and 2 saves rows.
QUIET_ZONE = 2
# Palette entries 16 and 231 are black and white in every theme; 30 and 107 are the theme's to bend.
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"
_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def draw(text: str, *, colour: bool) -> list[str]:
    """Return the lines of a QR code for `text`.

    Without `colour` the white modules are drawn instead of the black ones, because most terminals
    are dark; readers take a code either way round.
    """
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(
        border=QUIET_ZONE)]  # fmt: skip
    blank = [0] * len(rows[0])
    if len(rows) % 2:
        rows.append(blank)
    ink = 1 if colour else 0
    return [_line(rows[y], rows[y + 1], ink) for y in range(0, len(rows), 2)]


def _line(upper: list[int], lower: list[int], ink: int) -> str:
    cells = "".join(
        _HALVES[int(bool(a) == bool(ink)), int(bool(b) == bool(ink))]
        for a, b in zip(upper, lower, strict=True)
    )
    return f"{_BLACK_ON_WHITE}{cells}{_RESET}" if ink else cells

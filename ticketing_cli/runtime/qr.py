"""QR codes on a terminal: black on white in every theme."""

from __future__ import annotations

from client.qr import halves

# Palette entries 16 and 231 are black and white in every theme; a theme may change 30 and 107.
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"


def draw(text: str, *, colour: bool) -> list[str]:
    """Return the lines of a QR code for `text`.

    Without `colour` the white modules are drawn instead of the black ones, because most terminals
    are dark; scanners read a code either way round.
    """
    if colour:
        return [f"{_BLACK_ON_WHITE}{line}{_RESET}" for line in halves(text)]
    return halves(text, ink=False)

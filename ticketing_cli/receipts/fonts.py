"""Fonts: find a font that can draw a text. What none can draw is reported, never dropped.

The first choice comes with reportlab and is embedded: Western and Central European characters.
For others, known fonts on this machine are tried. Without one for Japanese, Chinese or Korean,
the PDF names a standard font, which the reader's viewer supplies. Text written from right to left
is not drawn: it would come out reversed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import reportlab
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFError, TTFont

PLAIN, BOLD = "Receipt", "ReceiptBold"
OWN = Path(reportlab.__file__).parent / "fonts"
SYSTEM = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "C:/Windows/Fonts/arial.ttf",
    "C:/Windows/Fonts/msgothic.ttc",
    "C:/Windows/Fonts/malgun.ttf",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)
#: Fonts of the reader's viewer, by the characters only they have; kana first: han is in all three.
EASTERN = (
    ("HeiseiKakuGo-W5", ((0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))),
    ("HYGothic-Medium", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3))),
)
REPLACED = "?"


@cache
def known() -> dict[str, frozenset[int]]:
    """Register every available font; return what each can draw, the best first."""
    found: dict[str, frozenset[int]] = {}
    for name, path in ((PLAIN, OWN / "Vera.ttf"), (BOLD, OWN / "VeraBd.ttf")):
        found[name] = _register(name, path)
    for path in map(Path, SYSTEM):
        if path.exists():
            found[path.stem] = _register(path.stem, path)
    for name, ranges in EASTERN:
        registerFont(UnicodeCIDFont(name))
        found[name] = frozenset(code for first, last in ranges for code in range(first, last + 1))
    return found


def runs(text: str, font: str) -> Iterator[tuple[str, str]]:
    """Split a text into pieces, each with the font that draws it; what none draws becomes `?`."""
    chosen = [(char, font_of(char, font)) for char in unicodedata.normalize("NFC", text)]
    for name, group in groupby(chosen, key=lambda pair: pair[1]):
        piece = "".join(char if each else REPLACED for char, each in group)
        yield piece, name or font


def width(text: str, font: str, size: float) -> float:
    """Return the width of a text, in points."""
    return sum(stringWidth(piece, name, size) for piece, name in runs(text, font))


def warnings(text: str) -> list[str]:
    """Return warnings about characters that no font can draw, or only the reader's viewer."""
    fonts = {c: font_of(c, PLAIN) for c in sorted(set(unicodedata.normalize("NFC", text)))}
    missing = [f"{c} (U+{ord(c):04X})" for c, font in fonts.items() if font is None]
    external = [c for c, font in fonts.items() if font in dict(EASTERN)]
    found = []
    if missing:
        found.append(f"no font on this machine has {' '.join(missing)}; the PDF shows `?`")
    if external:
        found.append(f"the PDF viewer must have a font for {''.join(external)}")
    return found


@cache
def font_of(char: str, font: str) -> str | None:
    """Return the font that draws a character, preferably `font`; None if there is none."""
    if unicodedata.bidirectional(char) in {"R", "AL"} or unicodedata.category(char) == "Cc":
        return None
    fonts = known()
    for name in (font, *fonts):
        if ord(char) in fonts[name]:
            return name
    return None


def _register(name: str, path: Path) -> frozenset[int]:
    try:
        font = TTFont(name, str(path))
    except TTFError:
        return frozenset()
    registerFont(font)
    return frozenset(font.face.charToGlyph) - {0xFFFF}

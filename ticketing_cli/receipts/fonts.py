"""Fonts: which of those there are can draw a text. What none can draw is told, never dropped.

The first choice comes with reportlab and is put into the file: Western and Central European
letters. For others the machine is searched for a font that is known to have them. Where it has
none for Japanese, Chinese or Korean, the fonts of whoever reads the file are asked to. What is
written from right to left is not drawn: it would come out reversed.
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
#: Fonts of the reader's, by the letters that only they have; kana first, for han is in all three.
EASTERN = (
    ("HeiseiKakuGo-W5", ((0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))),
    ("HYGothic-Medium", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3))),
)
REPLACED = "?"


@cache
def known() -> dict[str, frozenset[int]]:
    """Register every font there is; return what each can draw, the best first."""
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
    """Cut a text into pieces, each with the font that draws it; what none draws becomes `?`."""
    chosen = [(letter, font_of(letter, font)) for letter in unicodedata.normalize("NFC", text)]
    for name, group in groupby(chosen, key=lambda pair: pair[1]):
        letters = "".join(letter if each else REPLACED for letter, each in group)
        yield letters, name or font


def width(text: str, font: str, size: float) -> float:
    """Measure a text, in points."""
    return sum(stringWidth(letters, name, size) for letters, name in runs(text, font))


def remarks(text: str) -> list[str]:
    """Say which letters of a text no font here can draw, and which the reader's must."""
    fonts = {c: font_of(c, PLAIN) for c in sorted(set(unicodedata.normalize("NFC", text)))}
    lost = [f"{c} (U+{ord(c):04X})" for c, font in fonts.items() if font is None]
    lent = [c for c, font in fonts.items() if font in dict(EASTERN)]
    said = [f"no font here can draw {' '.join(lost)}; the PDF has `?` there"] if lost else []
    if lent:
        said.append(f"the PDF leaves {''.join(lent)} to the fonts of whoever reads it")
    return said


@cache
def font_of(letter: str, font: str) -> str | None:
    """Return which font draws a letter, beginning with the one that is wanted; None for none."""
    if unicodedata.bidirectional(letter) in {"R", "AL"} or unicodedata.category(letter) == "Cc":
        return None
    fonts = known()
    for name in (font, *fonts):
        if ord(letter) in fonts[name]:
            return name
    return None


def _register(name: str, path: Path) -> frozenset[int]:
    try:
        font = TTFont(name, str(path))
    except TTFError:
        return frozenset()
    registerFont(font)
    return frozenset(font.face.charToGlyph) - {0xFFFF}

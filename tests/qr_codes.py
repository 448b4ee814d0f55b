"""QR codes as a phone reads them: decode what is drawn in half blocks."""

from __future__ import annotations

from collections.abc import Sequence

import zxingcpp

#: Pixels to a module: enough for a decoder that expects a photograph.
SCALE = 4
#: Which halves of a cell are dark: the upper, the lower.
HALVES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def read_drawn(lines: Sequence[str]) -> str:
    """Return the text of the QR code that these lines of half blocks draw, black on white."""
    rows: list[list[int]] = []
    for line in lines:
        cells = [HALVES[char] for char in line]
        rows += [[upper for upper, _ in cells], [lower for _, lower in cells]]
    return read_modules(rows)


def read_modules(rows: Sequence[Sequence[int | bool]]) -> str:
    """Return the text of a QR code from its modules, where a true one is dark."""
    width, height = len(rows[0]) * SCALE, len(rows) * SCALE
    pixels = bytes(
        0 if module else 255
        for row in rows
        for _ in range(SCALE)
        for module in row
        for _ in range(SCALE)
    )
    image = memoryview(pixels).cast("B", shape=(height, width))
    (found,) = zxingcpp.read_barcodes(image)
    text: str = found.text
    return text

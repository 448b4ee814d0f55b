"""PDF: draw a receipt on one page, with reportlab from the extra `ticketing[pdf]`."""

from __future__ import annotations

from io import BytesIO

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from client.formatting import mode
from client.receipts import content
from client.validity import void_notice
from contract.receipts import Receipt
from ticketing_cli.receipts import fonts
from ticketing_cli.receipts.fonts import BOLD, PLAIN

WIDTH, HEIGHT = A4
LEFT, RIGHT = 56.0, WIDTH - 56.0
INK, SOFT, RULE = HexColor(0x16213A), HexColor(0x667085), HexColor(0xD9DEE7)
PAPER, ACCENT = HexColor(0xF5F7FB), HexColor(0xE4572E)
MARK = Color(0.89, 0.34, 0.18, alpha=0.07)
#: How many lines of amounts fit on the page.
MAX_AMOUNTS = 10


def draw(receipt: Receipt) -> tuple[bytes, list[str]]:
    """Draw a receipt; return the PDF and warnings about characters it could not draw."""
    file = BytesIO()
    # invariant: the same receipt always yields the same bytes.
    canvas = Canvas(file, pagesize=A4, invariant=1)
    canvas.setTitle(f"Receipt {receipt.order_id}")
    canvas.setCreator("ticketing")
    fonts.known()
    sheet = _Sheet(canvas)
    if not receipt.live:
        sheet.watermark("TEST")
    _head(sheet, receipt)
    y = _stub(sheet, receipt, HEIGHT - 172)
    y = _amounts(sheet, receipt, y - 40)
    _identities(sheet, receipt, y - 34)
    _foot(sheet, receipt)
    canvas.showPage()
    canvas.save()
    return file.getvalue(), fonts.warnings("".join(sheet.written))


class _Sheet:
    """A page whose text is drawn in fonts that have its characters."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.written: list[str] = []

    def write(
        self, x: float, y: float, text: str, *, size: float, font: str = PLAIN,
        color: Color = INK, right: bool = False,
    ) -> None:  # fmt: skip
        """Write one line that starts at x, or with `right` ends at x."""
        self.written.append(text)
        self.canvas.setFillColor(color)
        if right:
            x -= fonts.width(text, font, size)
        for piece, name in fonts.runs(text, font):
            self.canvas.setFont(name, size)
            self.canvas.drawString(x, y, piece)
            x += fonts.width(piece, name, size)

    def paragraph(
        self, x: float, y: float, text: str, *, size: float, width: float, max_lines: int,
        font: str = PLAIN, color: Color = INK,
    ) -> float:  # fmt: skip
        """Write at most `max_lines` lines and return the y of the next one."""
        for line in wrap(text, font, size, width=width, max_lines=max_lines):
            self.write(x, y, line, size=size, font=font, color=color)
            y -= size * 1.35
        return y

    def rule(self, y: float) -> None:
        """Draw a thin line across the page."""
        self.canvas.setStrokeColor(RULE)
        self.canvas.setLineWidth(0.7)
        self.canvas.line(LEFT, y, RIGHT, y)

    def watermark(self, word: str) -> None:
        """Write a pale word diagonally across the page."""
        self.canvas.saveState()
        self.canvas.translate(WIDTH / 2, HEIGHT / 2 - 60)
        self.canvas.rotate(38)
        self.canvas.setFont(BOLD, 190)
        self.canvas.setFillColor(MARK)
        self.canvas.drawCentredString(0, -60, word)
        self.canvas.restoreState()


def wrap(text: str, font: str, size: float, *, width: float, max_lines: int) -> list[str]:
    """Break a text into at most `max_lines` lines; a longer text ends with `…`."""
    lines: list[str] = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if fonts.width(joined, font, size) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for char in word:  # a single word may be longer than a line
            if lines[-1] and fonts.width(lines[-1] + char, font, size) > width:
                lines.append("")
            lines[-1] += char
    if len(lines) > max_lines:
        last = lines[max_lines - 1]
        while last and fonts.width(last + "…", font, size) > width:
            last = last[:-1]
        lines = [*lines[: max_lines - 1], last + "…"]
    return lines


def _head(sheet: _Sheet, receipt: Receipt) -> None:
    canvas = sheet.canvas
    canvas.setFillColor(INK)
    canvas.rect(0, HEIGHT - 132, WIDTH, 132, stroke=0, fill=1)
    sheet.write(LEFT, HEIGHT - 74, "Receipt", size=30, font=BOLD, color=white)
    pale = HexColor(0xB8C2D6)
    sheet.write(LEFT, HEIGHT - 98, f"order {receipt.order_id}", size=9.5, color=pale)
    total = content.total(receipt)
    amount = total.unlabelled(grouped=True)
    sheet.write(RIGHT, HEIGHT - 74, amount, size=22, font=BOLD, color=white, right=True)
    word = f"{mode(live=receipt.live)} money"
    color = pale if receipt.live else HexColor(0xFF9B7A)
    sheet.write(RIGHT, HEIGHT - 98, word, size=9.5, font=BOLD, color=color, right=True)


def _stub(sheet: _Sheet, receipt: Receipt, top: float) -> float:
    """Draw a ticket stub: show, time and place, with the seat behind a tear line."""
    ticket, show = receipt.ticket, receipt.ticket.show
    parts = [
        (word, value)
        for word, value in (
            ("SECTION", ticket.section), ("ROW", ticket.row), ("SEAT", ticket.seat)
        )
        if value
    ]  # fmt: skip
    tear = RIGHT - 150
    name = wrap(show.name, BOLD, 17, width=tear - LEFT - 40, max_lines=3)
    notice = void_notice(receipt)
    height = max(118.0, (112 if notice else 84) + 23 * len(name), 24 + 34.0 * len(parts))
    canvas = sheet.canvas
    canvas.setFillColor(PAPER)
    canvas.roundRect(LEFT, top - height, RIGHT - LEFT, height, 10, stroke=0, fill=1)
    canvas.setFillColor(ACCENT)
    canvas.roundRect(LEFT, top - height, 6, height, 3, stroke=0, fill=1)
    _tear(canvas, tear, top, height)
    y = top - 34
    for line in name:
        sheet.write(LEFT + 24, y, line, size=17, font=BOLD)
        y -= 23
    width = tear - LEFT - 40
    where = content.where(receipt.ticket)
    y = sheet.paragraph(
        LEFT + 24, y - 2, content.starts(receipt), size=10.5, width=width, max_lines=1, font=BOLD
    )
    y = sheet.paragraph(LEFT + 24, y - 3, where, size=10.5, width=width, max_lines=2, color=SOFT)
    sheet.paragraph(
        LEFT + 24, y - 3, notice, size=9.5, width=width, max_lines=2, font=BOLD, color=ACCENT
    )
    y = top - 30
    for word, value in parts or [("SEAT", "not numbered")]:
        sheet.write(tear + 22, y, word, size=7, font=BOLD, color=SOFT)
        sheet.paragraph(tear + 22, y - 15, value, size=13, width=112, max_lines=1, font=BOLD)
        y -= 34
    return top - height


def _tear(canvas: Canvas, x: float, top: float, height: float) -> None:
    """Draw a tear line, with a notch at each end."""
    canvas.setStrokeColor(HexColor(0xB9C1D0))
    canvas.setLineWidth(1)
    canvas.setDash(1.2, 4)
    canvas.line(x, top - 14, x, top - height + 14)
    canvas.setDash()
    canvas.setFillColor(white)
    for y in (top, top - height):
        canvas.circle(x, y, 8, stroke=0, fill=1)


def _amounts(sheet: _Sheet, receipt: Receipt, y: float) -> float:
    """Draw the price, the refunds and the total."""
    lines = content.amounts(receipt)
    if len(lines) > MAX_AMOUNTS:
        more = len(lines) - MAX_AMOUNTS
        lines = [*lines[:MAX_AMOUNTS], (f"and {more} more refunds", "")]
    for label, amount in lines:
        size, color = (10.5, INK) if amount else (9.0, SOFT)
        y += 0.0 if amount else 3.0
        sheet.paragraph(LEFT, y, label, size=size, width=360, max_lines=1, color=color)
        sheet.write(RIGHT, y, amount, size=10.5, right=True)
        y -= 21
    y += 4
    sheet.rule(y)
    y -= 24
    sheet.write(LEFT, y, "Total", size=13, font=BOLD)
    sheet.write(RIGHT, y, str(content.total(receipt)), size=13, font=BOLD, right=True)
    return y


def _identities(sheet: _Sheet, receipt: Receipt, y: float) -> None:
    sheet.rule(y + 6)
    y -= 16
    for label, value in content.identities(receipt):
        sheet.write(LEFT, y, label, size=9.5, color=SOFT)
        width = RIGHT - LEFT - 74
        y = sheet.paragraph(LEFT + 74, y, value, size=9.5, width=width, max_lines=2) - 5


def _foot(sheet: _Sheet, receipt: Receipt) -> None:
    sheet.rule(64)
    color = SOFT if receipt.live else ACCENT
    sheet.write(LEFT, 46, content.note(receipt), size=8.5, color=color)
    sheet.write(RIGHT, 46, "ticketing", size=8.5, font=BOLD, right=True)

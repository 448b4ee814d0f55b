"""Seat map: the known seats of a section, with the selected one marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from contract.tickets import Ticket, TicketStatus
from tui.widgets.columns import fit_text

#: The mark of a seat, its style and its word. Shape and word differ, not only the colour.
THIS = ("◆", "bold $accent", "this seat")
MARKS = {
    TicketStatus.AVAILABLE: ("○", "$foreground", "on sale"),
    TicketStatus.LOCKED: ("◐", "$warning", "locked"),
}
UNKNOWN = ("·", "$border")
#: A row whose seat numbers span more than this is drawn without the gaps.
WIDEST = 200


class SeatMap(Widget):
    """Draws `ticket` among the tickets of its section that are on the market."""

    DEFAULT_CSS = """
    SeatMap { height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self._ticket: Ticket | None = None
        self._others: dict[str, Ticket] = {}

    def draw(self, ticket: Ticket, others: Mapping[str, Ticket]) -> None:
        """Draw a ticket and the others of its section, by id."""
        self._ticket = ticket
        self._others = {key: each for key, each in others.items() if _beside(each, ticket)}
        self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return self._content(width).plain.count("\n") + 1

    def render(self) -> Content:
        return self._content(self.size.width)

    def _content(self, width: int) -> Content:
        ticket = self._ticket
        if ticket is None:
            return Content.styled("reading…", "$text-muted")
        if not ticket.seat:
            return Content.styled(self._standing(ticket), "$text-muted")
        return Content("\n").join(self._lines(ticket, max(width, 12)))

    def _standing(self, ticket: Ticket) -> str:
        kind = "no numbered seat: standing or free seating"
        count = sum(1 for each in self._others.values() if each.status is TicketStatus.AVAILABLE)
        more = f"{count} similar on sale" if count else "no similar ticket on sale"
        return f"{kind}\n{more}"

    def _lines(self, ticket: Ticket, width: int) -> list[Content]:
        every = [*self._others.values(), ticket]
        rows = _around(sorted({each.row for each in every}, key=_natural), ticket.row, 7)
        side = min(max((cell_len(row) for row in rows), default=0), 6)
        seats = _places([each.seat for each in every])
        seats = _around(seats, ticket.seat, max((width - side - 4) // 2, 1))
        by_place = {(each.row, each.seat): each for each in every}
        by_place[ticket.row, ticket.seat] = ticket  # a seat listed twice shows the selected ticket
        left = side + 2 + 2 * seats.index(ticket.seat)
        name = fit_text(ticket.seat, min(cell_len(ticket.seat), max(width - left, 1)))
        lines = [Content.styled(" " * left + name, "bold $accent")]
        for row in rows:
            marks = [self._mark(by_place.get((row, seat))) for seat in seats]
            style = "bold $accent" if row == ticket.row else "$text-muted"
            label = Content.styled(fit_text(row, side, right=True) + "  ", style)
            lines.append(Content("").join([label, Content(" ").join(marks)]))
        return [*lines, Content(""), self._legend(rows, seats)]

    def _mark(self, ticket: Ticket | None) -> Content:
        if ticket is not None and self._ticket is not None and ticket.id == self._ticket.id:
            return Content.styled(*THIS[:2])
        known = MARKS.get(ticket.status) if ticket is not None else None
        return Content.styled(*(known[:2] if known else UNKNOWN))

    def _legend(self, rows: Sequence[str], seats: Sequence[str]) -> Content:
        """Explain the marks that are drawn."""
        seen = {each.status for each in self._others.values()
                if each.row in rows and each.seat in seats}  # fmt: skip
        text = [THIS, *(mark for status, mark in MARKS.items() if status in seen)]
        parts = [Content.assemble((mark, style), (f" {word}", "$text-muted"))
                 for mark, style, word in text]  # fmt: skip
        return Content("   ").join(parts)


def _beside(other: Ticket, ticket: Ticket) -> bool:
    return (
        other.section == ticket.section and other.id != ticket.id and other.status in MARKS
        and (bool(other.seat) == bool(ticket.seat))
    )  # fmt: skip


def _natural(label: str) -> tuple[int, str]:
    """Sort labels naturally: 2 before 10, numbers before letters, A before AA."""
    return (int(label), "") if _is_number(label) else (10**9 + len(label), label)


def _is_number(label: str) -> bool:
    return label.isascii() and label.isdecimal() and len(label) < len("1000000000")


def _places(labels: Iterable[str]) -> list[str]:
    """Return the seats of a row in order; if all are numbers, include the missing ones."""
    known = set(labels)
    if all(_is_number(label) and str(int(label)) == label for label in known):
        numbers = [int(label) for label in known]
        if max(numbers) - min(numbers) <= WIDEST:
            return [str(n) for n in range(min(numbers), max(numbers) + 1)]
    return sorted(known, key=_natural)


def _around(labels: list[str], label: str, most: int) -> list[str]:
    """Return at most `most` labels around the given one."""
    first = max(0, min(labels.index(label) - most // 2, len(labels) - most))
    return labels[first : first + most]

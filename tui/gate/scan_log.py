"""Scans: what was said at the gate lately, and what does not add up. Neither takes the focus."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from client.gate import Answer, why
from contract.gate import Conflict, Verdict
from tui.gate.verdict import seat_of
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.virtual_table import Board, T

LATEST = 10
WORDS = {
    Verdict.ADMITTED: Words("ADMIT", Tone.GOOD), Verdict.REFUSED: Words("REFUSE", Tone.LOSS),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A scan as it is listed."""

    key: str
    at: datetime
    word: Words
    why: str = ""
    seat: str = ""
    ticket_id: str | None = None


class Sheet(Board[T], can_focus=False):
    """A list that is only read: no row is chosen in it. The wheel scrolls it."""

    def show(self, rows: Iterable[T]) -> None:
        """Show these rows, none of them marked."""
        self.at = -1
        super().show(rows)

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()


class Scans(Vertical):
    """The last scans, the newest first, and below them the conflicts, if there are any."""

    DEFAULT_CSS = """
    Scans { height: auto; }
    Scans #latest { height: 1fr; }
    Scans #conflict-words { height: 1; padding: 0 2; color: $error; text-style: bold; }
    Scans #conflicts { height: 4; }
    Scans #conflict-words, Scans #conflicts { display: none; }
    Scans.-conflicts #conflict-words, Scans.-conflicts #conflicts { display: block; }
    """

    def __init__(self, *, name_of: Callable[[str], str], id: str | None = None) -> None:
        """`name_of` says who somebody is by the account's id, as far as it is known."""
        super().__init__(id=id)
        self.lines: list[Line] = []
        self.conflicts: tuple[Conflict, ...] = ()
        self._name_of = name_of

    def compose(self) -> ComposeResult:
        yield Sheet[Line](
            (
                Column(title="TIME", of=lambda n: Words(f"{n.at.astimezone():%H:%M:%S}", Tone.DIM),
                       width=8),
                Column(title="SAID", of=lambda line: line.word, width=6),
                Column(title="SEAT", of=lambda line: line.seat, width=12),
                Column(title="WHY", of=lambda line: Words(line.why, Tone.DIM)),
            ),
            key=lambda line: line.key, empty="the last scans are listed here", id="latest",
        )  # fmt: skip
        yield Static(id="conflict-words", markup=False)
        yield Sheet[Conflict](
            (
                Column(title="SEAT", of=_where, width=12),
                Column(title="LET IN, BUT", of=_but, width=16),
                Column(title="WHEN AND WHERE", of=self._times),
            ),
            key=lambda conflict: conflict.scan_id, id="conflicts",
        )  # fmt: skip

    def add(self, line: Line) -> None:
        """Put a scan on top."""
        self.lines = [line, *self.lines][:LATEST]
        self._latest.show(self.lines)

    def take_back(self, scan_id: str) -> Line | None:
        """Mark a scan as undone; return it as it was, None if it is not listed any more."""
        for n, line in enumerate(self.lines):
            if line.key == scan_id:
                self.lines[n] = replace(line, word=Words("UNDONE", Tone.WARN))
                self._latest.show(self.lines)
                return line
        return None

    def clear(self) -> None:
        """List nothing, at another gate."""
        self.lines = []
        self._latest.show(())
        self.tell(())

    def tell(self, conflicts: tuple[Conflict, ...]) -> None:
        """List everybody let in whom the house would not have let in, the newest first."""
        new = {one.scan_id for one in conflicts} - {one.scan_id for one in self.conflicts}
        self.conflicts = conflicts
        if new or not conflicts:
            self.open(bool(new))
        several = "s do" if len(conflicts) != 1 else " does"
        self.query_one("#conflict-words", Static).update(
            f"{len(conflicts)} admission{several} not add up: look for who has these seats"
        )
        self.query_one("#conflicts", Sheet).show(reversed(conflicts))

    def open(self, wanted: bool) -> None:  # noqa: FBT001  what is wanted of the one thing here
        """Show the conflicts, or do not. New ones show themselves."""
        self.set_class(wanted, "-conflicts")

    def leaf(self, by: int) -> None:
        """Go on, or back, in what is listed, without a row being chosen."""
        for sheet in self.query(Sheet):
            sheet.scroll_to(y=sheet.scroll_offset.y + by, animate=False)

    @property
    def _latest(self) -> Sheet[Line]:
        return self.query_one("#latest", Sheet)

    def _times(self, conflict: Conflict) -> Cell:
        """Say when, at which entrance and by whom the ticket was let in."""
        entries = [entry for entry in (conflict.first, conflict.second) if entry is not None]
        said = [f"{e.at.astimezone():%H:%M:%S} {e.gate or self._name_of(e.by)}" for e in entries]
        return "; ".join(said) or f"{conflict.scanned_at.astimezone():%H:%M:%S}"


def line_of(answer: Answer) -> Line:
    """Return an answer as it is listed."""
    ticket = answer.ticket
    said = why(answer) if answer.online else ", ".join(filter(None, (why(answer), "by the list")))
    return Line(
        key=answer.scan_id, at=answer.at, word=WORDS[answer.verdict], why=said,
        seat="" if ticket is None else seat_of(ticket),
        ticket_id=None if ticket is None else ticket.ticket_id,
    )  # fmt: skip


def _where(conflict: Conflict) -> Cell:
    return "unknown" if conflict.ticket is None else seat_of(conflict.ticket) or "no seat"


def _but(conflict: Conflict) -> Cell:
    return Words(conflict.reason.value.replace("_", " "), Tone.LOSS)

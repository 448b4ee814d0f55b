"""Scan log: the last scans and the admission conflicts. Neither list takes the focus."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from client.gate import ScanResult, reason_text
from contract.gate import Conflict, Verdict
from tui.gate.verdict import seat_of
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import T, VirtualTable

LATEST = 10
WORDS = {
    Verdict.ADMITTED: StyledText("ADMIT", Tone.GOOD),
    Verdict.REFUSED: StyledText("REFUSE", Tone.LOSS),
    Verdict.LEFT: StyledText("LEAVE", Tone.ACCENT),
}


@dataclass(frozen=True)
class ScanLogEntry:
    """One scan in the log."""

    key: str
    at: datetime
    word: StyledText
    why: str = ""
    seat: str = ""
    ticket_id: str | None = None


class ReadOnlyTable(VirtualTable[T], can_focus=False):
    """A read-only table without a cursor. The wheel scrolls it."""

    def set_rows(self, rows: Iterable[T]) -> None:
        """Show these rows, with no cursor."""
        self.at = -1
        super().set_rows(rows)

    def page(self, by: int) -> None:
        """Scroll by some rows."""
        self.scroll_to(y=self.scroll_offset.y + by, animate=False)

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()


class ScanLog(Vertical):
    """The last scans, the newest first, and below them the conflicts, if there are any."""

    DEFAULT_CSS = """
    ScanLog { height: auto; }
    ScanLog #latest { height: 1fr; }
    ScanLog #conflict-words { height: 1; padding: 0 2; color: $error; text-style: bold; }
    ScanLog #conflicts { height: 4; }
    ScanLog #conflict-words, ScanLog #conflicts { display: none; }
    ScanLog.-conflicts #conflict-words, ScanLog.-conflicts #conflicts { display: block; }
    """

    def __init__(self, *, name_of: Callable[[str], str], id: str | None = None) -> None:
        """`name_of` returns a name for an account id, as far as it is known."""
        super().__init__(id=id)
        self.entries: list[ScanLogEntry] = []
        self.conflicts: tuple[Conflict, ...] = ()
        self._name_of = name_of

    def compose(self) -> ComposeResult:
        yield ReadOnlyTable[ScanLogEntry](
            (
                TableColumn(
                    title="TIME",
                    of=lambda n: StyledText(f"{n.at.astimezone():%H:%M:%S}", Tone.DIM),
                    width=8,
                ),
                TableColumn(title="RESULT", of=lambda entry: entry.word, width=6),
                TableColumn(title="SEAT", of=lambda entry: entry.seat, width=12),
                TableColumn(title="REASON", of=lambda entry: StyledText(entry.why, Tone.DIM)),
            ),
            key=lambda entry: entry.key,
            empty="no scans yet",
            id="latest",
        )
        yield Static(id="conflict-words", markup=False)
        yield ReadOnlyTable[Conflict](
            (
                TableColumn(title="SEAT", of=_conflict_seat, width=12),
                TableColumn(title="ADMITTED, BUT", of=_conflict_reason, width=16),
                TableColumn(title="WHEN AND WHERE", of=self._times),
            ),
            key=lambda conflict: conflict.scan_id, id="conflicts",
        )  # fmt: skip

    def add(self, entry: ScanLogEntry) -> None:
        """Add a scan at the top."""
        self.entries = [entry, *self.entries][:LATEST]
        self._latest.set_rows(self.entries)

    def mark_undone(self, scan_id: str) -> ScanLogEntry | None:
        """Mark a scan as undone; return its former entry, or None if it is no longer in the log."""
        for n, entry in enumerate(self.entries):
            if entry.key == scan_id:
                self.entries[n] = replace(entry, word=StyledText("UNDONE", Tone.WARN))
                self._latest.set_rows(self.entries)
                return entry
        return None

    def clear(self) -> None:
        """Clear the log, for another gate."""
        self.entries = []
        self._latest.set_rows(())
        self.show_conflicts(())

    def show_conflicts(self, conflicts: tuple[Conflict, ...]) -> None:
        """List the conflicts: admissions that the server would have refused, the newest first."""
        new = {one.scan_id for one in conflicts} - {one.scan_id for one in self.conflicts}
        self.conflicts = conflicts
        if new or not conflicts:
            self.set_conflicts_visible(bool(new))
        several = "s" * (len(conflicts) != 1)
        self.query_one("#conflict-words", Static).update(
            f"{len(conflicts)} admission conflict{several}: check who has these seats"
        )
        self.query_one("#conflicts", ReadOnlyTable).set_rows(reversed(conflicts))

    def set_conflicts_visible(self, wanted: bool) -> None:  # noqa: FBT001  what is wanted of the one thing here
        """Show or hide the conflicts. New ones are shown automatically."""
        self.set_class(wanted, "-conflicts")

    @property
    def _latest(self) -> ReadOnlyTable[ScanLogEntry]:
        return self.query_one("#latest", ReadOnlyTable)

    def _times(self, conflict: Conflict) -> Cell:
        """Return when, at which entrance and by whom the ticket was admitted."""
        entries = [entry for entry in (conflict.first, conflict.second) if entry is not None]
        text = [f"{e.at.astimezone():%H:%M:%S} {e.gate or self._name_of(e.by)}" for e in entries]
        return "; ".join(text) or f"{conflict.scanned_at.astimezone():%H:%M:%S}"


def entry_of(answer: ScanResult) -> ScanLogEntry:
    """Return the log entry of an answer."""
    ticket = answer.ticket
    text = (
        reason_text(answer)
        if answer.online or answer.by_signature
        else ", ".join(filter(None, (reason_text(answer), "from the list")))
    )
    return ScanLogEntry(
        key=answer.scan_id, at=answer.at, word=WORDS[answer.verdict], why=text,
        seat="" if ticket is None else seat_of(ticket),
        ticket_id=None if ticket is None else ticket.ticket_id,
    )  # fmt: skip


def unchecked_entry(key: str, at: datetime, why: str) -> ScanLogEntry:
    """Return the log entry of a code that could not be checked."""
    return ScanLogEntry(key=key, at=at, word=StyledText("ERROR", Tone.WARN), why=why)


def _conflict_seat(conflict: Conflict) -> Cell:
    return "unknown" if conflict.ticket is None else seat_of(conflict.ticket) or "no seat"


def _conflict_reason(conflict: Conflict) -> Cell:
    return StyledText(conflict.reason.value.replace("_", " "), Tone.LOSS)

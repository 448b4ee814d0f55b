"""Verdict: the answer to a scan, in letters that can be read at arm's length."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from client.formatting import place, venue_time
from client.gate import EXPLAINED, REPEATED, ScanResult, UndoneAdmission, reason_text
from client.transport import Unreachable
from contract.gate import Refusal, ScannedTicket, Verdict
from tui.widgets.large_text import LargeText


class VerdictKind(StrEnum):
    """What the panel shows. Each kind has a colour and a word of its own."""

    READY = "ready"
    CHECKING = "checking"
    ADMIT = "admit"
    REFUSE = "refuse"
    LEAVE = "leave"
    UNDONE = "undone"
    UNCHECKED = "unchecked"


class VerdictText(NamedTuple):
    """A verdict as text: a word, a large line below it, and small lines."""

    kind: VerdictKind
    word: str
    large: str = ""
    lines: tuple[str, ...] = ()


NO_LIST = "The gate is offline and has no admission list. Nobody can be checked."
READY = VerdictText(VerdictKind.READY, "READY", "", ("Scan a code.",))
READY_TO_LEAVE = VerdictText(VerdictKind.READY, "EXIT", "", ("Scan the code of who leaves.",))
CHECKING = VerdictText(VerdictKind.CHECKING, "CHECKING")


class VerdictPanel(Vertical):
    """The whole panel in one colour. It cannot be focused."""

    DEFAULT_CSS = """
    VerdictPanel {
        height: 1fr; align: left middle; padding: 0 2; background: $panel; color: $text-muted;
        LargeText, Static { width: 1fr; height: auto; text-style: bold; }
        #seat, #lines { margin-top: 1; }
        .plain { display: none; }
    }
    VerdictPanel.-admit { background: $success; color: $background; }
    VerdictPanel.-refuse { background: $error; color: $background; }
    VerdictPanel.-leave { background: $primary; color: $background; }
    VerdictPanel.-unchecked { background: $warning; color: $background; }
    VerdictPanel.-undone { color: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Start ready for the first scan."""
        super().__init__(id=id)
        self.shown = READY
        self._last_shown = READY

    def compose(self) -> ComposeResult:
        yield LargeText("", id="word")
        yield LargeText("", id="seat")
        yield Static(id="plain-word", classes="plain", markup=False)
        yield Static(id="plain-seat", classes="plain", markup=False)
        yield Static(id="lines", markup=False)

    def on_mount(self) -> None:
        self._draw()

    def show(self, shown: VerdictText) -> None:
        """Show this until something else is shown."""
        self.shown = self._last_shown = shown
        self._draw()

    def show_checking(self) -> None:
        """Show that a scan is being checked: the last verdict is not its answer."""
        self.shown = CHECKING
        self._draw()

    def restore(self) -> None:
        """Show the last verdict again: the scan was ignored."""
        self.show(self._last_shown)

    def _draw(self) -> None:
        shown = self.shown
        for kind in VerdictKind:
            self.set_class(kind is shown.kind, f"-{kind}")
        self.query_one("#word", LargeText).text = shown.word
        self.query_one("#seat", LargeText).text = shown.large
        self.query_one("#plain-word", Static).update(shown.word)
        self.query_one("#plain-seat", Static).update(shown.large)
        self.query_one("#lines", Static).update("\n".join(shown.lines))


def unchecked_text(failure: Exception) -> VerdictText:
    """Return the text for a code that could not be checked: neither an admission nor a refusal."""
    detail = getattr(failure, "detail", "") or str(failure)
    lines = (NO_LIST, detail) if isinstance(failure, Unreachable) else (detail,)
    return VerdictText(VerdictKind.UNCHECKED, "NOT CHECKED", "", lines)


def undone_text(undone: UndoneAdmission, seat: str) -> VerdictText:
    """Return the text for an admission that was undone."""
    later = () if undone.synced else ("It will be synced when the gate is online.",)
    large = seat or undone.ticket_id or ""
    return VerdictText(VerdictKind.UNDONE, "UNDONE", large, ("This admission is undone.", *later))


def verdict_text(answer: ScanResult) -> VerdictText:
    """Return the text for an answer."""
    ticket = answer.ticket
    at = f"{answer.at.astimezone():%H:%M:%S}" + (
        "" if answer.online or answer.by_signature else "· from the list"
    )
    repeated = (REPEATED,) if answer.repeated else ()
    if answer.verdict is Verdict.ADMITTED:
        seat = "" if ticket is None else seat_of(ticket)
        where = "" if ticket is None else f"{place(ticket)} · "
        why = (reason_text(answer),) if reason_text(answer) else ()
        if answer.by_signature:
            return VerdictText(VerdictKind.ADMIT, "ADMIT", "", (*why, at))
        return VerdictText(VerdictKind.ADMIT, "ADMIT", seat, (*why, where + at))
    if answer.verdict is Verdict.LEFT:
        seat = "" if ticket is None else seat_of(ticket)
        return VerdictText(VerdictKind.LEAVE, "LEAVE", seat, (*repeated, at))
    reason = "" if answer.reason is None else answer.reason.value.replace("_", " ").upper()
    told = answer.first or answer.revoked_at or answer.left_at or answer.reason in EXPLAINED
    detail = [reason_text(answer)] if told else [*repeated]
    if ticket is not None:
        if answer.reason is Refusal.WRONG_SHOW:
            detail.append(f"for {ticket.show.name}, {venue_time(ticket.show.starts_at)}")
        at = at if answer.by_signature else f"{place(ticket)} · {at}"
    return VerdictText(VerdictKind.REFUSE, "REFUSE", reason, (*detail, at))


def seat_of(ticket: ScannedTicket) -> str:
    """Return a ticket's place as briefly as possible: `B118 C 7`."""
    return " ".join(part for part in (ticket.section, ticket.row, ticket.seat) if part)

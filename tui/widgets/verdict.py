"""Verdict: what the gate says, in letters that can be read at arm's length."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from client.formatting import place, there
from client.gate import Answer, why
from contract.gate import Refusal, ScannedTicket, Verdict
from tui.widgets.large import Large


class Kind(StrEnum):
    """What is said. Each has a colour, and each has a word of its own too."""

    READY = "ready"
    CHECKING = "checking"
    ADMIT = "admit"
    REFUSE = "refuse"
    UNDONE = "undone"
    UNCHECKED = "unchecked"


class Said(NamedTuple):
    """A verdict as it is shown: a word, what is large below it, and the rest in small lines."""

    kind: Kind
    word: str
    large: str = ""
    lines: tuple[str, ...] = ()


READY = Said(Kind.READY, "READY", "", ("Scan a code.",))
CHECKING = Said(Kind.CHECKING, "CHECKING")


class VerdictBlock(Vertical):
    """The whole block in one colour. Nothing in it can be touched."""

    DEFAULT_CSS = """
    VerdictBlock {
        height: 1fr; align: left middle; padding: 0 2; background: $panel; color: $text-muted;
        Large, Static { width: 1fr; height: auto; text-style: bold; }
        #seat, #lines { margin-top: 1; }
        .plain { display: none; }
    }
    VerdictBlock.-admit { background: $success; color: $background; }
    VerdictBlock.-refuse { background: $error; color: $background; }
    VerdictBlock.-unchecked { background: $warning; color: $background; }
    VerdictBlock.-undone { color: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Be ready for the first scan."""
        super().__init__(id=id)
        self.said = READY
        self._settled = READY

    def compose(self) -> ComposeResult:
        yield Large("", id="word")
        yield Large("", id="seat")
        yield Static(id="plain-word", classes="plain", markup=False)
        yield Static(id="plain-seat", classes="plain", markup=False)
        yield Static(id="lines", markup=False)

    def on_mount(self) -> None:
        self._draw()

    def say(self, said: Said) -> None:
        """Say this, until something else is said."""
        self.said = self._settled = said
        self._draw()

    def check(self) -> None:
        """Say that a scan is on its way: what was said before is not the answer to it."""
        self.said = CHECKING
        self._draw()

    def go_back(self) -> None:
        """Say again what was said before: the scan was none."""
        self.say(self._settled)

    def _draw(self) -> None:
        said = self.said
        for kind in Kind:
            self.set_class(kind is said.kind, f"-{kind}")
        self.query_one("#word", Large).text = said.word
        self.query_one("#seat", Large).text = said.large
        self.query_one("#plain-word", Static).update(said.word)
        self.query_one("#plain-seat", Static).update(said.large)
        self.query_one("#lines", Static).update("\n".join(said.lines))


def said_to(answer: Answer) -> Said:
    """Word an answer."""
    ticket = answer.ticket
    at = f"{answer.at.astimezone():%H:%M:%S}" + ("" if answer.online else " · by the list")
    if answer.verdict is Verdict.ADMITTED:
        seat = "" if ticket is None else seat_of(ticket)
        where = "" if ticket is None else f"{place(ticket)} · "
        return Said(Kind.ADMIT, "ADMIT", seat, (where + at,))
    reason = "" if answer.reason is None else answer.reason.value.replace("_", " ").upper()
    detail = [why(answer)] if answer.first is not None else []
    if ticket is not None:
        if answer.reason is Refusal.WRONG_SHOW:
            detail.append(f"for {ticket.show.name}, {there(ticket.show.starts_at)}")
        at = f"{place(ticket)} · {at}"
    return Said(Kind.REFUSE, "REFUSE", reason, (*detail, at))


def seat_of(ticket: ScannedTicket) -> str:
    """Say where a ticket lets one sit, as short as can be: `B118 C 7`."""
    return " ".join(part for part in (ticket.section, ticket.row, ticket.seat) if part)

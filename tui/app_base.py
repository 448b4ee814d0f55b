"""House: what every screen may ask of the app, and how it says things to people."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import Literal

from textual.app import App

from client.sanitize import safe_text
from client.transport import Unreachable
from contract.problems import NotSignedIn, Problem
from contract.tickets import Ticket
from tui import textual_internals
from tui.actions import Action
from tui.own_locks import Holds
from tui.saved_state import Memory
from tui.session import Session

#: How long a toast of a refusal stays, in seconds; a result is said for five.
REFUSAL = 10.0
Severity = Literal["information", "warning", "error"]


class House(App[None]):
    """The app as its screens know it. They never import the app itself, which imports them.

    Its toasts never read markup, and its clipboard passes through tmux.
    """

    #: The one person at the one server.
    session: Session
    #: How things looked when the app was left, and will when it is left again.
    memory: Memory
    #: The tickets locked for whoever is signed in.
    holds: Holds

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Severity = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast. Its text is never read as markup: it may be somebody else's."""
        super().notify(
            safe_text(message, multiline=True), title=safe_text(title), severity=severity,
            timeout=timeout, markup=markup and False,
        )  # fmt: skip

    def refused(self, problem: Problem) -> None:
        """Say what the server refused; who is not signed in is asked to be."""
        if isinstance(problem, NotSignedIn):
            self.session_ended(problem)
            return
        self.bell()
        said = [problem.detail, *(f"{e.field}: {e.message}" for e in problem.errors)]
        self.notify("\n".join(said), title=problem.title(), severity="error", timeout=REFUSAL)

    def unreachable(self, error: Unreachable) -> None:
        """Say that the server did not answer; the banner says the rest."""
        self.notify(error.detail, title="no answer", severity="warning", timeout=REFUSAL)

    def copy_to_clipboard(self, text: str) -> None:
        """Send text to the terminal's clipboard (OSC 52), through tmux too."""
        text = safe_text(text)
        self._clipboard = text
        data = base64.b64encode(text.encode()).decode()
        sequence = f"\x1b]52;c;{data}\a"
        if os.environ.get("TMUX"):
            # tmux passes on only what is wrapped, every escape in it doubled.
            sequence = "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        textual_internals.write(self, sequence)

    def copy(self, text: str, what: str) -> None:
        """Copy, and show the text too: no terminal says whether it took it."""
        self.copy_to_clipboard(text)
        self.notify(text, title=f"{what}: sent to the clipboard")

    def session_ended(self, problem: Problem) -> None:
        """Take note that nobody is signed in any more."""
        raise NotImplementedError

    @property
    def mode_title(self) -> str:
        """What the mode one is in is called."""
        raise NotImplementedError

    def why_not_write(self) -> str:
        """Say why nothing can be changed now; empty when it can."""
        raise NotImplementedError

    def why_offline(self) -> str:
        """Say how old what is shown is while the server is away; empty while it is not."""
        raise NotImplementedError

    def may_enter(self, mode: str) -> bool:
        """Whether a mode is of any use to whoever is signed in."""
        raise NotImplementedError

    def with_account(self, then: Callable[[], object]) -> None:
        """Go on if somebody is signed in, else ask for that first."""
        raise NotImplementedError

    def buy(self, ticket: Ticket) -> None:
        """Lead from a ticket to its checkout."""
        raise NotImplementedError

    def perform(self, place: str, action: Action) -> None:
        """Do what was chosen in the palette, going where it is done first."""
        raise NotImplementedError

    def action_go(self, mode: str) -> None:
        raise NotImplementedError

"""App base: what every screen may use of the app."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import Literal

from textual import on
from textual.app import App
from textual.driver import Driver

from client.sanitize import safe_text
from client.transport import Unreachable
from contract.auth import AccountBanned
from contract.problems import NotSignedIn, Problem
from contract.tickets import Ticket
from tui import textual_internals
from tui.actions import AppAction
from tui.own_locks import OwnLocks
from tui.saved_state import SavedState
from tui.session import UserSession

#: How long an error toast stays, in seconds; any other toast stays for five.
ERROR_SECONDS = 10.0
#: How long a text stays that the user may have to copy by hand.
UNSURE_SECONDS = 20.0
Severity = Literal["information", "warning", "error"]


class AppBase(App[None]):
    """The app as its screens know it. Screens never import the app itself, which imports them.

    Its toasts never interpret markup, and its clipboard works through tmux.
    """

    #: The session: one user on one server.
    session: UserSession
    #: The saved state: how the app looked when it was last closed.
    saved_state: SavedState
    #: The tickets locked for the signed-in user.
    own_locks: OwnLocks

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Severity = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast. Its text is never interpreted as markup: it may come from other users."""
        super().notify(
            safe_text(message, multiline=True), title=safe_text(title), severity=severity,
            timeout=timeout, markup=markup and False,
        )  # fmt: skip

    def show_problem(self, problem: Problem) -> None:
        """Show a problem as an error toast; ask the user to sign in if that is the problem."""
        if isinstance(problem, NotSignedIn | AccountBanned):
            self.session_ended(problem)
            return
        self.bell()
        message = [problem.detail, *(f"{e.field}: {e.message}" for e in problem.errors)]
        self.notify(
            "\n".join(message), title=problem.title(), severity="error", timeout=ERROR_SECONDS
        )

    def show_unreachable(self, error: Unreachable) -> None:
        """Show that the server did not answer; the banner shows the rest."""
        self.notify(
            error.detail,
            title="no answer from the server",
            severity="warning",
            timeout=ERROR_SECONDS,
        )

    def copy_to_clipboard(self, text: str) -> None:
        """Send text to the terminal's clipboard (OSC 52), also through tmux."""
        text = safe_text(text)
        self._clipboard = text
        data = base64.b64encode(text.encode()).decode()
        sequence = f"\x1b]52;c;{data}\a"
        # tmux takes the plain sequence with set-clipboard, and forwards a wrapped one, with every
        # escape doubled, with allow-passthrough. It ignores what it is not told to take.
        if os.environ.get("TMUX"):
            sequence += "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        elif os.environ.get("STY"):  # screen forwards what is wrapped for it
            sequence = f"\x1bP{sequence}\x1b\\"
        textual_internals.write(self, sequence)

    def copy(self, text: str, what: str) -> None:
        """Copy text and show it: a terminal does not report whether it accepted the text."""
        self.copy_to_clipboard(text)
        if os.environ.get("TMUX"):
            hint = "tmux passes it on only after\ntmux set -s set-clipboard on"
            self.notify(f"{text}\n{hint}", title=f"{what}: sent to tmux", timeout=UNSURE_SECONDS)
        else:
            self.notify(text, title=f"{what}: sent to the clipboard")

    @on(Driver.SignalResume)
    def draw_again(self) -> None:
        """Draw everything at once when the app is in the foreground again, after `fg`."""
        self.refresh(layout=True)

    def session_ended(self, problem: Problem) -> None:
        """Handle the end of the session."""
        raise NotImplementedError

    @property
    def mode_title(self) -> str:
        """The title of the current mode."""
        raise NotImplementedError

    def write_block_reason(self) -> str:
        """Return why nothing can be changed now; empty if changes are possible."""
        raise NotImplementedError

    def offline_message(self) -> str:
        """Return the banner for when the app is offline; empty while it is online."""
        raise NotImplementedError

    def can_enter(self, mode: str) -> bool:
        """Whether the signed-in account has access to a mode."""
        raise NotImplementedError

    def with_account(self, then: Callable[[], object]) -> None:
        """Call `then` if a user is signed in; otherwise ask them to sign in first."""
        raise NotImplementedError

    def buy(self, ticket: Ticket) -> None:
        """Start the purchase of a ticket."""
        raise NotImplementedError

    def perform(self, scope: str, action: AppAction) -> None:
        """Run an action chosen in the palette, after switching to its screen."""
        raise NotImplementedError

    def action_go(self, mode: str) -> None:
        raise NotImplementedError

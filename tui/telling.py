"""Telling: toasts and the clipboard. What is said here may be somebody else's words."""

from __future__ import annotations

import base64
import os
from typing import Literal

from textual.app import App

from client.delivery import Unreachable
from client.text import safe_text
from contract.problems import NotSignedIn, Problem
from tui import seams

#: How long a toast of a refusal stays, in seconds; a result is said for five.
REFUSAL = 10.0
Severity = Literal["information", "warning", "error"]


class Telling(App[None]):
    """An app whose toasts never read markup, and whose clipboard passes through tmux."""

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
        seams.write(self, sequence)

    def copy(self, text: str, what: str) -> None:
        """Copy, and show the text too: no terminal says whether it took it."""
        self.copy_to_clipboard(text)
        self.notify(text, title=f"{what}: sent to the clipboard")

    def session_ended(self, problem: Problem) -> None:
        """Take note that nobody is signed in any more."""
        raise NotImplementedError

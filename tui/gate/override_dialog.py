"""Override dialog: a supervisor admits the ticket that was refused last, and says why."""

from __future__ import annotations

from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from client.config import BadConfig
from client.formatting import place
from client.gate import ScanResult, reason_text
from client.transport import Unreachable
from contract.gate import MAX_OVERRIDE, Direction
from contract.problems import Problem
from tui.gate.worker import GateWorker
from tui.requests import AppAccess, request
from tui.widgets.text_input import SafeInput


class RefusedCode(NamedTuple):
    """A code that was refused, and the answer."""

    code: str
    answer: ScanResult


class OverrideDialog(ModalScreen[ScanResult | None], AppAccess):
    """Asks for the reason, and returns the answer to the override; None changes nothing."""

    BINDINGS = [("escape", "leave", "leave")]
    AUTO_FOCUS = "#reason"
    HELP = "# Admitting in spite of a refusal\n\nYour reason is kept with the admission."

    def __init__(self, worker: GateWorker, refused: RefusedCode) -> None:
        """Ask about a code that was refused at this gate."""
        super().__init__()
        self.worker, self.refused = worker, refused
        self._busy = False

    def compose(self) -> ComposeResult:
        answer = self.refused.answer
        with Vertical(classes="dialog"):
            yield Static("Admit in spite of the refusal", classes="title", markup=False)
            yield Static("" if answer.ticket is None else place(answer.ticket), markup=False)
            yield Static(reason_text(answer), markup=False)
            yield Static(
                f"scanned at {answer.at.astimezone():%H:%M:%S}", classes="muted", markup=False
            )
            yield Static("Why this ticket is admitted", classes="label", markup=False)
            yield SafeInput(
                placeholder="e.g. left by the fire exit", max_length=MAX_OVERRIDE, id="reason",
                compact=True,
            )  # fmt: skip
            yield Static(id="problem", classes="problem", markup=False)
            yield Static("It is kept with your name.", classes="muted", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Admit", id="go", variant="primary", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Override the refusal, once."""
        reason = self.query_one("#reason", Input).value.strip()
        if self._busy:
            return
        if not reason:
            self._refuse("Enter why; it is kept with the admission.")
        elif _is_code(reason):
            self.query_one("#reason", Input).value = ""
            self._refuse("That is a code, which nobody has checked. Enter why, in words.")
        else:
            self._busy = True
            self.send(reason)

    @request("override")
    async def send(self, reason: str) -> None:
        """Scan the code again with the reason; what went wrong is shown below it."""
        try:
            answer = await self.worker.scan(self.refused.code, Direction.IN, override=reason)
        except (Problem, Unreachable, BadConfig) as failure:
            wrong = [f"{each.field}: {each.message}" for each in getattr(failure, "errors", ())]
            self._refuse("\n".join(wrong) or getattr(failure, "detail", "") or str(failure))
        else:
            self.dismiss(answer)
        finally:
            self._busy = False

    def _refuse(self, why: str) -> None:
        self.app_base.bell()
        self.query_one("#problem", Static).update(why)
        self.query_one("#reason", Input).focus()

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Leave, unless the answer is on its way."""
        if not self._busy:
            self.dismiss(None)


def _is_code(reason: str) -> bool:
    """Whether this came from the scanner: the next code in the queue is nobody's reason."""
    return not reason.count(" ") and any(each.isdigit() for each in reason)

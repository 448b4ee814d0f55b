"""Claims dialog: the two who say that one seat is theirs, side by side, and what can be done."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from client.alert_text import can_reissue, can_withdraw
from client.formatting import place, relative_time
from client.validity import status_text
from contract.moderation import (
    ADMIN_REISSUE,
    ADMIN_WITHDRAW,
    VIEW_ALERT,
    SeatClaim,
    ViewedAlert,
)
from contract.tickets import ReissueCode, WithdrawTicket
from tui.requests import AppAccess, request
from tui.widgets.confirm_dialog import ConfirmDialog, on_yes
from tui.widgets.text_input import SafeInput


class ClaimsDialog(ModalScreen[None], AppAccess):
    """Compares the claims of an alert; the operator withdraws a listing or replaces a code."""

    BINDINGS = [("escape", "leave", "leave")]
    DEFAULT_CSS = """
    ClaimsDialog #claims { height: auto; margin-top: 1; }
    ClaimsDialog .claim { width: 1fr; height: auto; padding-right: 2; }
    ClaimsDialog .claim Button { margin-top: 1; }
    """

    def __init__(self, viewed: ViewedAlert) -> None:
        """Show these claims."""
        super().__init__()
        self.viewed = viewed

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Compare the claims", classes="title", markup=False)
            yield Static(self.viewed.detail, classes="muted", markup=False)
            with Horizontal(id="claims"):
                for n, claim in enumerate(self.viewed.claims):
                    yield from self._claim(n, claim)
            if not self.session.readonly:
                yield Static("Reason, for the seller or the owner", classes="label", markup=False)
                yield SafeInput(max_length=200, id="reason", compact=True)
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Close", id="leave", compact=True)

    def _claim(self, n: int, claim: SeatClaim) -> ComposeResult:
        with Vertical(classes="claim"):
            yield Static("\n".join(_lines(claim, self.session.now())), markup=False)
            if self.session.readonly:
                return
            if can_withdraw(claim):
                yield Button("Take off sale", id=f"withdraw-{n}", compact=True)
            if can_reissue(claim):
                yield Button("Replace the code", id=f"reissue-{n}", compact=True)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed)
    def decided(self, pressed: Button.Pressed) -> None:
        """Ask for a yes before a ticket is changed; a reason must be given."""
        verb, _, number = (pressed.button.id or "").partition("-")
        if not number:
            return
        ticket = self.viewed.claims[int(number)].ticket
        reason = self.query_one("#reason", Input).value.strip()
        if ticket is None or not reason:
            self.query_one("#problem", Static).update("Enter the reason first; people read it.")
            self.query_one("#reason", Input).focus()
            return
        question = ConfirmDialog(
            "Take the ticket off sale?" if verb == "withdraw" else "Replace the entry code?",
            f"{ticket.id}, {place(ticket)}: {reason}",
            yes="Take it off sale" if verb == "withdraw" else "Replace the code",
        )
        change = self.withdraw if verb == "withdraw" else self.reissue
        self.app_base.push_screen(question, on_yes(partial(change, ticket.id, reason)))

    @request("claims")
    async def withdraw(self, ticket_id: str, reason: str) -> None:
        """Take the listing of a claim off sale."""
        body = WithdrawTicket(reason=reason)
        await self.session.call(ADMIN_WITHDRAW, body, ticket_id=ticket_id)
        await self._changed("The ticket is off sale.")

    @request("claims")
    async def reissue(self, ticket_id: str, reason: str) -> None:
        """Replace the entry code of a claim's ticket."""
        await self.session.call(ADMIN_REISSUE, ReissueCode(reason=reason), ticket_id=ticket_id)
        await self._changed("The owner has a new code.")

    async def _changed(self, what: str) -> None:
        """Say what was done and show the claims as they are now."""
        self.app_base.notify(what)
        self.viewed = await self.session.call(VIEW_ALERT, alert_id=self.viewed.id)
        await self.recompose()


def _lines(claim: SeatClaim, now: datetime) -> list[str]:
    """Return what tells one claim from another."""
    lines = ["No ticket: listing refused"]
    if claim.ticket is not None:
        ticket = claim.ticket
        lines = [ticket.id, f"{status_text(ticket)}, {ticket.price}"]
        lines.append(f"listed {relative_time(ticket.created_at, now)}")
    lines.append(f"seller {claim.seller.email}")
    lines.append(f"  account since {relative_time(claim.seller.created_at, now)}")
    if claim.owner is not None and claim.owner.id != claim.seller.id:
        lines.append(f"owner {claim.owner.email}")
    if claim.code_issued_at is not None:
        lines.append(f"entry code since {relative_time(claim.code_issued_at, now)}")
    return lines

"""Sign-in dialog: sign in at this server, or create an account there."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from client.config import BadConfig
from client.credentials import TokenStore
from client.transport import Unreachable
from contract.auth import LOG_IN, SIGN_UP, LogIn, SignUp
from contract.problems import Problem
from tui.requests import AppAccess, request
from tui.widgets.text_input import LineInput, SafeInput


class SignInDialog(ModalScreen[bool], AppAccess):
    """Asks for email and password; returns whether the user signed in."""

    BINDINGS = [("escape", "leave", "cancel")]
    HELP = "# Signing in\n\nThe app and the `ticketing` commands share one sign-in."

    def __init__(self, *, new: bool = False) -> None:
        """With `new`, create an account instead."""
        super().__init__()
        self.new = new
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(classes="title", id="title", markup=False)
            yield Static(self.session.server, classes="muted", markup=False)
            yield Static("Email", classes="label", markup=False)
            yield SafeInput(id="email", compact=True)
            yield Static("Password", classes="label", markup=False)
            yield LineInput(password=True, id="password", compact=True)
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("", id="other", compact=True)
                yield Button("Cancel", id="leave", compact=True)
                yield Button("", id="go", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.set_new(new=self.new)
        self.query_one("#email", Input).focus()

    def set_new(self, *, new: bool) -> None:
        """Switch between signing in and creating an account."""
        self.new = new
        self.query_one("#title", Static).update("Create an account" if new else "Sign in")
        self.query_one("#go", Button).label = "Create account" if new else "Sign in"
        self.query_one("#other", Button).label = "I have an account" if new else "Create an account"
        self.query_one("#password", Input).placeholder = "at least 8 characters" if new else ""
        self.query_one("#problem", Static).update("")

    @on(Button.Pressed, "#other")
    def other(self) -> None:
        """Switch to the other of the two."""
        self.set_new(new=not self.new)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(result=False)

    @on(Input.Submitted, "#email")
    def to_password(self) -> None:
        """Go to the password."""
        self.query_one("#password", Input).focus()

    @on(Button.Pressed, "#go")
    @on(Input.Submitted, "#password")
    def go(self) -> None:
        """Submit the form, once."""
        if not self._busy:
            self._busy = True
            self.send()

    @request("sign in")
    async def send(self) -> None:
        """Sign in or sign up; a refusal is shown below the fields, which keep their values."""
        email = self.query_one("#email", Input).value.strip()
        password = self.query_one("#password", Input).value
        problem = self.query_one("#problem", Static)
        problem.update("")
        try:
            self.session.credentials.check_writable()
            if self.new:
                signed = await self.session.call(SIGN_UP, SignUp(email=email, password=password))
            else:
                signed = await self.session.call(LOG_IN, LogIn(email=email, password=password))
        except (Problem, Unreachable, BadConfig) as refusal:
            self._busy = False
            text = [f"{e.field}: {e.message}" for e in getattr(refusal, "errors", ())]
            problem.update("\n".join(text) or str(refusal))
            return
        kept = await self.session.sign_in(signed)
        where = "the keyring" if kept.store is TokenStore.KEYRING else "a private file"
        self.app_base.notify(
            f"Signed in as {signed.account.email}; the token is stored in {where}."
        )
        self.dismiss(result=True)

"""Server dialog: choose a server, also while the current one is down."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from client.address import BadAddress
from client.config import BadConfig
from tui.requests import AppAccess
from tui.widgets.text_input import SafeInput


class ServerDialog(ModalScreen[bool], AppAccess):
    """Lists the servers used so far and accepts a new address; returns whether one was chosen."""

    BINDINGS = [("escape", "leave", "leave")]
    HELP = "# Servers\n\nThe choice lasts until the app exits; `ticketing config set\
 server` makes it permanent."

    def compose(self) -> ComposeResult:
        known = dict.fromkeys([self.session.server, *self.app_base.saved_state.servers])
        with Vertical(classes="dialog"):
            yield Static("Choose a server", classes="title", markup=False)
            yield OptionList(*map(Option, known), id="known", compact=True, markup=False)
            yield Static("or another address", classes="label", markup=False)
            yield SafeInput(placeholder="https://tickets.example.org", id="address", compact=True)
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Choose", id="go", variant="primary", compact=True)

    @on(OptionList.OptionSelected)
    def known_chosen(self, chosen: OptionList.OptionSelected) -> None:
        """Choose a known server."""
        self.choose(str(chosen.option.prompt))

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def typed(self) -> None:
        """Choose the typed address, or the highlighted one."""
        address = self.query_one("#address", Input).value.strip()
        marked = self.query_one(OptionList).highlighted_option
        self.choose(address or (str(marked.prompt) if marked else ""))

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(result=False)

    def choose(self, address: str) -> None:
        """Switch to a server, or show why the address is not valid."""
        try:
            self.session.switch_server(address)
        except (BadAddress, BadConfig) as wrong:
            self.query_one("#problem", Static).update(str(wrong))
            return
        self.dismiss(result=True)

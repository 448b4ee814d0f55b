"""Save card dialog: show the page where the card is entered, and wait for the result."""

from __future__ import annotations

import asyncio

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from client import browser
from client.formatting import countdown, local_time, mode
from client.transport import Unreachable
from contract.cards import ADD_CARD, VIEW_CARD_SETUP, CardSaved, CardSetup, CardSetupStatus
from contract.problems import Problem
from tui.messages import FeedEvents
from tui.requests import AppAccess, request
from tui.widgets.qr_code import QrCode

#: How often the server is polled in case the feed misses the event, in seconds.
POLL = 3.0


class SaveCardDialog(ModalScreen[bool], AppAccess):
    """Shows the link and QR code of the page; returns whether a card was saved."""

    CSS_PATH = "save_card_dialog.tcss"
    BINDINGS = [
        ("escape", "leave", "leave"), ("o", "open_page", "open page"), ("c,y", "copy", "copy link"),
    ]  # fmt: skip
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (76, "-broad")]
    AUTO_FOCUS = "#open"
    HELP = "# Saving a card\n\nYou enter the number on the payment provider's page, never here."

    def __init__(self) -> None:
        """Prepare to request one page."""
        super().__init__()
        self.setup: CardSetup | None = None
        self._key = ""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="dialog"):
            with Vertical(id="words"):
                yield Static("Save a card", classes="title", markup=False)
                yield Static("requesting a page…", id="how", markup=False)
                yield Static(id="link", markup=False)
                yield Static(id="wait", markup=False)
                yield Static(id="problem", classes="problem", markup=False)
                with Horizontal(classes="buttons"):
                    yield Button("Open page", id="open", variant="primary", compact=True)
                    yield Button("Copy link", id="copy", compact=True)
                    yield Button("Leave", id="leave", compact=True)
            yield QrCode(id="code")

    def on_mount(self) -> None:
        self._key = self.session.clock.new_key()
        self.set_interval(1.0, self.tick)
        self.set_interval(POLL, self.read)
        self.ask()

    @request("page")
    async def ask(self) -> None:
        """Request a page from the payment provider."""
        problem = self.query_one("#problem", Static)
        try:
            setup = await self.session.call(ADD_CARD, key=self._key)
        except (Problem, Unreachable) as refusal:
            self.query_one("#how", Static).update("The page could not be opened.")
            problem.update(refusal.detail)
            return
        self.setup = setup
        how = (
            f"{mode(live=setup.live)}: enter the card on the payment page by "
            f"{local_time(setup.expires_at)}. Nothing is charged."
        )
        self.query_one("#how", Static).update(how)
        self.query_one("#link", Static).update(setup.url)
        self.query_one("#code", QrCode).text = setup.url
        self.tick()

    def tick(self) -> None:
        """Show how long the page stays open."""
        if self.setup is not None:
            seconds = (self.setup.expires_at - self.session.now()).total_seconds()
            self.query_one("#wait", Static).update(f"waiting for a card {countdown(seconds)}")

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Check the page when a card was saved."""
        if any(isinstance(entry.event, CardSaved) for entry in message.entries):
            self.read()

    @request("setup")
    async def read(self) -> None:
        """Load the state of the page."""
        if self.setup is None:
            return
        try:
            self.setup = await self.session.call(VIEW_CARD_SETUP, setup_id=self.setup.id)
        except Unreachable:
            return  # the banner shows it; the next poll may succeed
        if self.setup.card is not None:
            card = self.setup.card
            self.app_base.notify(
                f"{card.brand} ···· {card.last4} can pay your next ticket without a page.",
                title="card saved",
            )
            self.dismiss(result=True)
        elif self.setup.status is CardSetupStatus.VOID:
            self.app_base.notify("The page is closed; no card was saved.", severity="warning")
            self.dismiss(result=False)

    @on(Button.Pressed, "#open")
    def action_open_page(self) -> None:
        if self.setup is not None:
            self.show_page(self.setup.url)

    @request("browser")
    async def show_page(self, url: str) -> None:
        """Open the page in a browser, if there is one."""
        if not await asyncio.to_thread(browser.open_page, url, self.session.env):
            self.app_base.notify("No browser can be opened here; open the link on any device.")

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        if self.setup is not None:
            self.app_base.copy(self.setup.url, "link")

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(result=False)

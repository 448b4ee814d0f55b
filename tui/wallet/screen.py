"""Wallet screen: the tickets the user has bought, upcoming ones first."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from client import calendar
from client.formatting import changed_from, marked, place, relative_time, seat, venue_time
from client.transport import Unreachable
from client.validity import entry_code, void_notice, why_void
from contract.base import PageQuery
from contract.orders import LIST_WALLET, OrderCompleted, OrderUpdated, WalletTicket
from contract.receipts import VIEW_RECEIPT
from contract.shows import ShowCancelled, ShowMerged, ShowUpdated
from tui import actions
from tui.base_screen import BaseScreen
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import VirtualTable

PAGE = 100
NONE = "no tickets yet; tickets you buy appear here"


class WalletScreen(BaseScreen):
    """The bought tickets. Loaded tickets stay visible while the app is offline."""

    scope = "wallet"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("wallet")
    AUTO_FOCUS = "#bought"
    HELP = "# Wallet\n\n`enter` shows the entry code of a ticket, large enough to scan at the gate."

    def __init__(self) -> None:
        """Start without a user."""
        super().__init__()
        self._user = ""

    def body(self) -> ComposeResult:
        with Horizontal(id="wallet"):
            yield VirtualTable[WalletTicket](
                (
                    TableColumn(
                        title="SHOW", of=lambda w: StyledText(w.ticket.show.name, self._tone(w))
                    ),
                    TableColumn(title="DATE", of=self._date, width=9, right=True),
                    TableColumn(title="SEAT", of=self._seat, width=12, drop_rank=1),
                    TableColumn(title="WHEN", of=self._state, width=11),
                ),
                key=lambda bought: bought.ticket.id,
                empty="reading…",
                id="bought",
            )
            with Vertical(id="detail"):
                yield Static(id="words", markup=False)
                with Horizontal(classes="buttons"):
                    yield Button("Show at the gate", id="gate", variant="primary", compact=True)
                    yield Button("Calendar", id="calendar", compact=True)
        with Vertical(id="signed-out"):
            yield Static("You are not signed in.", markup=False)
            yield Static("Sign in to see your tickets.", classes="muted", markup=False)
            yield Button("Sign in", id="sign-in", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.set_interval(60.0, self.table.refresh_rows)
        self.show_user()
        if self.session.signed_in:
            self.load()

    @property
    def table(self) -> VirtualTable[WalletTicket]:
        """The list of tickets."""
        return self.query_one("#bought", VirtualTable)

    @property
    def bought(self) -> WalletTicket | None:
        """The ticket under the cursor."""
        return self.table.row

    def show_user(self) -> bool:
        """Show the tickets of the signed-in user; return whether the user changed."""
        user = f"{self.session.server} {self.session.email}" if self.session.signed_in else ""
        moved = user != self._user
        if moved:
            self._user = user
            self.table.empty = "reading…"
            self.table.set_rows(())
        self.query_one("#wallet").display = bool(user)
        self.query_one("#signed-out").display = not user
        self._show_details()
        if user and self.focused is None:
            self.table.focus()
        return moved

    @request("wallet")
    async def load(self) -> None:
        """Load every bought ticket. The current rows stay until all are loaded."""
        found: list[WalletTicket] = []
        cursor = None
        try:
            while True:
                page = await self.session.page(LIST_WALLET, PageQuery(limit=PAGE, cursor=cursor))
                found += page.items
                cursor = page.next
                if cursor is None:
                    break
        except Unreachable:
            self.table.empty = "offline"
            self.table.refresh_rows()
            raise
        self.table.empty = NONE
        self.table.set_rows(self._sorted(found))
        self._show_details()

    def _sorted(self, found: list[WalletTicket]) -> list[WalletTicket]:
        """Sort usable tickets first, the next show on top; then the others, the latest on top."""
        coming = [w for w in found if self._is_usable(w)]
        over = [w for w in found if not self._is_usable(w)]
        coming.sort(key=lambda w: (w.ticket.show.starts_at, w.ticket.id))
        over.sort(key=lambda w: (w.ticket.show.starts_at, w.ticket.id), reverse=True)
        return [*coming, *over]

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Reload when a ticket was bought or refunded, or a show cancelled."""
        account = self.session.account
        for entry in message.entries:
            event = entry.event
            mine = isinstance(event, OrderCompleted | OrderUpdated) and (
                account is not None and event.buyer_id == account.id
            )
            if self.session.signed_in and (
                mine or isinstance(event, ShowCancelled | ShowUpdated | ShowMerged)
            ):
                self.load()
                return

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload the tickets."""
        self.show_user()
        if self.session.signed_in:
            self.load()

    @on(ConnectionChanged)
    def update_user(self) -> None:
        """Update the tickets: the signed-in account may be known only now."""
        if self.show_user() and self.session.signed_in:
            self.load()

    # One ticket.

    @on(VirtualTable.CursorMoved, "#bought")
    def _show_details(self) -> None:
        """Show everything about the ticket under the cursor except its code."""
        bought = self.bought
        self.query_one("#detail").visible = bought is not None
        if bought is None:
            return
        ticket, show = bought.ticket, bought.ticket.show
        state, before = self._state(bought), changed_from(show)
        self.query_one("#words", Static).update(
            Content("\n").join(
                (
                    Content.styled(show.name, "bold"),
                    Content(venue_time(show.starts_at)),
                    Content(f"{show.venue}, {show.city}"),
                    Content.styled(f"before: {before}" if before else "", "$warning"),
                    Content.styled(place(ticket), "$accent"),
                    Content(state.text),
                    Content.styled(void_notice(bought), "bold $error"),
                    Content.styled(f"paid {marked(ticket.price, live=bought.live)}", "$text-muted"),
                    Content.styled(f"order {bought.order_id}", "$text-muted"),
                )
            )
        )

    @on(VirtualTable.RowOpened, "#bought")
    @on(Button.Pressed, "#gate")
    def action_open(self) -> None:
        """Show the entry code."""
        if self.bought is not None:
            from tui.wallet.entry_code import EntryCodeScreen

            self.app_base.push_screen(EntryCodeScreen(self.bought))

    def action_copy(self) -> None:
        if self.bought is None:
            return
        if notice := void_notice(self.bought):
            self.app_base.notify(notice, severity="warning")
        else:
            self.app_base.copy(entry_code(self.bought), "entry code")

    @on(Button.Pressed, "#calendar")
    def action_calendar(self) -> None:
        if self.bought is not None:
            self.save_calendar(self.bought)

    @request("calendar")
    async def save_calendar(self, bought: WalletTicket) -> None:
        """Save a calendar entry in the current folder."""
        receipt = await self.session.call(VIEW_RECEIPT, order_id=bought.order_id)
        written = calendar.to_ics(receipt, self.session.now())
        try:
            path = write_new_file(Path.cwd(), bought.ticket.id, written)
        except OSError as error:
            self.app_base.notify(f"cannot write the file: {error.strerror}", severity="error")
            return
        self.app_base.notify(f"Saved {path.name} in {path.parent}.", title="calendar entry saved")

    @on(Button.Pressed, "#sign-in")
    def sign_in(self) -> None:
        """Ask the user to sign in."""
        self.app_base.with_account(lambda: None)

    # Texts.

    def _is_usable(self, bought: WalletTicket) -> bool:
        return not why_void(bought) and bought.ticket.show.starts_at > self.session.now()

    def _tone(self, bought: WalletTicket) -> Tone:
        return Tone.PLAIN if self._is_usable(bought) else Tone.DIM

    def _date(self, bought: WalletTicket) -> Cell:
        at = bought.ticket.show.starts_at
        return StyledText(f"{at.day} {at:%b %y}", Tone.DIM)

    def _seat(self, bought: WalletTicket) -> Cell:
        return StyledText(seat(bought.ticket) or "no seat", self._tone(bought))

    def _state(self, bought: WalletTicket) -> StyledText:
        if bought.refunded:
            return StyledText("refunded", Tone.DIM)
        if bought.ticket.show.cancelled:
            return StyledText("CANCELLED", Tone.LOSS)
        if bought.ticket.show.starts_at <= self.session.now():
            return StyledText("past", Tone.DIM)
        return StyledText(
            relative_time(bought.ticket.show.starts_at, self.session.now()), Tone.GOOD
        )


def write_new_file(folder: Path, name: str, content: bytes) -> Path:
    """Write a file under a new name. Raise OSError if that fails."""
    for n in range(1, 100):
        path = folder / (f"{name}.ics" if n == 1 else f"{name}-{n}.ics")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(None, "100 such files exist already")

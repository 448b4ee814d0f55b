"""Wallet screen: the tickets the user owns, upcoming ones first."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from client.formatting import (
    changed_from,
    marked,
    order_text,
    origin,
    place,
    relative_time,
    seat,
    venue_time,
)
from client.transport import Unreachable
from client.validity import entry_code, open_offers, void_notice, wallet_state, why_void
from contract.base import Event, Page, PageQuery
from contract.endpoint import Endpoint
from contract.orders import LIST_WALLET, OrderCompleted, OrderUpdated, WalletTicket
from contract.tickets import (
    WITHDRAW_TICKET,
    Ticket,
    TicketCodeIssued,
    TicketCodeRevoked,
    TicketStatus,
    TicketUpdated,
)
from contract.transfers import (
    CANCEL_TRANSFER,
    LIST_TRANSFERS,
    Transfer,
    TransferAccepted,
    TransferCreated,
    TransferEnded,
)
from tui import actions
from tui.base_screen import BaseScreen
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request
from tui.ticket_events import SHOW_CHANGES
from tui.wallet import calendar_file
from tui.wallet.history import TicketHistory
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import VirtualTable

T = TypeVar("T")
PAGE = 100
SALE = {TicketStatus.AVAILABLE: "on sale", TicketStatus.LOCKED: "BEING SOLD"}
#: What is about a user's own tickets, by the field with the user's id.
OWN_EVENTS: dict[type[Event], str] = {
    OrderCompleted: "buyer_id", OrderUpdated: "buyer_id", TicketCodeIssued: "owner_id",
    TicketCodeRevoked: "owner_id", TransferCreated: "user_id", TransferAccepted: "user_id",
    TransferEnded: "user_id",
}  # fmt: skip


class WalletScreen(BaseScreen):
    """The user's tickets. Loaded tickets stay visible while the app is offline."""

    scope = "wallet"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("wallet")
    AUTO_FOCUS = "#bought"
    HELP = """# Wallet

`enter` shows the entry code of a ticket, large enough to scan at the gate. `s` sells a ticket, `t`
gives it to somebody, `w` takes it back. `o` shows the tickets that others offer to you.
"""

    def __init__(self) -> None:
        """Start without a user."""
        super().__init__()
        self._user = ""
        #: The tickets that the user is giving away, by ticket.
        self.giving: dict[str, Transfer] = {}
        #: The tickets that others offer to the user.
        self.offered: list[Transfer] = []

    def body(self) -> ComposeResult:
        yield Static(id="offered", markup=False)
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
                yield TicketHistory()
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
            self.giving, self.offered = {}, []
            self._show_offered()
        self.query_one("#wallet").display = bool(user)
        self.query_one("#signed-out").display = not user
        self._show_details()
        if user and self.focused is None:
            self.table.focus()
        return moved

    @request("wallet")
    async def load(self) -> None:
        """Load every bought ticket. The current rows stay until all are loaded."""
        try:
            found = await self._all(LIST_WALLET)
            offers = open_offers(await self._all(LIST_TRANSFERS))
        except Unreachable:
            self.table.empty = "offline"
            self.table.refresh_rows()
            raise
        own = {each.ticket.id for each in found}
        self.giving = {ticket_id: each for ticket_id, each in offers.items() if ticket_id in own}
        self.offered = [each for ticket_id, each in offers.items() if ticket_id not in own]
        self.table.empty = "no tickets yet; tickets you buy appear here"
        self.table.set_rows(self._sorted(found))
        self._show_offered()
        self._show_details()

    async def _all(self, endpoint: Endpoint[PageQuery, Page[T]]) -> list[T]:
        """Return everything that a list has."""
        found: list[T] = []
        cursor = None
        while True:
            page = await self.session.page(endpoint, PageQuery(limit=PAGE, cursor=cursor))
            found += page.items
            cursor = page.next
            if cursor is None:
                return found

    def _show_offered(self) -> None:
        """Show above the list that others offer tickets to the user."""
        count = len(self.offered)
        line = self.query_one("#offered", Static)
        line.display = bool(count)
        what = "A ticket is" if count == 1 else f"{count} tickets are"
        line.update(f"{what} offered to you: press o to accept or decline.")

    def _sorted(self, found: list[WalletTicket]) -> list[WalletTicket]:
        """Sort usable tickets first, the next show on top; then the others, the latest on top."""
        coming = [w for w in found if self._is_usable(w)]
        over = [w for w in found if not self._is_usable(w)]
        coming.sort(key=lambda w: (w.ticket.show.starts_at, w.ticket.id))
        over.sort(key=lambda w: (w.ticket.show.starts_at, w.ticket.id), reverse=True)
        return [*coming, *over]

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Reload when something happened to a ticket of the user, or one is offered to them."""
        if self.session.signed_in and any(self._concerns(e.event) for e in message.entries):
            self.load()

    def _concerns(self, event: Event) -> bool:
        if isinstance(event, SHOW_CHANGES):
            return True
        if isinstance(event, TicketUpdated):  # put on sale, edited, locked
            return self.table.find(event.id) is not None
        account, field = self.session.account, OWN_EVENTS.get(type(event))
        return account is not None and field is not None and getattr(event, field) == account.id

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
        self.query_one(TicketHistory).show_history_of(bought)
        if bought is None:
            return
        ticket, show = bought.ticket, bought.ticket.show
        before = changed_from(show)
        self.query_one("#words", Static).update(
            Content("\n").join(
                (
                    Content.styled(show.name, "bold"),
                    Content(venue_time(show.starts_at)),
                    Content(f"{show.venue}, {show.city}"),
                    Content.styled(f"before: {before}" if before else "", "$warning"),
                    Content.styled(place(ticket), "$accent"),
                    self._situation(bought),
                    Content.styled(self._paid(bought), "$text-muted"),
                    Content.styled(order_text(bought), "$text-muted"),
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
        code = entry_code(self.bought)
        if not code:
            self.app_base.notify(void_notice(self.bought), severity="warning")
        else:
            self.app_base.copy(code, "entry code")

    @on(Button.Pressed, "#calendar")
    def action_calendar(self) -> None:
        """Save a calendar entry in the current folder."""
        bought = self.bought
        if bought is None:
            return
        try:
            path = calendar_file.save(Path.cwd(), bought, self.session.now())
        except OSError as error:
            self.app_base.notify(f"cannot write the file: {error.strerror}", severity="error")
            return
        self.app_base.notify(f"Saved {path.name} in {path.parent}.", title="calendar entry saved")

    # Selling and giving.

    def action_resell(self) -> None:
        from tui.wallet.resell_dialog import ResellDialog

        def sold(ticket: Ticket | None) -> None:
            if ticket is not None:
                self.load()
                self.app_base.notify(f"{place(ticket)}: {ticket.price}.", title="on sale")

        if self.bought is not None and self._is_free(self.bought):
            self.app_base.push_screen(ResellDialog(self.bought), sold)

    def action_give(self) -> None:
        from tui.wallet.give_dialog import GiveDialog

        def given(offer: Transfer | None) -> None:
            if offer is not None:
                self.load()
                self.app_base.notify(f"{place(offer.ticket)}: {offer.to}.", title="offered")

        if self.bought is not None and self._is_free(self.bought):
            self.app_base.push_screen(GiveDialog(self.bought.ticket), given)

    def _is_free(self, bought: WalletTicket) -> bool:
        """Whether a ticket can be sold or given away; notify the user if not."""
        state = self._custody(bought)
        if state == "valid":
            return True
        more = "" if why_void(bought) else "; w takes it back"
        self.app_base.notify(f"This ticket is {state}{more}.", severity="warning")
        return False

    def action_take_back(self) -> None:
        if self.bought is not None:
            self.take_back(self.bought, self.session.clock.new_key())

    @request("take back")
    async def take_back(self, bought: WalletTicket, key: str) -> None:
        """Take a ticket off sale, or cancel its offer."""
        ticket = bought.ticket
        offer = self.giving.get(ticket.id)
        if ticket.status is not TicketStatus.SOLD:
            await self.session.call(
                WITHDRAW_TICKET, if_match=ticket.version, key=key, ticket_id=ticket.id
            )
        elif offer is not None:
            await self.session.call(CANCEL_TRANSFER, key=key, transfer_id=offer.id)
        else:
            self.app_base.notify("This ticket is neither on sale nor offered to anybody.")
            return
        self.app_base.notify(f"{place(ticket)} is back in your wallet.", title="taken back")
        self.load()

    def action_offers(self) -> None:
        if not self.offered:
            self.app_base.notify("No tickets are offered to you.")
            return
        from tui.wallet.offers_dialog import OffersDialog

        self.app_base.push_screen(OffersDialog(self.offered), self.offers_closed)

    def offers_closed(self, _: None) -> None:
        """Load the tickets that were accepted."""
        self.load()

    @on(events.Click, "#offered")
    def offered_clicked(self) -> None:
        """Show the tickets offered to the user."""
        self.action_offers()

    @on(Button.Pressed, "#sign-in")
    def sign_in(self) -> None:
        """Ask the user to sign in."""
        self.app_base.with_account(lambda: None)

    # Texts.

    def _is_usable(self, bought: WalletTicket) -> bool:
        return not why_void(bought) and bought.ticket.show.starts_at > self.session.now()

    def _custody(self, bought: WalletTicket) -> str:
        return wallet_state(bought, self.giving.get(bought.ticket.id))

    def _situation(self, bought: WalletTicket) -> Content:
        """Say why a ticket is void, or that it is on sale or offered, or else when its show is."""
        if notice := void_notice(bought):
            return Content.styled(notice, "bold $error")
        custody = self._custody(bought)
        if custody != "valid":
            step = "s sells it" if bought.ticket.suspended else "w takes it back"
            return Content.styled(f"{custody}; {step}", "$warning")
        return Content(self._state(bought).text)

    def _paid(self, bought: WalletTicket) -> str:
        if bought.paid is None:
            return f"given to you · {origin(bought.ticket)}"
        return f"paid {marked(bought.paid, live=bought.live)} · {origin(bought.ticket)}"

    def _tone(self, bought: WalletTicket) -> Tone:
        return Tone.PLAIN if self._is_usable(bought) else Tone.DIM

    def _date(self, bought: WalletTicket) -> Cell:
        at = bought.ticket.show.starts_at
        return StyledText(f"{at.day} {at:%b %y}", Tone.DIM)

    def _seat(self, bought: WalletTicket) -> Cell:
        return StyledText(seat(bought.ticket) or "no seat", self._tone(bought))

    def _state(self, bought: WalletTicket) -> StyledText:
        show, now = bought.ticket.show, self.session.now()
        if show.cancelled:
            return StyledText("CANCELLED", Tone.LOSS)
        if why := why_void(bought):
            return StyledText(why, Tone.DIM)
        if show.starts_at <= now:
            return StyledText("past", Tone.DIM)
        if bought.ticket.status in SALE:
            return StyledText(SALE[bought.ticket.status], Tone.WARN)
        if bought.ticket.id in self.giving:
            return StyledText("offered", Tone.WARN)
        return StyledText(relative_time(show.starts_at, now), Tone.GOOD)

"""Wallet: the tickets one has bought; the coming ones first."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from client import calendar
from client.formatting import left, marked, place, seat, there
from client.transport import Unreachable
from contract.base import PageQuery
from contract.orders import LIST_WALLET, OrderCompleted, OrderUpdated, WalletTicket
from contract.receipts import VIEW_RECEIPT
from contract.shows import ShowCancelled
from tui import actions
from tui.base_screen import View
from tui.messages import Heard, LinkMoved, Stale
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.virtual_table import Board

PAGE = 100
NONE = "no tickets yet; what you buy in the market comes here"


class Wallet(View):
    """What one has bought. What was read stays to be seen while the server is away."""

    place = "wallet"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("wallet")
    AUTO_FOCUS = "#bought"
    HELP = "# Wallet\n\n`enter` shows a ticket's code large enough for the gate."

    def __init__(self) -> None:
        """Belong to nobody yet."""
        super().__init__()
        self._whose = ""

    def body(self) -> ComposeResult:
        with Horizontal(id="wallet"):
            yield Board[WalletTicket](
                (
                    Column(title="SHOW", of=lambda w: Words(w.ticket.show.name, self._tone(w))),
                    Column(title="DATE", of=self._date, width=9, right=True),
                    Column(title="SEAT", of=self._seat, width=12, spare=1),
                    Column(title="WHEN", of=self._state, width=11),
                ),
                key=lambda bought: bought.ticket.id, empty="reading…", id="bought",
            )  # fmt: skip
            with Vertical(id="detail"):
                yield Static(id="words", markup=False)
                with Horizontal(classes="buttons"):
                    yield Button("For the gate", id="gate", variant="primary", compact=True)
                    yield Button("Calendar", id="calendar", compact=True)
        with Vertical(id="stranger"):
            yield Static("Nobody is signed in here.", markup=False)
            yield Static("Sign in to see your tickets.", classes="muted", markup=False)
            yield Button("Sign in", id="sign-in", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.set_interval(60.0, self.board.refresh_rows)
        self.settle()
        if self.session.signed_in:
            self.load()

    @property
    def board(self) -> Board[WalletTicket]:
        """The tickets."""
        return self.query_one("#bought", Board)

    @property
    def bought(self) -> WalletTicket | None:
        """The ticket the cursor is on."""
        return self.board.row

    def settle(self) -> bool:
        """Show the tickets of whoever is signed in now; say whether that is somebody else."""
        whose = f"{self.session.server} {self.session.email}" if self.session.signed_in else ""
        moved = whose != self._whose
        if moved:
            self._whose = whose
            self.board.empty = "reading…"
            self.board.show(())
        self.query_one("#wallet").display = bool(whose)
        self.query_one("#stranger").display = not whose
        self._tell()
        if whose and self.focused is None:
            self.board.focus()
        return moved

    @asking("wallet")
    async def load(self) -> None:
        """Read every bought ticket. What is shown stays until they are there."""
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
            self.board.empty = "the server is away"
            self.board.refresh_rows()
            raise
        self.board.empty = NONE
        self.board.show(self._sorted(found))
        self._tell()

    def _sorted(self, found: list[WalletTicket]) -> list[WalletTicket]:
        """Put what one can still go to first, the nearest show on top; then the rest, newest."""
        coming = [w for w in found if self._coming(w)]
        over = [w for w in found if not self._coming(w)]
        coming.sort(key=lambda w: (w.ticket.show.starts_at, w.ticket.id))
        over.sort(key=lambda w: (w.ticket.show.starts_at, w.ticket.id), reverse=True)
        return [*coming, *over]

    @on(Heard)
    def hear(self, heard: Heard) -> None:
        """Read again when a ticket was bought, refunded, or its show cancelled."""
        account = self.session.account
        for entry in heard.entries:
            fact = entry.event
            mine = isinstance(fact, OrderCompleted | OrderUpdated) and (
                account is not None and fact.buyer_id == account.id
            )
            if self.session.signed_in and (mine or isinstance(fact, ShowCancelled)):
                self.load()
                return

    @on(Stale)
    def read_again(self) -> None:
        """Read everything again."""
        self.settle()
        if self.session.signed_in:
            self.load()

    @on(LinkMoved)
    def who(self) -> None:
        """Who is signed in may have been learnt just now."""
        if self.settle() and self.session.signed_in:
            self.load()

    # One ticket.

    @on(Board.Moved, "#bought")
    def _tell(self) -> None:
        """Say everything about the ticket the cursor is on, but its code."""
        bought = self.bought
        self.query_one("#detail").visible = bought is not None
        if bought is None:
            return
        ticket, show = bought.ticket, bought.ticket.show
        state = self._state(bought)
        self.query_one("#words", Static).update(
            Content("\n").join(
                (
                    Content.styled(show.name, "bold"),
                    Content(there(show.starts_at)),
                    Content(f"{show.venue}, {show.city}"),
                    Content(""),
                    Content.styled(place(ticket), "$accent"),
                    Content(state.text),
                    Content(""),
                    Content.styled(f"paid {marked(ticket.price, live=bought.live)}", "$text-muted"),
                    Content.styled(f"order {bought.order_id}", "$text-muted"),
                )
            )
        )

    @on(Board.Opened, "#bought")
    @on(Button.Pressed, "#gate")
    def action_open(self) -> None:
        """Show the code for the gate."""
        if self.bought is not None:
            from tui.wallet.entry_code import Entry

            self.house.push_screen(Entry(self.bought))

    def action_copy(self) -> None:
        if self.bought is not None:
            self.house.copy(self.bought.code, "entry code")

    @on(Button.Pressed, "#calendar")
    def action_calendar(self) -> None:
        if self.bought is not None:
            self.save_calendar(self.bought)

    @asking("calendar")
    async def save_calendar(self, bought: WalletTicket) -> None:
        """Save a calendar entry in the folder the app was started in."""
        receipt = await self.session.call(VIEW_RECEIPT, order_id=bought.order_id)
        written = calendar.written(receipt, self.session.now())
        try:
            path = saved(Path.cwd(), bought.ticket.id, written)
        except OSError as error:
            self.house.notify(f"cannot write it: {error.strerror}", severity="error")
            return
        self.house.notify(f"{path.name} is in {path.parent}.", title="calendar entry saved")

    @on(Button.Pressed, "#sign-in")
    def sign_in(self) -> None:
        """Ask who one is."""
        self.house.with_account(lambda: None)

    # How it reads.

    def _coming(self, bought: WalletTicket) -> bool:
        show = bought.ticket.show
        return not (bought.refunded or show.cancelled) and show.starts_at > self.session.now()

    def _tone(self, bought: WalletTicket) -> Tone:
        return Tone.PLAIN if self._coming(bought) else Tone.DIM

    def _date(self, bought: WalletTicket) -> Cell:
        at = bought.ticket.show.starts_at
        return Words(f"{at.day} {at:%b %y}", Tone.DIM)

    def _seat(self, bought: WalletTicket) -> Cell:
        return Words(seat(bought.ticket) or "no seat", self._tone(bought))

    def _state(self, bought: WalletTicket) -> Words:
        if bought.refunded:
            return Words("refunded", Tone.DIM)
        if bought.ticket.show.cancelled:
            return Words("CANCELLED", Tone.LOSS)
        if bought.ticket.show.starts_at <= self.session.now():
            return Words("past", Tone.DIM)
        return Words(left(bought.ticket.show.starts_at, self.session.now()), Tone.GOOD)


def saved(folder: Path, name: str, content: bytes) -> Path:
    """Write a file under a name nobody has used there yet; raise OSError where that cannot be."""
    for n in range(1, 100):
        path = folder / (f"{name}.ics" if n == 1 else f"{name}-{n}.ics")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(None, "there are a hundred of them already")

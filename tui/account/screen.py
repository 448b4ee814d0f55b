"""Mine: what is one's own: orders, listings, sales, payouts and cards."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from contract.orders import CANCEL_ORDER, Order, OrderStatus
from contract.receipts import VIEW_RECEIPT
from contract.tickets import Ticket
from tui import actions
from tui.account.cards import Cards
from tui.account.listings import Listings
from tui.account.orders import OPEN, Orders
from tui.account.payouts import Payouts
from tui.account.sales import Sales
from tui.account.tab import Shelf
from tui.base_screen import View
from tui.messages import Heard, LinkMoved, Stale
from tui.requests import asking
from tui.widgets.tab_bar import TabLine
from tui.widgets.text_input import Line

SHELVES: tuple[type[Shelf[Any]], ...] = (Orders, Listings, Sales, Payouts, Cards)
DONE_SOMEWHERE = frozenset().union(*(shelf.does for shelf in SHELVES))


class Mine(View):
    """One's own things, a tab for each kind."""

    place = "mine"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("mine")
    HELP = "# Mine\n\n`[` and `]` turn the pages: orders, listings, sales, payouts, cards."
    AUTO_FOCUS = "Shelf.-here Board"
    title_of: ClassVar[dict[str, str]] = {shelf.title.lower(): shelf.title for shelf in SHELVES}

    def __init__(self) -> None:
        """Belong to nobody yet."""
        super().__init__()
        self._whose = ""

    def body(self) -> ComposeResult:
        with Vertical(id="mine"):
            with Horizontal(id="head"):
                yield TabLine([shelf.title for shelf in SHELVES], id="tabs")
                yield Line(placeholder="/ filter", id="filter", compact=True)
            with Vertical(id="stranger"):
                yield Static("Nobody is signed in here.", markup=False)
                yield Static(
                    "Sign in to see your orders, listings, sales and cards.",
                    classes="muted", markup=False,
                )  # fmt: skip
                yield Button("Sign in", id="sign-in", variant="primary", compact=True)
            for shelf in SHELVES:
                yield shelf()

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.settle()

    @property
    def tabs(self) -> TabLine:
        """The line of tabs."""
        return self.query_one("#tabs", TabLine)

    @property
    def shelf(self) -> Shelf[Any]:
        """The tab that is shown."""
        return self.query_one(f"#{self.tabs.at.lower()}", Shelf)

    @property
    def row(self) -> object:
        """What the cursor is on."""
        return self.shelf.row

    # Whose things these are.

    def settle(self) -> None:
        """Show the things of whoever is signed in now; another's are forgotten first."""
        whose = f"{self.session.server} {self.session.email}" if self.session.signed_in else ""
        if whose != self._whose:
            self._whose = whose
            for shelf in self.query(Shelf):
                shelf.forget()
        self.query_one("#stranger").display = not whose
        self.show_tab()
        if whose and self.focused is None:
            self.shelf.board.focus()

    @on(Stale)
    def read_again(self) -> None:
        """Read again what is shown, and the rest when it is looked at."""
        for shelf in self.query(Shelf):
            shelf.loaded = False
        self.settle()

    @on(LinkMoved)
    def redraw(self) -> None:
        """Who is signed in may have been learnt just now."""
        self.settle()
        self.refresh_bindings()

    @on(Heard)
    def hear(self, heard: Heard) -> None:
        """Bring every tab up to date with what the feed told."""
        account = self.session.account
        if account is not None:
            for shelf in self.query(Shelf):
                shelf.hear(heard.entries, me=account.id)

    def tick(self) -> None:
        """Let what counts down count down."""
        if self.is_current:
            self.shelf.tick()

    # Tabs.

    def turn_to(self, title: str) -> None:
        """Show a tab, and read what is on it if that was not done yet."""
        self.tabs.at = title
        self.show_tab()
        if self.session.signed_in and self.focused is not self.query_one("#filter"):
            self.shelf.board.focus()

    def show_tab(self) -> None:
        """Show the tab one is on. The cursor stays where it is: somebody may be typing."""
        signed_in = self.session.signed_in
        for shelf in self.query(Shelf):
            shelf.set_class(signed_in and shelf.title == self.tabs.at, "-here")
        if signed_in:
            self.shelf.look()
            wanted = self.query_one("#filter", Input).value.strip()
            if self.shelf.wanted != wanted:
                self.shelf.narrow(wanted)
        self.refresh_bindings()

    @on(TabLine.Chosen)
    def tab_chosen(self, message: TabLine.Chosen) -> None:
        """Turn to what was clicked."""
        self.turn_to(message.title)

    def action_next_tab(self) -> None:
        self.turn_to(self.tabs.step(1))

    def action_previous_tab(self) -> None:
        self.turn_to(self.tabs.step(-1))

    @on(Input.Changed, "#filter")
    def narrow(self, message: Input.Changed) -> None:
        """Show what fits what is typed."""
        self.shelf.narrow(message.value.strip())

    @on(Input.Submitted, "#filter")
    def to_list(self) -> None:
        """Go from the filter to what it found."""
        self.shelf.board.focus()

    def action_filter(self) -> None:
        self.query_one("#filter", Input).focus()

    def action_back(self) -> None:
        self.query_one("#filter", Input).value = ""
        if self.session.signed_in:
            self.shelf.board.focus()

    @on(Button.Pressed, "#sign-in")
    def sign_in(self) -> None:
        """Ask who one is."""
        self.house.with_account(lambda: None)

    # Actions. Each belongs to some tabs; from the palette they lead there.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done on this tab."""
        if action not in DONE_SOMEWHERE or not self.is_mounted:
            return super().check_action(action, parameters)
        if not self.session.signed_in or action not in self.shelf.does:
            return False
        return super().check_action(action, parameters)

    def make_way(self, action: str) -> None:
        """Turn to a tab where it can be done."""
        if action in DONE_SOMEWHERE and action not in self.shelf.does:
            self.turn_to(next(shelf.title for shelf in SHELVES if action in shelf.does))
        if not self.session.signed_in:
            self.sign_in()

    def action_open(self) -> None:
        self.shelf.board.action_open()

    def action_copy(self) -> None:
        if self.row is not None:
            self.house.copy(self.shelf.key(self.row), self.shelf.title.lower().removesuffix("s"))

    def action_pay(self) -> None:
        order = self._order()
        if order is not None and order.status in OPEN:
            self.shelf.open(order)
        elif order is not None:
            self.house.notify("This order is over; there is nothing to pay.")

    def action_give_back(self) -> None:
        order = self._order()
        if order is None:
            return
        if order.status is not OrderStatus.AWAITING_PAYMENT:
            self.house.notify(f"This order is {order.status.value}; no lock can be given back.")
            return
        from tui.widgets.confirm_dialog import Question

        key = self.session.clock.new_key()

        def answered(yes: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if yes:
                self.give_back(order, key)

        self.house.push_screen(
            Question(
                "Give this ticket back?", "It is on sale again at once; anybody may take it.",
                yes="Give it back", no="Keep it",
            ),
            answered,
        )  # fmt: skip

    @asking("give back")
    async def give_back(self, order: Order, key: str) -> None:
        """Let go of a lock."""
        after = await self.session.call(CANCEL_ORDER, key=key, order_id=order.id)
        self.query_one(Orders).put(after)
        self.house.notify("The ticket is on sale again.", title="given back")

    def action_receipt(self) -> None:
        order = self._order()
        if order is not None:
            self.show_receipt(order.id)

    @asking("receipt")
    async def show_receipt(self, order_id: str) -> None:
        """Show what was paid."""
        from tui.account.receipt_dialog import ReceiptText

        receipt = await self.session.call(VIEW_RECEIPT, order_id=order_id)
        self.house.push_screen(ReceiptText(receipt))

    def _order(self) -> Order | None:
        if isinstance(self.row, Order):
            return self.row
        self.house.notify("Choose an order first.")
        return None

    def action_edit(self) -> None:
        listings = self.query_one(Listings)
        if isinstance(self.row, Ticket):
            listings.edit(self.row)

    def action_withdraw(self) -> None:
        listings = self.query_one(Listings)
        if isinstance(self.row, Ticket):
            listings.withdraw(self.row)

    def action_bring(self) -> None:
        from tui.account.import_screen import Bring

        self.house.push_screen(Bring())

    def action_add_card(self) -> None:
        self.query_one(Cards).add()

    def action_remove_card(self) -> None:
        cards = self.query_one(Cards)
        if cards.row is not None:
            cards.drop(cards.row)

"""Account screen: the user's orders, listings, sales, payouts and cards."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from client.formatting import local_time
from contract.orders import CANCEL_ORDER, OPEN_STATUSES, Order, OrderStatus
from contract.receipts import VIEW_RECEIPT
from contract.refunds import RETURN_ORDER
from contract.reports import REPORT_ORDER, ReportOrder
from contract.tickets import Ticket
from tui import actions
from tui.account.cards import CardsTab
from tui.account.listings import ListingsTab
from tui.account.orders import OrdersTab
from tui.account.payouts import PayoutsTab
from tui.account.sales import SalesTab
from tui.account.tab import AccountTab
from tui.base_screen import BaseScreen
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request
from tui.widgets.tab_bar import TabBar
from tui.widgets.text_input import SafeInput

TABS: tuple[type[AccountTab[Any]], ...] = (
    OrdersTab,
    ListingsTab,
    SalesTab,
    PayoutsTab,
    CardsTab,
)
TAB_ACTIONS = frozenset().union(*(tab.actions for tab in TABS))


class AccountScreen(BaseScreen):
    """One tab for each kind of item."""

    scope = "account"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("account")
    HELP = "# Account\n\n`[` and `]` switch tabs: orders, listings, sales, payouts, cards."
    AUTO_FOCUS = "AccountTab.-here VirtualTable"
    title_of: ClassVar[dict[str, str]] = {tab.title.lower(): tab.title for tab in TABS}

    def __init__(self) -> None:
        """Start without a user."""
        super().__init__()
        self._user = ""

    def body(self) -> ComposeResult:
        with Vertical(id="account"):
            with Horizontal(id="head"):
                yield TabBar([tab.title for tab in TABS], id="tabs")
                yield SafeInput(placeholder="/ filter", id="filter", compact=True)
            with Vertical(id="signed-out"):
                yield Static("You are not signed in.", markup=False)
                yield Static(
                    "Sign in to see your orders, listings, sales and cards.",
                    classes="muted", markup=False,
                )  # fmt: skip
                yield Button("Sign in", id="sign-in", variant="primary", compact=True)
            for tab in TABS:
                yield tab()

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.show_user()

    @property
    def tabs(self) -> TabBar:
        """The tab bar."""
        return self.query_one("#tabs", TabBar)

    @property
    def tab(self) -> AccountTab[Any]:
        """The selected tab."""
        return self.query_one(f"#{self.tabs.at.lower()}", AccountTab)

    @property
    def row(self) -> object:
        """The row under the cursor."""
        return self.tab.row

    # The user.

    def show_user(self) -> None:
        """Show the items of the signed-in user; drop those of another user first."""
        user = f"{self.session.server} {self.session.email}" if self.session.signed_in else ""
        if user != self._user:
            self._user = user
            for tab in self.query(AccountTab):
                tab.clear()
        self.query_one("#signed-out").display = not user
        self.show_tab()
        if user and self.focused is None:
            self.tab.table.focus()

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload the selected tab, and the others when they are selected."""
        for tab in self.query(AccountTab):
            tab.loaded = False
        self.show_user()

    @on(ConnectionChanged)
    def redraw(self) -> None:
        """Update the tabs: the signed-in account may be known only now."""
        self.show_user()
        self.refresh_bindings()

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Pass events to every tab."""
        account = self.session.account
        if account is not None:
            for tab in self.query(AccountTab):
                tab.handle_events(message.entries, me=account.id)

    def tick(self) -> None:
        """Update countdowns."""
        if self.is_current:
            self.tab.tick()

    # Tabs.

    def select_tab(self, title: str) -> None:
        """Select a tab, and load it if necessary."""
        self.tabs.at = title
        self.show_tab()
        if self.session.signed_in and self.focused is not self.query_one("#filter"):
            self.tab.table.focus()

    def show_tab(self) -> None:
        """Show the selected tab. The focus stays where it is: the user may be typing."""
        signed_in = self.session.signed_in
        for tab in self.query(AccountTab):
            tab.set_class(signed_in and tab.title == self.tabs.at, "-here")
        if signed_in:
            self.tab.load_once()
            wanted = self.query_one("#filter", Input).value.strip()
            if self.tab.filter_text != wanted:
                self.tab.set_filter(wanted)
        self.refresh_bindings()

    @on(TabBar.TabSelected)
    def tab_chosen(self, message: TabBar.TabSelected) -> None:
        """Select the tab that was clicked."""
        self.select_tab(message.title)

    def action_next_tab(self) -> None:
        self.select_tab(self.tabs.step(1))

    def action_previous_tab(self) -> None:
        self.select_tab(self.tabs.step(-1))

    @on(Input.Changed, "#filter")
    def filter_changed(self, message: Input.Changed) -> None:
        """Filter the list."""
        self.tab.set_filter(message.value.strip())

    @on(Input.Submitted, "#filter")
    def focus_list(self) -> None:
        """Go from the filter to the list."""
        self.tab.table.focus()

    def action_filter(self) -> None:
        self.query_one("#filter", Input).focus()

    def action_back(self) -> None:
        self.query_one("#filter", Input).value = ""
        if self.session.signed_in:
            self.tab.table.focus()

    @on(Button.Pressed, "#sign-in")
    def sign_in(self) -> None:
        """Ask the user to sign in."""
        self.app_base.with_account(lambda: None)

    # Actions. Each belongs to certain tabs; the palette selects one of them first.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Show only the actions of the selected tab."""
        if action not in TAB_ACTIONS or not self.is_mounted:
            return super().check_action(action, parameters)
        if not self.session.signed_in or action not in self.tab.actions:
            return False
        return super().check_action(action, parameters)

    def prepare_for(self, action: str) -> None:
        """Select a tab on which the action is available."""
        if action in TAB_ACTIONS and action not in self.tab.actions:
            self.select_tab(next(tab.title for tab in TABS if action in tab.actions))
        if not self.session.signed_in:
            self.sign_in()

    def action_open(self) -> None:
        self.tab.table.action_open()

    def action_copy(self) -> None:
        if self.row is not None:
            self.app_base.copy(self.tab.key(self.row), self.tab.title.lower().removesuffix("s"))

    def action_pay(self) -> None:
        order = self._order()
        if order is not None and order.status in OPEN_STATUSES:
            self.tab.open(order)
        elif order is not None:
            self.app_base.notify("This order is closed; there is nothing to pay.")

    def action_release(self) -> None:
        order = self._order()
        if order is None:
            return
        if order.status is not OrderStatus.AWAITING_PAYMENT:
            self.app_base.notify(
                f"This order is {order.status.value}; there is no ticket to release."
            )
            return
        from tui.widgets.confirm_dialog import ConfirmDialog

        key = self.session.clock.new_key()

        def answered(yes: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if yes:
                self.release_ticket(order, key)

        self.app_base.push_screen(
            ConfirmDialog(
                "Release this ticket?",
                "It goes back on sale at once.",
                yes="Release",
                no="Keep it",
            ),
            answered,
        )

    @request("release")
    async def release_ticket(self, order: Order, key: str) -> None:
        """Cancel the order, which unlocks its ticket."""
        after = await self.session.call(CANCEL_ORDER, key=key, order_id=order.id)
        self.query_one(OrdersTab).put(after)
        self.app_base.notify("The ticket is on sale again.", title="Ticket released")

    def action_receipt(self) -> None:
        order = self._order()
        if order is not None:
            self.show_receipt(order.id)

    @request("receipt")
    async def show_receipt(self, order_id: str) -> None:
        """Load and show the receipt."""
        from tui.account.receipt_dialog import ReceiptDialog

        receipt = await self.session.call(VIEW_RECEIPT, order_id=order_id)
        self.app_base.push_screen(ReceiptDialog(receipt))

    def action_report(self) -> None:
        order = self._order()
        if order is None:
            return
        from tui.account.report_dialog import ReportDialog

        def answered(body: ReportOrder | None) -> None:
            if body is not None:
                self.report(order, body)

        self.app_base.push_screen(ReportDialog(order), answered)

    @request("report")
    async def report(self, order: Order, body: ReportOrder) -> None:
        """Report a problem with a ticket; its seller is not paid meanwhile."""
        await self.session.call(REPORT_ORDER, body, order_id=order.id)
        self.app_base.notify("Its seller is not paid until an operator decides.", title="Reported")
        self.tab.load()

    def action_return_ticket(self) -> None:
        order = self._order()
        if order is None:
            return
        if order.refund_until is None:
            self.app_base.notify("This ticket cannot be returned to an organiser.")
            return
        from tui.widgets.confirm_dialog import ConfirmDialog, on_yes

        detail = (
            f"You get {order.price} back, and the organiser has the ticket again.\n"
            f"You can decide until {local_time(order.refund_until)}."
        )
        self.app_base.push_screen(
            ConfirmDialog("Return this ticket?", detail, yes="Return", no="Keep it"),
            on_yes(lambda: self.return_ticket(order)),
        )

    @request("return")
    async def return_ticket(self, order: Order) -> None:
        """Return the ticket of an order to the organiser that sold it."""
        refund = await self.session.call(RETURN_ORDER, order_id=order.id)
        self.app_base.notify(f"{refund.amount} goes back to you.", title="Ticket returned")
        self.tab.load()

    def _order(self) -> Order | None:
        if isinstance(self.row, Order):
            return self.row
        self.app_base.notify("Choose an order first.")
        return None

    def action_edit(self) -> None:
        listings = self.query_one(ListingsTab)
        if isinstance(self.row, Ticket):
            listings.edit(self.row)

    def action_withdraw(self) -> None:
        listings = self.query_one(ListingsTab)
        if isinstance(self.row, Ticket):
            listings.withdraw(self.row)

    def action_import(self) -> None:
        from tui.account.import_screen import ImportScreen

        self.app_base.push_screen(ImportScreen())

    def action_add_card(self) -> None:
        self.query_one(CardsTab).add()

    def action_remove_card(self) -> None:
        cards = self.query_one(CardsTab)
        if cards.row is not None:
            cards.confirm_delete(cards.row)
